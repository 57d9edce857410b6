//! `city-idp mandate list|end`: who acts for whom, and ending it. Two officers add one, at `/staff/mandates`.
//!
//! The person is told at every confirmed contact, by the server that runs; clients hear within a minute that their sessions ended.

use clap::{Args, Subcommand};
use uuid::Uuid;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::ares::Ico;
use crate::ids::{AccountId, MandateId};
use crate::mandate;
use crate::storage::mandate as mandates;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists who may act for a body, or for whom somebody may act.
    List {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        whose: Whose,
    },
    /// Ends a mandate: its tokens die, clients sign the person out, and the person is told.
    End {
        #[command(flatten)]
        file: ConfigFile,
        /// The key from the list.
        id: Uuid,
    },
}

/// Whose mandates are listed.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// The body with this number.
    #[arg(long)]
    ico: Option<Ico>,
    /// The person with this account.
    #[arg(long, value_name = "KEY")]
    account: Option<Uuid>,
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List { file, whose } => list(&file, whose).await,
        Command::End { file, id } => end(&file, MandateId::new(id)).await,
    }
}

async fn list(file: &ConfigFile, whose: Whose) -> Outcome {
    let (_, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let mut tx = stores.db.begin().await?;
    let found = match (whose.ico, whose.account) {
        (Some(ico), _) => mandates::list_by_number(&mut tx, ico.as_str()).await?,
        (None, Some(account)) => mandates::list_open(&mut tx, AccountId::new(account)).await?,
        (None, None) => Vec::new(),
    };
    // That somebody looked is written into the history of each on the list.
    let people = found.iter().map(|mandate| mandate.account_id);
    mandate::record_view(&mut tx, &random, &operator(), people, now).await?;
    tx.commit().await?;
    say(
        "MANDATE                               ACCOUNT                               STATE    UNTIL       BODY, SOURCE, MAY",
    )?;
    for mandate in found {
        let state = if mandate.is_valid(now) {
            "valid"
        } else if now < mandate.valid_from {
            "later"
        } else {
            "over"
        };
        let may: Vec<&str> = mandate.scope.iter().map(|act| act.as_str()).collect();
        say(format!(
            "{}  {}  {state:7}  {}  {} {}, {}, {}",
            mandate.mandate_id,
            mandate.account_id,
            mandate.valid_until.format("%Y-%m-%d"),
            mandate.ico.as_deref().unwrap_or("-"),
            mandate.name,
            mandate.source,
            may.join(" ")
        ))?;
    }
    Ok(())
}

async fn end(file: &ConfigFile, id: MandateId) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    if !mandate::withdraw(&broker, &mut tx, id, operator(), now).await? {
        return Err(
            format!("no mandate with the key {id} stands; see `city-idp mandate list`").into(),
        );
    }
    tx.commit().await?;
    say(format!(
        "mandate {id} ended; the person is told, and clients hear within a minute"
    ))?;
    Ok(())
}
