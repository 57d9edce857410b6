//! `[isds]`: the data boxes.

use serde::Deserialize;

use super::application::Application;

/// How ISDS behaves, and who is registered with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsdsConfig {
    /// Minutes a person may look at the login pages. Default: 5.
    #[serde(default = "five")]
    pub login_minutes: i64,
    /// Seconds in which a `sessionId` can be exchanged. Default: 120.
    #[serde(default = "two_minutes")]
    pub session_seconds: i64,
    /// `[[isds.application]]`: registered applications of third parties.
    #[serde(default)]
    pub application: Vec<Application>,
    /// `[[isds.account]]`: who may call services with name and password.
    #[serde(default)]
    pub account: Vec<Account>,
}

impl Default for IsdsConfig {
    fn default() -> Self {
        Self {
            login_minutes: five(),
            session_seconds: two_minutes(),
            application: Vec::new(),
            account: Vec::new(),
        }
    }
}

/// Access to the services of one box.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
    /// The box.
    pub data_box: String,
}

fn five() -> i64 {
    5
}

fn two_minutes() -> i64 {
    120
}
