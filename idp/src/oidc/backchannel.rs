//! OpenID Connect Back-Channel Logout 1.0: each client with an address hears that its session ended, by a job that is
//! repeated until the client has heard or a day has passed.

use chrono::{DateTime, Duration, Utc};
use outbound::Guard;
use serde_json::{Value, json};
use store::jobs::{self, Claimed, Job};
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::ClientSessionId;
use crate::storage::client_session::{self, ClientSession};

/// The kind of the job.
pub const KIND: &str = "logout.backchannel";

/// A provider that wants to know whether our clients have heard waits five seconds for it.
const LOOKS: u32 = 100;
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(50);
/// A worker that dies is replaced after this.
const LEASE: Duration = Duration::minutes(2);
/// Logout tokens are short-lived (section 2.4: at most two minutes recommended).
const TOKEN_LIFETIME: i64 = 120;
/// Waits between tries. After the last one the session would have ended at the client by itself.
const WAITS: [Duration; 8] = [
    Duration::seconds(5),
    Duration::seconds(30),
    Duration::minutes(2),
    Duration::minutes(10),
    Duration::minutes(30),
    Duration::hours(2),
    Duration::hours(6),
    Duration::hours(12),
];

/// Enqueues a message for every ended session whose client has an address for it. Returns how many there are.
pub(crate) async fn announce(
    broker: &Broker,
    tx: &mut Tx,
    ended: &[ClientSession],
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut told = 0;
    for session in ended {
        let client = broker.clients.get(session.client_id.as_str());
        if client.is_none_or(|client| client.backchannel_logout_uri.is_none()) {
            continue;
        }
        let job = Job {
            kind: KIND,
            reference: session.client_session_id.to_string(),
            payload: json!({ "client_session": session.client_session_id }),
            due_at: now,
        };
        jobs::enqueue(tx, broker.random.uuid_v7(now), &job, now).await?;
        told += 1;
    }
    Ok(told)
}

/// Sends what is due. Returns how many messages were tried.
pub async fn work(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let claimed = jobs::claim(&broker.db, &[KIND], broker.random.uuid_v4(), now, LEASE).await?;
    let count = claimed.len();
    futures_util::future::join_all(claimed.into_iter().map(|job| deliver(broker, job))).await;
    Ok(count)
}

/// Sends at once and says whether the clients of these sessions have heard, for a provider that wants to know. `false`: one has
/// not heard at its first try, or not within a few seconds; it is tried again like every other.
pub(crate) async fn have_heard(
    broker: &Broker,
    sessions: &[ClientSessionId],
) -> Result<bool, StorageError> {
    // On its own: a message half sent goes on when the provider cannot wait for it. Another replica may be sending it, too.
    let own = broker.clone();
    tokio::spawn(async move { work(&own).await });
    for _ in 0..LOOKS {
        match tried(broker, sessions).await? {
            Some(have_heard) => return Ok(have_heard),
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
    Ok(false)
}

/// What came of the first tries. `None`: some are under way.
async fn tried(
    broker: &Broker,
    sessions: &[ClientSessionId],
) -> Result<Option<bool>, StorageError> {
    let mut tx = broker.db.read().await?;
    let mut are_under_way = false;
    for session in sessions {
        match jobs::find_undone(&mut tx, KIND, &session.to_string()).await? {
            Some(undone) if undone.failure.is_some() => return Ok(Some(false)),
            Some(_) => are_under_way = true,
            None => {}
        }
    }
    Ok((!are_under_way).then_some(true))
}

async fn deliver(broker: &Broker, job: Claimed) {
    if let Err(error) = try_deliver(broker, &job).await {
        // The lease runs out and the job is claimed again.
        let error: &dyn std::error::Error = &error;
        tracing::warn!(job.id = %job.id, error, "a back-channel logout could not be written down");
    }
}

async fn try_deliver(broker: &Broker, job: &Claimed) -> Result<(), StorageError> {
    let now = broker.clock.now();
    let result = send(broker, job, now).await;
    let mut tx = broker.db.begin().await?;
    match result {
        Ok(()) => jobs::finish(&mut tx, job).await?,
        Err(Undelivered::Never(why)) => {
            tracing::warn!(job.id = %job.id, error = why, "a client will not hear of a logout");
            jobs::give_up(&mut tx, job, &why, now).await?;
        }
        Err(Undelivered::Later(why)) => {
            let tried = usize::try_from(job.attempts)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            match WAITS.get(tried) {
                Some(wait) => {
                    tracing::info!(job.id = %job.id, error = why, "a client did not hear of a logout yet");
                    jobs::retry(&mut tx, job, &why, now + *wait).await?;
                }
                None => jobs::give_up(&mut tx, job, &why, now).await?,
            }
        }
    }
    tx.commit().await
}

enum Undelivered {
    /// The client may hear later.
    Later(String),
    /// Trying again changes nothing.
    Never(String),
}

async fn send(broker: &Broker, job: &Claimed, now: DateTime<Utc>) -> Result<(), Undelivered> {
    let later = |error: &dyn std::error::Error| Undelivered::Later(error.to_string());
    let id: ClientSessionId = job
        .payload
        .get("client_session")
        .cloned()
        .and_then(|id| serde_json::from_value(id).ok())
        .ok_or_else(|| Undelivered::Never("the job names no session".to_owned()))?;
    let mut tx = broker.db.read().await.map_err(|error| later(&error))?;
    let session = client_session::lookup(&mut tx, id)
        .await
        .map_err(|error| later(&error))?;
    drop(tx);
    let session = session.ok_or_else(|| Undelivered::Never("the session is gone".to_owned()))?;
    let client = broker.clients.get(session.client_id.as_str());
    let Some((client, uri)) =
        client.and_then(|client| Some((client.clone(), client.backchannel_logout_uri.clone()?)))
    else {
        return Err(Undelivered::Never(
            "the client has no address any more".to_owned(),
        ));
    };

    let claims = claims(broker, &client, &session, now);
    let token = broker
        .keys
        .sign(client.id_token_alg, "logout+jwt", &claims)
        .map_err(|error| later(&error))?;
    let target = broker
        .outbound
        .target(&format!("backchannel:{}", client.id));
    let answer = target
        .post_form(
            &uri,
            &[("logout_token", token)],
            outbound::Auth::None,
            Guard::Foreign,
        )
        .await;
    match answer {
        Ok(answer) if answer.status.is_success() => Ok(()),
        // Section 2.8: 400 when the client refuses. It may have been down halfway; a few more tries harm nobody.
        Ok(answer) => Err(Undelivered::Later(format!(
            "status {}",
            answer.status.as_u16()
        ))),
        Err(error) if error.outcome() == "forbidden" => {
            Err(Undelivered::Never(with_source(&error)))
        }
        Err(error) => Err(later(&error)),
    }
}

/// The logout token (section 2.4): never a nonce, fresh at every try.
fn claims(broker: &Broker, client: &Client, session: &ClientSession, now: DateTime<Utc>) -> Value {
    json!({
        "iss": broker.issuer.as_str(),
        "sub": session.sub,
        "aud": client.id,
        "iat": now.timestamp(),
        "exp": now.timestamp() + TOKEN_LIFETIME,
        "jti": broker.random.token(),
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        "sid": session.sid,
    })
}

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
