//! What Bank iD tells services unasked: claims that changed, logouts elsewhere.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::header;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::Failure;
use crate::oidc::answer::STRANGER;
use crate::oidc::client::{Client, UserinfoForm};
use crate::oidc::draft::{Algorithm, Draft, Signer};
use crate::oidc::jose;
use crate::random;
use crate::world::World;

/// Older notices are forgotten.
const KEPT: usize = 50;
/// OpenID Connect Back-Channel Logout 1.0, 2.4.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What is wrong with a notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// One bit of the signature is changed.
    BadSignature,
    /// Signed with a key nobody has heard of.
    ForeignKey,
    /// Unsigned.
    AlgNone,
    /// Of another issuer.
    WrongIss,
    /// For another client.
    OtherClient,
    /// The same message as the last one.
    Repeated,
    /// Made an hour ago.
    Old,
    /// Without `jti`.
    NoJti,
    /// Without `events`.
    NoEvents,
    /// With a `nonce`, as if it were an ID token (logout only).
    Nonce,
}

impl Flaw {
    /// All of them, in Czech.
    pub const ALL: [(Self, &'static str, &'static str); 11] = [
        (Self::None, "none", "nic, zpráva je v pořádku"),
        (Self::BadSignature, "bad_signature", "poškozený podpis"),
        (Self::ForeignKey, "foreign_key", "podpis cizím klíčem"),
        (Self::AlgNone, "alg_none", "bez podpisu"),
        (Self::WrongIss, "wrong_iss", "jiný vydavatel"),
        (Self::OtherClient, "other_client", "pro jinou aplikaci"),
        (Self::Repeated, "repeated", "tatáž zpráva podruhé"),
        (Self::Old, "old", "hodinu stará"),
        (Self::NoJti, "no_jti", "bez jti"),
        (Self::NoEvents, "no_events", "bez událostí"),
        (Self::Nonce, "nonce", "odhlášení s nonce"),
    ];
}

/// A notice that was sent.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// When.
    pub at: DateTime<Utc>,
    /// `claims_updated` or `logout`
    pub kind: &'static str,
    /// To whom.
    pub client_id: String,
    /// About whom.
    pub flaw: Flaw,
    /// What the client answered; nothing when it could not be reached.
    pub status: Option<u16>,
    /// The message, for sending it again.
    #[serde(skip)]
    message: String,
}

/// All notices.
#[derive(Debug, Default)]
pub struct Notices(Mutex<VecDeque<Notice>>);

impl Notices {
    /// The latest first.
    pub fn list(&self) -> Vec<Notice> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    fn note(&self, notice: Notice) {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notices.push_front(notice);
        notices.truncate(KEPT);
    }

    fn last(&self, kind: &str, client_id: &str) -> Option<String> {
        let notices = self.list();
        let last = notices
            .iter()
            .find(|one| one.kind == kind && one.client_id == client_id);
        last.map(|notice| notice.message.clone())
    }
}

/// The message about changed claims of a subject.
pub async fn claims_updated(
    world: &World,
    client: &Client,
    subject: &str,
    claims: &[String],
    flaw: Flaw,
) -> Result<String, Failure> {
    let whose = if flaw == Flaw::OtherClient {
        "somebody-else"
    } else {
        &client.client_id
    };
    let event = json!({
        "type": "claims_updated",
        "original_event_at": world.clock().now().to_rfc3339(),
        "sub": subject,
        "affected_client_ids": [whose],
        "affected_claims": claims,
    });
    let mut said = Map::new();
    said.insert("events".to_owned(), json!([event]));
    protect(world, client, said, flaw).await
}

/// The message about a logout of a subject.
pub async fn logout_token(
    world: &World,
    client: &Client,
    subject: &str,
    flaw: Flaw,
) -> Result<String, Failure> {
    let whose = if flaw == Flaw::OtherClient {
        "somebody-else"
    } else {
        &client.client_id
    };
    let said = json!({ "sub": subject, "aud": whose, "events": { LOGOUT_EVENT: {} } });
    let mut said = said.as_object().cloned().unwrap_or_default();
    if flaw == Flaw::Nonce {
        said.insert("nonce".to_owned(), json!("a-nonce"));
    }
    protect(world, client, said, flaw).await
}

