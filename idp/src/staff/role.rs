//! What an officer may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an officer may do; the names in the configuration, in the database and on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Role {
    /// Verify people at the counter.
    #[serde(rename = "idp.verifier")]
    Verifier,
    /// Decide what needs a second officer.
    #[serde(rename = "idp.supervisor")]
    Supervisor,
    /// Register the town's applications.
    #[serde(rename = "idp.clients")]
    Clients,
    /// Administer the broker.
    #[serde(rename = "idp.admin")]
    Admin,
    /// Write the portal's pages.
    #[serde(rename = "portal.editor")]
    PortalEditor,
    /// Publish them.
    #[serde(rename = "portal.publisher")]
    PortalPublisher,
    /// Look after submissions.
    #[serde(rename = "portal.operator")]
    PortalOperator,
    /// Help people: see the state of submissions and not what is in them.
    #[serde(rename = "portal.support")]
    PortalSupport,
    /// Read the portal's log.
    #[serde(rename = "portal.auditor")]
    PortalAuditor,
    /// Administer the portal.
    #[serde(rename = "portal.admin")]
    PortalAdmin,
}

impl Role {
    /// All roles, those of the broker first.
    pub const ALL: [Self; 10] = [
        Self::Verifier,
        Self::Supervisor,
        Self::Clients,
        Self::Admin,
        Self::PortalEditor,
        Self::PortalPublisher,
        Self::PortalOperator,
        Self::PortalSupport,
        Self::PortalAuditor,
        Self::PortalAdmin,
    ];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verifier => "idp.verifier",
            Self::Supervisor => "idp.supervisor",
            Self::Clients => "idp.clients",
            Self::Admin => "idp.admin",
            Self::PortalEditor => "portal.editor",
            Self::PortalPublisher => "portal.publisher",
            Self::PortalOperator => "portal.operator",
            Self::PortalSupport => "portal.support",
            Self::PortalAuditor => "portal.auditor",
            Self::PortalAdmin => "portal.admin",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The Fluent id of its name.
    pub(crate) fn text_id(self) -> String {
        format!("role-{}", self.as_str().replace('.', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_name_and_serde_agrees() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!(Role::named("idp.everything"), None);
    }
}
