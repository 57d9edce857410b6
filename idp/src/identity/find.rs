//! Whose account it is that somebody at the counter speaks of. That somebody looked is written down for each who is found.

use chrono::{DateTime, NaiveDate, Utc};
use federation::{FactKind, FactValue};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{MasterKey, StorageError, Tx};
use web::Random;

use crate::storage::account::{self, Account};
use crate::storage::fact::{self, Fact, normalised};
use crate::storage::verification::{self, Verification};

/// What somebody says of a person.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// The family name; accents and case do not matter.
    pub(crate) family_name: String,
    /// The given name, where it is said; accents and case do not matter.
    pub(crate) given_name: Option<String>,
    /// The date of birth.
    pub(crate) birth_date: NaiveDate,
}

/// An account that has what was sought.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Whose.
    pub(crate) account: Account,
    /// Proofs that count, the strongest first.
    pub(crate) proofs: Vec<Verification>,
    /// What is known of the person.
    pub(crate) facts: Vec<Fact>,
}

/// Finds accounts, and writes into the history of each that `actor` looked, within the caller's transaction.
pub(crate) async fn find(
    tx: &mut Tx,
    master_key: &MasterKey,
    random: &Random,
    sought: &Sought,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<Found>, StorageError> {
    let name = FactValue::Text(sought.family_name.clone());
    let named = fact::find_accounts(tx, master_key, FactKind::FamilyName, &name).await?;
    let born = FactValue::Date(sought.birth_date);
    let born = fact::find_accounts(tx, master_key, FactKind::BirthDate, &born).await?;
    let mut all = Vec::new();
    for account_id in named.into_iter().filter(|id| born.contains(id)) {
        let Some(account) = account::lookup(tx, account_id).await? else {
            continue;
        };
        let facts = fact::list_current(tx, master_key, account_id, now).await?;
        if let Some(given_name) = &sought.given_name
            && !has_given_name(&facts, given_name)
        {
            continue;
        }
        let event = Event {
            kind: "account.viewed",
            actor: actor.clone(),
            subject: Some(account_id.uuid()),
            details: json!({ "found_by": ["family_name", "birth_date"] }),
        };
        store::audit::record(tx, &event, random.uuid_v7(now), random.bytes(), now).await?;
        all.push(Found {
            account,
            proofs: verification::list_valid(tx, account_id, now).await?,
            facts,
        });
    }
    Ok(all)
}

/// As at a counter: one given name of several is enough.
fn has_given_name(facts: &[Fact], said: &str) -> bool {
    let said = normalised(said);
    facts
        .iter()
        .filter(|fact| fact.kind == FactKind::GivenName)
        .filter_map(|fact| fact.value.as_text())
        .map(normalised)
        .any(|held| held == said || held.split(' ').next() == Some(&said))
}
