//! `GET` and `POST /upstream/{provider}/logout`: a provider answers a logout of ours, or tells of one of its own.
//!
//! An answer proves nothing and changes nothing; it only leads to the page that we kept for this departure. A logout
//! request counts when it is signed and meets a session here; then our session ends, its clients hear of it, and the
//! provider gets its reply. With nothing at all, the page says "signed out".
//! An answer that is refused leads the browser that signed out here to a page that says both.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method as HttpMethod};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{
    Correlation, Event, Inbound, InboundKind, Realm, Refusal, ReplayKey, Reply, UpstreamError,
    UpstreamSession,
};
use serde_json::json;
use store::audit::{self as log, Actor};
use store::{StorageError, Tx};
use tracing::Instrument as _;
use web::Problem;
use web::form::Path;

use super::admitted::Counted;
use super::answer::{answer, is_too_large};
use super::pushed::{forget, remember};
use crate::audit;
use crate::broker::Broker;
use crate::ids::ClientSessionId;
use crate::login::depart::send;
use crate::login::kept::{Errand, Logins};
use crate::login::problems::{self, Trouble};
use crate::oidc::logout::{DONE, doubted_at};
use crate::session::{self, Ending};
use crate::staff;
use crate::storage::browser_session::EndReason;
use crate::storage::{authentication, browser_session, client_session};

/// A message about logout arrives.
#[tracing::instrument(name = "upstream.logout", skip_all, fields(provider.id = %provider_id))]
pub(crate) async fn receive(
    State(broker): State<Broker>,
    sender: Counted,
    Path(provider_id): Path<String>,
    method: HttpMethod,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let Some(provider) = broker.providers.get(&provider_id) else {
        sender.refused(&broker)?;
        return Err((&problems::PROVIDER_UNKNOWN).into());
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) if is_too_large(&rejection) => {
            sender.refused(&broker)?;
            record_refusal(&broker, &provider_id, Refusal::TooLarge.code(), now).await?;
            return Err((&web::problem::TOO_LARGE).into());
        }
        Err(rejection) => {
            sender.refused(&broker)?;
            return Ok(rejection.into_response());
        }
    };
    let message = Inbound {
        kind: InboundKind::Logout,
        answer: answer(&method, query, &headers, &body),
    };
    let (events, reply) = match provider.receive(message.clone(), now).await {
        Ok(received) => received,
        Err(UpstreamError::Refused(Refusal::MessageMissing)) => {
            sender.refused(&broker)?;
            return Ok(Redirect::to(DONE).into_response());
        }
        Err(error) => {
            sender.refused(&broker)?;
            let answered = provider.answered_logout(&message);
            return refuse(&broker, &provider_id, error, answered, now).await;
        }
    };
    for event in events {
        match event {
            Event::LogoutReturned { correlation } => {
                // It proves nothing, whoever sent it.
                sender.refused(&broker)?;
                return Ok(returned(&broker, &provider_id, &correlation, now).await);
            }
            Event::LogoutRequested {
                realm,
                sessions,
                replay_keys,
            } => {
                let requested = Requested {
                    provider_id: provider_id.clone(),
                    realm,
                    sessions,
                    replay_keys,
                };
                match requested.end(&broker, now).await? {
                    Outcome::Ended(_) => {}
                    Outcome::NoSession => return Err((&problems::LOGOUT_REFUSED).into()),
                    Outcome::Replayed => {
                        sender.refused(&broker)?;
                        requested.record_replay(&broker, now).await?;
                        return Err((&problems::LOGOUT_REFUSED).into());
                    }
                }
            }
            _ => {}
        }
    }
    match reply {
        Reply::Send(reply) => Ok(send(reply, &provider_id)),
        Reply::Nothing | Reply::Passed => Ok(Redirect::to(DONE).into_response()),
    }
}

/// The browser is back from a logout that we started: on to where it was going. Nobody else's departure is taken.
async fn returned(
    broker: &Broker,
    provider_id: &str,
    correlation: &Correlation,
    now: DateTime<Utc>,
) -> Response {
    let logins = Logins(&broker.short_lived);
    let then = match logins.find_departure(correlation, now).await {
        Ok(Some(departed)) if departed.provider == provider_id => match departed.errand {
            Errand::Logout { then } => then,
            Errand::Login { .. } => DONE.to_owned(),
        },
        _ => DONE.to_owned(),
    };
    Redirect::to(&then).into_response()
}

