//! Authorization codes: 60 seconds, good once, and they carry what they stand for, sealed.
//!
//! Nothing is stored when a code is made: an answer to a person who is signed in already writes nothing. What makes a code good
//! only once is the grant it is redeemed for, whose `code_hash` is unique (`docs/adr/0007-codes-carry-what-they-stand-for.md`).

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use store::{MasterKey, StorageError};
use web::Random;

use crate::{
    claims::{ClaimsParameter, is_technical, item_of_verified},
    clients::RedirectUri,
    ids::{AccountId, AuthenticationId, BrowserSessionId, ClientId, MandateId, ResourceId},
};

/// How long a code is good (FAPI 2.0, 5.3.2.1: at most 60 seconds).
pub const LIFETIME: Duration = Duration::seconds(60);

/// Octets in front of what is sealed: they make every code another one and have it sealed under a key of its own.
const ID_LEN: usize = 16;

/// What a code stands for until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// What of the request matters when the code is redeemed.
    #[serde(flatten)]
    pub asked: Asked,
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
    let id: [u8; ID_LEN] = random.bytes();
    let sealed = master_key.seal(&place(&id), &serde_json::to_vec(grant)?)?;
    Ok(URL_SAFE_NO_PAD.encode([&id[..], &sealed].concat()))
}

/// What a code stands for; `None` when it is none of ours. Whether it is fresh and unused is asked elsewhere.
pub fn open(master_key: &MasterKey, code: &str) -> Option<CodeGrant> {
    let octets = URL_SAFE_NO_PAD.decode(code).ok()?;
    let (id, sealed) = octets.split_first_chunk::<ID_LEN>()?;
    let grant = master_key.open(&place(id), sealed).ok()?;
    serde_json::from_slice(&grant).ok()
}

fn place(id: &[u8; ID_LEN]) -> String {
    format!("authorization_code/{}", URL_SAFE_NO_PAD.encode(id))
}

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
            account_id: AccountId::new(Uuid::nil()),
            browser_session_id: BrowserSessionId::new(Uuid::nil()),
            authentication_id: AuthenticationId::new(Uuid::nil()),
            mandate_id: None,
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    fn key(first: u8) -> MasterKey {
        let mut bytes = [7; 32];
        bytes[0] = first;
        MasterKey::parse(&MasterKey::encode(&bytes)).unwrap()
    }

    #[test]
    fn a_code_says_to_us_what_it_stands_for() {
        let code = issue(&key(1), &Random::seeded(1), &grant()).unwrap();

        assert_eq!(open(&key(1), &code), Some(grant()));
        // It travels in an address, beside whatever the client put there (RFC 9110, 4.1: at least 8,000 octets).
        assert!(code.len() < 1_000, "{}", code.len());
    }

    #[test]
    fn two_codes_for_the_same_differ_from_the_first_letters_on() {
        let random = Random::seeded(1);
        let two = [(), ()].map(|()| issue(&key(1), &random, &grant()).unwrap());

        assert_ne!(two[0][..20], two[1][..20]);
    }

    #[test]
    fn a_code_of_others_or_with_one_changed_letter_is_none() {
        let code = issue(&key(1), &Random::seeded(1), &grant()).unwrap();

        assert_eq!(open(&key(2), &code), None);
        for place in 0..code.len() {
            let letter = if &code[place..=place] == "A" {
                "B"
            } else {
                "A"
            };
            let changed = [&code[..place], letter, &code[place + 1..]].concat();
            assert_eq!(open(&key(1), &changed), None, "letter {place}");
        }
        for odd in ["", "code", "ž", &code[1..], &format!("{code}=")] {
            assert_eq!(open(&key(1), odd), None, "{odd}");
        }
    }

    #[test]
    fn a_code_shows_nothing_to_whoever_sees_it() {
        let code = issue(&key(1), &Random::seeded(1), &grant()).unwrap();

        let octets = URL_SAFE_NO_PAD.decode(code).unwrap();
        assert!(!octets.windows(3).any(|shown| shown == b"app"));
    }
}
