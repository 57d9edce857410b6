//! Access tokens, and the `jti` of signed ones: the sealed content itself. A row exists only for one that was revoked alone
//! (`docs/adr/0016-access-tokens-carry-what-they-stand-for.md`).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc, serde::ts_microseconds};
use serde::{Deserialize, Serialize};
use store::{MasterKey, StorageError};

use super::sealed;
use crate::ids::{AccessGrantId, AccessTokenId, ClientId, ResourceId};

/// What an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Its id, random.
    pub id: AccessTokenId,
    /// Its grant; `None` for a client acting for itself.
    pub grant_id: Option<AccessGrantId>,
    /// Who holds it.
    pub client_id: ClientId,
    /// The API it is for.
    pub resource_id: Option<ResourceId>,
    /// Its scopes.
    pub scope: BTreeSet<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The content as it is sealed: short names, for a token travels with every request.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    grant_id: Option<AccessGrantId>,
    #[serde(rename = "c")]
    client_id: ClientId,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    resource_id: Option<ResourceId>,
    #[serde(rename = "s")]
    scope: BTreeSet<String>,
    #[serde(rename = "i", with = "ts_microseconds")]
    created_at: DateTime<Utc>,
    #[serde(rename = "e", with = "ts_microseconds")]
    expires_at: DateTime<Utc>,
}

impl AccessToken {
    /// The text that stands for it.
    pub fn seal(&self, master_key: &MasterKey) -> Result<String, StorageError> {
        let content = Content {
            grant_id: self.grant_id,
            client_id: self.client_id.clone(),
            resource_id: self.resource_id.clone(),
            scope: self.scope.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
        };
        sealed::seal(master_key, KIND, self.id.uuid(), &content)
    }

    /// What a text stands for; `None` when it is none of ours. Whether it is still good is asked of
    /// [`find_live`](crate::storage::access_token::find_live).
    pub fn open(master_key: &MasterKey, text: &str) -> Option<Self> {
        let (id, content) = sealed::open::<Content>(master_key, KIND, text)?;
        Some(Self {
            id: AccessTokenId::new(id),
            grant_id: content.grant_id,
            client_id: content.client_id,
            resource_id: content.resource_id,
            scope: content.scope,
            created_at: content.created_at,
            expires_at: content.expires_at,
        })
    }
}

const KIND: &str = "access_token";

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key() -> MasterKey {
        let mut bytes = [7; 32];
        bytes[0] = 1;
        MasterKey::parse(&MasterKey::encode(&bytes)).unwrap()
    }

    #[test]
    fn a_token_says_to_us_what_it_stands_for() {
        let token = AccessToken {
            id: AccessTokenId::new(Uuid::from_u128(7)),
            grant_id: Some(AccessGrantId::new(Uuid::from_u128(8))),
            client_id: ClientId::new("app"),
            resource_id: Some(ResourceId::new("parking")),
            scope: ["openid", "email"].map(str::to_owned).into(),
            created_at: DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap(),
            expires_at: DateTime::from_timestamp(1_800_000_600, 0).unwrap(),
        };
        let of_itself = AccessToken {
            grant_id: None,
            resource_id: None,
            ..token.clone()
        };

        for token in [token, of_itself] {
            let text = token.seal(&key()).unwrap();
            assert_eq!(AccessToken::open(&key(), &text), Some(token));
            // It stands in a header of every request, and as `jti` in a signed one.
            assert!(text.len() < 350, "{}", text.len());
        }
    }

    #[test]
    fn a_code_is_no_token() {
        let code = sealed::seal(&key(), "authorization_code", Uuid::nil(), &"x").unwrap();

        assert_eq!(AccessToken::open(&key(), &code), None);
    }
}
