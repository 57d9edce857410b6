//! Subject identifiers: the same every time for one person and one sector, of no meaning elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use openssl::sha::sha256;
use uuid::Builder;

use super::customer::{Customer, Rule};
use crate::nia::persona::Persona;

/// What identifiers depend on besides the person.
#[derive(Debug, Default)]
pub struct Subjects(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Banks a person used, by sector.
    used: BTreeMap<(String, String), BTreeSet<String>>,
    /// How many times a person got a new identifier.
    renewed: BTreeMap<String, u32>,
}

/// The identifier of now and the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// `sub`
    pub subject: String,
    /// `outdated_subs`
    pub former: Vec<String>,
}

impl Subjects {
    /// The identifier of a person who comes by a bank, for clients of a sector.
    pub fn of(&self, persona: &Persona, customer: &Customer, bank: &str, sector: &str) -> Known {
        let identity = persona.human();
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = memory.renewed.get(identity).copied().unwrap_or(0);
        let banks = memory
            .used
            .entry((sector.to_owned(), identity.to_owned()))
            .or_default();
        banks.insert(bank.to_owned());

        let (variant, before) = match customer.subjects {
            Rule::One => (String::new(), BTreeSet::new()),
            Rule::PerBank => (bank.to_owned(), BTreeSet::new()),
            Rule::Joined if banks.len() < 2 => (bank.to_owned(), BTreeSet::new()),
            Rule::Joined => ("joined".to_owned(), banks.clone()),
        };
        let earlier = (0..renewed).map(|times| make(identity, sector, &variant, times));
        let former = before
            .iter()
            .map(|bank| make(identity, sector, bank, 0))
            .chain(earlier)
            .collect();
        Known {
            subject: make(identity, sector, &variant, renewed),
            former,
        }
    }

    /// Gives a person a new identifier everywhere; the earlier ones are told from now on.
    pub fn renew(&self, persona: &Persona) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *memory
            .renewed
            .entry(persona.human().to_owned())
            .or_default() += 1;
    }

    /// Forgets which banks were used and who got a new identifier.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
    }
}

fn make(identity: &str, sector: &str, variant: &str, renewed: u32) -> String {
    let text = format!("city-sandbox bank id\n{identity}\n{sector}\n{variant}\n{renewed}");
    let digest = sha256(text.as_bytes());
    let bytes = *digest.first_chunk::<16>().unwrap_or(&[0; 16]);
    Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nia::persona;

    fn person(key: &str) -> Persona {
        let people = persona::built_in().unwrap();
        people.into_iter().find(|one| one.key == key).unwrap()
    }

    fn of(subjects: &Subjects, key: &str, bank: &str, sector: &str) -> Known {
        let persona = person(key);
        let customer = persona.bank_id.clone().unwrap();
        subjects.of(&persona, &customer, bank, sector)
    }

    #[test]
    fn one_person_is_one_subject_in_a_sector_and_another_one_elsewhere() {
        let subjects = Subjects::default();

        let here = of(&subjects, "novakova", "vltavska", "a.test");
        assert_eq!(here, of(&subjects, "novakova", "krumlovska", "a.test"));
        assert_eq!(here, of(&subjects, "newname", "vltavska", "a.test"));
        assert_ne!(here, of(&subjects, "novakova", "vltavska", "b.test"));
        assert_ne!(here, of(&subjects, "twin", "vltavska", "a.test"));
    }

    #[test]
    fn banks_that_know_nothing_of_each_other_say_two_subjects() {
        let subjects = Subjects::default();

        let first = of(&subjects, "bank-two", "vltavska", "a.test");
        let second = of(&subjects, "bank-two", "krumlovska", "a.test");

        assert_ne!(first.subject, second.subject);
        assert!(second.former.is_empty());
    }

    #[test]
    fn a_person_whose_banks_are_joined_gets_a_new_subject_and_the_former_are_told() {
        let subjects = Subjects::default();

        let first = of(&subjects, "bank-joined", "vltavska", "a.test");
        let joined = of(&subjects, "bank-joined", "krumlovska", "a.test");

        assert_ne!(first.subject, joined.subject);
        assert!(joined.former.contains(&first.subject));
        assert_eq!(of(&subjects, "bank-joined", "vltavska", "a.test"), joined);
    }

    #[test]
    fn a_renewed_subject_tells_the_one_before() {
        let subjects = Subjects::default();
        let before = of(&subjects, "novakova", "vltavska", "a.test");

        subjects.renew(&person("novakova"));

        let after = of(&subjects, "novakova", "vltavska", "a.test");
        assert_eq!(after.former, [before.subject]);
    }
}
