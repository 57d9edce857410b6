//! `city-idp link list|remove|agree|decline`: ways in, and taking away one that its owner has lost.

use clap::Subcommand;
use store::audit::Event;
use uuid::Uuid;

use super::conflict::{By, day};
use super::{ConfigFile, Outcome, acting, operator, operator_name, say};
use crate::audit;
use crate::ids::{AccountId, StaffAccountId, UpstreamLinkId};
use crate::office::{self, Loss};
use crate::storage::decision::About;
use crate::storage::upstream_link;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the ways into an account. That somebody looked is written down.
    List {
        #[command(flatten)]
        file: ConfigFile,
        /// The account, from `city-idp account find`.
        #[arg(long, value_name = "KEY")]
        account: Uuid,
    },
    /// Removes a way in that its owner has lost, at their wish. Another officer has to agree.
    Remove {
        #[command(flatten)]
        file: ConfigFile,
        /// The key from the list.
        id: Uuid,
        #[command(flatten)]
        by: By,
        /// How the person proved at the counter who they are: which document, and the number of the file; no number of a document.
        #[arg(long)]
        proved: String,
    },
    /// Agrees for another officer, who runs this under their own login of the machine; the way in is gone at once.
    Agree {
        #[command(flatten)]
        file: ConfigFile,
        /// The key of the way in.
        id: Uuid,
        #[command(flatten)]
        by: By,
    },
    /// Ends a removal that waits: taken back, or not agreed with.
    Decline {
        #[command(flatten)]
        file: ConfigFile,
        /// The key of the way in.
        id: Uuid,
        #[command(flatten)]
        by: By,
    },
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List { file, account } => list(&file, AccountId::new(account)).await,
        Command::Remove {
            file,
            id,
            by,
            proved,
        } => remove(&file, UpstreamLinkId::new(id), by, proved).await,
        Command::Agree { file, id, by } => agree(&file, UpstreamLinkId::new(id), by).await,
        Command::Decline { file, id, by } => decline(&file, UpstreamLinkId::new(id), by).await,
    }
}

async fn list(file: &ConfigFile, account_id: AccountId) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let links = upstream_link::list_by_account(&mut tx, account_id).await?;
    if !links.is_empty() {
        let event = Event {
            kind: "account.viewed",
            actor: operator(),
            subject: Some(account_id.uuid()),
            details: serde_json::json!({ "found_by": ["account"] }),
        };
        audit::record(&broker, &mut tx, event, now).await?;
    }
    tx.commit().await?;
    say("WAY IN                                SINCE       LAST USED   PROVIDER")?;
    for link in links {
        say(format!(
            "{}  {}  {}  {}",
            link.upstream_link_id,
            day(link.created_at),
            day(link.used_at),
            link.provider
        ))?;
    }
    Ok(())
}

async fn remove(file: &ConfigFile, id: UpstreamLinkId, by: By, proved: String) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let loss = Loss {
        upstream_link_id: id,
        proved,
    };
    let acting = acting(StaffAccountId::new(by.officer));
    let until = office::decide_removal(&broker, &mut tx, &acting, loss, now).await?;
    tx.commit().await?;
    say(format!(
        "decided; nothing has changed yet. Until {} another officer with the role idp.supervisor agrees under a login of this machine other than {}: city-idp link agree {id} --officer KEY",
        day(until),
        operator_name()
    ))?;
    Ok(())
}

async fn agree(file: &ConfigFile, id: UpstreamLinkId, by: By) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let acting = acting(StaffAccountId::new(by.officer));
    office::agree(&broker, &mut tx, &acting, About::Removal(id), now).await?;
    tx.commit().await?;
    say(format!(
        "way in {id} is removed and its sessions have ended; the person is told at every confirmed contact"
    ))?;
    Ok(())
}

async fn decline(file: &ConfigFile, id: UpstreamLinkId, by: By) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let acting = acting(StaffAccountId::new(by.officer));
    office::decline(&broker, &mut tx, &acting, About::Removal(id), now).await?;
    tx.commit().await?;
    say("the decision has ended; the way in stays")?;
    Ok(())
}
