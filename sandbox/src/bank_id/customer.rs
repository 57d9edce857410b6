//! What banks know about a person beyond the registers.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

use crate::nia::persona::Persona;

/// A person as their banks see them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Banks with an account, by key.
    pub banks: Vec<String>,
    /// For `gender`, and for the birth number.
    pub gender: Gender,
    /// Before the name.
    #[serde(default)]
    pub title_prefix: Option<String>,
    /// After the name.
    #[serde(default)]
    pub title_suffix: Option<String>,
    /// States, by two letters. Default: the Czech Republic. Who is of another one has no birth number.
    #[serde(default = "czech")]
    pub nationalities: Vec<String>,
    /// Whether the bank checked the person against the registers. Default: yes.
    #[serde(default = "yes")]
    pub verified: bool,
    /// What happens to the subject identifier of somebody with accounts at two banks.
    #[serde(default)]
    pub subjects: Rule,
    /// The error every login of this person ends with.
    #[serde(default)]
    pub error: Option<String>,
    /// Restricted legal capacity.
    #[serde(default)]
    pub restricted: bool,
    /// The day of death.
    #[serde(default)]
    pub died: Option<NaiveDate>,
    /// One of the words of the bank.
    #[serde(default)]
    pub marital_status: Option<String>,
}

/// As Bank iD writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
}

/// What happens to the subject identifier of somebody with accounts at two banks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// One for both.
    #[default]
    One,
    /// One each: nobody knows it is the same person.
    PerBank,
    /// One each, until the second bank is used: then a new one, and the former are told.
    Joined,
}

impl Customer {
    /// Whether the person is a citizen.
    pub fn is_czech(&self) -> bool {
        self.nationalities.iter().any(|state| state == "CZ")
    }
}

impl Persona {
    /// The whole name as banks write it.
    pub fn written_name(&self) -> String {
        let name = format!("{} {}", self.given_name, self.family_name);
        written(name.trim())
    }
}

/// A name as banks write it: `NOVÁKOVÁ` of the register is `Nováková`.
pub fn written(name: &str) -> String {
    let mut start = true;
    name.chars()
        .flat_map(|letter| {
            let written: Vec<char> = if start {
                letter.to_uppercase().collect()
            } else {
                letter.to_lowercase().collect()
            };
            start = !letter.is_alphanumeric();
            written
        })
        .collect()
}

/// How old somebody born on this day is.
pub fn age(birth: NaiveDate, now: DateTime<Utc>) -> i32 {
    let today = now.date_naive();
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i32::from(!had_birthday)
}

/// A birth number (rodné číslo) that fits the day and the gender and is divisible by eleven. It is made up.
pub fn birth_number(persona: &Persona, customer: &Customer, born: NaiveDate) -> Option<String> {
    if !customer.is_czech() {
        return None;
    }
    let identity = persona.human();
    let digest = sha256(format!("city-sandbox birth number\n{identity}").as_bytes());
    let first = u64::from(*digest.first()?) * 3;
    let month = born.month()
        + match customer.gender {
            Gender::Female => 50,
            Gender::Male => 0,
        };
    (0..20).find_map(|step| {
        let serial = (first + step) % 1000;
        let nine = format!(
            "{:02}{month:02}{:02}{serial:03}",
            born.year() % 100,
            born.day()
        );
        let rest = nine.parse::<u64>().ok()? % 11;
        (rest < 10).then(|| format!("{nine}{rest}"))
    })
}

fn czech() -> Vec<String> {
    vec!["CZ".to_owned()]
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ares::subject;
    use crate::isds::data;
    use crate::nia::persona;

    #[test]
    fn names_are_written_as_people_write_them() {
        assert_eq!(written("KAREL JOSEF"), "Karel Josef");
        assert_eq!(written("ŘEHOŘOVÁ-ČERNÁ O'NEILL"), "Řehořová-Černá O'Neill");
    }

    #[test]
    fn a_person_in_trade_is_the_one_of_ares_and_of_the_data_boxes() {
        let people = persona::built_in().unwrap();
        let trader = people.iter().find(|one| one.key == "bank-trader").unwrap();
        let subjects = subject::built_in().unwrap();
        let subject = subjects.iter().find(|one| one.ico == "00000019").unwrap();
        let people = data::built_in().unwrap().person;
        let holder = people.iter().find(|one| one.key == "svoboda").unwrap();

        assert_eq!((subject.form.as_str(), subject.ended), ("101", None));
        assert_eq!(trader.written_name(), subject.name);
        let ruian = trader.ruian.as_ref().unwrap();
        assert_eq!(ruian.place, subject.seat.place.to_string());
        assert_eq!(holder.nia.as_deref(), Some(trader.human()));
        assert_eq!(Some(holder.birth_date), trader.birth_date);
    }

    #[test]
    fn birth_numbers_fit_the_day_and_are_divisible_by_eleven() {
        let people = persona::built_in().unwrap();
        let jana = people.iter().find(|one| one.key == "novakova").unwrap();
        let customer = jana.bank_id.as_ref().unwrap();

        let number = birth_number(jana, customer, jana.birth_date.unwrap()).unwrap();

        assert!(number.starts_with("855412"), "{number}");
        assert_eq!(number.len(), 10);
        assert_eq!(number.parse::<u64>().unwrap() % 11, 0);
    }
}
