use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use federation::{Demand, IdentityLevel, LoginLevel};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Role;

/// `[staff]`: how officers of the town sign in. Without this section nobody does, and `/staff` is no address.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffConfig {
    /// Name of the `[provider.…]` entry that officers come through, of `kind = "caais"`.
    pub provider: String,
    /// What a role of the provider, by its code there, means here: a list of `idp.verifier`, `idp.supervisor`, `idp.clients`,
    /// `idp.admin`, `portal.editor`, `portal.publisher`, `portal.operator`, `portal.support`, `portal.auditor`,
    /// `portal.admin`. Codes that do not stand here give nothing. A change counts for sessions that last, too.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub roles: BTreeMap<String, BTreeSet<Role>>,
    /// The least a login must prove of how the officer logged in: `single`, `multi`, `strong`. Default: `multi`.
    #[serde(default = "multi")]
    pub minimum_login: LoginLevel,
    /// Hours after which an officer has to sign in again whatever they did. Default: 8, at most 24.
    #[serde(default = "eight")]
    pub session_hours: u16,
    /// Minutes without use after which an officer has to sign in again. Default: 30.
    #[serde(default = "thirty")]
    pub idle_minutes: u16,
    /// Seconds after which the provider is asked again, on use, whether it still grants the officer's roles. 0: never, so that a
    /// role that is taken counts until the session ends; only where the provider answers refresh tokens without an ID token.
    /// Default: 60, at most 60.
    #[serde(default = "sixty")]
    pub confirm_seconds: u16,
}

impl StaffConfig {
    /// What the roles of the provider mean here.
    pub fn roles_of(&self, granted: &[String]) -> BTreeSet<Role> {
        granted
            .iter()
            .filter_map(|code| self.roles.get(code))
            .flatten()
            .copied()
            .collect()
    }

    /// What a login must prove at least.
    pub(crate) const fn demand(&self) -> Demand {
        Demand::new(IdentityLevel::Town, self.minimum_login)
    }

    /// The longest life of a session.
    pub(crate) fn lifetime(&self) -> Duration {
        Duration::hours(self.session_hours.clamp(1, 24).into())
    }

    /// How long the provider's word counts. `None`: as long as the session.
    pub(crate) fn confirm(&self) -> Option<Duration> {
        (self.confirm_seconds > 0).then(|| Duration::seconds(self.confirm_seconds.min(60).into()))
    }

    /// The longest silence of a session.
    pub(crate) fn idle(&self) -> Duration {
        Duration::minutes(self.idle_minutes.max(1).into())
    }
}

const fn multi() -> LoginLevel {
    LoginLevel::Multi
}

const fn eight() -> u16 {
    8
}

const fn thirty() -> u16 {
    30
}

const fn sixty() -> u16 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> StaffConfig {
        let text = r#"
            provider = "caais"
            [roles]
            "IDP.ADMIN" = ["idp.admin", "idp.clients"]
            "PORTAL.EDITOR" = ["portal.editor"]
        "#;
        figment::Figment::new()
            .merge(<figment::providers::Toml as figment::providers::Format>::string(text))
            .extract()
            .unwrap()
    }

    #[test]
    fn codes_mean_what_the_map_says_and_nothing_else() {
        let granted = |codes: &[&str]| {
            let codes: Vec<String> = codes.iter().map(|&code| code.to_owned()).collect();
            config().roles_of(&codes)
        };

        assert_eq!(
            granted(&["IDP.ADMIN", "PORTAL.EDITOR"]),
            [Role::Admin, Role::Clients, Role::PortalEditor].into()
        );
        for nothing in ["idp.admin", "IDP.ADMIN ", "PORTAL.ADMIN", ""] {
            assert_eq!(granted(&[nothing]), [].into(), "{nothing}");
        }
    }

    #[test]
    fn a_session_never_lasts_longer_than_a_day() {
        let long = StaffConfig {
            session_hours: 1_000,
            ..config()
        };

        assert_eq!(long.lifetime(), Duration::hours(24));
    }
}
