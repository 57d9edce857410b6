//! Comparing what two sources say about a person (local-identity 8.3). The result only ever refuses or lets a person go on
//! who proved both sides; equal names never find anybody.

use chrono::NaiveDate;
use federation::{Fact as Asserted, FactKind, FactValue, IdentityLevel, Standing};

use crate::storage::fact::{Fact, normalised};

/// What of a person is compared: only vouched values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Given names.
    pub given: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// Date of birth.
    pub born: Option<NaiveDate>,
    /// Whether the town or the state knows who this is: then nothing may be missing.
    pub verified: bool,
}

/// How alike two sources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Names and date of birth are the same.
    Equal,
    /// The same but for accents, hyphens or further given names.
    Similar,
    /// One side is not verified and tells less; what both tell is the same.
    Fills,
    /// Something that has to be compared is missing on a verified side.
    TooLittle,
    /// The same date of birth, another name: a marriage, or somebody else.
    NamesDiffer,
    /// Another date of birth: somebody else.
    BirthDateDiffers,
}

impl Likeness {
    /// Whether the person may go on without an officer.
    pub const fn suffices(self) -> bool {
        matches!(self, Self::Equal | Self::Similar | Self::Fills)
    }

    /// Whether both sides are the same registered person, as far as data can tell.
    pub const fn is_same_person(self) -> bool {
        matches!(self, Self::Equal | Self::Similar)
    }
}

impl Traits {
    /// Of what we hold about an account, the strongest proof first.
    pub fn held(facts: &[Fact]) -> Self {
        let best = |kind| {
            facts.iter().find(|fact| {
                fact.kind == kind && fact.standing == Standing::Vouched && fact.source.is_some()
            })
        };
        let is_verified = |kind| {
            best(kind)
                .and_then(|fact| fact.source.as_ref())
                .is_some_and(|source| source.identity_level >= IdentityLevel::Town)
        };
        let verified = COMPARED.into_iter().any(is_verified);
        Self::of(|kind| best(kind).map(|fact| &fact.value), verified)
    }

    /// Of what an upstream just said.
    pub fn asserted(facts: &[Asserted], level: IdentityLevel) -> Self {
        let vouched = |kind| {
            let fact = facts
                .iter()
                .find(|fact| fact.kind == kind && fact.standing == Standing::Vouched);
            fact.map(|fact| &fact.value)
        };
        Self::of(vouched, level >= IdentityLevel::Town)
    }

    /// Of what we hold, whoever told it: for refusing alone, and never for calling two one.
    pub fn known(facts: &[Fact]) -> Self {
        let held = |kind| facts.iter().find(|fact| fact.kind == kind);
        Self::of(|kind| held(kind).map(|fact| &fact.value), true)
    }

    /// Of what an upstream just said, vouched for or not: as [`Traits::known`].
    pub fn told(facts: &[Asserted]) -> Self {
        let told = |kind| facts.iter().find(|fact| fact.kind == kind);
        Self::of(|kind| told(kind).map(|fact| &fact.value), true)
    }

    fn of<'a>(value: impl Fn(FactKind) -> Option<&'a FactValue>, verified: bool) -> Self {
        let text = |kind| Some(value(kind)?.as_text()?.to_owned());
        Self {
            given: text(FactKind::GivenName),
            family: text(FactKind::FamilyName),
            born: value(FactKind::BirthDate).and_then(FactValue::as_date),
            verified,
        }
    }

    /// Whether it says nothing that could be compared.
    pub const fn is_silent(&self) -> bool {
        self.given.is_none() && self.family.is_none() && self.born.is_none()
    }

    /// Compares ours with theirs. A verified side of ours must be answered in full; one of theirs may fill gaps of ours.
    pub fn compare(&self, theirs: &Self) -> Likeness {
        if let (Some(ours), Some(theirs)) = (self.born, theirs.born)
            && ours != theirs
        {
            return Likeness::BirthDateDiffers;
        }
        let family = alike(self.family.as_deref(), theirs.family.as_deref(), same_name);
        let given = alike(self.given.as_deref(), theirs.given.as_deref(), same_given);
        if family == Some(Name::Other) || given == Some(Name::Other) {
            return Likeness::NamesDiffer;
        }
        let born = (self.born.is_some() && theirs.born.is_some()).then_some(Name::Same);
        match (family, given, born) {
            (Some(Name::Same), Some(Name::Same), Some(_)) => Likeness::Equal,
            (Some(_), Some(_), Some(_)) => Likeness::Similar,
            _ if self.verified => Likeness::TooLittle,
            _ => Likeness::Fills,
        }
    }
}

const COMPARED: [FactKind; 3] = [
    FactKind::GivenName,
    FactKind::FamilyName,
    FactKind::BirthDate,
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Same,
    Similar,
    Other,
}

