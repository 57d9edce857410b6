//! What a login changes in the facts we hold: written only where something differs.

use federation::{Fact as Asserted, FactKind, IdentityLevel, Standing};

use crate::ids::{FactId, UpstreamLinkId};
use crate::storage::fact::Fact;

/// What to write.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes<'a> {
    /// Values that turn into history.
    pub(crate) supersede: Vec<FactId>,
    /// Values that are new.
    pub(crate) add: Vec<&'a Asserted>,
}

/// Compares what we hold with what a link's login asserts.
///
/// A fact that did not come this time stays: each client asks the upstream for its own facts. A value of the same link
/// takes the place of the former one, so that a new surname arrives by itself, unless the former was proved at a
/// level that this login does not reach. *state* and *state_high* read the same register and replace each other.
///
/// What was vouched for, a stated value never replaces: the same one is known already, another one stands beside it. At Bank iD
/// one login brings an address that the bank held against the registers, and the next one the same without a word of that.
/// An e-mail address and a phone number are the exception: who stops to vouch for one takes the word back.
pub(crate) fn changes<'a>(
    held: &[Fact],
    link: UpstreamLinkId,
    level: IdentityLevel,
    asserted: &'a [Asserted],
) -> Changes<'a> {
    let mut changes = Changes::default();
    for fact in asserted {
        let mut known = false;
        let former = held.iter().filter(|held| {
            held.kind == fact.kind
                && held
                    .source
                    .as_ref()
                    .is_some_and(|source| source.upstream_link_id == Some(link))
        });
        for former in former {
            let is_weaker = is_weaker(fact, former);
            if former.value == fact.value && (former.standing == fact.standing || is_weaker) {
                known = true;
            } else if is_weaker {
                // The former stays.
            } else if former
                .source
                .as_ref()
                .is_none_or(|source| register(level) >= register(source.identity_level))
            {
                changes.supersede.push(former.fact_id);
            }
        }
        if !known {
            changes.add.push(fact);
        }
    }
    changes
}

/// Whether a value is merely stated where the former one was vouched for and keeps that.
fn is_weaker(fact: &Asserted, former: &Fact) -> bool {
    fact.standing == Standing::SelfStated
        && former.standing == Standing::Vouched
        && !matches!(fact.kind, FactKind::Email | FactKind::Phone)
}

