//! Structured logs: one line an event, dotted fields (`client.id`), nothing personal.

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Starts logging to the standard error. A second call in one process changes nothing.
pub fn init(config: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| {
        ConfigError::at(
            "log.level",
            error.to_string(),
            "Write a level, as `info`, or several, as `info,idp=debug`",
        )
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let _already_started = match config.format {
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Text => log.with_target(false).try_init(),
    };
    Ok(())
}
