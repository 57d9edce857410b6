//! What Bank iD says of a person: by scope, differently at userinfo and at profile. What has no value is left out.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::customer::{Customer, Gender, age, birth_number, written};
use crate::nia::persona::Persona;
use crate::oidc::fault::Fault;
use crate::oidc::grant::Grant;

/// Which of the two addresses is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/userinfo`: for logins.
    Userinfo,
    /// `/profile`: for identification.
    Profile,
}

/// When the data of all people changed last.
const UPDATED_AT: i64 = 1_767_225_600;

/// Claims the bank compares with the registers.
const VERIFIABLE: [&str; 13] = [
    "name",
    "given_name",
    "family_name",
    "gender",
    "birthdate",
    "age",
    "date_of_death",
    "birthnumber",
    "birthplace",
    "birthcountry",
    "nationalities",
    "addresses",
    "idcards",
];

/// A person on a day.
#[derive(Debug)]
pub struct Facts<'a> {
    persona: &'a Persona,
    customer: &'a Customer,
    born: NaiveDate,
    now: DateTime<Utc>,
}

impl<'a> Facts<'a> {
    /// What is known today.
    pub fn new(persona: &'a Persona, customer: &'a Customer, now: DateTime<Utc>) -> Self {
        Self {
            persona,
            customer,
            born: persona.birth_date_on(now),
            now,
        }
    }

    /// What a scope gives at an address.
    fn of(&self, scope: &str, place: Place) -> Value {
        let (persona, customer) = (self.persona, self.customer);
        let (given, family) = (written(&persona.given_name), written(&persona.family_name));
        let userinfo = place == Place::Userinfo;
        match scope {
            "profile.name" if userinfo => json!({
                "name": persona.written_name(),
                "given_name": given,
                "family_name": family,
                "preferred_username": persona.key,
            }),
            "profile.name" => json!({ "given_name": given, "family_name": family }),
            "profile.gender" => json!({ "gender": match customer.gender {
                Gender::Female => "female",
                Gender::Male => "male",
            }}),
            "profile.birthdate" if userinfo => json!({ "birthdate": self.born }),
            "profile.birthdate" => json!({
                "birthdate": self.born,
                "age": age(self.born, self.now),
                "date_of_death": customer.died,
            }),
            "profile.email" if userinfo => json!({
                "email": persona.email,
                "email_verified": persona.email.as_ref().map(|_| true),
            }),
            "profile.email" => json!({ "email": persona.email }),
            "profile.phonenumber" if userinfo => json!({
                "phone_number": persona.phone,
                "phone_number_verified": persona.phone.as_ref().map(|_| true),
            }),
            "profile.phonenumber" => json!({ "phone_number": persona.phone }),
            "profile.updatedat" => json!({ "updated_at": UPDATED_AT }),
            "profile.zoneinfo" if userinfo => json!({ "zoneinfo": "Europe/Prague" }),
            "profile.locale" if userinfo => json!({ "locale": "cs_CZ" }),
            _ if userinfo => json!({}),
            "profile.titles" => json!({
                "title_prefix": customer.title_prefix,
                "title_suffix": customer.title_suffix,
            }),
            "profile.birthnumber" => {
                json!({ "birthnumber": birth_number(persona, customer, self.born) })
            }
            "profile.birthplaceNationality" => json!({
                "birthplace": persona.birth_place,
                "birthcountry": persona.birth_place.as_ref().map(|_| customer.nationalities.first()),
                "nationalities": customer.nationalities,
                "primary_nationality": customer.nationalities.first(),
            }),
            "profile.maritalstatus" => json!({ "maritalstatus": customer.marital_status }),
            "profile.addresses" => json!({ "addresses": self.addresses() }),
            "profile.idcards" => json!({ "idcards": self.idcards() }),
            "profile.legalstatus" => json!({
                "majority": age(self.born, self.now) >= 18,
                "pep": false,
                "limited_legal_capacity": customer.restricted,
            }),
            _ => json!({}),
        }
    }

