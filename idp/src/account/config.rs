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
    /// Names of `[provider.…]` entries at which a person may replace the subject that their account has there by another
    /// one of theirs: both sides proved, names and date of birth the same, the level no lower. For a time in which a provider gives
    /// people new subjects; a register or a bank alone tells namesakes apart, so elsewhere an officer decides. Default: none.
    pub replace: Vec<String>,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            fresh_minutes: 5,
            confirm_minutes: 10,
            undo_days: 90,
            link_only: Vec::new(),
            replace: Vec::new(),
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

    /// Whether a person may replace their subject at a provider by themselves.
    pub fn lets_replace(&self, provider: &str) -> bool {
        self.replace.iter().any(|entry| entry == provider)
    }

    /// Whether a provider lets people in, rather than being an added proof only.
    pub fn lets_in(&self, provider: &str) -> bool {
        !self.link_only.iter().any(|entry| entry == provider)
    }
}
