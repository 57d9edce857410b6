//! `POST /upstream/{provider}/backchannel-logout` and `POST /upstream/{provider}/events`: the provider itself, without any
//! browser, tells of the end of a session (OpenID Connect Back-Channel Logout 1.0) or of changed claims (Bank iD).
//!
//! 200: heard. 400: not acceptable, whyever: a stranger learns nothing. 429: too many of this address were refused. 500: try again. 504,
//! to a provider that wants to know it: sessions here ended, and some client has not heard of it yet; it will. No answer may
//! be cached.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Method as HttpMethod, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use federation::{Event, FactKind, Inbound, InboundKind, Refusal, ReplayKey, Reply, UpstreamError};
use serde_json::json;
use store::audit::{self as log, Actor};
use store::{StorageError, Tx};
use web::Problem;
use web::form::Path;

use super::admitted::Counted;
use super::answer::{answer, is_too_large};
use super::logout::{Outcome, Requested};
use crate::audit;
use crate::broker::Broker;
use crate::hash::subject_mark;
use crate::identity::{self, Report};
use crate::ids::AccountId;
use crate::oidc::backchannel;
use crate::storage::conflict::ConflictKind;
use crate::storage::{fact, upstream_link};

/// A logout token arrives.
#[tracing::instrument(name = "upstream.backchannel_logout", skip_all, fields(provider.id = %provider_id))]
pub(crate) async fn backchannel_logout(
    State(broker): State<Broker>,
    sender: Counted,
    Path(provider_id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let kind = InboundKind::BackchannelLogout;
    take(&broker, sender, &provider_id, kind, &headers, body).await
}

/// A notification arrives.
#[tracing::instrument(name = "upstream.events", skip_all, fields(provider.id = %provider_id))]
pub(crate) async fn events(
    State(broker): State<Broker>,
    sender: Counted,
    Path(provider_id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let kind = InboundKind::Notification;
    take(&broker, sender, &provider_id, kind, &headers, body).await
}

async fn take(
    broker: &Broker,
    sender: Counted,
    provider_id: &str,
    kind: InboundKind,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if let Some(trace) = trace(headers) {
        tracing::info!(trace.id = trace, "a provider pushes a message");
    }
    let status = match hear(broker, sender, provider_id, kind, headers, body).await {
        Ok(status) => status,
        Err(Stop::TooMany(problem)) => return problem.into_response(),
        Err(Stop::Storage(error)) => {
            tracing::error!(error = %error, "what a provider pushed could not be recorded");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    (status, [(CACHE_CONTROL, "no-store")]).into_response()
}

/// What Bank iD's support finds a message by (its reference, sections 3.3 and 8), when the header is nothing else.
fn trace(headers: &HeaderMap) -> Option<&str> {
    let told = headers.get("traceId")?.to_str().ok()?;
    let is_one = (1..=64).contains(&told.len()) && told.bytes().all(|b| b.is_ascii_alphanumeric());
    is_one.then_some(told)
}

/// Why nothing is told of a message.
enum Stop {
    /// Too many of this address were refused.
    TooMany(Problem),
    /// It could not be recorded.
    Storage(StorageError),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::TooMany(problem)
    }
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

async fn hear(
    broker: &Broker,
    sender: Counted,
    provider_id: &str,
    kind: InboundKind,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Stop> {
    let now = broker.clock.now();
    let Some(provider) = broker.providers.get(provider_id) else {
        sender.refused(broker)?;
        return Ok(StatusCode::NOT_FOUND);
    };
    let refused = match kind {
        InboundKind::Notification => "notification.refused",
        _ => "logout.refused",
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) if is_too_large(&rejection) => {
            sender.refused(broker)?;
            let details = json!({ "provider": provider_id, "reason": Refusal::TooLarge.code() });
            record(broker, refused, Actor::Anonymous, details, now).await?;
            return Ok(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Err(rejection) => {
            sender.refused(broker)?;
            return Ok(rejection.status());
        }
    };
    let message = Inbound {
        kind,
        answer: answer(&HttpMethod::POST, None, headers, &body),
    };
    let (events, reply) = match provider.receive(message, now).await {
        Ok(received) => received,
        Err(UpstreamError::Refused(refusal)) => {
            sender.refused(broker)?;
            let details = json!({ "provider": provider_id, "reason": refusal.code() });
            record(broker, refused, Actor::Anonymous, details, now).await?;
            return Ok(StatusCode::BAD_REQUEST);
        }
        // The keys are not at hand: the provider should try again.
        Err(error) => {
            sender.refused(broker)?;
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what a provider pushed cannot be verified now"
            );
            return Ok(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    let mut at_clients = Vec::new();
    let (mut is_new, mut is_replayed) = (false, false);
    let mut replayed = Vec::new();
    for event in events {
        let heard = match event {
            Event::LogoutRequested {
                realm,
                sessions,
                replay_keys,
            } => {
                let requested = Requested {
                    provider_id: provider_id.to_owned(),
                    realm,
                    sessions,
                    replay_keys,
                };
                // A session that is over already is what the provider wants (section 2.8).
                match requested.end(broker, now).await? {
                    Outcome::Ended(sessions) => {
                        at_clients.extend(sessions);
                        true
                    }
                    Outcome::NoSession => true,
                    Outcome::Replayed => {
                        replayed.push(requested);
                        false
                    }
                }
            }
            event @ Event::ClaimsChanged { .. } => note(broker, provider_id, &event, now).await?,
            _ => true,
        };
        is_new |= heard;
        is_replayed |= !heard;
    }
    // A message of which only some could be recorded comes again: what was heard of it is passed over. One that brings nothing
    // new is a replay.
    if is_replayed && !is_new {
        sender.refused(broker)?;
        for requested in replayed {
            requested.record_replay(broker, now).await?;
        }
        if kind == InboundKind::Notification {
            let actor = Actor::Provider(provider_id.to_owned());
            let details = json!({ "provider": provider_id, "reason": "replayed" });
            record(broker, refused, actor, details, now).await?;
        }
        return Ok(StatusCode::BAD_REQUEST);
    }
    if reply == Reply::Passed && !backchannel::have_heard(broker, &at_clients).await? {
        return Ok(StatusCode::GATEWAY_TIMEOUT);
    }
    Ok(StatusCode::OK)
}

/// Notes that a person's claims changed, on the link and in the officers' queue. `false`: it was heard before.
pub(super) async fn note(
    broker: &Broker,
    provider_id: &str,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let Event::ClaimsChanged { replay_keys, .. } = event else {
        return Ok(true);
    };
    let mut tx = broker.db.begin().await?;
    if !remember(broker, &mut tx, replay_keys, now).await? {
        return Ok(false);
    }
    let noted = note_change(broker, tx, provider_id, event, now).await;
    if noted.is_err() {
        forget(broker, replay_keys).await;
    }
    noted.map(|()| true)
}

async fn note_change(
    broker: &Broker,
    mut tx: Tx,
    provider_id: &str,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let Event::ClaimsChanged {
        realm,
        subject,
        claims,
        kinds,
        grave,
        ..
    } = event
    else {
        return Ok(());
    };
    // Whoever never logged in here, or unlinked since, is nobody to us.
    if let Some(link) =
        upstream_link::find_by_subject(&mut tx, realm.as_str(), subject.as_str()).await?
    {
        upstream_link::mark_stale(&mut tx, link.upstream_link_id, now).await?;
        let event = log::Event {
            kind: "link.claims-changed",
            actor: Actor::Provider(provider_id.to_owned()),
            subject: Some(link.account_id.uuid()),
            details: json!({
                "provider": provider_id, "link": link.upstream_link_id, "claims": claims, "grave": grave,
            }),
        };
        audit::record(broker, &mut tx, event, now).await?;
        let kinds = concerning(broker, &mut tx, link.account_id, kinds, now).await?;
        let report = Report {
            kind: if *grave {
                ConflictKind::GraveChange
            } else {
                ConflictKind::LinkStale
            },
            account_id: link.account_id,
            provider: provider_id,
            realm: realm.as_str(),
            subject: subject.as_str(),
            claims,
            kinds: &kinds,
            assertion: None,
        };
        identity::report(broker, &mut tx, report, now).await?;
    } else {
        // It may name somebody by an identifier that we are yet to hear of: whoever looks for it later finds the notice.
        let details = json!({
            "provider": provider_id, "claims": claims, "grave": grave,
            "subject": subject_mark(&broker.master_key, realm.as_str(), subject.as_str()),
        });
        let actor = Actor::Provider(provider_id.to_owned());
        let event = log::Event {
            kind: "notification.of-nobody",
            actor,
            subject: None,
            details,
        };
        audit::record(broker, &mut tx, event, now).await?;
    }
    tx.commit().await
}

/// Of kinds that changed at the provider those that concern us: what is asked by name alone only where we hold it, or a notice of a
/// change would have it asked without anybody's need.
async fn concerning(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    kinds: &[FactKind],
    now: DateTime<Utc>,
) -> Result<Vec<FactKind>, StorageError> {
    let mut kinds = kinds.to_vec();
    if kinds.iter().any(|kind| kind.is_by_name_alone()) {
        let held = fact::list_current(tx, &broker.master_key, account_id, now).await?;
        let is_held = |kind: &FactKind| held.iter().any(|fact| fact.kind == *kind);
        kinds.retain(|kind| !kind.is_by_name_alone() || is_held(kind));
    }
    Ok(kinds)
}

/// Forgets what was remembered of a message that could not be recorded after all, so that it may come again. The database does
/// so with the transaction; Redis knows nothing of it.
pub(super) async fn forget(broker: &Broker, keys: &[ReplayKey]) {
    for key in keys {
        if let Err(error) = broker.short_lived.remove(&name_of(key)).await {
            tracing::warn!(error = %error, "a message that was not recorded will count as heard");
        }
    }
}

fn name_of(key: &ReplayKey) -> String {
    format!("replay:{}", key.key)
}

/// Remembers what must never be seen again. `false`: it was.
pub(super) async fn remember(
    broker: &Broker,
    tx: &mut Tx,
    keys: &[ReplayKey],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    for key in keys {
        let ttl = (key.until - now).max(Duration::seconds(1));
        let mut store = broker.short_lived.within(tx);
        if !store
            .put_if_absent(&name_of(key), b"pushed", ttl, now)
            .await?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn record(
    broker: &Broker,
    kind: &'static str,
    actor: Actor,
    details: serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = log::Event {
        kind,
        actor,
        subject: None,
        details,
    };
    audit::record_alone(broker, event, now).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_trace_is_letters_and_digits_and_nothing_else_reaches_the_log() {
        let of = |told: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceid", HeaderValue::from_str(told).unwrap());
            trace(&headers).map(str::to_owned)
        };

        assert_eq!(of("1a2B3c4D5e6F7g8H").as_deref(), Some("1a2B3c4D5e6F7g8H"));
        for told in ["", "a b", "a=b", "\"x\"", &"a".repeat(65)] {
            assert_eq!(of(told), None, "{told}");
        }
        assert_eq!(trace(&HeaderMap::new()), None);
    }
}
