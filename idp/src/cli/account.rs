//! `city-idp account find|disable|enable`: whose account it is that somebody at the counter speaks of, and stopping one.

use chrono::NaiveDate;
use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use store::{StorageError, Tx};
use uuid::Uuid;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::identity::{self, Sought};
use crate::ids::AccountId;
use crate::storage::account::{self, Account};
use crate::storage::account_merge;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Finds accounts by family name and date of birth, both of them. That somebody looked is written down for each who is found.
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
    /// Switches an account off: its sessions and tokens end, clients hear of it, and nobody logs in to it.
    Disable {
        #[command(flatten)]
        file: ConfigFile,
        /// The key that `account find` tells.
        id: Uuid,
        /// Why, for the audit.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
    /// Lets a person in again.
    Enable {
        #[command(flatten)]
        file: ConfigFile,
        /// The key that `account find` tells.
        id: Uuid,
        /// Why, for the audit.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::Find {
            file,
            family_name,
            birth_date,
        } => find(&file, family_name, birth_date).await,
        Command::Disable { file, id, reason } => disable(&file, id, &reason).await,
        Command::Enable { file, id, reason } => enable(&file, id, &reason).await,
    }
}

async fn disable(file: &ConfigFile, id: Uuid, reason: &str) -> Outcome {
    let broker = file.attach().await?;
    let (account_id, now) = (AccountId::new(id), broker.clock.now());
    let mut tx = broker.db.begin().await?;
    if !identity::switch_off(&broker, &mut tx, account_id, reason, &operator(), now).await? {
        return Err(unchanged(&mut tx, account_id).await?.into());
    }
    tx.commit().await?;
    Ok(say(format!(
        "account {id} is disabled; its sessions and tokens have ended, and clients hear of it within a minute"
    ))?)
}

async fn enable(file: &ConfigFile, id: Uuid, reason: &str) -> Outcome {
    let broker = file.attach().await?;
    let (account_id, now) = (AccountId::new(id), broker.clock.now());
    let mut tx = broker.db.begin().await?;
    if !identity::switch_on(&broker, &mut tx, account_id, reason, &operator(), now).await? {
        return Err(unchanged(&mut tx, account_id).await?.into());
    }
    tx.commit().await?;
    Ok(say(format!("account {id} is enabled"))?)
}

/// Why nothing was switched.
async fn unchanged(tx: &mut Tx, account_id: AccountId) -> Result<String, StorageError> {
    let merges = account_merge::list_upwards(tx, account_id).await?;
    if let Some(last) = merges.last() {
        let whole = last.survivor_id;
        return Ok(format!(
            "account {account_id} became part of {whole}, which lives on: name that one"
        ));
    }
    Ok(match account::lookup(tx, account_id).await? {
        None => format!("no account has the key {account_id}; see `city-idp account find`"),
        Some(account) => format!("account {account_id} is {} already", state(&account)),
    })
}

fn state(account: &Account) -> &'static str {
    if account.is_active() {
        "active"
    } else if account.is_disabled() {
        "disabled"
    } else {
        "closed"
    }
}

async fn find(file: &ConfigFile, family_name: String, birth_date: NaiveDate) -> Outcome {
    let (_, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let sought = Sought {
        family_name,
        given_name: None,
        birth_date,
    };
    let (key, actor) = (&stores.master_key, operator());
    let mut tx = stores.db.begin().await?;
    let all = identity::find(&mut tx, key, &random, &sought, &actor, now).await?;
    tx.commit().await?;
    say("ACCOUNT                               STATE     LEVEL       SINCE       NAME")?;
    for found in all {
        let state = state(&found.account);
        let level = found
            .proofs
            .first()
            .map_or("-", |proof| proof.identity_level.as_str());
        say(format!(
            "{}  {state:8}  {level:10}  {}  {}",
            found.account.account_id,
            found.account.created_at.format("%Y-%m-%d"),
            words::person(&found.facts).unwrap_or_default()
        ))?;
    }
    Ok(())
}
