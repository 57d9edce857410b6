use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// `[database]`: where everything lasting is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:///var/lib/city-idp/idp.db` for a file (three slashes: an absolute path; `sqlite:var/idp.db`: a relative one)
    /// or `postgres://user@host/database?sslmode=verify-full` for a server. No default. A missing file is created.
    #[schemars(with = "String")]
    pub url: SecretString,
    /// File that holds the password of the PostgreSQL user, to keep it out of `url`. Default: none.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Connections to PostgreSQL, or connections that read beside the one that writes on SQLite. Default: 10 and 4.
    /// More allow more requests to be in the database at once; all replicas together must stay below the server's limit. The broker has four more for
    /// short-lived state, unless Redis keeps it.
    #[serde(default)]
    pub max_connections: Option<u32>,
    /// Milliseconds a request waits for a free connection (on SQLite: for its turn to write) before it is answered
    /// with 503. Default: 5000.
    #[serde(default = "five_seconds")]
    pub wait_ms: u32,
}

impl DatabaseConfig {
    /// Everything at its default but the address.
    pub fn at(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            password_file: None,
            max_connections: None,
            wait_ms: five_seconds(),
        }
    }
}

fn five_seconds() -> u32 {
    5_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_is_enough() {
        let config: DatabaseConfig =
            serde_json::from_value(json!({"url": "sqlite:idp.db"})).unwrap();

        assert_eq!((config.max_connections, config.wait_ms), (None, 5_000));
    }

    #[test]
    fn a_missing_address_and_an_unknown_key_are_refused() {
        let read = |value| {
            serde_json::from_value::<DatabaseConfig>(value)
                .unwrap_err()
                .to_string()
        };

        assert!(read(json!({})).contains("missing field `url`"));
        assert!(
            read(json!({"url": "sqlite:idp.db", "max_connection": 3})).contains("`max_connection`")
        );
    }
}
