//! `city-sandbox`: starts the outside world in a box.

use std::process::ExitCode;

use clap::Parser as _;
use sandbox::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    sandbox::cli::run(Cli::parse()).await
}