/// What came of a request to end sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Every browser session that one of the upstream's sessions stands behind has ended, and with them these at clients.
    Ended(Vec<ClientSessionId>),
    /// There was none behind any of them.
    NoSession,
    /// The message was here before; nothing is recorded yet.
    Replayed,
}

/// A request of a provider to end sessions.
#[derive(Clone)]
pub(super) struct Requested {
    pub(super) provider_id: String,
    pub(super) realm: Realm,
    pub(super) sessions: Vec<UpstreamSession>,
    pub(super) replay_keys: Vec<ReplayKey>,
}

impl Requested {
    /// Ends every browser session that one of the upstream's sessions stands behind. The message counts once, however many
    /// sessions it names, and a session that nobody here knows does not keep the others alive.
    pub(super) async fn end(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<Outcome, StorageError> {
        // In a task of its own: whoever hangs up in the middle must not leave a message that counts as heard, where the store is Redis.
        let (requested, broker) = (self.clone(), broker.clone());
        let ended = async move {
            let mut tx = broker.db.begin().await?;
            if !remember(&broker, &mut tx, &requested.replay_keys, now).await? {
                return Ok(Outcome::Replayed);
            }
            let ended = requested.end_remembered(&broker, tx, now).await;
            if ended.is_err() {
                forget(&broker, &requested.replay_keys).await;
            }
            ended
        };
        tokio::spawn(ended.in_current_span())
            .await
            .map_err(StorageError::broken)?
    }

    async fn end_remembered(
        &self,
        broker: &Broker,
        mut tx: Tx,
        now: DateTime<Utc>,
    ) -> Result<Outcome, StorageError> {
        let (random, provider) = (&broker.random, self.provider_id.as_str());
        let (mut ids, mut officers) = (BTreeSet::new(), 0);
        for session in &self.sessions {
            let found =
                authentication::find_browser_sessions(&mut tx, &self.realm, session, now).await?;
            ids.extend(found);
            officers +=
                staff::end_upstream(random, &mut tx, provider, &self.realm, session, now).await?;
        }
        if ids.is_empty() && officers == 0 {
            // What was remembered stays: the message counts once, whatever it met.
            tx.commit().await?;
            self.refused(broker, "logout.refused.no-session", now)
                .await?;
            return Ok(Outcome::NoSession);
        }
        let mut at_clients = Vec::new();
        for id in ids {
            let open = client_session::list_open(&mut tx, id).await?;
            at_clients.extend(open.into_iter().map(|session| session.client_session_id));
            let Some(session) = browser_session::lookup(&mut tx, id, now).await? else {
                continue;
            };
            let ending = Ending {
                browser_session_id: id,
                account_id: session.account_id,
                reason: EndReason::UpstreamLogout,
                actor: Actor::Provider(self.provider_id.clone()),
            };
            session::end(broker, &mut tx, ending, now).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Ended(at_clients))
    }

    /// Records that the message was here before.
    pub(super) async fn record_replay(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.refused(broker, "logout.refused.replayed", now).await
    }

    async fn refused(
        &self,
        broker: &Broker,
        kind: &'static str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let event = log::Event {
            kind,
            actor: Actor::Provider(self.provider_id.clone()),
            subject: None,
            details: json!({ "provider": self.provider_id }),
        };
        audit::record_alone(broker, event, now).await
    }
}

/// No session ends, and the page says nothing about why (S18). An answer to a logout of ours comes when the session here has
/// ended already: on to where its browser is told so.
async fn refuse(
    broker: &Broker,
    provider_id: &str,
    error: UpstreamError,
    answered: Option<Correlation>,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let reason = match &error {
        UpstreamError::Refused(refusal) => refusal.code(),
        _ => "unreadable",
    };
    record_refusal(broker, provider_id, reason, now).await?;
    if let Some(correlation) = answered {
        return Ok(Redirect::to(&doubted_at(&correlation)).into_response());
    }
    Err(Problem::new(&problems::LOGOUT_REFUSED)
        .because(error)
        .into())
}

async fn record_refusal(
    broker: &Broker,
    provider_id: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = log::Event {
        kind: "logout.refused",
        actor: Actor::Anonymous,
        subject: None,
        details: json!({ "provider": provider_id, "reason": reason }),
    };
    audit::record_alone(broker, event, now).await
}
