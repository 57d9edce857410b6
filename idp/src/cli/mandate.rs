//! `city-idp mandate add|list|end`: who acts for whom, where officers verified it or have to end it.
//!
//! The person is told at every confirmed contact, by the server that runs; clients hear within a minute that their sessions ended.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use clap::{Args, Subcommand, ValueEnum};
use federation::BodyKind;
use uuid::Uuid;
use web::texts::prague_midnight;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::ares::Ico;
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, StaffAccountId};
use crate::mandate::{self, Act, Approval};
use crate::start;
use crate::storage::mandate as mandates;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Writes down that somebody may act for a body, as two officers have verified.
    Add(Box<Add>),
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

#[derive(Args, Debug)]
pub(super) struct Add {
    #[command(flatten)]
    file: ConfigFile,
    /// Who will act: the key that `city-idp account find` tells.
    #[arg(long, value_name = "KEY")]
    account: Uuid,
    /// What kind of body.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Its identification number (IČO), eight digits.
    #[arg(long)]
    ico: Option<Ico>,
    /// Its name, where ARES does not tell it.
    #[arg(long)]
    name: Option<String>,
    /// The person's part in it, as the paper says.
    #[arg(long)]
    role: Option<String>,
    /// What the person may do for it, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    may: Vec<May>,
    /// How the officers saw it.
    #[arg(long, value_enum)]
    source: Source,
    /// Number of the file that holds the paper.
    #[arg(long)]
    evidence: Option<String>,
    /// The officer who verified it, with the role idp.verifier: the key from `city-idp staff list`.
    #[arg(long, value_name = "KEY")]
    officer: Uuid,
    /// The officer who agreed, with the role idp.supervisor.
    #[arg(long, value_name = "KEY")]
    second_officer: Uuid,
    /// The first day. Default: from now on.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// The last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: NaiveDate,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Company,
    Association,
    SoleTrader,
    PublicBody,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum May {
    View,
    Submit,
    Pay,
    Manage,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Source {
    /// A paper that was shown at the counter.
    Counter,
    /// A public register.
    Register,
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::Add(wanted) => add(*wanted).await,
        Command::List { file, whose } => list(&file, whose).await,
        Command::End { file, id } => end(&file, MandateId::new(id)).await,
    }
}

async fn add(add: Add) -> Outcome {
    let broker = broker(&add.file).await?;
    let now = broker.clock.now();
    let no_day = "there is no such day";
    let valid_from = match add.from {
        Some(day) => prague_midnight(day).ok_or(no_day)?,
        None => now,
    };
    // To the end of the day, so that pages name the day that was typed.
    let last = add.until.succ_opt().and_then(prague_midnight);
    let approval = Approval {
        account_id: AccountId::new(add.account),
        kind: add.kind.into(),
        ico: add.ico,
        name: add.name.as_deref(),
        role: add.role.as_deref(),
        source: add.source.as_str(),
        scope: add.may.into_iter().map(Act::from).collect::<BTreeSet<_>>(),
        evidence: add.evidence.as_deref(),
        officer: StaffAccountId::new(add.officer),
        second_officer: StaffAccountId::new(add.second_officer),
        valid_from,
        valid_until: last.ok_or(no_day)? - Duration::seconds(1),
    };
    let id = mandate::approve(&broker, approval, operator(), now).await?;
    say(format!("mandate {id} added; the person is told"))?;
    Ok(())
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
    // Whoever is on the list finds in their history that somebody looked.
    mandate::record_view(&mut tx, &random, &operator(), &found, now).await?;
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
    let broker = broker(file).await?;
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

async fn broker(file: &ConfigFile) -> Result<Broker, start::StartError> {
    let config = file.load()?;
    start::assemble(config, Clock::system(), Random::system())
        .await
        .map_err(|error| file.named(error))
}

impl From<Kind> for BodyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Company => Self::Company,
            Kind::Association => Self::Association,
            Kind::SoleTrader => Self::SoleTrader,
            Kind::PublicBody => Self::PublicBody,
        }
    }
}

impl From<May> for Act {
    fn from(may: May) -> Self {
        match may {
            May::View => Self::View,
            May::Submit => Self::Submit,
            May::Pay => Self::Pay,
            May::Manage => Self::Manage,
        }
    }
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Register => "register",
        }
    }
}
