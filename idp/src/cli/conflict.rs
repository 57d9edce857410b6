//! `city-idp conflict list|open|show|decide|agree|decline`: cases that the rules leave open, and officers who decide them.
//!
//! People are told at every confirmed contact, by the server that runs.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use store::Tx;
use uuid::Uuid;
use web::{Clock, Random};

use super::conflict_view::{View, heading, row};
use super::{ConfigFile, Outcome, acting, operator, operator_name, say};
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId, StaffAccountId, UpstreamLinkId};
use crate::office::{self, Decided, Judgement};
use crate::storage::conflict::{self, Case};
use crate::storage::decision::{self, About};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists cases, the oldest first: without names.
    List {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        which: Which,
    },
    /// Opens a case for somebody at the counter: a way into another account is theirs, too.
    Open {
        #[command(flatten)]
        file: ConfigFile,
        /// Their account, from `city-idp account find`.
        #[arg(long, value_name = "KEY")]
        account: Uuid,
        /// The way into the other account, from `city-idp link list`.
        #[arg(long, value_name = "KEY")]
        way: Uuid,
    },
    /// Shows a case with both sides. That somebody looked is written down for each whom it is about.
    Show {
        #[command(flatten)]
        file: ConfigFile,
        /// The number or key of the case.
        case: String,
    },
    /// Decides a case for an officer. What changes somebody's ways in waits for another officer.
    Decide {
        #[command(flatten)]
        file: ConfigFile,
        /// The number or key of the case.
        case: String,
        /// What is decided.
        #[arg(long, value_enum)]
        outcome: Word,
        #[command(flatten)]
        by: By,
        /// Why; what the officer saw, and the number of the file. Nobody but officers reads it.
        #[arg(long)]
        reason: String,
    },
    /// Agrees with a decision for another officer, who runs this under their own login of the machine; it is done at once.
    Agree {
        #[command(flatten)]
        file: ConfigFile,
        /// The number or key of the case.
        case: String,
        #[command(flatten)]
        by: By,
    },
    /// Ends a decision that waits: taken back, or not agreed with.
    Decline {
        #[command(flatten)]
        file: ConfigFile,
        /// The number or key of the case.
        case: String,
        #[command(flatten)]
        by: By,
    },
}

/// Which cases are listed.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct Which {
    /// Those that nobody has decided (the default).
    #[arg(long)]
    open: bool,
    /// Those of the last ninety days, too, that are closed.
    #[arg(long)]
    all: bool,
}

/// For whom the command is run.
#[derive(Args, Debug)]
pub(super) struct By {
    /// The officer's key, from `city-idp staff list`.
    #[arg(long, value_name = "KEY")]
    pub(super) officer: Uuid,
}

/// What can be decided.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Word {
    /// One person: who was kept out is let in, two accounts become one.
    SamePerson,
    /// Two people: the login opens this account no more, and gets one of its own.
    AnotherPerson,
    /// Nothing changes, and the case is closed.
    NothingToDo,
}

impl From<Word> for office::Outcome {
    fn from(word: Word) -> Self {
        match word {
            Word::SamePerson => Self::SamePerson,
            Word::AnotherPerson => Self::AnotherPerson,
            Word::NothingToDo => Self::NothingToDo,
        }
    }
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List { file, which } => list(&file, which.all).await,
        Command::Open { file, account, way } => {
            open(&file, AccountId::new(account), UpstreamLinkId::new(way)).await
        }
        Command::Show { file, case } => show(&file, &case).await,
        Command::Decide {
            file,
            case,
            outcome,
            by,
            reason,
        } => decide(&file, &case, outcome, by, reason).await,
        Command::Agree { file, case, by } => agree(&file, &case, by).await,
        Command::Decline { file, case, by } => decline(&file, &case, by).await,
    }
}

async fn list(file: &ConfigFile, all: bool) -> Outcome {
    let (_, stores) = file.open().await?;
    let now = Clock::system().now();
    let since = if all { DateTime::UNIX_EPOCH } else { now };
    let mut tx = stores.db.read().await?;
    let cases = conflict::list(&mut tx, &stores.master_key, since).await?;
    let waiting = decision::list_open(&mut tx, &stores.master_key, now).await?;
    say(heading())?;
    for case in cases {
        let about = About::Case(case.conflict_id);
        let waits = waiting.iter().any(|decision| decision.about == about);
        say(row(&case, waits, now))?;
    }
    Ok(())
}

