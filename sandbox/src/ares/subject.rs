//! Subjects: people in business and bodies. All are invented.

use chrono::NaiveDate;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::StartError;

/// A subject.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// IČO.
    pub ico: String,
    /// `obchodniJmeno`
    pub name: String,
    /// `pravniForma`: 101 a person in trade, 112 s.r.o., 121 a.s., 706 an association, 801 a municipality.
    pub form: String,
    /// `datumVzniku`
    pub founded: NaiveDate,
    /// `datumZaniku`
    #[serde(default)]
    pub ended: Option<NaiveDate>,
    /// `dic`
    #[serde(default)]
    pub dic: Option<String>,
    /// The file at the court of the public register.
    #[serde(default)]
    pub file: Option<CourtFile>,
    /// Whether the register of trades knows it.
    #[serde(default)]
    pub in_trade: bool,
    /// The seat.
    pub seat: Seat,
    /// Statutory bodies, present and former.
    #[serde(default)]
    pub body: Vec<Body>,
}

/// A file at a court.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourtFile {
    /// `C` for s.r.o., `B` for a.s., `L` for associations.
    pub section: String,
    /// The number in the section.
    pub number: u32,
}

/// A seat in the town.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// RÚIAN code of the place.
    pub place: u32,
    /// Part of the town.
    pub part: String,
    /// Street.
    pub street: String,
    /// Number of the house.
    pub house: u32,
}

/// A statutory body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// `nazevOrganu`
    pub name: String,
    /// `zpusobJednani`, free text.
    pub acting: String,
    /// Who sits in it.
    pub member: Vec<Member>,
}

/// A member, present or former: a person, or a legal person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// As the register writes it.
    #[serde(default)]
    pub given_name: String,
    /// As the register writes it; empty for a legal person.
    #[serde(default)]
    pub family_name: String,
    /// Associations sometimes leave it out.
    #[serde(default)]
    pub birth_date: Option<NaiveDate>,
    /// The legal person.
    #[serde(default)]
    pub legal_person: Option<LegalPerson>,
    /// `skrytyUdaj`: the register does not tell who it is.
    #[serde(default)]
    pub hidden: bool,
    /// `datumZapisu`, and the beginning of the membership.
    pub since: NaiveDate,
    /// The end of the membership, and `datumVymazu`.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// A legal person as a member.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalPerson {
    /// IČO.
    pub ico: String,
    /// Business name.
    pub name: String,
    /// Who acts for it: given and family name.
    pub by: (String, String),
}

impl Subject {
    /// Whether a public register of a court knows it.
    pub fn is_in_public_register(&self) -> bool {
        self.file.is_some()
    }

    /// `EkonomickySubjekt`
    pub fn json(&self) -> Value {
        let state = |known: bool| match (known, self.ended) {
            (false, _) => "NEEXISTUJICI",
            (true, None) => "AKTIVNI",
            (true, Some(_)) => "ZANIKLY",
        };
        let mut subject = json!({
            "ico": self.ico,
            "icoId": self.ico,
            "obchodniJmeno": self.name,
            "sidlo": self.seat.json(),
            "pravniForma": self.form,
            "pravniFormaRos": self.form,
            "financniUrad": "304",
            "datumVzniku": self.founded,
            "datumAktualizace": self.ended.unwrap_or(self.founded),
            "adresaDorucovaci": {
                "radekAdresy1": format!("{} {}", self.seat.street, self.seat.house),
                "radekAdresy2": self.seat.part,
                "radekAdresy3": "38101 Český Krumlov",
            },
            "czNace": ["00"],
            "seznamRegistraci": {
                "stavZdrojeRos": state(true),
                "stavZdrojeRes": state(true),
                "stavZdrojeVr": state(self.is_in_public_register()),
                "stavZdrojeRzp": state(self.in_trade),
                "stavZdrojeDph": state(self.dic.is_some()),
                "stavZdrojeIr": "NEEXISTUJICI",
                "stavZdrojeCeu": "NEEXISTUJICI",
            },
            "primarniZdroj": "ros",
        });
        if let Value::Object(fields) = &mut subject {
            if let Some(ended) = self.ended {
                fields.insert("datumZaniku".to_owned(), json!(ended));
            }
            if let Some(dic) = &self.dic {
                fields.insert("dic".to_owned(), json!(dic));
            }
            if let Some(file) = &self.file {
                let more = json!([{
                    "datovyZdroj": "vr",
                    "obchodniJmeno": [{ "obchodniJmeno": self.name, "primarniZaznam": true }],
                    "sidlo": [{ "sidlo": self.seat.json(), "primarniZaznam": true }],
                    "pravniForma": self.form,
                    "spisovaZnacka": format!("{} {}/KSCB", file.section, file.number),
                }]);
                fields.insert("dalsiUdaje".to_owned(), more);
            }
        }
        subject
    }
}

impl Seat {
    /// In one line.
    pub fn line(&self) -> String {
        format!(
            "{} {}, {}, 38101 Český Krumlov",
            self.street, self.house, self.part
        )
    }

    /// An address object.
    pub fn json(&self) -> Value {
        json!({
            "kodStatu": "CZ",
            "nazevStatu": "Česká republika",
            "kodKraje": 35,
            "nazevKraje": "Jihočeský kraj",
            "kodOkresu": 3302,
            "nazevOkresu": "Český Krumlov",
            "kodObce": 545_392,
            "nazevObce": "Český Krumlov",
            "nazevCastiObce": self.part,
            "nazevUlice": self.street,
            "cisloDomovni": self.house,
            "typCisloDomovni": "1",
            "kodAdresnihoMista": self.place,
            "psc": 38101,
            "textovaAdresa": self.line(),
            "standardizaceAdresy": true,
        })
    }
}

/// The subjects built into the program.
pub fn built_in() -> Result<Vec<Subject>, StartError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        subject: Vec<Subject>,
    }
    let file: File = Figment::new()
        .merge(Toml::string(include_str!("../../data/ares.toml")))
        .extract()
        .map_err(|source| StartError::Personas(Box::new(source)))?;
    Ok(file.subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ico;
    use crate::isds::data;

    fn subject(ico: &str) -> Subject {
        let all = built_in().unwrap();
        all.into_iter().find(|one| one.ico == ico).unwrap()
    }

    #[test]
    fn every_number_has_its_check_digit_and_stands_there_once() {
        let mut numbers: Vec<_> = built_in().unwrap().into_iter().map(|it| it.ico).collect();
        let count = numbers.len();

        assert!(numbers.iter().all(|number| ico::is_valid(number)));
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn bodies_with_a_box_have_the_same_name_here_except_the_unknown_one() {
        let all = built_in().unwrap();
        let mut missing = Vec::new();

        for data_box in data::built_in().unwrap().boxes {
            let Some(number) = data_box.ic else { continue };
            match all.iter().find(|one| one.ico == number) {
                // A person in trade is one subject, whatever the boxes are called.
                Some(one) if one.form == "101" => {}
                Some(one) => assert_eq!(Some(one.name.clone()), data_box.name, "{number}"),
                None => missing.push(number),
            }
        }
        assert_eq!(missing, ["00000108"]);
    }

    #[test]
    fn one_that_ended_says_so_everywhere() {
        let told = subject("00000094").json();

        assert_eq!(told["datumZaniku"], "2026-03-31");
        assert_eq!(told["seznamRegistraci"]["stavZdrojeVr"], "ZANIKLY");
        assert_eq!(
            subject("00000027").json()["seznamRegistraci"]["stavZdrojeVr"],
            "AKTIVNI"
        );
        assert_eq!(subject("00000027").json().get("datumZaniku"), None);
    }
}
