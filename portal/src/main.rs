//! `city-portal`: the citizens' portal on the command line.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use portal::check::{self, chain};
use portal::{Config, Stopped, docs, serve};
use web::{Clock, Random};

/// The citizens' portal.
#[derive(Debug, Parser)]
#[command(name = "city-portal", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the portal until it is told to stop.
    Serve {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Tells what is wrong with a configuration, and asks the database and the broker it names.
    Check {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Writes the references of configuration and errors.
    Docs {
        /// The folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve { config } => serve_command(&config).await,
        Command::Check { config } => check_command(&config).await,
        Command::Docs { out } => docs::write(&out).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One message; when even standard error is gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "city-portal: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn serve_command(file: &std::path::Path) -> Outcome {
    let config = Config::load(file)?;
    web::log::init(&config.log).map_err(|error| error.in_file(file))?;
    let listener = TcpListener::bind(config.server.listen).map_err(|error| {
        web::config::ConfigError::at(
            "server.listen",
            format!("{} cannot be listened on: {error}", config.server.listen),
            "Take a free address, or stop what uses it",
        )
        .in_file(file)
    })?;
    serve(
        config,
        listener,
        Clock::system(),
        Random::system(),
        web::serve::stop_signal(),
    )
    .await
    .map_err(|stopped| placed(stopped, file))?;
    Ok(())
}

/// A problem of the configuration names its file.
fn placed(stopped: Stopped, file: &std::path::Path) -> Stopped {
    match stopped {
        Stopped::Start(error) => Stopped::Start(error.in_file(file)),
        Stopped::Serve(error) => Stopped::Serve(error),
    }
}

async fn check_command(file: &std::path::Path) -> Outcome {
    let config = Config::load(file)?;
    let findings = check::run(&config, file, Clock::system(), Random::system()).await;
    let mut out = io::stdout();
    for finding in &findings {
        writeln!(
            out,
            "{} {}: {}",
            if finding.is_fault { "✗" } else { "✓" },
            finding.what,
            finding.said
        )?;
    }
    match findings.iter().filter(|finding| finding.is_fault).count() {
        0 => Ok(()),
        faults => Err(format!("{faults} of {} checks failed", findings.len()).into()),
    }
}
