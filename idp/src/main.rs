//! `city-idp`: the broker's program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    idp::cli::run().await
}
