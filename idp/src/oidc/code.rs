//! Authorization codes: 60 seconds, good once, and they carry what they stand for, sealed.
//!
//! Nothing is stored when a code is made: an answer to a person who is signed in already writes nothing. What makes a code good
//! only once is the grant it is redeemed for: the code names its key (`docs/adr/0007-codes-carry-what-they-stand-for.md`).

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use store::{MasterKey, StorageError};
use web::Random;

use super::sealed;
use crate::{
    claims::{ClaimsParameter, is_technical, item_of_verified},
    clients::RedirectUri,
    ids::{
        AccessGrantId, AccountId, AuthenticationId, BrowserSessionId, ClientId, MandateId,
        ResourceId,
    },
};

/// How long a code is good (FAPI 2.0, 5.3.2.1: at most 60 seconds).
pub const LIFETIME: Duration = Duration::seconds(60);

/// What a code stands for until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// What of the request matters when the code is redeemed.
    #[serde(flatten)]
    pub asked: Asked,
    /// The grant it can be redeemed for. Its key lets that happen once.
    pub access_grant_id: AccessGrantId,
    /// Who agreed.
    pub account_id: AccountId,
    /// In which browser session.
    pub browser_session_id: BrowserSessionId,
    /// The login that satisfies the request.
    pub authentication_id: AuthenticationId,
    /// For whom the tokens will speak; `None`: for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<MandateId>,
    /// When the code was made.
    pub now: DateTime<Utc>,
}

/// What a client asked for with a checked request and the person agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who asked.
    pub client_id: ClientId,
    /// Where the code went.
    pub redirect_uri: RedirectUri,
    /// PKCE S256 challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// Put into the ID token unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Scopes.
    pub scope: BTreeSet<String>,
    /// Claims asked for by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub claims: ClaimsParameter,
    /// The one API the access token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
}

impl Asked {
    /// Keeps only what stands among these items: scopes, and single claims as `claim:…`.
    pub fn keep(&mut self, allowed: &BTreeSet<String>) {
        self.retain(|item| allowed.contains(item));
    }

    /// Keeps only the items that `is_wanted`; claims that say nothing about the person stay.
    pub fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let scope = self.scope.clone();
        self.scope.retain(|scope| is_wanted(scope));
        for asked in [&mut self.claims.userinfo, &mut self.claims.id_token] {
            asked
                .claims
                .retain(|name, _| is_technical(name) || is_wanted(&format!("claim:{name}")));
            if !is_wanted("claim:verified_claims") {
                asked.verified.clear();
            }
            asked.retain_verified(|name| is_wanted(&item_of_verified(name, &scope)));
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Makes a code.
pub fn issue(
    master_key: &MasterKey,
    random: &Random,
    grant: &CodeGrant,
) -> Result<String, StorageError> {
    sealed::seal(master_key, KIND, random.uuid_v4(), grant)
}

/// What a code stands for; `None` when it is none of ours. Whether it is fresh and unused is asked elsewhere.
pub fn open(master_key: &MasterKey, code: &str) -> Option<CodeGrant> {
    sealed::open(master_key, KIND, code).map(|(_, grant)| grant)
}

const KIND: &str = "authorization_code";

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn grant() -> CodeGrant {
        CodeGrant {
            asked: serde_json::from_value(serde_json::json!({
                "client_id": "app", "redirect_uri": "https://app.test/cb", "scope": ["openid"], "nonce": "n",
                "claims": { "userinfo": { "claims": { "name": {} } } },
            }))
            .unwrap(),
            access_grant_id: AccessGrantId::new(Uuid::nil()),
            account_id: AccountId::new(Uuid::nil()),
            browser_session_id: BrowserSessionId::new(Uuid::nil()),
            authentication_id: AuthenticationId::new(Uuid::nil()),
            mandate_id: None,
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn a_code_says_to_us_what_it_stands_for() {
        let mut bytes = [7; 32];
        bytes[0] = 1;
        let key = MasterKey::parse(&MasterKey::encode(&bytes)).unwrap();
        let code = issue(&key, &Random::seeded(1), &grant()).unwrap();

        assert_eq!(open(&key, &code), Some(grant()));
        // It travels in an address, beside whatever the client put there (RFC 9110, 4.1: at least 8,000 octets).
        assert!(code.len() < 1_000, "{}", code.len());
    }
}
