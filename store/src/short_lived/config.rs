use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// `[short_lived]`: logins under way, codes, replay guards and counters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShortLivedConfig {
    /// `redis://host:6379/0` or `rediss://…` keeps short-lived state in Redis, for several replicas under load.
    /// The server must not evict (`maxmemory-policy noeviction`). Default: none, the database keeps it.
    #[schemars(with = "Option<String>")]
    pub redis: Option<SecretString>,
    /// File that holds the address of Redis, when it contains a password. Default: none.
    pub redis_file: Option<PathBuf>,
    /// Milliseconds after which Redis counts as unreachable for a request. Default: 2000.
    pub timeout_ms: u32,
    /// Entries kept at once, in Redis: of everything in its database. Beyond nine tenths new logins are answered with
    /// 503, those under way go on. Default: 250000, about 1 GB.
    pub max_entries: u32,
}

impl Default for ShortLivedConfig {
    fn default() -> Self {
        Self {
            redis: None,
            redis_file: None,
            timeout_ms: 2_000,
            max_entries: 250_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_need_be_said_and_an_unknown_key_is_refused() {
        let read = |value| serde_json::from_value::<ShortLivedConfig>(value);

        assert!(read(json!({})).unwrap().redis.is_none());
        assert!(
            read(json!({"reddis": "redis://localhost"}))
                .unwrap_err()
                .to_string()
                .contains("`reddis`")
        );
    }
}
