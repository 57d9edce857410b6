//! Controls that all OpenID providers of the sandbox have: faults and registrations.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Provider;
use super::client::{AuthMethod, Client};
use super::fault::{Fault, Moment, Pending};
use crate::controls::caller::Reads;
use crate::error::Failure;
use crate::often::Often;
use crate::page;

/// Which provider is controlled.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Its state.
    pub provider: &'a Provider,
    /// Its name on pages.
    pub title: &'static str,
    /// Its part of the address: `bank_id`.
    pub folder: &'static str,
    /// Whether a fault can happen at it.
    pub knows: fn(Fault) -> bool,
}

#[derive(Debug, Template)]
#[template(path = "oidc/faults.html")]
struct FaultPage {
    title: &'static str,
    folder: &'static str,
    clients: Vec<Client>,
    waiting: Vec<Pending>,
    moments: Vec<(Moment, Vec<Fault>)>,
}

#[derive(Debug, Template)]
#[template(path = "oidc/clients.html")]
struct ClientPage {
    title: &'static str,
    folder: &'static str,
    clients: Vec<Client>,
}

/// What a caller wants to go wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    fault: String,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    percent: Option<u8>,
}

/// Whose faults are forgotten, or whose registration ends.
#[derive(Debug, Deserialize)]
pub struct ClientId {
    #[serde(default)]
    client_id: Option<String>,
}

/// Whether the old key stays published. A form sends text, JSON a boolean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    #[serde(default)]
    overlap: Option<Value>,
}

impl Whose<'_> {
    /// A new signing key.
    pub fn rotate(self, reads: Reads, rotation: &Rotation) -> Result<Response, Failure> {
        let without = [json!(false), json!("false"), json!("0")];
        let overlap = !rotation
            .overlap
            .as_ref()
            .is_some_and(|said| without.contains(said));
        let fresh = self.provider.keys.rotate(overlap)?;
        tracing::info!(
            provider = self.folder,
            key.id = fresh.name,
            overlap,
            "oidc.key_rotated"
        );
        let told = json!({ "kid": fresh.name, "overlap": overlap });
        Ok(reads.done("/_sandbox/", told))
    }

    /// Calls that came in lately, sessions that last, grants that live.
    pub fn journal(self) -> Value {
        json!({
            "calls": self.provider.journal.list(),
            "sessions": self.provider.sessions.list(),
            "grants": self.provider.grants.list(),
        })
    }

    /// All faults, and those that wait.
    pub fn faults(self, reads: Reads) -> Response {
        let waiting = self.provider.faults.list();
        let known = || {
            Fault::ALL
                .iter()
                .copied()
                .filter(|fault| (self.knows)(*fault))
        };
        if !reads.pages {
            let known: Vec<_> = known()
                .map(|fault| json!({ "fault": fault, "moment": fault.moment(), "expected": fault.expected(), "what": fault.czech() }))
                .collect();
            return Json(json!({ "waiting": waiting, "faults": known })).into_response();
        }
        let of = |moment| {
            let faults: Vec<_> = known().filter(|fault| fault.moment() == moment).collect();
            (moment, faults)
        };
        page::page(&FaultPage {
            title: self.title,
            folder: self.folder,
            clients: self.provider.clients.list(),
            waiting,
            moments: Moment::ALL
                .map(of)
                .into_iter()
                .filter(|(_, faults)| !faults.is_empty())
                .collect(),
        })
    }

    /// Sets the next fault.
    pub fn set_fault(self, reads: Reads, wish: Wish) -> Response {
        let fault = Fault::from_code(&wish.fault).filter(|fault| (self.knows)(*fault));
        let Some(fault) = fault else {
            return reads.refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("chyba {} zde neexistuje", wish.fault),
            );
        };
        let often = match Often::wished(wish.times, wish.percent) {
            Ok(often) => often,
            Err(reason) => return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason),
        };
        let pending = Pending {
            fault,
            // Whoever asks for a public document does not say who it is.
            client_id: wish
                .client_id
                .filter(|id| !id.is_empty() && fault.moment().is_of_login()),
            often,
        };
        tracing::info!(
            provider = self.folder,
            fault = fault.code(),
            client.id = pending.client_id,
            "oidc.fault_set"
        );
        self.provider.faults.set(pending.clone());
        reads.done(&self.page("fault"), pending)
    }

    /// Forgets waiting faults.
    pub fn clear_faults(self, reads: Reads, whose: &ClientId) -> Response {
        let client_id = whose.client_id.as_deref().filter(|id| !id.is_empty());
        self.provider.faults.clear(client_id);
        reads.done(&self.page("fault"), self.provider.faults.list())
    }

    /// Who is registered.
    pub fn clients(self, reads: Reads) -> Response {
        let clients = self.provider.clients.list();
        if !reads.pages {
            return Json(clients).into_response();
        }
        page::page(&ClientPage {
            title: self.title,
            folder: self.folder,
            clients,
        })
    }

    /// Registers one, or replaces its registration.
    pub fn register(self, reads: Reads, client: Client) -> Response {
        let can_prove_itself = match client.auth_method {
            AuthMethod::ClientSecretPost | AuthMethod::ClientSecretJwt => {
                client.client_secret.is_some()
            }
            AuthMethod::PrivateKeyJwt => client.jwks_uri.is_some(),
            AuthMethod::TlsClientAuth => {
                client.certificate_sha256.is_some() || client.certificate_file.is_some()
            }
        };
        if client.client_id.is_empty() || client.redirect_uris.is_empty() || !can_prove_itself {
            let reason = "registrace potřebuje client_id, redirect_uris a to, čím se aplikace prokáže: client_secret, jwks_uri, nebo certifikát";
            return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason);
        }
        tracing::info!(
            provider = self.folder,
            client.id = client.client_id,
            "oidc.client_registered"
        );
        self.provider.clients.register(client.clone());
        reads.done(&self.page("client"), client)
    }

    /// Takes one away.
    pub fn remove(self, reads: Reads, whose: &ClientId) -> Response {
        let client_id = whose.client_id.as_deref().unwrap_or_default();
        if !self.provider.clients.remove(client_id) {
            return reads.refused(StatusCode::NOT_FOUND, "taková aplikace není registrována");
        }
        reads.done(&self.page("client"), json!({ "removed": client_id }))
    }

    fn page(self, name: &str) -> String {
        format!("/_sandbox/{}/{name}", self.folder)
    }
}
