//! `city-idp account find`: whose account it is that somebody at the counter speaks of.

use chrono::NaiveDate;
use clap::Subcommand;
use federation::{FactKind, FactValue};
use serde_json::json;
use store::audit::Event;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::storage::{account, fact, verification};
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Finds accounts by family name and date of birth, both of them. Whoever is found can see that somebody looked.
    Find {
        #[command(flatten)]
        file: ConfigFile,
        /// The family name; accents and case do not matter.
        #[arg(long)]
        family_name: String,
        /// The date of birth.
        #[arg(long, value_name = "YYYY-MM-DD")]
        birth_date: NaiveDate,
    },
}

pub(super) async fn run(command: Command) -> Outcome {
    let Command::Find {
        file,
        family_name,
        birth_date,
    } = command;
    find(&file, family_name, birth_date).await
}

async fn find(file: &ConfigFile, family_name: String, birth_date: NaiveDate) -> Outcome {
    let (_, stores) = file.open().await?;
    let key = &stores.master_key;
    let (random, now) = (Random::system(), Clock::system().now());
    let mut tx = stores.db.begin().await?;
    let name = FactValue::Text(family_name);
    let named = fact::find_accounts(&mut tx, key, FactKind::FamilyName, &name).await?;
    let born = FactValue::Date(birth_date);
    let born = fact::find_accounts(&mut tx, key, FactKind::BirthDate, &born).await?;
    say("ACCOUNT                               STATE     LEVEL       SINCE       NAME")?;
    for account_id in named.into_iter().filter(|id| born.contains(id)) {
        let Some(account) = account::lookup(&mut tx, account_id).await? else {
            continue;
        };
        let proofs = verification::list_valid(&mut tx, account_id, now).await?;
        let facts = fact::list_current(&mut tx, key, account_id, now).await?;
        let event = Event {
            kind: "account.viewed",
            actor: operator(),
            subject: Some(account_id.uuid()),
            details: json!({ "found_by": ["family_name", "birth_date"] }),
        };
        store::audit::record(&mut tx, &event, random.uuid_v7(now), random.bytes(), now).await?;
        let state = if account.is_active() {
            "active"
        } else {
            "closed"
        };
        let level = proofs
            .first()
            .map_or("-", |proof| proof.identity_level.as_str());
        say(format!(
            "{account_id}  {state:8}  {level:10}  {}  {}",
            account.created_at.format("%Y-%m-%d"),
            words::person(&facts).unwrap_or_default()
        ))?;
    }
    tx.commit().await?;
    Ok(())
}
