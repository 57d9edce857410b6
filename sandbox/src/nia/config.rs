//! `[nia]`: the national identity hub.

use serde::{Deserialize, Serialize};

use super::sep::Sep;

/// How NIA behaves, and who is registered with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NiaConfig {
    /// Size of the signing keys made at the first start. Default: 2048.
    #[serde(default = "two_thousand")]
    pub signing_key_bits: u32,
    /// How a logout is treated and answered.
    #[serde(default)]
    pub logout: LogoutSwitches,
    /// `[[nia.sep]]`: registered service providers.
    #[serde(default)]
    pub sep: Vec<Sep>,
}

impl Default for NiaConfig {
    fn default() -> Self {
        Self {
            signing_key_bits: two_thousand(),
            logout: LogoutSwitches::default(),
            sep: Vec::new(),
        }
    }
}

/// `[nia.logout]`: what was seen is an unsigned answer by POST, and unsigned requests taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogoutSwitches {
    /// Sign every `LogoutResponse`. Default: false.
    pub sign_response: bool,
    /// Send the `LogoutResponse` by HTTP-Redirect instead of HTTP-POST. Default: false.
    pub response_by_redirect: bool,
    /// Refuse a `LogoutRequest` without a signature. Default: false.
    pub require_signed_request: bool,
}

fn two_thousand() -> u32 {
    2048
}
