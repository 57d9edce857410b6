use chrono::Duration;
use federation::Environment;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

const PUBLIC: &str = "https://ares.gov.cz/ekonomicke-subjekty-v-be/rest";

/// `[ares]`: where the names of companies, associations and traders come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AresConfig {
    /// Address of the service. Default: `https://ares.gov.cz/ekonomicke-subjekty-v-be/rest`; in the sandbox none, and ARES is
    /// not asked.
    pub url: Option<Url>,
    /// Hours an answer is good for; ARES asks not to be bothered with the same question. Default: 24.
    pub fresh_hours: u16,
    /// Days an answer is kept and used while ARES cannot be reached. Default: 30.
    pub keep_days: u16,
}

impl Default for AresConfig {
    fn default() -> Self {
        Self {
            url: None,
            fresh_hours: 24,
            keep_days: 30,
        }
    }
}

impl AresConfig {
    /// Where ARES is. `None`: it is not asked.
    pub(super) fn address(&self, environment: Environment) -> Option<Url> {
        match (&self.url, environment) {
            (Some(url), _) => Some(url.clone()),
            (None, Environment::Sandbox) => None,
            (None, Environment::Test | Environment::Production) => Url::parse(PUBLIC).ok(),
        }
    }

    /// How long an answer is not asked for again.
    pub(super) fn fresh_within(&self) -> Duration {
        Duration::hours(self.fresh_hours.into())
    }

    /// How long an answer is kept at all.
    pub(super) fn keep_within(&self) -> Duration {
        Duration::days(self.keep_days.into()).max(self.fresh_within())
    }
}
