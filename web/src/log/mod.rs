//! Structured logs: one line an event, dotted fields (`client.id`), nothing personal.

mod json;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry};

use crate::config::{ConfigError, LogConfig, LogFormat};

/// The span of one HTTP request.
pub(crate) const REQUEST: &str = "http";

/// Starts logging to the standard error. A second call in one process changes nothing.
pub fn init(config: &LogConfig) -> Result<(), ConfigError> {
    let _already_started = subscriber(config, std::io::stderr)?.try_init();
    Ok(())
}

/// What logs as `config` says into `writer`. Fails when `log.level` cannot be read.
pub fn subscriber<W>(
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
    Ok(match config.format {
        LogFormat::Json => Box::new(
            Registry::default()
                .with(filter)
                .with(json::JsonLines::to(writer)),
        ),
        LogFormat::Text => Box::new(
            tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(writer)
                .with_target(false)
                .finish(),
        ),
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

    /// What the lines that `talk` writes say, as a machine reads them.
    fn told(talk: impl FnOnce()) -> Vec<serde_json::Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = subscriber(&LogConfig::default(), move || writer.clone()).unwrap();

        tracing::subscriber::with_default(log, talk);

        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_the_fields_of_every_open_span() {
        let lines = told(|| {
            let request = tracing::info_span!(REQUEST, request.id = "abc", http.method = "GET");
            let _request = request.enter();
            let handler = tracing::info_span!(
                "login.answer",
                login.id = tracing::field::Empty,
                http.method = "inner"
            );
            let _handler = handler.enter();
            handler.record("login.id", "4f3a");
            tracing::info!(client.id = "library", "a client asked");
            tracing::debug!("not at this level");
        });

        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(line["message"], "a client asked");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["target"], module_path!());
        assert_eq!(line["span"], "login.answer");
        assert_eq!(line["client.id"], "library");
        assert_eq!(line["login.id"], "4f3a");
        assert_eq!(line["request.id"], "abc");
        assert_eq!(line["http.method"], "inner");
        let time = line["timestamp"].as_str().unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
    }

    #[test]
    fn what_a_handler_learnt_stays_known_to_its_request() {
        let lines = told(|| {
            let request = tracing::info_span!(REQUEST, request.id = "abc");
            let _request = request.enter();
            tracing::info_span!("oidc.token", client.id = "library").in_scope(|| ());
            tracing::info!("answered");
        });

        assert_eq!(lines[0]["client.id"], "library");
        assert_eq!(lines[0]["span"], REQUEST);
    }

    #[test]
    fn numbers_are_numbers_and_an_error_brings_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("the database says nothing")]
        struct Silent(#[source] std::fmt::Error);

        let lines = told(|| {
            let error = Silent(std::fmt::Error);
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                http.micros = 7_u64,
                bytes = 8_u128,
                share = 0.5,
                is_late = true,
                text = "a \"word\"\nand another",
                "told"
            );
        });

        let line = &lines[0];
        assert_eq!(
            line["error"],
            format!("the database says nothing: {}", std::fmt::Error)
        );
        assert_eq!(line["http.micros"], 7);
        assert_eq!(line["bytes"], 8);
        assert_eq!(line["share"], 0.5);
        assert_eq!(line["is_late"], true);
        assert_eq!(line["text"], "a \"word\"\nand another");
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
