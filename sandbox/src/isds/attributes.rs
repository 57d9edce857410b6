//! What an application is told about a login (reference 4.1, 4.2), in the order it is sent.

use super::Isds;
use super::application::{Application, Profile, RoleForm, TypeForm};
use super::data::{Address, DataBox, Person, Persona};

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// On the wire.
    pub name: &'static str,
    /// On the page of consent; empty for what a person is not asked about.
    pub czech: &'static str,
    /// The value.
    pub value: String,
}

/// What is known about a login to a box, as this application gets it. One-time values are not among it.
pub fn of(isds: &Isds, application: &Application, persona: &Persona) -> Vec<Attribute> {
    let (Some(data_box), Some(person)) =
        (isds.data_box(&persona.box_id), isds.person(&persona.person))
    else {
        return Vec::new();
    };
    let mut list = List::default();
    list.of_box(application, data_box);
    if application.profile == Profile::B {
        list.add(
            "dbState",
            "Stav schránky",
            isds.state_of(data_box).number().to_string(),
        );
        list.add_if(
            "dbIdOVM",
            "Identifikátor orgánu veřejné moci",
            data_box.ovm_id.as_ref(),
        );
        list.of_user(application, persona, person);
    }
    list.0
}

#[derive(Debug, Default)]
struct List(Vec<Attribute>);

impl List {
    fn add(&mut self, name: &'static str, czech: &'static str, value: String) {
        self.0.push(Attribute { name, czech, value });
    }

    fn add_if(&mut self, name: &'static str, czech: &'static str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(name, czech, value.clone());
        }
    }

    fn of_box(&mut self, application: &Application, data_box: &DataBox) {
        let kind = match application.box_type {
            TypeForm::Number => data_box.kind.code.to_string(),
            TypeForm::Symbol => data_box.kind.symbol.to_owned(),
        };
        self.add("dbID", "ID schránky", data_box.id.clone());
        self.add("dbType", "Typ schránky", kind);
        self.add_if("ic", "IČO", data_box.ic.as_ref());
        self.add_if("firmName", "Název držitele", data_box.name.as_ref());
    }

    fn of_user(&mut self, application: &Application, persona: &Persona, person: &Person) {
        let role = match application.user_type {
            RoleForm::Letter => persona.role.letter(),
            RoleForm::Symbol => persona.role.symbol(),
        };
        self.add("userType", "Role uživatele", role.to_owned());
        self.add(
            "userPrivils",
            "Oprávnění uživatele",
            persona.mask().to_string(),
        );
        self.add("isdsID", "Identifikátor uživatele", person.isds_id.clone());
        self.add("pnGivenNames", "Jméno", person.given_names.clone());
        self.add("pnLastName", "Příjmení", person.family_name.clone());
        self.add("biDate", "Datum narození", person.birth_date.to_string());
        self.add_if("biCity", "Místo narození", person.birth_place.as_ref());
        self.add(
            "aifoIsds",
            "Ztotožnění s registrem obyvatel",
            person.matched.to_string(),
        );
        if let Some(address) = &person.address {
            self.of_address(address);
        }
        self.add_if("email", "E-mail", person.email.as_ref());
        if let Some(body) = &persona.on_behalf_of {
            self.add(
                "userIc",
                "IČO statutárního orgánu, za který jednáte",
                body.ic.clone(),
            );
            self.add(
                "userFirmName",
                "Název statutárního orgánu",
                body.name.clone(),
            );
        }
    }

    fn of_address(&mut self, address: &Address) {
        let parts = [
            ("adCode", "Kód adresního místa", &address.code),
            ("adCity", "Obec", &address.city),
            ("adDistrict", "Část obce", &address.district),
            ("adStreet", "Ulice", &address.street),
            (
                "adNumberInStreet",
                "Číslo orientační",
                &address.number_in_street,
            ),
            ("adNumberInMunicipality", "Číslo popisné", &address.number),
            ("adZipCode", "PSČ", &address.zip),
            ("adState", "Stát", &address.country),
        ];
        for (name, czech, value) in parts {
            self.add_if(name, czech, Some(value).filter(|value| !value.is_empty()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isds::config::IsdsConfig;

    fn told(persona: &str, options: &serde_json::Value) -> Vec<Attribute> {
        let isds = Isds::new(&IsdsConfig::default()).unwrap();
        let mut application = serde_json::json!({ "ats_id": "T", "return_url": "http://t" });
        for (name, value) in options.as_object().unwrap() {
            application[name] = value.clone();
        }
        let application: Application = serde_json::from_value(application).unwrap();
        of(&isds, &application, isds.persona(persona).unwrap())
    }

    fn value(list: &[Attribute], name: &str) -> Option<String> {
        let found = list.iter().find(|attribute| attribute.name == name);
        found.map(|attribute| attribute.value.clone())
    }

    #[test]
    fn profile_a_tells_of_the_box_only() {
        let list = told("P07", &serde_json::json!({ "profile": "a" }));

        let names: Vec<_> = list.iter().map(|attribute| attribute.name).collect();
        assert_eq!(names, ["dbID", "dbType", "ic", "firmName"]);
    }

    #[test]
    fn profile_b_tells_of_the_person_who_logged_in_and_not_of_the_holder() {
        let list = told("P03", &serde_json::json!({}));

        assert_eq!(value(&list, "dbID").unwrap(), "fo00001");
        assert_eq!(value(&list, "pnLastName").unwrap(), "Dvořák");
        assert_eq!(value(&list, "userType").unwrap(), "P");
        assert_eq!(value(&list, "dbType").unwrap(), "40");
        assert_eq!(value(&list, "ic"), None);
    }

    #[test]
    fn roles_and_types_come_as_symbols_when_registered_so() {
        let list = told(
            "P10",
            &serde_json::json!({ "user_type": "symbol", "box_type": "symbol" }),
        );

        assert_eq!(value(&list, "userType").unwrap(), "PRIMARY_USER");
        assert_eq!(value(&list, "dbType").unwrap(), "PO");
        assert_eq!(value(&list, "ic").unwrap(), "00000035");
        assert_eq!(value(&list, "userIc").unwrap(), "00000043");
    }
}
