//! What officers said of a subject, beside what the rules say ([`crate::office`]).

use chrono::{DateTime, Utc};
use federation::{Assertion, FactKind};
use store::{StorageError, Tx};

use super::{Arrived, Traits};
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::storage::conflict::Told;
use crate::storage::fact::normalised;
use crate::storage::ruling::Says;
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::{account_merge, fact, ruling};

/// Whom a login names. `None`: nobody.
pub(super) fn told_by(assertion: &Assertion) -> Option<Told> {
    let told = Traits::told(assertion.facts());
    (!told.is_silent()).then_some(Told {
        given_name: told.given,
        family_name: told.family,
        birth_date: told.born,
    })
}

/// Whether officers took whom the subject names now for the person whose link it is. Somebody of a third name is not meant.
pub(super) async fn is_taken_for(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    arrived: Arrived<'_>,
) -> Result<bool, StorageError> {
    let Some(told) = told_by(arrived.assertion) else {
        return Ok(false);
    };
    let (key, realm, subject) = (&broker.master_key, arrived.realm(), arrived.subject());
    let rulings = ruling::list_about(tx, key, realm, subject).await?;
    let same = Says::Same(link.upstream_link_id);
    Ok(rulings
        .iter()
        .any(|ruling| ruling.says == same && is_alike(&ruling.told, &told)))
}

/// Whether officers said that a subject is not the person of an account, or of one that is part of it.
pub(crate) async fn is_told_apart(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    arrived: Arrived<'_>,
) -> Result<bool, StorageError> {
    let (key, realm, subject) = (&broker.master_key, arrived.realm(), arrived.subject());
    let mut rulings = ruling::list_about(tx, key, realm, subject).await?;
    rulings.retain(|ruling| ruling.says == Says::Apart);
    if rulings.is_empty() {
        return Ok(false);
    }
    let mut whole = vec![account_id];
    let parts = account_merge::list_parts(tx, account_id).await?;
    whole.extend(parts.into_iter().map(|(part, _)| part));
    Ok(rulings
        .iter()
        .any(|ruling| whole.contains(&ruling.account_id)))
}

/// What the link told before of these kinds is history: the login that follows brings what counts.
pub(super) async fn take_new_data(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    kinds: &[FactKind],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let held = fact::list_current(tx, &broker.master_key, link.account_id, now).await?;
    for fact in held {
        let source = fact.source.as_ref();
        if kinds.contains(&fact.kind)
            && source.and_then(|source| source.upstream_link_id) == Some(link.upstream_link_id)
        {
            fact::supersede(tx, fact.fact_id, now).await?;
        }
    }
    Ok(())
}

fn is_alike(ours: &Told, theirs: &Told) -> bool {
    let plain = |name: &Option<String>| name.as_deref().map(normalised);
    ours.birth_date == theirs.birth_date
        && plain(&ours.given_name) == plain(&theirs.given_name)
        && plain(&ours.family_name) == plain(&theirs.family_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruling_means_the_person_that_was_named_and_nobody_else() {
        let told = |given: &str, family: &str, born: &str| Told {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            birth_date: born.parse().ok(),
        };
        let ruled = told("Jana", "Nováková", "1985-04-13");

        assert!(is_alike(&ruled, &told("JANA", "NOVAKOVA", "1985-04-13")));
        for other in [
            told("Jana", "Nováková", "1985-04-12"),
            told("Tereza", "Nováková", "1985-04-13"),
            told("Jana", "Svobodová", "1985-04-13"),
            told("Jana", "Nováková", ""),
        ] {
            assert!(!is_alike(&ruled, &other), "{other:?}");
        }
    }
}
