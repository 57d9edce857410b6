//! The command line: `city-idp serve|check|keys|client|staff|account|mandate|conflict|link|audit|docs`.
//!
//! A failure is one message on standard error that says what to do.

mod account;
mod audit;
mod check;
mod client;
mod conflict;
mod conflict_view;
mod docs;
mod keys;
mod link;
mod link_view;
mod mandate;
mod serve;
mod staff;

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use store::audit::Actor;
use web::config::ConfigError;
use web::{Clock, Random};

use crate::{
    Broker, Config,
    ids::StaffAccountId,
    office::Acting,
    staff::{NotConfirmed, confirm_officer},
    start::{self, StartError, Stores},
};

/// The identity broker of a town.
#[derive(Debug, Parser)]
#[command(name = "city-idp", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until it is told to stop.
    Serve(ConfigFile),
    /// Tells what is wrong with a configuration, its keys and its providers; changes nothing.
    Check(ConfigFile),
    /// Our signing keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Applications registered with us.
    #[command(subcommand)]
    Client(client::Command),
    /// Officers of the town who have signed in.
    #[command(subcommand)]
    Staff(staff::Command),
    /// People who have an account.
    #[command(subcommand)]
    Account(account::Command),
    /// Who acts for whom.
    #[command(subcommand)]
    Mandate(mandate::Command),
    /// Cases about people's ways in that the rules leave open.
    #[command(subcommand)]
    Conflict(conflict::Command),
    /// Ways in to people's accounts.
    #[command(subcommand)]
    Link(link::Command),
    /// The log of what happened.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Writes the reference documents.
    Docs(docs::Arguments),
}

/// Where the units of `deploy/systemd` read it.
const INSTALLED: &str = "/etc/city-identity/idp.toml";

/// Which configuration.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigFile {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CITY_IDP_CONFIG", default_value = INSTALLED)]
    config: PathBuf,
}

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Runs what the command line asks for.
pub async fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(file) => serve::run(&file).await,
        Command::Check(file) => check::run(&file).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Client(command) => client::run(command).await,
        Command::Staff(command) => staff::run(command).await,
        Command::Account(command) => account::run(command).await,
        Command::Mandate(command) => mandate::run(command).await,
        Command::Conflict(command) => conflict::run(command).await,
        Command::Link(command) => link::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Docs(arguments) => docs::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "city-idp: {}",
                start::with_causes(error.as_ref())
            );
            ExitCode::FAILURE
        }
    }
}

impl ConfigFile {
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.config)
    }

    /// The configuration and its stores.
    async fn open(&self) -> Result<(Config, Stores), StartError> {
        let config = self.load()?;
        let stores = start::open(&config)
            .await
            .map_err(|error| self.named(error))?;
        Ok((config, stores))
    }

    /// A broker beside the one that serves, for what has to be told to others.
    async fn attach(&self) -> Result<Broker, StartError> {
        let config = self.load()?;
        start::attach(config, Clock::system(), Random::system())
            .await
            .map_err(|error| self.named(error))
    }

    /// Names the file in what is wrong with the configuration.
    fn named(&self, error: StartError) -> StartError {
        match error {
            StartError::Config(error) => StartError::Config(error.in_file(&self.config)),
            other => other,
        }
    }
}

/// Writes one line to standard output.
fn say(line: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Whoever runs the command, for the audit log.
fn operator() -> Actor {
    Actor::Operator(operator_name())
}

/// The login name of whoever runs the command.
fn operator_name() -> String {
    let name = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    name.unwrap_or_else(|| "unknown".to_owned())
}

/// Whoever runs the command, for an officer, once the provider was asked what they may do now.
async fn acting(
    broker: &Broker,
    officer: StaffAccountId,
    now: DateTime<Utc>,
) -> Result<Acting, NotConfirmed> {
    confirm_officer(broker, officer, now).await?;
    Ok(Acting {
        officer,
        operator: operator_name(),
    })
}
