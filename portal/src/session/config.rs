//! `[session]`: how long somebody stays signed in.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[session]`: how long somebody stays signed in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// Minutes after which a session ends in any case, at most 720. Default: 720.
    pub lasts_minutes: u16,
    /// Minutes after which the next request confirms the session at the broker. Default: 5.
    pub confirm_after_minutes: u16,
    /// Minutes a session lives on while the broker cannot be reached. Default: 30.
    pub unreachable_minutes: u16,
    /// Sign-ins that one address may begin at one process within a minute; more are turned away with status 429. A whole office
    /// behind one address counts as one; behind a proxy, name it in `server.trusted_proxies`. 0 sets no limit. Default: 600.
    pub begun_per_minute: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            lasts_minutes: 720,
            confirm_after_minutes: 5,
            unreachable_minutes: 30,
            begun_per_minute: 600,
        }
    }
}

impl SessionConfig {
    /// The longest life, never above twelve hours.
    pub fn lasts(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.lasts_minutes.clamp(1, 720)))
    }

    /// The age of a confirmation that is asked anew.
    pub fn confirm_after(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.confirm_after_minutes))
    }

    /// The time without the broker.
    pub fn unreachable(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.unreachable_minutes))
    }
}
