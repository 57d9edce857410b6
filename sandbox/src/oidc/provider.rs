//! What every OpenID provider of the sandbox remembers.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::authenticate::Used;
use super::client::{Client, Clients};
use super::draft::{Algorithm, Draft};
use super::fault::{Fault, Faults, Moment};
use super::form::Parameters;
use super::grant::{Grant, Grants};
use super::journal::{Entry, Journal};
use super::kept::Kept;
use super::keys::{Keys, Look};
use super::request;
use super::sso::SsoCookie;
use super::visit::Visit;
use super::{answer, jose};
use crate::clock::Clock;
use crate::error::{Failure, StartError};
use crate::random;

/// How long a person may look at the pages.
const VISIT: TimeDelta = TimeDelta::minutes(15);
/// How long a person stays logged in.
const SESSION: TimeDelta = TimeDelta::hours(8);
/// A description that a careless page shows as it is.
const UNKNOWN: &str = "<b>something</b> \"new\" & <script>alert(1)</script>";

/// A browser in which somebody is logged in.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// In the cookie.
    #[serde(skip)]
    pub id: String,
    /// Who.
    pub person: String,
    /// At which bank.
    pub place: Option<String>,
    /// When.
    pub proved_at: DateTime<Utc>,
    /// Clients that got an answer in it, with the subject they saw.
    pub participants: Vec<(String, String)>,
}

/// Keys, registrations and everything between a request and its answer.
#[derive(Debug)]
pub struct Provider {
    /// `iss`, with its slash.
    pub issuer: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Whether its headers name the key.
    pub names_keys: bool,
    /// The sandbox's time.
    pub clock: Clock,
    /// Signing keys.
    pub keys: Keys,
    /// Registered clients.
    pub clients: Clients,
    /// Assertions of clients that were taken.
    pub used: Used,
    /// Logins on their way.
    pub visits: Kept<Visit>,
    /// Codes and tokens.
    pub grants: Grants,
    /// Single sign-on.
    pub sessions: Kept<Session>,
    /// What shall go wrong next.
    pub faults: Faults,
    /// What came in lately.
    pub journal: Journal,
    /// The last code that was issued, for sending it again.
    last_code: Mutex<Option<String>>,
}

