//! `city-idp staff list|disable|enable`: officers who have signed in. Roles are given at the provider.

use clap::Subcommand;
use store::{MasterKey, Tx};
use uuid::Uuid;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::{
    ids::StaffAccountId,
    staff::{switch_off, switch_on},
    storage::staff_account::{self, StaffAccount},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists officers with the roles of their last login.
    List(ConfigFile),
    /// Switches an officer off: their sessions end, and they do not get in, whatever the provider says.
    Disable {
        #[command(flatten)]
        file: ConfigFile,
        /// The key from the list.
        id: Uuid,
    },
    /// Lets an officer in again.
    Enable {
        #[command(flatten)]
        file: ConfigFile,
        /// The key from the list.
        id: Uuid,
    },
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List(file) => list(&file).await,
        Command::Disable { file, id } => switch(&file, id, false).await,
        Command::Enable { file, id } => switch(&file, id, true).await,
    }
}

async fn list(file: &ConfigFile) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    say("OFFICER                               STATE     LAST LOGIN        NAME, ROLES")?;
    for officer in staff_account::list(&mut tx, &stores.master_key).await? {
        let state = if officer.disabled_at.is_some() {
            "disabled"
        } else {
            "enabled"
        };
        let roles: Vec<&str> = officer.roles.iter().map(|role| role.as_str()).collect();
        say(format!(
            "{}  {state:8}  {}  {}, {}",
            officer.staff_account_id,
            officer.logged_in_at.format("%Y-%m-%d %H:%M"),
            officer.name,
            roles.join(" ")
        ))?;
    }
    Ok(())
}

async fn switch(file: &ConfigFile, id: Uuid, on: bool) -> Outcome {
    let (_, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let mut tx = stores.db.begin().await?;
    let officer = find(&mut tx, &stores.master_key, id).await?;
    let (id, name) = (officer.staff_account_id, officer.name);
    let actor = operator();
    let (changed, word) = if on {
        let changed = switch_on(&random, &mut tx, id, &actor, now).await?;
        (changed, "enabled")
    } else {
        let changed = switch_off(&random, &mut tx, id, &actor, now).await?;
        (changed, "disabled")
    };
    if !changed {
        return Err(format!("{name} is {word} already").into());
    }
    tx.commit().await?;
    Ok(say(format!("{name} is {word}"))?)
}

async fn find(
    tx: &mut Tx,
    master_key: &MasterKey,
    id: Uuid,
) -> Result<StaffAccount, Box<dyn std::error::Error + Send + Sync>> {
    let found = staff_account::lookup(tx, master_key, StaffAccountId::new(id)).await?;
    found.ok_or_else(|| format!("no officer has the key {id}; see `city-idp staff list`").into())
}
