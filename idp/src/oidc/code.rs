//! Authorization codes: 43 characters, 60 seconds, good once.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use store::{StorageError, Within};
use web::Random;

use super::request::AuthorizationRequest;
use crate::{
    hash,
    ids::{AccountId, AuthenticationId, BrowserSessionId, ClientSessionId, MandateId},
};

/// How long a code is good (FAPI 2.0, 5.3.2.1: at most 60 seconds).
pub const LIFETIME: Duration = Duration::seconds(60);

/// What a code stands for until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// The checked request; its `scope` holds what the person agreed to.
    pub request: AuthorizationRequest,
    /// Who agreed.
    pub account_id: AccountId,
    /// In which browser session.
    pub browser_session_id: BrowserSessionId,
    /// The session at the client.
    pub client_session_id: ClientSessionId,
    /// The login that satisfies the request.
    pub authentication_id: AuthenticationId,
    /// The `sub` the client will see.
    pub sub: String,
    /// For whom the tokens will speak; `None`: for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<MandateId>,
    /// When the code was made.
    pub now: DateTime<Utc>,
}

/// Makes a code. Only its hash is kept.
pub async fn issue(
    within: &mut Within<'_>,
    random: &Random,
    grant: CodeGrant,
) -> Result<String, StorageError> {
    let code = random.token();
    within
        .put_json(&key(&code), &grant, LIFETIME, grant.now)
        .await?;
    Ok(code)
}

/// Takes what a code stands for; the second of two callers gets nothing.
pub async fn take(
    within: &mut Within<'_>,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<CodeGrant>, StorageError> {
    within.take_json(&key(code), now).await
}

fn key(code: &str) -> String {
    format!("code:{}", hash::sha256_text(code.as_bytes()))
}
