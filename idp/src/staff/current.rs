//! Which officer is signed in with this browser now, and what they may do.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use chrono::{DateTime, Duration, Utc};
use store::audit::Actor;
use store::{StorageError, Tx};
use web::cookie::{self, HostCookie};
use web::csrf::CsrfSecret;

use super::{Role, StaffConfig};
use crate::broker::Broker;
use crate::hash::sha256;
use crate::ids::StaffAccountId;
use crate::login::ids::is_token;
use crate::session::describe;
use crate::storage::staff_account::StaffAccount;
use crate::storage::staff_session::StaffSession;
use crate::storage::{staff_account, staff_session};

/// How often a session's last use is written down.
const SEEN_EVERY: Duration = Duration::minutes(1);
const COOKIE: &str = "staff";

/// What a request brings that may name an officer's session.
#[derive(Clone)]
pub(crate) struct Current {
    token: Option<String>,
    /// Browser and system in words.
    pub(super) device: String,
}

/// An officer with a live session and at least one role.
#[derive(Clone, Debug)]
pub(crate) struct Officer {
    /// The session.
    pub(crate) session: StaffSession,
    /// Whose.
    pub(crate) account: StaffAccount,
    /// What they may do at this moment.
    pub(crate) roles: BTreeSet<Role>,
}

impl Current {
    /// Reads the cookie.
    pub(crate) fn of(broker: &Broker, headers: &HeaderMap) -> Self {
        let token = cookie::value(headers, &broker.site.cookie_name(COOKIE))
            .filter(|token| is_token(token));
        let user_agent = headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self {
            token,
            device: describe(user_agent),
        }
    }

    /// What the tokens of this session's forms are made from.
    pub(crate) fn csrf(&self) -> Option<CsrfSecret> {
        self.token.as_deref().map(CsrfSecret::of)
    }

    /// The live session of the cookie, whatever it still allows.
    pub(super) async fn session(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Option<StaffSession>, StorageError> {
        match &self.token {
            Some(token) => {
                staff_session::find_by_token_hash(tx, &sha256(token.as_bytes()), now).await
            }
            None => Ok(None),
        }
    }

    /// The officer, when the session lives, the account may be used, the provider still serves officers and the roles it
    /// granted still mean something. All of that is asked anew at every step.
    pub(crate) async fn find(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Option<Officer>, StorageError> {
        let Some(config) = &broker.config.staff else {
            return Ok(None);
        };
        let session = self.session(tx, now).await?;
        let Some(session) = session.filter(|session| counts(broker, config, session, now)) else {
            return Ok(None);
        };
        let roles = config.roles_of(&session.granted);
        if roles.is_empty() {
            return Ok(None);
        }
        let account =
            staff_account::lookup(tx, &broker.master_key, session.staff_account_id).await?;
        let account = account.filter(|account| account.disabled_at.is_none());
        Ok(account.map(|account| Officer {
            session,
            account,
            roles,
        }))
    }
}

impl Officer {
    /// Who they are in the log.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff(self.account.staff_account_id.uuid())
    }

    /// Writes down that the session is used, unless that was done a moment ago.
    pub(crate) async fn seen(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if now < self.session.seen_at + SEEN_EVERY {
            return Ok(());
        }
        let mut tx = broker.db.begin().await?;
        staff_session::touch(&mut tx, self.session.staff_session_id, now).await?;
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

/// Whether a live session counts: somebody uses it, and its provider still serves officers.
pub(super) fn counts(
    broker: &Broker,
    config: &StaffConfig,
    session: &StaffSession,
    now: DateTime<Utc>,
) -> bool {
    let serves = broker.providers.get(&config.provider);
    now < session.seen_at + config.idle()
        && serves.is_some_and(|provider| provider.describe().realm.as_str() == session.realm)
}

/// What an officer's sessions allow at this moment, wherever they are signed in; `None` when they are not.
pub(crate) async fn roles_now(
    broker: &Broker,
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    now: DateTime<Utc>,
) -> Result<Option<BTreeSet<Role>>, StorageError> {
    let Some(config) = &broker.config.staff else {
        return Ok(None);
    };
    let mut sessions = staff_session::list_by_account(tx, staff_account_id, now).await?;
    sessions.retain(|session| counts(broker, config, session, now));
    let is_here = !sessions.is_empty();
    let granted = sessions
        .iter()
        .flat_map(|one| config.roles_of(&one.granted));
    Ok(is_here.then(|| granted.collect()))
}

/// The cookie of an officer's session. It ends with the browser; the row ends it before.
pub(super) fn session_cookie(broker: &Broker, token: &str) -> HostCookie {
    cookie::host(broker.site.cookie_name(COOKIE), token)
}

/// Takes the cookie away.
pub(super) fn no_session_cookie(broker: &Broker) -> HostCookie {
    cookie::remove(broker.site.cookie_name(COOKIE))
}
