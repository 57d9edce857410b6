use chrono::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[login]`: how people log in.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoginConfig {
    /// Minutes a person has between leaving for an upstream provider and coming back, at most 60. Default: 15.
    pub answer_within_minutes: u16,
    /// Minutes between two looks at whether each provider can be reached, for the words on the page where people
    /// choose; 0 never looks. Data boxes are left in peace for five minutes after a look that they answered. Default: 1.
    pub watch_every_minutes: u16,
    /// Messages of providers (answers, logouts, notifications) that one address may bring to one process within a minute; more
    /// are turned away with status 429. A whole office behind one address counts as one, and so does a provider that sends
    /// by itself; of IPv6 the first 64 bits count. Behind a proxy, name it in `server.trusted_proxies`, or everybody counts
    /// as one. 0 sets no limit. Default: 600.
    pub messages_per_minute: u32,
    /// Logins that one address may begin at one process within a minute; more are turned away with status 429. Who is signed in
    /// already goes to another service without beginning one. A whole office behind one address counts as one; of IPv6 the
    /// first 64 bits count. Behind a proxy, name it in `server.trusted_proxies`, or everybody counts as one. 0 sets no limit.
    /// Default: 600.
    pub begun_per_minute: u32,
    /// Whether signing out here also signs out at the provider, when it offers that. Default: true.
    pub upstream_logout: bool,
}

impl Default for LoginConfig {
    fn default() -> Self {
        Self {
            answer_within_minutes: 15,
            watch_every_minutes: 1,
            messages_per_minute: 600,
            begun_per_minute: 600,
            upstream_logout: true,
        }
    }
}

impl LoginConfig {
    /// The time between two looks at the providers; `None`: nobody looks.
    pub fn watch_every(self) -> Option<std::time::Duration> {
        let minutes = u64::from(self.watch_every_minutes);
        (minutes > 0).then(|| std::time::Duration::from_secs(minutes * 60))
    }

    /// The time for an answer.
    pub fn answer_within(self) -> Duration {
        Duration::minutes(self.answer_within_minutes.clamp(1, 60).into())
    }
}
