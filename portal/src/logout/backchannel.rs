//! `POST /odhlaseni/backchannel`: the broker ended a session (OpenID Connect Back-Channel Logout 1.0, section 2.5).
//!
//! The token counts once. Its name is remembered and the sessions end in one transaction; where Redis keeps the names,
//! a failure forgets the name again, so that the broker's next try counts.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use store::{Db, ShortLived, StorageError};
use web::form::Form;
use web::policy::ClientAddress;
use web::{Clock, Problem};

use super::Departed;
use crate::broker::{Broker, LogoutToken, LogoutTokenError, LogoutTokenRefusal};
use crate::errors::{LOGOUT_TOKEN_REFUSED, stored};
use crate::session::{EndedBy, Sessions};
use crate::storage::portal_session;

/// What the broker's word needs.
#[derive(Debug, Clone)]
pub struct Backchannel {
    /// The database.
    pub db: Db,
    /// The names of the tokens that were used.
    pub short_lived: ShortLived,
    /// The sessions.
    pub sessions: Sessions,
    /// Sessions of the broker that ended a moment ago.
    pub departed: Departed,
    /// The broker.
    pub broker: Broker,
    /// The time.
    pub clock: Clock,
}

/// The broker's form.
#[derive(Debug, Deserialize)]
pub struct Notice {
    #[serde(default)]
    logout_token: String,
}

/// Ends the sessions a logout token names.
pub async fn post(
    State(backchannel): State<Backchannel>,
    from: ClientAddress,
    Form(notice): Form<Notice>,
) -> Response {
    let now = backchannel.clock.now();
    match backchannel.receive(&notice.logout_token, from, now).await {
        Ok(()) => (
            StatusCode::OK,
            [(CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        )
            .into_response(),
        Err(problem) => problem
            .json()
            .header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .into_response(),
    }
}

impl Backchannel {
    async fn receive(
        &self,
        token: &str,
        from: ClientAddress,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let refusal = match self.broker.check_logout_token(token, now).await {
            Ok(token) => {
                if self.end(&token, now).await.map_err(stored)? {
                    return Ok(());
                }
                LogoutTokenRefusal::Replayed
            }
            Err(LogoutTokenError::Broker(error)) => return Err(error.into()),
            Err(LogoutTokenError::Refused(refusal)) => refusal,
        };
        let details = json!({"reason": refusal.to_string()});
        self.sessions
            .record_refusal("logout_token.refused", details, from, now)
            .await
            .map_err(stored)?;
        Err(Problem::new(&LOGOUT_TOKEN_REFUSED).because(refusal))
    }

    /// False when the token was used before.
    async fn end(&self, token: &LogoutToken, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let name = format!("logout-jti:{}", token.jti);
        let mut tx = self.db.begin().await?;
        if !self
            .short_lived
            .within(&mut tx)
            .put_if_absent(&name, b"", token.until - now, now)
            .await?
        {
            return Ok(false);
        }
        let ended = async {
            let ended = match (&token.sid, &token.subject) {
                (Some(sid), subject) => {
                    self.departed.add(&mut tx, sid, now).await?;
                    portal_session::end_by_broker_sid(
                        &mut tx,
                        sid,
                        subject.as_deref(),
                        EndedBy::Broker,
                        now,
                    )
                    .await?
                }
                (None, Some(subject)) => {
                    self.departed
                        .add_all_of(&mut tx, subject, token.issued_at, now)
                        .await?;
                    portal_session::end_by_subject(&mut tx, subject, None, EndedBy::Broker, now)
                        .await?
                }
                (None, None) => Vec::new(),
            };
            let subject = token.subject.as_deref();
            for id in &ended {
                self.sessions
                    .record_end(&mut tx, *id, subject, EndedBy::Broker, now)
                    .await?;
            }
            tx.commit().await
        };
        if let Err(error) = ended.await {
            self.short_lived.remove(&name).await?;
            return Err(error);
        }
        Ok(true)
    }
}
