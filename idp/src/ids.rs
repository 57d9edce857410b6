//! Identifiers as types, so that an account can never be handed where a session belongs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares identifiers that are UUIDv7 keys made by the application.
macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a fresh UUIDv7 or one read from storage.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, for audit details and logs.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

/// Declares identifiers that people choose and read in configuration files.
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands; whether such a thing exists is asked of its registry.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

uuid_ids! {
    /// A person in our eyes.
    AccountId,
    /// An account's tie to a subject of an upstream provider.
    UpstreamLinkId,
    /// One proof of who somebody is.
    VerificationId,
    /// One value about a person.
    FactId,
    /// A signed-in browser.
    BrowserSessionId,
    /// One login inside a browser session.
    AuthenticationId,
    /// A session at a client.
    ClientSessionId,
    /// What a person allowed a client.
    ConsentId,
    /// One handing over of claims.
    ReleaseId,
    /// A client's entitlement to tokens.
    AccessGrantId,
    /// An access token, or a signed one by its `jti`.
    AccessTokenId,
    /// A person's entitlement to act for a body.
    MandateId,
    /// A mandate that waits for the second officer.
    MandateProposalId,
    /// A key of ours.
    SigningKeyId,
    /// Two accounts that became one.
    MergeId,
    /// A link or merge that an officer decides.
    ConflictId,
    /// What one officer decided and another one has to agree with.
    DecisionId,
    /// Who a subject is by the word of officers.
    RulingId,
    /// An e-mail address or phone number of a person.
    ContactId,
    /// Something a person is told.
    NoticeId,
    /// One mail of a notice.
    NoticeMailId,
    /// An officer of the town.
    StaffAccountId,
    /// A browser that an officer is signed in with.
    StaffSessionId,
}

impl ConflictId {
    /// The number of the case that a person tells the town hall: the random end of the key, which is how it can be found.
    pub fn number(self) -> String {
        let [.., a, b, c, d, e, f] = self.0.into_bytes();
        format!("{a:02X}{b:02X}-{c:02X}{d:02X}-{e:02X}{f:02X}")
    }
}

text_ids! {
    /// An application registered with us; the `client_id` on the wire.
    ClientId,
    /// A body of the town.
    OrganisationId,
    /// An API of the town.
    ResourceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_a_number_that_can_be_read_out() {
        let id = ConflictId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0a1b_2c3d_4e5f));

        assert_eq!(id.number(), "0A1B-2C3D-4E5F");
    }

    #[test]
    fn identifiers_are_bare_values_on_the_wire() {
        let account = AccountId::new(Uuid::from_u128(7));
        let client = ClientId::new("library");

        let written = serde_json::to_string(&(account, &client)).unwrap();

        assert_eq!(
            written,
            r#"["00000000-0000-0000-0000-000000000007","library"]"#
        );
    }
}
