use chrono::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[account]`: how people change what their account is made of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountConfig {
    /// Minutes a login may be old when a way in or a contact is added or removed, or accounts are merged or parted. Default:
    /// 5.
    pub fresh_minutes: u16,
    /// Minutes a person has to confirm a way in after proving it, at most 60. Default: 10.
    pub confirm_minutes: u16,
    /// Days within which two accounts that became one can be parted again. Default: 90.
    pub undo_days: u16,
    /// Names of `[provider.…]` entries that may be added to an account and let nobody in by themselves. Default: none.
    pub link_only: Vec<String>,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            fresh_minutes: 5,
            confirm_minutes: 10,
            undo_days: 90,
            link_only: Vec::new(),
        }
    }
}

impl AccountConfig {
    /// How old a login may be that something important rests on.
    pub fn fresh_within(&self) -> Duration {
        Duration::minutes(self.fresh_minutes.max(1).into())
    }

    /// How long a proposed link waits.
    pub fn confirm_within(&self) -> Duration {
        Duration::minutes(self.confirm_minutes.clamp(1, 60).into())
    }

    /// How long a merge can be undone.
    pub fn undo_within(&self) -> Duration {
        Duration::days(self.undo_days.into())
    }

    /// Whether a provider lets people in, rather than being an added proof only.
    pub fn lets_in(&self, provider: &str) -> bool {
        !self.link_only.iter().any(|entry| entry == provider)
    }
}
