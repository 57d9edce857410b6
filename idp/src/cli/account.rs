//! `city-idp account find`: whose account it is that somebody at the counter speaks of.

use chrono::NaiveDate;
use clap::Subcommand;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::identity::{self, Sought};
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
        let state = if found.account.is_active() {
            "active"
        } else {
            "closed"
        };
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