async fn open(file: &ConfigFile, account_id: AccountId, way: UpstreamLinkId) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let pair = (account_id, way);
    let id = office::bring(&broker, &mut tx, &operator_name(), pair, now).await?;
    tx.commit().await?;
    say(format!("case {} ({id}) is open", id.number()))?;
    Ok(())
}

async fn show(file: &ConfigFile, case: &str) -> Outcome {
    let broker = file.attach().await?;
    let (random, now) = (Random::system(), broker.clock.now());
    let mut tx = broker.db.begin().await?;
    let case = find(&broker, &mut tx, case).await?;
    let sides = office::sides(&mut tx, &case).await?;
    let people = (case.conflict_id, sides.accounts());
    let people = (people.0, people.1.as_slice());
    office::record_view(&mut tx, &random, &operator(), people, now).await?;
    let view = View::read(&broker, &mut tx, &case, &sides, now).await?;
    tx.commit().await?;
    for line in view.lines() {
        say(line)?;
    }
    Ok(())
}

async fn decide(file: &ConfigFile, case: &str, outcome: Word, by: By, reason: String) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    let case = find(&broker, &mut tx, case).await?;
    let judgement = Judgement {
        conflict_id: case.conflict_id,
        outcome: outcome.into(),
        reason,
    };
    let decided = office::decide(&broker, &mut tx, &acting, judgement, now).await?;
    tx.commit().await?;
    say(match decided {
        Decided::Done => format!("case {} is closed; nothing has changed", case.conflict_id),
        Decided::Waits(until) => format!(
            "decided; nothing has changed yet. Until {} another officer with the role idp.supervisor agrees under a login of this machine other than {}: city-idp conflict agree {} --officer KEY",
            day(until),
            operator_name(),
            case.conflict_id
        ),
    })?;
    Ok(())
}

async fn agree(file: &ConfigFile, case: &str, by: By) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    let case = find(&broker, &mut tx, case).await?;
    let about = About::Case(case.conflict_id);
    let agreed = office::agree(&broker, &mut tx, &acting, about, now).await?;
    let sides = office::sides(&mut tx, &case).await?;
    let left = crate::storage::upstream_link::list_by_account(&mut tx, sides.account_id).await?;
    tx.commit().await?;
    say(format!(
        "{}: done; the people concerned are told at every confirmed contact",
        agreed.outcome.as_str()
    ))?;
    if left.is_empty() {
        say(format!(
            "account {} has no way in any more: whoever it is of comes to the counter with a new one",
            sides.account_id
        ))?;
    }
    Ok(())
}

async fn decline(file: &ConfigFile, case: &str, by: By) -> Outcome {
    let broker = file.attach().await?;
    let now = broker.clock.now();
    let acting = acting(&broker, StaffAccountId::new(by.officer), now).await?;
    let mut tx = broker.db.begin().await?;
    let case = find(&broker, &mut tx, case).await?;
    let about = About::Case(case.conflict_id);
    office::decline(&broker, &mut tx, &acting, about, now).await?;
    tx.commit().await?;
    say("the decision has ended; nothing has changed, and the case waits")?;
    Ok(())
}

/// The case of a key, or of the number that a person was told.
async fn find(
    broker: &Broker,
    tx: &mut Tx,
    said: &str,
) -> Result<Case, Box<dyn std::error::Error + Send + Sync>> {
    let key = &broker.master_key;
    let unknown = || format!("no case has the number or key {said}; see `city-idp conflict list`");
    if let Ok(id) = said.parse::<Uuid>() {
        let found = conflict::lookup(tx, key, ConflictId::new(id)).await?;
        return Ok(found.ok_or_else(unknown)?);
    }
    let said_plain = said.trim().to_uppercase();
    let all = conflict::list(tx, key, DateTime::UNIX_EPOCH).await?;
    let found = all
        .into_iter()
        .find(|case| case.conflict_id.number() == said_plain);
    Ok(found.ok_or_else(unknown)?)
}

pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
