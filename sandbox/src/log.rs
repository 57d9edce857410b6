//! Log lines: structured, without personal data even though the persons are invented.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::error::StartError;

/// Starts logging; `RUST_LOG` chooses what is written.
pub fn init(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process keeps the first subscriber.
    let _already_set = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Says why the start failed, also when the configuration could not tell how to log.
pub fn start_failed(error: &StartError) {
    init(LogFormat::Text);
    tracing::error!(%error, "sandbox.start_failed");
}
