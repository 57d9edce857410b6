//! `city-idp audit list|verify`: what happened to an account or under an incident number, and whether the log is whole.

use chrono::Duration;
use clap::Subcommand;
use serde_json::json;
use store::audit::{self, Anchor, Event};
use uuid::Uuid;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};

/// How long ago an incident is looked for: who calls has just seen its page.
const INCIDENTS: Duration = Duration::days(90);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the latest events about an account, or those of an incident number within ninety days, newest first, one JSON object a line.
    /// That somebody looked is an event as well.
    List {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        about: About,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_name = "NUMBER")]
        last: u32,
    },
    /// Recomputes the chain of the audit log and compares it with our checkpoints.
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// A head of the chain noted elsewhere (the log tells one every hour), as POSITION:HASH.
        #[arg(long, value_name = "POSITION:HASH", value_parser = anchor)]
        anchor: Option<Anchor>,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct About {
    /// The account, by the key that `account find` tells.
    #[arg(long, value_name = "KEY")]
    account: Option<Uuid>,
    /// The number of a page, as 7K4M-92XQ.
    #[arg(long, value_name = "NUMBER")]
    incident: Option<String>,
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List { file, about, last } => list(&file, &about, last).await,
        Command::Verify { file, anchor } => verify(&file, anchor).await,
    }
}

async fn list(file: &ConfigFile, about: &About, last: u32) -> Outcome {
    let (_, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let incident = about.incident.as_ref().map(|number| number.to_uppercase());
    let mut tx = stores.db.begin().await?;
    let events = match (about.account, &incident) {
        (Some(account), _) => audit::list_of(&mut tx, account, last).await?,
        (None, Some(number)) => {
            audit::list_of_incident(&mut tx, number, now - INCIDENTS, last).await?
        }
        (None, None) => Vec::new(),
    };
    let looked = Event {
        kind: "audit.viewed",
        actor: operator(),
        subject: about.account,
        details: json!({ "number": incident, "events": events.len() }),
    };
    let (id, salt) = (random.uuid_v7(now), random.bytes());
    audit::record(&mut tx, &looked, id, salt, now).await?;
    tx.commit().await?;
    for event in events {
        say(json!({
            "at": event.at,
            "kind": event.kind,
            "actor": event.actor,
            "account": event.subject,
            "details": event.details,
        }))?;
    }
    Ok(())
}

async fn verify(file: &ConfigFile, anchor: Option<Anchor>) -> Outcome {
    let (_, stores) = file.open().await?;
    let report = audit::verify(&stores.db, &stores.master_key, anchor.as_ref()).await?;
    say(format!(
        "{} events verified ({} with erased details), {} wait to be chained, {} checkpoints, signed up to {}",
        report.chained, report.erased, report.waiting, report.checkpoints, report.signed_to
    ))?;
    match report.broken {
        None => Ok(say("the chain is whole")?),
        Some(broken) => {
            let event = broken
                .event
                .map_or_else(|| "no event".to_owned(), |id| format!("event {id}"));
            Err(format!(
                "the chain is broken at {} ({event}): {:?}",
                broken.position, broken.how
            )
            .into())
        }
    }
}

fn anchor(text: &str) -> Result<Anchor, &'static str> {
    const SHAPE: &str = "write it as POSITION:HASH, 64 hexadecimal digits";
    let (position, hash) = text.split_once(':').ok_or(SHAPE)?;
    let position = position.parse().map_err(|_| SHAPE)?;
    let mut octets = [0; 32];
    if hash.len() != 64 || !hash.is_ascii() {
        return Err(SHAPE);
    }
    for (octet, at) in octets.iter_mut().zip((0..64).step_by(2)) {
        let digits = hash.get(at..at + 2).ok_or(SHAPE)?;
        *octet = u8::from_str_radix(digits, 16).map_err(|_| SHAPE)?;
    }
    Ok(Anchor {
        position,
        hash: octets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_a_position_and_a_hash() {
        assert_eq!(
            anchor(&format!("7:{}", "0f".repeat(32))).unwrap(),
            Anchor {
                position: 7,
                hash: [15; 32]
            }
        );
        for bad in ["", "7", "7:ab", "x:00", &format!("7:{}", "zz".repeat(32))] {
            assert!(anchor(bad).is_err(), "{bad}");
        }
    }
}