/// A level by what stands behind it: *state* and *state_high* are one register.
pub(super) fn register(level: IdentityLevel) -> IdentityLevel {
    level.min(IdentityLevel::State)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use federation::FactValue;
    use uuid::Uuid;

    use super::*;
    use crate::ids::VerificationId;
    use crate::storage::fact::Source;

    const LINK: UpstreamLinkId = UpstreamLinkId::new(Uuid::from_u128(1));

    fn asserted(kind: FactKind, value: &str) -> Asserted {
        Asserted {
            kind,
            value: FactValue::Text(value.to_owned()),
            standing: Standing::Vouched,
        }
    }

    fn held(id: u128, kind: FactKind, value: &str, level: IdentityLevel) -> Fact {
        Fact {
            fact_id: FactId::new(Uuid::from_u128(id)),
            kind,
            value: FactValue::Text(value.to_owned()),
            standing: Standing::Vouched,
            source: Some(Source {
                verification_id: VerificationId::new(Uuid::from_u128(9)),
                upstream_link_id: Some(LINK),
                method: "upstream".to_owned(),
                provider: None,
                realm: None,
                identity_level: level,
                assurance: None,
                trust_framework: None,
                country: None,
                checked_at: None,
                process: None,
                verified_at: DateTime::UNIX_EPOCH,
                valid_until: None,
            }),
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_same_values_write_nothing() {
        let facts = [asserted(FactKind::FamilyName, "NOVÁKOVÁ")];
        let held = [held(
            2,
            FactKind::FamilyName,
            "NOVÁKOVÁ",
            IdentityLevel::State,
        )];

        assert_eq!(
            changes(&held, LINK, IdentityLevel::State, &facts),
            Changes::default()
        );
    }

    #[test]
    fn a_new_surname_takes_the_place_of_the_former_also_across_the_two_levels_of_the_state() {
        let facts = [asserted(FactKind::FamilyName, "DVOŘÁKOVÁ")];
        let held = [held(
            2,
            FactKind::FamilyName,
            "NOVÁKOVÁ",
            IdentityLevel::StateHigh,
        )];

        let changes = changes(&held, LINK, IdentityLevel::State, &facts);

        assert_eq!(changes.supersede, [FactId::new(Uuid::from_u128(2))]);
        assert_eq!(changes.add, [&facts[0]]);
    }

    #[test]
    fn a_weaker_login_never_takes_the_place_of_what_was_proved_better() {
        let facts = [asserted(FactKind::FamilyName, "DVOŘÁKOVÁ")];
        let held = [held(
            2,
            FactKind::FamilyName,
            "NOVÁKOVÁ",
            IdentityLevel::State,
        )];

        let changes = changes(&held, LINK, IdentityLevel::Contact, &facts);

        assert!(changes.supersede.is_empty());
        assert_eq!(changes.add.len(), 1);
    }

    fn stated(kind: FactKind, value: &str) -> Asserted {
        Asserted {
            standing: Standing::SelfStated,
            ..asserted(kind, value)
        }
    }

    #[test]
    fn what_was_vouched_for_is_never_replaced_by_what_is_stated() {
        let level = IdentityLevel::Town;
        let held = [held(2, FactKind::BirthPlace, "ŽILINA", level)];

        let same = [stated(FactKind::BirthPlace, "ŽILINA")];
        assert_eq!(changes(&held, LINK, level, &same), Changes::default());

        let other = [stated(FactKind::BirthPlace, "MARTIN")];
        let changes = changes(&held, LINK, level, &other);
        assert!(changes.supersede.is_empty(), "it stands beside");
        assert_eq!(changes.add, [&other[0]]);
    }

    #[test]
    fn what_is_vouched_for_takes_the_place_of_what_was_stated_before_it_and_beside_it() {
        let level = IdentityLevel::Town;
        let vouched = held(2, FactKind::BirthPlace, "ŽILINA", level);
        let mut beside = held(3, FactKind::BirthPlace, "MARTIN", level);
        beside.standing = Standing::SelfStated;
        let held = [vouched, beside];
        let both = [2, 3].map(|id| FactId::new(Uuid::from_u128(id)));

        let anew = [asserted(FactKind::BirthPlace, "MARTIN")];
        let replaced = changes(&held, LINK, level, &anew);
        assert_eq!(replaced.supersede, both);
        assert_eq!(replaced.add, [&anew[0]]);

        let back = [stated(FactKind::BirthPlace, "ŽILINA")];
        let returned = changes(&held, LINK, level, &back);
        assert_eq!(returned.supersede, both[1..], "stated, and no longer so");
        assert!(returned.add.is_empty());
    }

    #[test]
    fn an_upstream_takes_its_word_for_an_e_mail_address_back() {
        let level = IdentityLevel::Contact;
        let held = [held(2, FactKind::Email, "jana@posta.example", level)];
        let facts = [stated(FactKind::Email, "jana@posta.example")];

        let changes = changes(&held, LINK, level, &facts);

        assert_eq!(changes.supersede, [FactId::new(Uuid::from_u128(2))]);
        assert_eq!(changes.add, [&facts[0]]);
    }

    #[test]
    fn facts_that_were_not_asked_for_this_time_and_those_of_other_links_stay() {
        let facts = [asserted(FactKind::Email, "jana@posta.example")];
        let mut other = held(
            2,
            FactKind::Email,
            "jana@banka.example",
            IdentityLevel::Town,
        );
        if let Some(source) = other.source.as_mut() {
            source.upstream_link_id = Some(UpstreamLinkId::new(Uuid::from_u128(5)));
        }
        let held = [
            other,
            held(3, FactKind::GivenName, "JANA", IdentityLevel::State),
        ];

        let changes = changes(&held, LINK, IdentityLevel::State, &facts);

        assert!(changes.supersede.is_empty());
        assert_eq!(changes.add.len(), 1);
    }
}
