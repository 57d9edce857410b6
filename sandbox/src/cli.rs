//! The command line: `serve` runs the sandbox, `prepare` only makes its keys.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config;
use crate::error::StartError;
use crate::world::World;
use crate::{log, server};

/// The outside world in a box, for development and tests only.
#[derive(Debug, Parser)]
#[command(name = "city-sandbox", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the sandbox until it is told to stop.
    Serve(Source),
    /// Makes the keys of the sandbox if there are none yet, and ends.
    Prepare(Source),
}

#[derive(Debug, Args)]
struct Source {
    /// The configuration file (TOML). Without it the defaults apply, and no service provider is known.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Runs the chosen command and says in one line why it could not.
pub async fn run(cli: Cli) -> ExitCode {
    match execute(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::start_failed(&error);
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> Result<(), StartError> {
    let (Command::Serve(source) | Command::Prepare(source)) = &cli.command;
    let config = config::load(source.config.as_deref())?;
    log::init(config.log);
    refuse_production(std::env::var("APP_ENV").ok().as_deref())?;

    match cli.command {
        Command::Serve(_) => server::serve(&config).await,
        Command::Prepare(_) => {
            World::new(&config, config.addresses_at(&config.asked())).map(|_| ())?;
            tracing::info!(data_dir = %config.data_dir.display(), "sandbox.prepared");
            Ok(())
        }
    }
}

/// The sandbox issues identities to whoever clicks, so it has no place near real ones.
fn refuse_production(environment: Option<&str>) -> Result<(), StartError> {
    match environment {
        Some(name) if name.eq_ignore_ascii_case("production") => Err(StartError::Production),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::refuse_production;

    #[test]
    fn the_sandbox_does_not_start_in_production() {
        assert!(refuse_production(Some("production")).is_err());
        assert!(refuse_production(Some("Production")).is_err());
        assert!(refuse_production(Some("development")).is_ok());
        assert!(refuse_production(None).is_ok());
    }
}
