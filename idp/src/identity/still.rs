//! Whether a subject that we know still tells of the person whom we know by it: MojeID, a neighbouring town or a SAML partner may
//! give an identifier of somebody who left to somebody else (local-identity 8.3).

use federation::{Assertion, Fact as Asserted, FactKind, IdentityLevel, Standing};

use super::likeness::is_alike;
use crate::ids::UpstreamLinkId;
use crate::storage::fact::Fact;

/// What a known subject tells now, beside what is known by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Still {
    /// Nothing differs, as far as both sides are vouched for.
    Them,
    /// Another name of the same person: a marriage. These kinds differ.
    Renamed(Vec<FactKind>),
    /// Somebody else. These kinds differ.
    SomebodyElse(Vec<FactKind>),
}

/// Compares what is vouched for on both sides: with what this link told before; what it never told, with what the account holds.
/// What is only stated says nothing.
///
/// Another date of birth is somebody else, and so is another given name, but where a register of the state tells it with the same
/// date. Another family name alone is a marriage where the dates of birth were compared and are the same; else it may be a namesake
/// by given name, and an officer looks. What is only stated is left alone: people write there what they like, and anew.
pub(super) fn still(held: &[Fact], link: UpstreamLinkId, assertion: &Assertion) -> Still {
    still_of(held, link, assertion.facts(), assertion.levels().identity)
}

fn still_of(held: &[Fact], link: UpstreamLinkId, told: &[Asserted], level: IdentityLevel) -> Still {
    let compared = COMPARED.map(|kind| (kind, tells_same(held, link, told, kind)));
    let of = |wanted| {
        compared
            .iter()
            .find(|(kind, _)| *kind == wanted)
            .and_then(|(_, same)| *same)
    };
    let differ: Vec<FactKind> = compared
        .iter()
        .filter(|(_, same)| *same == Some(false))
        .map(|(kind, _)| *kind)
        .collect();
    let is_born_the_same = of(FactKind::BirthDate) == Some(true);
    let is_a_register = level >= IdentityLevel::State;
    if of(FactKind::BirthDate) == Some(false)
        || of(FactKind::GivenName) == Some(false) && !(is_a_register && is_born_the_same)
    {
        Still::SomebodyElse(differ)
    } else if differ.is_empty() {
        Still::Them
    } else if is_born_the_same {
        Still::Renamed(differ)
    } else {
        Still::SomebodyElse(differ)
    }
}

/// `None`: one of the two sides does not tell.
fn tells_same(
    held: &[Fact],
    link: UpstreamLinkId,
    told: &[Asserted],
    kind: FactKind,
) -> Option<bool> {
    let told = told
        .iter()
        .find(|fact| fact.kind == kind && fact.standing == Standing::Vouched)?;
    let is_own = |fact: &&Fact| {
        let source = fact.source.as_ref();
        source.and_then(|source| source.upstream_link_id) == Some(link)
    };
    let vouched = held.iter().filter(|fact| {
        fact.kind == kind && fact.standing == Standing::Vouched && fact.source.is_some()
    });
    let own: Vec<&Fact> = vouched.clone().filter(is_own).collect();
    let known = if own.is_empty() {
        vouched.take(1).collect()
    } else {
        own
    };
    if known.is_empty() {
        return None;
    }
    let is_alike = |fact: &&Fact| is_alike(kind, &fact.value, &told.value);
    Some(known.iter().any(is_alike))
}