impl Provider {
    /// Reads or makes the keys in `folder` and registers clients.
    pub fn new(
        issuer: String,
        look: Look,
        clients: &[Client],
        folder: &Path,
        clock: Clock,
    ) -> Result<Self, StartError> {
        Ok(Self {
            issuer,
            algorithm: match look {
                Look::BankId => Algorithm::Ps512,
                Look::Nameless => Algorithm::Rs256,
            },
            names_keys: look == Look::BankId,
            clock,
            keys: Keys::open(folder, look)?,
            clients: Clients::new(clients),
            used: Used::default(),
            visits: Kept::new(VISIT),
            grants: Grants::new(match look {
                Look::BankId => TimeDelta::hours(1),
                Look::Nameless => TimeDelta::minutes(5),
            }),
            sessions: Kept::new(SESSION),
            faults: Faults::default(),
            journal: Journal::default(),
            last_code: Mutex::default(),
        })
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// An address of this provider.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// A login that is not too old.
    pub fn visit(&self, id: &str) -> Option<Visit> {
        self.visits.lookup(id, self.now()).map(|(_, visit)| visit)
    }

    /// Keeps what changed; the visit does not get younger.
    pub fn save(&self, visit: Visit) {
        let id = visit.id.clone();
        self.visits.change(&id, |kept| *kept = visit);
    }

    /// Changes a login with nobody in between; what came of it, and the login as it is then.
    pub fn change<T>(&self, id: &str, change: impl FnOnce(&mut Visit) -> T) -> Option<(T, Visit)> {
        let mut changed = None;
        self.visits.change(id, |visit| {
            let outcome = change(visit);
            changed = Some((outcome, visit.clone()));
        });
        changed
    }

    /// The session of a browser, if it is young enough.
    pub fn session(
        &self,
        cookie: SsoCookie,
        headers: &HeaderMap,
        max_age: Option<i64>,
    ) -> Option<Session> {
        let (_, session) = self.sessions.lookup(&cookie.read(headers)?, self.now())?;
        let age = (self.now() - session.proved_at).num_seconds();
        max_age.is_none_or(|limit| age <= limit).then_some(session)
    }

    /// Logs a person in; a former session of the browser ends.
    pub fn log_in(
        &self,
        cookie: SsoCookie,
        headers: &HeaderMap,
        person: &str,
        place: Option<&str>,
    ) -> Result<Session, Failure> {
        if let Some(former) = cookie.read(headers) {
            self.sessions.remove(&former);
        }
        let session = Session {
            id: random::hex()?,
            person: person.to_owned(),
            place: place.map(str::to_owned),
            proved_at: self.now(),
            participants: Vec::new(),
        };
        self.sessions
            .put(session.id.clone(), session.clone(), self.now());
        Ok(session)
    }

    /// What shall go wrong at a moment: what this login was told, else what waits.
    pub fn fault(&self, client_id: &str, of_login: Option<Fault>, moment: Moment) -> Option<Fault> {
        of_login
            .filter(|fault| fault.moment() == moment)
            .or_else(|| self.faults.take(client_id, moment))
    }

    /// A fault of an address that does not know who is asking.
    pub fn fault_for_anyone(&self, moment: Moment) -> Option<Fault> {
        self.faults.take("", moment)
    }

    /// The address that takes the browser back with a code; `None` when it shall stay here.
    pub fn way_back(&self, visit: &Visit, grant: Grant) -> Result<Option<String>, Failure> {
        let fault = self.fault(&grant.client_id, grant.fault, Moment::Answer);
        if fault == Some(Fault::NoAnswer) {
            return Ok(None);
        }
        if let Some(error) = fault.and_then(Fault::error) {
            let description = match fault {
                Some(Fault::UnknownError) => UNKNOWN,
                _ => "as the sandbox was told",
            };
            return Ok(Some(visit.request.error_address(error, description)));
        }
        let code = self.grants.code(grant, self.now())?;
        let former = self
            .last_code
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(code.clone());

        let state = visit.request.state.as_deref();
        let code = match fault {
            Some(Fault::ForeignCode) => "a-code-nobody-issued".to_owned(),
            Some(Fault::OldCode) => former.unwrap_or(code),
            _ => code,
        };
        let mut pairs = Vec::new();
        if fault != Some(Fault::NoCode) {
            pairs.push(("code", code.as_str()));
        }
        match (fault, state) {
            (Some(Fault::NoState), _) | (_, None) => {}
            (Some(Fault::WrongState), _) => pairs.push(("state", "a-state-of-another-login")),
            (_, Some(state)) => pairs.push(("state", state)),
        }
        match fault {
            Some(Fault::TwoStates) => pairs.push(("state", "a-state-of-another-login")),
            Some(Fault::CodeAndError) => pairs.push(("error", "access_denied")),
            Some(Fault::AnswerIss) => pairs.push(("iss", answer::STRANGER)),
            _ => {}
        }
        Ok(Some(request::address(&visit.request.redirect_uri, &pairs)))
    }

    /// A signed message with what every message says.
    pub fn draft(&self, claims: Map<String, Value>) -> Draft {
        let mut draft = Draft::new(claims, self.algorithm, self.names_keys);
        draft.say("iss", self.issuer.as_str());
        draft.say("iat", self.now().timestamp());
        draft
    }

    /// The ID token of a grant, with one thing wrong perhaps. `further` is what this provider says besides.
    pub fn id_token(
        &self,
        grant: &Grant,
        lifetime: TimeDelta,
        further: Map<String, Value>,
        fault: Option<Fault>,
    ) -> Result<String, Failure> {
        if fault == Some(Fault::RotatedKey) {
            self.keys.rotate(true)?;
        }
        let mut draft = self.draft(further);
        draft.say("sub", grant.subject.as_str());
        draft.say("aud", grant.client_id.as_str());
        draft.say("exp", (self.now() + lifetime).timestamp());
        draft.say("auth_time", grant.proved_at.timestamp());
        draft.say("jti", random::uuid()?.to_string());
        if let Some(nonce) = &grant.nonce {
            draft.say("nonce", nonce.as_str());
        }
        draft.secret = self
            .clients
            .lookup(&grant.client_id)
            .and_then(|client| client.client_secret);
        if let Some(fault) = fault {
            answer::spoil_id_token(fault, &mut draft);
        }
        jose::sign(&draft, &self.keys)
    }

    /// The body of a token answer.
    pub fn token_body(
        &self,
        grant: &Grant,
        access_token: &str,
        id_token: &str,
        refresh_token: Option<&str>,
        fault: Option<Fault>,
    ) -> Value {
        let scope = if fault == Some(Fault::LessScope) {
            "openid".to_owned()
        } else {
            grant.scopes.join(" ")
        };
        let mut body = json!({
            "access_token": access_token,
            "token_type": if fault == Some(Fault::TokenType) { "mac" } else { "Bearer" },
            "expires_in": self.grants.access_lifetime().num_seconds() - 1,
            "id_token": id_token,
            "scope": scope,
        });
        if let Some(members) = body.as_object_mut() {
            if let Some(token) = refresh_token {
                members.insert("refresh_token".to_owned(), json!(token));
            }
            match fault {
                Some(Fault::NoIdToken) => {
                    members.remove("id_token");
                }
                Some(Fault::NoAccessToken) => {
                    members.remove("access_token");
                }
                _ => {}
            }
        }
        body
    }

    /// The claims of an ID token of ours, also of one that has expired. For hints.
    pub fn own_token(&self, token: &str) -> Option<Map<String, Value>> {
        let keys: Vec<_> = self.keys.own().iter().map(|key| key.jwk.clone()).collect();
        let public: Vec<_> = keys
            .iter()
            .filter_map(|key| key.to_public_key().ok())
            .collect();
        let algorithm = match self.algorithm {
            Algorithm::Rs256 => "RS256",
            _ => "PS512",
        };
        jose::verify(token, &public, &[algorithm])
    }

    /// Notes a call.
    pub fn note(&self, endpoint: &'static str, parameters: &Parameters, outcome: &str) {
        self.journal.note(Entry {
            at: self.now(),
            endpoint,
            client_id: parameters.get("client_id").map(str::to_owned),
            outcome: outcome.to_owned(),
            parameters: parameters.shown(),
        });
    }
}
