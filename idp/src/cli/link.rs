//! `city-idp link list|show|remove|agree|decline`: ways in, and taking away one that its owner has lost.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use store::audit::Event;
use store::{StorageError, Tx};
use uuid::Uuid;

use super::conflict::{By, day};
use super::{ConfigFile, Outcome, acting, link_view, operator, operator_name, say};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, StaffAccountId, UpstreamLinkId};
use crate::office::{self, Agreement, Loss, NotDecided};
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
    /// Shows a way in, whose it is, what removing it means and whether that waits for another officer. That somebody looked is written down.
    Show {
        #[command(flatten)]
        file: ConfigFile,
        /// The key from the list.
        id: Uuid,
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
        #[command(flatten)]
        word: Word,
    },
    /// Agrees for another officer, who runs this under their own login of the machine; the way in is gone at once.
    Agree {
        #[command(flatten)]
        file: ConfigFile,
        /// The key of the way in.
        id: Uuid,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        word: Word,
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

/// What has to be said where a removal makes accounts inseparable.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Word {
    /// Accounts that were joined can never be parted again after it; `link show` tells which. The person knows.
    #[arg(long)]
    end_parting: bool,
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List { file, account } => list(&file, AccountId::new(account)).await,
        Command::Show { file, id } => show(&file, UpstreamLinkId::new(id)).await,
        Command::Remove {
            file,
            id,
            by,
            proved,
            word,
        } => {
            let loss = Loss {
                upstream_link_id: UpstreamLinkId::new(id),
                proved,
                end_parting: word.end_parting,
            };
            remove(&file, by, loss).await
        }
        Command::Agree { file, id, by, word } => {
            agree(&file, UpstreamLinkId::new(id), by, word).await
        }
        Command::Decline { file, id, by } => decline(&file, UpstreamLinkId::new(id), by).await,
    }
}

async fn list(file: &ConfigFile, account_id: AccountId) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let links = upstream_link::list_by_account(&mut tx, account_id).await?;
    if !links.is_empty() {
        note_view(&broker, &mut tx, account_id, now).await?;
    }
    let mut rows = Vec::new();
    for link in &links {
        rows.push(link_view::row(&broker, &mut tx, link, now).await?);
    }
    tx.commit().await?;
    say(link_view::heading())?;
    for row in rows {
        say(row)?;
    }
    Ok(())
}

async fn show(file: &ConfigFile, id: UpstreamLinkId) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let link = upstream_link::lookup(&mut tx, id).await?;
    let link = link.ok_or(NotDecided::LinkUnknown(id))?;
    note_view(&broker, &mut tx, link.account_id, now).await?;
    let lines = link_view::lines(&broker, &mut tx, &link, now).await?;
    tx.commit().await?;
    for line in lines {
        say(line)?;
    }
    Ok(())
}

async fn note_view(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = Event {
        kind: "account.viewed",
        actor: operator(),
        subject: Some(account_id.uuid()),
        details: serde_json::json!({ "found_by": ["account"] }),
    };
    audit::record(broker, tx, event, now).await
}

async fn remove(file: &ConfigFile, by: By, loss: Loss) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    let (id, ends) = (loss.upstream_link_id, loss.end_parting);
    let until = office::decide_removal(&broker, &mut tx, &acting, loss, now).await?;
    tx.commit().await?;
    say(format!(
        "decided; nothing has changed yet. Until {} another officer with the role idp.supervisor looks (city-idp link show {id}) and agrees under a login of this machine other than {}: city-idp link agree {id} --officer KEY{}",
        day(until),
        operator_name(),
        if ends { " --end-parting" } else { "" }
    ))?;
    Ok(())
}

async fn agree(file: &ConfigFile, id: UpstreamLinkId, by: By, word: Word) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    let agreement = Agreement {
        about: About::Removal(id),
        end_parting: word.end_parting,
    };
    let agreed = office::agree(&broker, &mut tx, &acting, agreement, now).await?;
    tx.commit().await?;
    say(format!(
        "way in {id} is removed and its sessions have ended; the person is told at every confirmed contact"
    ))?;
    for merge in agreed.ended {
        say(format!(
            "account {}, joined on {}, can never be parted again",
            merge.merged_id,
            day(merge.merged_at)
        ))?;
    }
    Ok(())
}

async fn decline(file: &ConfigFile, id: UpstreamLinkId, by: By) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    office::decline(&broker, &mut tx, &acting, About::Removal(id), now).await?;
    tx.commit().await?;
    say("the decision has ended; the way in stays")?;
    Ok(())
}