const COMPARED: [FactKind; 3] = [
    FactKind::BirthDate,
    FactKind::GivenName,
    FactKind::FamilyName,
];

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use federation::FactValue;
    use uuid::Uuid;

    use super::*;
    use crate::ids::{FactId, VerificationId};
    use crate::storage::fact::Source;

    const LINK: UpstreamLinkId = UpstreamLinkId::new(Uuid::from_u128(1));
    const OTHER: UpstreamLinkId = UpstreamLinkId::new(Uuid::from_u128(2));

    fn told(given: &str, family: &str, born: &str) -> Vec<Asserted> {
        let fact = |kind, value| Asserted {
            kind,
            value,
            standing: Standing::Vouched,
        };
        let text = |text: &str| FactValue::Text(text.to_owned());
        let mut told = vec![
            fact(FactKind::GivenName, text(given)),
            fact(FactKind::FamilyName, text(family)),
        ];
        if let Ok(born) = born.parse() {
            told.push(fact(FactKind::BirthDate, FactValue::Date(born)));
        }
        told
    }

    fn held(link: UpstreamLinkId, told: Vec<Asserted>) -> Vec<Fact> {
        let source = Source {
            verification_id: VerificationId::new(Uuid::from_u128(9)),
            upstream_link_id: Some(link),
            method: "upstream".to_owned(),
            provider: None,
            realm: None,
            identity_level: IdentityLevel::Town,
            assurance: None,
            trust_framework: None,
            country: None,
            checked_at: None,
            process: None,
            verified_at: DateTime::UNIX_EPOCH,
            valid_until: None,
        };
        let held = told.into_iter().map(|fact| Fact {
            fact_id: FactId::new(Uuid::from_u128(3)),
            kind: fact.kind,
            value: fact.value,
            standing: fact.standing,
            source: Some(source.clone()),
            recorded_at: DateTime::UNIX_EPOCH,
        });
        held.collect()
    }

    #[test]
    fn another_date_of_birth_or_given_name_is_somebody_else_and_another_family_name_a_marriage() {
        use FactKind::{BirthDate, FamilyName, GivenName};
        let known = held(LINK, told("Jana", "Nováková", "1985-04-12"));
        for (said, expected) in [
            (told("JANA", "NOVAKOVA", "1985-04-12"), Still::Them),
            (
                told("Jana", "Svobodová", "1985-04-12"),
                Still::Renamed(vec![FamilyName]),
            ),
            (
                told("Jana", "Svobodová", ""),
                Still::SomebodyElse(vec![FamilyName]),
            ),
            (
                told("Jana", "Nováková", "1985-04-13"),
                Still::SomebodyElse(vec![BirthDate]),
            ),
            (
                told("Tereza", "Nováková", "1985-04-12"),
                Still::SomebodyElse(vec![GivenName]),
            ),
            (
                told("Petr", "Svoboda", "1990-01-01"),
                Still::SomebodyElse(vec![BirthDate, GivenName, FamilyName]),
            ),
            (Vec::new(), Still::Them),
        ] {
            let still = still_of(&known, LINK, &said, IdentityLevel::Town);
            assert_eq!(still, expected, "{said:?}");
        }
    }

    #[test]
    fn a_register_of_the_state_may_tell_another_given_name_of_the_same_day() {
        let known = held(LINK, told("Jana", "Nováková", "1985-04-12"));
        let state = |said: &[Asserted]| still_of(&known, LINK, said, IdentityLevel::State);

        assert!(matches!(
            state(&told("Jan", "Novák", "1985-04-12")),
            Still::Renamed(_)
        ));
        assert!(matches!(
            state(&told("Jan", "Novák", "1985-04-13")),
            Still::SomebodyElse(_)
        ));
        assert!(matches!(
            state(&told("Jan", "Novák", "")),
            Still::SomebodyElse(_)
        ));
    }

    #[test]
    fn what_a_link_told_before_counts_and_else_what_the_account_holds() {
        // The register knows the married name, the bank still the former one.
        let mut known = held(OTHER, told("Jana", "Svobodová", "1985-04-12"));
        let silent = known.clone();
        known.extend(held(LINK, told("Jana", "Nováková", "1985-04-12")));
        let said = told("Jana", "Nováková", "1985-04-12");

        let now = still_of(&known, LINK, &said, IdentityLevel::Town);
        assert_eq!(now, Still::Them);
        let now = still_of(&silent, LINK, &said, IdentityLevel::Town);
        assert_eq!(now, Still::Renamed(vec![FactKind::FamilyName]));
        let now = still_of(
            &silent,
            LINK,
            &told("Petr", "Svoboda", "1990-01-01"),
            IdentityLevel::Contact,
        );
        assert!(matches!(now, Still::SomebodyElse(_)));
    }

    #[test]
    fn what_is_only_stated_says_nothing_on_either_side() {
        let stated = |mut facts: Vec<Asserted>| {
            for fact in &mut facts {
                fact.standing = Standing::SelfStated;
            }
            facts
        };
        let known = held(LINK, told("Jana", "Nováková", "1985-04-12"));
        let other = told("Petr", "Svoboda", "1990-01-01");

        let now = still_of(&known, LINK, &stated(other.clone()), IdentityLevel::Town);
        assert_eq!(now, Still::Them);
        let known = held(LINK, stated(told("Jana", "Nováková", "1985-04-12")));
        let now = still_of(&known, LINK, &other, IdentityLevel::Town);
        assert_eq!(now, Still::Them);
    }
}
