//! Structured logs: one line an event, dotted fields (`client.id`), nothing personal.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Starts logging to the standard error. A second call in one process changes nothing.
pub fn init(config: &LogConfig) -> Result<(), ConfigError> {
    let _already_started = subscriber(config, std::io::stderr)?.try_init();
    Ok(())
}

fn subscriber<W>(
    config: &LogConfig,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, ConfigError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.level).map_err(|error| {
        ConfigError::at(
            "log.level",
            error.to_string(),
            "Write a level, as `info`, or several, as `info,idp=debug`",
        )
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    Ok(match config.format {
        LogFormat::Json => Box::new(
            log.json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .finish(),
        ),
        LogFormat::Text => Box::new(log.with_target(false).finish()),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_has_dotted_fields_and_its_span() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = subscriber(&LogConfig::default(), move || writer.clone()).unwrap();

        tracing::subscriber::with_default(log, || {
            let span = tracing::info_span!("http", request.id = "abc");
            span.in_scope(|| tracing::info!(client.id = "library", "a client asked"));
            tracing::debug!("not at this level");
        });

        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["client.id"], "library");
        assert_eq!(line["message"], "a client asked");
        assert_eq!(line["span"]["request.id"], "abc");
    }

    #[test]
    fn a_level_that_is_none_is_refused_by_its_key() {
        let config = LogConfig {
            level: "info,=loud".to_owned(),
            ..LogConfig::default()
        };

        assert_eq!(init(&config).unwrap_err().key(), Some("log.level"));
    }
}