    /// As people read it on the consent page.
    pub fn shown(&self, scope: &str) -> String {
        let mut values = Vec::new();
        for place in [Place::Profile, Place::Userinfo] {
            for (name, value) in &filled(self.of(scope, place)) {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Bool(so) => {
                        let (what, so) = (question(name), if *so { "ano" } else { "ne" });
                        format!("{what}{so}")
                    }
                    Value::Number(number) => number.to_string(),
                    _ => self.shown_list(scope),
                };
                if !text.is_empty() && !values.contains(&text) {
                    values.push(text);
                }
            }
        }
        values.join(", ")
    }

    fn shown_list(&self, scope: &str) -> String {
        match scope {
            "profile.birthplaceNationality" => self.customer.nationalities.join(", "),
            "profile.addresses" => self
                .persona
                .address
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            "profile.idcards" => self
                .persona
                .document
                .as_ref()
                .map(|document| document.number.clone())
                .unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn addresses(&self) -> Option<Value> {
        let address = self.persona.address.as_ref()?;
        let (building, orientation) = match address.house.split_once('/') {
            Some((building, orientation)) => (building, Some(orientation)),
            None => (address.house.as_str(), None),
        };
        // Two and three digits with a space between, as people write it.
        let post_code = match address.post_code.split_at_checked(3) {
            Some((first, second)) => format!("{first} {second}"),
            None => address.post_code.clone(),
        };
        Some(json!([filled(json!({
            "type": "PERMANENT_RESIDENCE",
            "street": address.street,
            "buildingapartment": building,
            "streetnumber": orientation,
            "city": address.post_name,
            "zipcode": post_code,
            "country": address.country,
            "ruian_reference": self.persona.ruian.as_ref().map(|ruian| &ruian.place),
        }))]))
    }

    fn idcards(&self) -> Option<Value> {
        let document = self.persona.document.as_ref()?;
        Some(json!([{
            "type": document.kind,
            "description": if document.kind == "P" { "Cestovní pas" } else { "Občanský průkaz" },
            "country": self.customer.nationalities.first(),
            "number": document.number,
            "issuer": "Městský úřad Český Krumlov",
            "issue_date": "2021-03-01",
            "valid_to": "2031-03-01",
        }]))
    }

    /// The answer of an address to the holder of a grant.
    pub fn answer(
        &self,
        grant: &Grant,
        place: Place,
        bank_number: &str,
        fault: Option<Fault>,
    ) -> Map<String, Value> {
        let mut claims = Map::new();
        for scope in &grant.scopes {
            claims.extend(filled(self.of(scope, place)));
        }
        let mut verified: Map<_, _> = claims
            .iter()
            .filter(|(name, _)| VERIFIABLE.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if fault == Some(Fault::VerifiedOther) {
            verified.insert("family_name".to_owned(), json!("Jinakpsaná"));
        }
        let says_how = place == Place::Userinfo || grant.has("profile.verification");
        if self.customer.verified && fault != Some(Fault::VerifiedClaimsAbsent) {
            let mut both = json!({ "claims": verified });
            if let (Some(members), Some(how)) = (
                both.as_object_mut(),
                verification(bank_number, fault).filter(|_| says_how),
            ) {
                members.insert("verification".to_owned(), how);
            }
            claims.insert("verified_claims".to_owned(), both);
        }
        if fault == Some(Fault::OddClaims) {
            let told = filled(odd()).into_iter();
            let told: Vec<_> = told.filter(|(name, _)| claims.contains_key(name)).collect();
            claims.extend(told);
            let verified = claims.get_mut("verified_claims");
            let verified = verified.and_then(|verified| verified.get_mut("claims"));
            if let Some(verified) = verified.and_then(Value::as_object_mut) {
                verified.remove("nationalities");
            }
        }
        if fault == Some(Fault::UpdatedAtMs) {
            claims.insert("updated_at".to_owned(), json!(UPDATED_AT * 1000));
        }
        // Both shapes were seen in the wild.
        let transaction = match place {
            Place::Userinfo => grant.id.clone(),
            Place::Profile => format!("{}:{}", grant.id, grant.scopes.join(":")),
        };
        claims.insert("txn".to_owned(), json!(transaction));
        claims.insert("sub".to_owned(), json!(grant.subject));
        claims
    }
}

/// Which question a yes or a no answers, where a scope has several.
fn question(name: &str) -> &'static str {
    match name {
        "majority" => "zletilost: ",
        "limited_legal_capacity" => "omezená svéprávnost: ",
        "pep" => "politicky exponovaná osoba: ",
        _ => "",
    }
}

/// What no list of Bank iD's knows, or of another type than it says.
fn odd() -> Value {
    json!({
        "title_prefix": 7,
        "title_suffix": ["Ph.D."],
        "nationalities": ["CZ", "XX"],
        "maritalstatus": "COMPLICATED",
        "majority": "ano",
        "limited_legal_capacity": 0,
    })
}

/// How the bank verified the person.
fn verification(bank_number: &str, fault: Option<Fault>) -> Option<Value> {
    let time = match fault {
        Some(Fault::VerificationAbsent) => return None,
        Some(Fault::VerificationEmpty) => return Some(json!({})),
        Some(Fault::VerificationTimeNull) => None,
        _ => Some("2025-11-03T09:14:00+01:00"),
    };
    Some(json!({
        "trust_framework": "cz_aml",
        "verification_process": bank_number,
        "time": time,
    }))
}

/// Without what has no value.
fn filled(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else {
        return Map::new();
    };
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    members
        .into_iter()
        .filter(|(_, value)| !empty(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank_id::scope::NAMES;
    use crate::nia::persona;

    fn answer(
        key: &str,
        scopes: &[&str],
        place: Place,
        fault: Option<Fault>,
    ) -> Map<String, Value> {
        let people = persona::built_in().unwrap();
        let persona = people.iter().find(|one| one.key == key).unwrap();
        let customer = persona.bank_id.as_ref().unwrap();
        let grant = Grant {
            id: "11111111-2222-4333-8444-555555555555".to_owned(),
            client_id: "a".to_owned(),
            redirect_uri: String::new(),
            person: key.to_owned(),
            place: None,
            scopes: scopes.iter().map(ToString::to_string).collect(),
            nonce: None,
            challenge: None,
            proved_at: Utc::now(),
            subject: "s".to_owned(),
            former_subjects: Vec::new(),
            fault: None,
        };
        Facts::new(persona, customer, Utc::now()).answer(&grant, place, "99000101", fault)
    }

    #[test]
    fn without_scopes_there_is_a_subject_a_transaction_and_nothing_of_the_person() {
        let claims = answer("novakova", &["openid"], Place::Userinfo, None);

        let mut names: Vec<_> = claims.keys().collect();
        names.sort();
        assert_eq!(names, ["sub", "txn", "verified_claims"]);
        assert_eq!(claims["verified_claims"]["claims"], json!({}));
    }

    #[test]
    fn the_birth_number_is_said_at_profile_only_and_only_of_citizens() {
        let scopes = ["openid", "profile.birthnumber"];

        assert!(
            answer("novakova", &scopes, Place::Userinfo, None)
                .get("birthnumber")
                .is_none()
        );
        assert!(
            answer("novakova", &scopes, Place::Profile, None)
                .get("birthnumber")
                .is_some()
        );
        assert!(
            answer("bank-slovak", &scopes, Place::Profile, None)
                .get("birthnumber")
                .is_none()
        );
    }

    #[test]
    fn an_address_says_in_which_country_it_is() {
        for (key, country) in [("novakova", "CZ"), ("bank-slovak", "SK")] {
            let claims = answer(key, &["openid", "profile.addresses"], Place::Profile, None);

            assert_eq!(claims["addresses"][0]["country"], country);
        }
    }

    #[test]
    fn the_consent_page_tells_which_question_a_yes_answers() {
        let people = persona::built_in().unwrap();
        let shown = |key: &str, scope: &str| {
            let persona = people.iter().find(|one| one.key == key).unwrap();
            let customer = persona.bank_id.as_ref().unwrap();
            Facts::new(persona, customer, Utc::now()).shown(scope)
        };

        assert_eq!(
            shown("bank-restricted", "profile.legalstatus"),
            "zletilost: ano, politicky exponovaná osoba: ne, omezená svéprávnost: ano"
        );
        assert_eq!(shown("cvrk-high", "profile.titles"), "Ing., Ph.D.");
        assert!(shown("bank-slovak", "profile.birthplaceNationality").contains("SK, HU"));
    }

    #[test]
    fn odd_claims_stand_where_the_person_agreed_to_them_alone() {
        let of =
            |scopes: &[&str]| answer("novakova", scopes, Place::Profile, Some(Fault::OddClaims));

        let claims = of(&["openid", "profile.maritalstatus"]);

        assert_eq!(claims["maritalstatus"], "COMPLICATED");
        assert!(!claims.contains_key("majority") && !claims.contains_key("title_prefix"));
    }

    #[test]
    fn names_are_said_whole_and_a_missing_one_not_at_all() {
        let of = |key, place| answer(key, &["openid", "profile.name"], place, None);
        for place in [Place::Userinfo, Place::Profile] {
            let long = of("bank-longname", place);
            for claims in [
                &long,
                long["verified_claims"]["claims"].as_object().unwrap(),
            ] {
                assert_eq!(
                    claims["given_name"],
                    "Štěpánka Maxmiliána Alžběta Kryštofína"
                );
                assert_eq!(
                    claims["family_name"],
                    "Němcovrchoslavická-Žďárohradišťovská"
                );
            }

            let one = of("bank-oneword", place);
            for claims in [&one, one["verified_claims"]["claims"].as_object().unwrap()] {
                assert_eq!(claims.get("given_name"), None);
                assert_eq!(claims["family_name"], "Budirahayu");
            }
        }
        assert_eq!(of("bank-oneword", Place::Userinfo)["name"], "Budirahayu");
    }

    #[test]
    fn verification_has_four_shapes() {
        let of = |fault| answer("novakova", &["openid"], Place::Userinfo, fault);

        assert_eq!(
            of(None)["verified_claims"]["verification"]["trust_framework"],
            "cz_aml"
        );
        assert!(
            of(Some(Fault::VerificationTimeNull))["verified_claims"]["verification"]["time"]
                .is_null()
        );
        assert_eq!(
            of(Some(Fault::VerificationEmpty))["verified_claims"]["verification"],
            json!({})
        );
        assert!(
            of(Some(Fault::VerificationAbsent))["verified_claims"]
                .get("verification")
                .is_none()
        );
        assert!(
            of(Some(Fault::VerifiedClaimsAbsent))
                .get("verified_claims")
                .is_none()
        );
    }

    #[test]
    fn nothing_without_a_value_is_said_of_anybody() {
        for persona in persona::built_in().unwrap() {
            if persona.bank_id.is_none() {
                continue;
            }
            for place in [Place::Userinfo, Place::Profile] {
                let claims = answer(&persona.key, &NAMES, place, None);
                assert!(
                    claims.values().all(|value| !value.is_null() && value != ""),
                    "{claims:?}"
                );
            }
        }
    }
}