/// Tells about changed claims; `as_form` is how an older example reads it.
pub async fn send_claims_updated(
    world: &World,
    client: &Client,
    message: String,
    flaw: Flaw,
    as_form: bool,
) -> Notice {
    let message = repeated(world, "claims_updated", client, message, flaw);
    let uri = client.notification_uri.as_deref().unwrap_or_default();
    let call = world.bank_id().provider.clients.http().post(uri);
    let call = if as_form {
        call.form(&[("notification_token", &message)])
    } else {
        call.header(header::CONTENT_TYPE, "application/jwe")
            .body(message.clone())
    };
    send(world, "claims_updated", client, call, message, flaw).await
}

/// Tells about a logout.
pub async fn send_logout(world: &World, client: &Client, token: String, flaw: Flaw) -> Notice {
    let token = repeated(world, "logout", client, token, flaw);
    let uri = client.backchannel_logout_uri.as_deref().unwrap_or_default();
    let http = world.bank_id().provider.clients.http();
    let call = http.post(uri).form(&[("logout_token", &token)]);
    send(world, "logout", client, call, token, flaw).await
}

fn repeated(world: &World, kind: &str, client: &Client, fresh: String, flaw: Flaw) -> String {
    if flaw != Flaw::Repeated {
        return fresh;
    }
    let notices = &world.bank_id().notices;
    notices.last(kind, &client.client_id).unwrap_or(fresh)
}

async fn send(
    world: &World,
    kind: &'static str,
    client: &Client,
    call: reqwest::RequestBuilder,
    message: String,
    flaw: Flaw,
) -> Notice {
    let trace = random::hex().unwrap_or_default();
    let answer = call
        .header("traceId", trace.get(..16).unwrap_or_default())
        .send()
        .await;
    let status = match answer {
        Ok(answer) => Some(answer.status().as_u16()),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "bank_id.notice_failed"
            );
            None
        }
    };
    tracing::info!(
        kind,
        client.id = client.client_id,
        http.status = status,
        "bank_id.notice"
    );
    let notice = Notice {
        at: world.clock().now(),
        kind,
        client_id: client.client_id.clone(),
        flaw,
        status,
        message,
    };
    world.bank_id().notices.note(notice.clone());
    notice
}

/// Signs, and encrypts for clients that want it.
async fn protect(
    world: &World,
    client: &Client,
    claims: Map<String, Value>,
    flaw: Flaw,
) -> Result<String, Failure> {
    let provider = &world.bank_id().provider;
    let mut draft = provider.draft(claims);
    draft.say("jti", random::uuid()?.to_string());
    spoil(flaw, &mut draft);
    let recipient = if client.userinfo == UserinfoForm::Encrypted {
        provider.clients.encryption_key(client).await.ok()
    } else {
        None
    };
    let (world, transport) = (world.clone(), client.encryption_alg);
    tokio::task::spawn_blocking(move || {
        let signed = jose::sign(&draft, &world.bank_id().provider.keys)?;
        match recipient {
            Some(recipient) => jose::encrypt(&signed, &recipient, transport, true),
            None => Ok(signed),
        }
    })
    .await?
}

fn spoil(flaw: Flaw, draft: &mut Draft) {
    match flaw {
        Flaw::BadSignature => draft.damaged = true,
        Flaw::ForeignKey => draft.signer = Signer::Stranger,
        Flaw::AlgNone => draft.algorithm = Algorithm::None,
        Flaw::WrongIss => draft.say("iss", STRANGER),
        Flaw::Old => draft.shift("iat", -TimeDelta::hours(1).num_seconds()),
        Flaw::NoJti => draft.leave_out("jti"),
        Flaw::NoEvents => draft.leave_out("events"),
        Flaw::None | Flaw::OtherClient | Flaw::Repeated | Flaw::Nonce => {}
    }
}
