//! Who is signed in with this browser now.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use chrono::{DateTime, Duration, Utc};
use store::{StorageError, Tx};
use web::cookie::{self, HostCookie};
use web::csrf::CsrfSecret;

use super::device;
use crate::broker::Broker;
use crate::hash::sha256;
use crate::login::ids::is_token;
use crate::login::offers::counts_for;
use crate::storage::account::Account;
use crate::storage::browser_session::BrowserSession;
pub(crate) use crate::storage::signed_in::SignedIn;
use crate::storage::{browser_session, signed_in};

/// How often a session's last use is written down.
const SEEN_EVERY: Duration = Duration::minutes(1);

/// What a request brings that may name a session.
#[derive(Clone)]
pub(crate) struct Current {
    token: Option<String>,
    /// Browser and system in words.
    pub(crate) device: String,
}

/// What the tokens of the forms of one account in one session are made from. Its cookie changes with every login; a page that the same
/// person has open in another tab does not.
pub(crate) fn csrf(broker: &Broker, signed_in: &SignedIn) -> CsrfSecret {
    let key = broker.master_key.derive("forms of the account");
    let (session, account) = (
        signed_in.session.browser_session_id,
        signed_in.account.account_id,
    );
    CsrfSecret::under(&key, &format!("{session}/{account}"))
}

impl Current {
    /// Reads the cookie.
    pub(crate) fn of(broker: &Broker, headers: &HeaderMap) -> Self {
        let token = cookie::value(headers, &broker.site.cookie_name("session"))
            .filter(|token| is_token(token));
        let user_agent = headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self {
            token,
            device: device::describe(user_agent),
        }
    }

    /// The session of an active account with those of its logins whose provider still serves (B8: asked anew at every step).
    pub(crate) async fn find(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, StorageError> {
        let Some(mut found) = self.find_unended(tx, now).await? else {
            return Ok(None);
        };
        if !is_used(broker, &found.session, now) || !found.account.is_active() {
            return Ok(None);
        }
        // A provider that was switched off vouches for nobody any more, sessions included.
        found
            .logins
            .retain(|login| counts_for(broker, &login.realm, None));
        Ok(Some(found))
    }

    /// The same with all its logins, or a session that opens nothing here any more because nobody has used it for long. It has not
    /// ended, its clients go on with what they were given, and whoever signs out or comes after its person has to end it.
    pub(crate) async fn find_unended(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, StorageError> {
        let Some(token) = &self.token else {
            return Ok(None);
        };
        signed_in::find(tx, &sha256(token.as_bytes()), now).await
    }
}

/// The live session of a cookie's value, and whose it is.
pub(crate) async fn find_live(
    broker: &Broker,
    tx: &mut Tx,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(BrowserSession, Account)>, StorageError> {
    let found = browser_session::find_by_token_hash(tx, &sha256(token.as_bytes()), now).await?;
    Ok(found.filter(|(session, _)| is_used(broker, session, now)))
}

/// Whether a session was used not too long ago.
pub(crate) fn is_used(broker: &Broker, session: &BrowserSession, now: DateTime<Utc>) -> bool {
    now < session.seen_at + broker.config.session.idle()
}

impl SignedIn {
    /// Writes down that the session is used, unless that was done a moment ago.
    pub(crate) async fn seen(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StorageError> {
        if now < self.session.seen_at + SEEN_EVERY {
            return Ok(());
        }
        browser_session::touch(tx, self.session.browser_session_id, now).await
    }

    /// [`Self::seen`] in a transaction of its own, when it would write.
    pub(crate) async fn seen_alone(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if now < self.session.seen_at + SEEN_EVERY {
            return Ok(());
        }
        let mut tx = broker.db.begin().await?;
        self.seen(&mut tx, now).await?;
        tx.commit().await
    }
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current")
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

/// The cookie of a session. It ends with the browser; the row ends it before.
pub(crate) fn session_cookie(broker: &Broker, token: &str) -> HostCookie {
    cookie::host(broker.site.cookie_name("session"), token)
}

/// Takes the cookie away.
pub(crate) fn no_session_cookie(broker: &Broker) -> HostCookie {
    cookie::remove(broker.site.cookie_name("session"))
}