fn alike(
    ours: Option<&str>,
    theirs: Option<&str>,
    compare: fn(&str, &str) -> Name,
) -> Option<Name> {
    Some(compare(ours?, theirs?))
}

fn same_name(ours: &str, theirs: &str) -> Name {
    if words(&ours.to_lowercase()) == words(&theirs.to_lowercase()) {
        Name::Same
    } else if words(&normalised(ours)) == words(&normalised(theirs)) {
        Name::Similar
    } else {
        Name::Other
    }
}

/// One source may know more given names, after the same first ones. Another second name is another person: a twin.
fn same_given(ours: &str, theirs: &str) -> Name {
    if same_name(ours, theirs) == Name::Same {
        return Name::Same;
    }
    let (ours, theirs) = (words(&normalised(ours)), words(&normalised(theirs)));
    let is_beginning = ours.starts_with(&theirs) || theirs.starts_with(&ours);
    if is_beginning && !ours.is_empty() && !theirs.is_empty() {
        Name::Similar
    } else {
        Name::Other
    }
}

/// Whether two values of what is compared may be one person's.
pub(super) fn is_alike(kind: FactKind, ours: &FactValue, theirs: &FactValue) -> bool {
    match (kind, ours.as_text(), theirs.as_text()) {
        (FactKind::GivenName, Some(ours), Some(theirs)) => same_given(ours, theirs) != Name::Other,
        (_, Some(ours), Some(theirs)) => same_name(ours, theirs) != Name::Other,
        _ => ours == theirs,
    }
}

fn words(name: &str) -> Vec<String> {
    name.split(|letter: char| letter.is_whitespace() || letter == '-')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(given: &str, family: &str, born: &str, verified: bool) -> Traits {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Traits {
            given: text(given),
            family: text(family),
            born: born.parse().ok(),
            verified,
        }
    }

    #[test]
    fn the_same_names_and_date_are_equal_whatever_their_case() {
        let ours = person("Jana", "Dvořáková", "1984-05-14", true);
        let theirs = person("JANA", "DVOŘÁKOVÁ", "1984-05-14", true);

        assert_eq!(ours.compare(&theirs), Likeness::Equal);
    }

    #[test]
    fn accents_hyphens_and_further_given_names_are_similar() {
        let ours = person("Jana", "Řehořová-Černá", "1984-05-14", true);
        for theirs in [
            person("Jana", "Rehorova Cerna", "1984-05-14", true),
            person("Jana Marie", "Řehořová-Černá", "1984-05-14", true),
        ] {
            assert_eq!(ours.compare(&theirs), Likeness::Similar, "{theirs:?}");
        }
    }

    #[test]
    fn twins_who_share_their_first_name_are_two_people() {
        let ours = person("Jan Karel", "Dvořák", "1984-05-14", true);

        for (given, likeness) in [
            ("Jan Petr", Likeness::NamesDiffer),
            ("Karel Jan", Likeness::NamesDiffer),
            ("Jan Karel Petr", Likeness::Similar),
            ("JAN", Likeness::Similar),
        ] {
            let theirs = person(given, "Dvořák", "1984-05-14", true);
            assert_eq!(ours.compare(&theirs), likeness, "{given}");
            assert_eq!(theirs.compare(&ours), likeness, "{given}");
        }
    }

    #[test]
    fn another_surname_is_for_an_officer_and_another_date_somebody_else() {
        let ours = person("Jana", "Dvořáková", "1984-05-14", true);

        for (theirs, likeness) in [
            (
                person("Jana", "Nováková", "1984-05-14", true),
                Likeness::NamesDiffer,
            ),
            (
                person("Eva", "Dvořáková", "1984-05-14", true),
                Likeness::NamesDiffer,
            ),
            (
                person("Jana", "Dvořáková", "1984-05-15", true),
                Likeness::BirthDateDiffers,
            ),
            (
                person("Petr", "Svoboda", "1990-01-01", true),
                Likeness::BirthDateDiffers,
            ),
        ] {
            assert_eq!(ours.compare(&theirs), likeness, "{theirs:?}");
        }
    }

    #[test]
    fn a_verified_account_is_compared_in_full_and_an_unverified_one_may_learn() {
        let full = person("Jana", "Dvořáková", "1984-05-14", true);
        let silent = person("", "", "", false);
        let nameless = person("Jana", "Dvořáková", "", false);

        assert_eq!(full.compare(&silent), Likeness::TooLittle);
        assert_eq!(full.compare(&nameless), Likeness::TooLittle);
        assert_eq!(silent.compare(&full), Likeness::Fills);
        assert_eq!(nameless.compare(&full), Likeness::Fills);
        assert_eq!(silent.compare(&silent), Likeness::Fills);
        assert_eq!(
            nameless.compare(&person("Eva", "Malá", "1984-05-14", true)),
            Likeness::NamesDiffer
        );
    }
}
