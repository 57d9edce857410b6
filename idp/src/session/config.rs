use chrono::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[session]`: how long a browser stays signed in.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// Hours after which a browser has to log in again whatever it did, 1 to 168. Default: 12.
    pub hours: u16,
    /// Minutes without use after which a browser has to log in again, 1 to 10080. Default: 120.
    pub idle_minutes: u16,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            hours: 12,
            idle_minutes: 120,
        }
    }
}

impl SessionConfig {
    /// The longest life of a session.
    pub fn lifetime(self) -> Duration {
        Duration::hours(self.hours.into())
    }

    /// The longest silence of a session.
    pub fn idle(self) -> Duration {
        Duration::minutes(self.idle_minutes.into())
    }
}
