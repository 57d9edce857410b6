//! Bank iD for tests: an issuer with a final slash, PS512, a list of banks, and whatever person a test says is coming.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use url::Url;
use web::Random;

use crate::broker::noon;

/// The client that our broker is there.
pub const CLIENT: &str = "city-identity";
/// One bank of the list.
pub const VLTAVSKA: (&str, &str) = ("7fd8a1d5-6d3c-4a1f-9b66-0c0f4e9a2b11", "Vltavská banka");
/// Another one.
pub const KRUMLOVSKA: (&str, &str) = (
    "7fd8a1d5-6d3c-4a1f-9b66-0c0f4e9a2b12",
    "Krumlovská spořitelna",
);

/// Bank iD on a free port of this machine.
#[derive(Debug)]
pub struct FakeBankId {
    /// Its issuer, the final slash included.
    pub issuer: String,
    /// What the names of its messages end in. Tests share one Redis, which remembers names by issuer, and ports come again.
    instance: String,
    world: Arc<Mutex<World>>,
    running: JoinHandle<()>,
}

/// What it does and what it was asked.
#[derive(Debug)]
pub struct World {
    /// The banks that its list names.
    pub banks: Vec<(&'static str, &'static str)>,
    /// The status of its list.
    pub list_status: u16,
    /// Whether its token endpoint is out of order.
    pub is_out: bool,
    /// The status and the word by which its token endpoint refuses everybody.
    pub refuses: Option<(u16, &'static str)>,
    /// Where the list says that logos are, by bank.
    pub logos: BTreeMap<&'static str, String>,
    /// What `/logo/{name}` answers, by name: type and body. Others are not there.
    pub pictures: BTreeMap<&'static str, (&'static str, Vec<u8>)>,
    /// The names of the logos that were asked for so far.
    pub drawn: Vec<String>,
    /// Who comes next: the claims of their ID token besides the usual ones.
    pub id_token: Value,
    /// What userinfo says of them.
    pub userinfo: Value,
    /// What profile says besides.
    pub profile: Value,
    /// The scopes that people agree to; `None`: it does not say.
    pub granted: Option<&'static str>,
    /// The time of its tokens.
    pub now: DateTime<Utc>,
    /// The authorization requests so far.
    pub asked: Vec<BTreeMap<String, String>>,
    counter: u64,
}

type Shared = Arc<Mutex<World>>;

static KEY: LazyLock<PKey<Private>> =
    LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());

impl FakeBankId {
    /// One with two banks, at which Žofie Řehořová comes by.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/bank_id/", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World {
            banks: vec![VLTAVSKA, KRUMLOVSKA],
            list_status: 200,
            is_out: false,
            refuses: None,
            logos: BTreeMap::new(),
            pictures: BTreeMap::new(),
            drawn: Vec::new(),
            id_token: json!({ "sub": "zofie" }),
            userinfo: person("zofie"),
            profile: json!({}),
            granted: None,
            now: noon(),
            asked: Vec::new(),
            counter: 0,
        }));
        let at = issuer.clone();
        let discovery = get(async move || Json(discovery(&at)));
        let at = issuer.clone();
        let token = async move |State(world): State<Shared>, Form(form): Form<Asked>| {
            token(&at, &world, &form)
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", discovery)
            .route("/.well-known/jwks", get(jwks))
            .route("/api/v1/banks", get(banks))
            .route("/logo/{name}", get(logo))
            .route("/auth", get(auth))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/profile", get(profile))
            .with_state(Arc::clone(&world));
        let router = Router::new().nest("/bank_id", routes);
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            issuer,
            instance: Random::system().token(),
            world,
            running,
        }
    }

    /// The entry `[provider.bank_id]` of a broker that logs people in here.
    pub fn entry(&self) -> Value {
        json!({
            "kind": "bank_id", "environment": "sandbox", "issuer": self.issuer, "client_id": CLIENT,
            "auth": "client_secret_post", "client_secret": "a secret of this Bank iD", "logout": false,
        })
    }

    /// What it does, to change and to look at.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// From now on somebody else comes, whom Bank iD knew under these subjects before.
    pub fn comes(&self, subject: &str, former: &[&str]) {
        let mut world = self.world();
        world.id_token = json!({ "sub": subject, "outdated_subs": former });
        world.userinfo = person(subject);
    }

    /// A notification that claims of a subject have changed, as it is posted to `/upstream/bank_id/events`.
    pub fn notification(&self, name: &str, subject: &str, claims: &[&str]) -> String {
        self.notification_of(name, &[(subject, claims)])
    }

    /// A notification of several events, each of a subject and the claims that changed.
    pub fn notification_of(&self, name: &str, events: &[(&str, &[&str])]) -> String {
        let event = |(subject, claims): &(&str, &[&str])| {
            json!({
                "type": "claims_updated", "original_event_at": "2026-11-24T08:00:00Z", "sub": subject,
                "affected_client_ids": [CLIENT], "affected_claims": claims,
            })
        };
        sign(&json!({
            "iss": self.issuer, "iat": self.world().now.timestamp(), "jti": self.named(name),
            "events": events.iter().map(event).collect::<Vec<_>>(),
        }))
    }
}

impl FakeBankId {
    /// A token that a subject signed out, as it is posted to `/upstream/bank_id/backchannel-logout`.
    pub fn logout(&self, name: &str, subject: &str) -> String {
        sign(&json!({
            "iss": self.issuer, "aud": CLIENT, "iat": self.world().now.timestamp(), "jti": self.named(name), "sub": subject,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        }))
    }
}

impl FakeBankId {
    fn named(&self, name: &str) -> String {
        format!("{name} of {}", self.instance)
    }
}

impl Drop for FakeBankId {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What userinfo says of an invented person.
pub fn person(subject: &str) -> Value {
    json!({
        "sub": subject, "txn": "3f1c", "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12",
        "email": "zofie@posta.example", "email_verified": true, "phone_number": "+420 601 602 603",
        "verified_claims": {
            "verification": { "trust_framework": "cz_aml", "verification_process": "45317054", "time": null },
            "claims": { "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" },
        },
    })
}

type Asked = BTreeMap<String, String>;

fn discovery(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer, "authorization_endpoint": at("auth"), "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"), "profile_endpoint": at("profile"), "jwks_uri": at(".well-known/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["PS512"], "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    })
}

async fn jwks() -> Json<Value> {
    let rsa = KEY.rsa().unwrap();
    let number = |n: &openssl::bn::BigNumRef| URL_SAFE_NO_PAD.encode(n.to_vec());
    Json(json!({ "keys": [
        { "kty": "RSA", "use": "sig", "kid": "rp-sign#1", "n": number(rsa.n()), "e": number(rsa.e()) },
    ] }))
}

async fn banks(State(world): State<Shared>) -> Response {
    let world = world.lock().unwrap();
    let items: Vec<Value> = world
        .banks
        .iter()
        .map(|(id, title)| {
            let logo = |url| json!({ "id": id, "url": url, "width": "120", "height": "40" });
            let logos: Vec<Value> = world.logos.get(id).into_iter().map(logo).collect();
            json!({
                "id": id, "title": title, "available_services": ["AUTHENTICATION"], "available_logo_images": logos,
            })
        })
        .collect();
    let status = StatusCode::from_u16(world.list_status).unwrap();
    (status, Json(json!({ "items": items }))).into_response()
}

async fn logo(State(world): State<Shared>, Path(name): Path<String>) -> Response {
    let mut world = world.lock().unwrap();
    world.drawn.push(name.clone());
    match world.pictures.get(name.as_str()) {
        Some((kind, body)) => ([("content-type", *kind)], body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whoever comes is known and agrees at once.
async fn auth(State(world): State<Shared>, Query(asked): Query<Asked>) -> Redirect {
    let mut world = world.lock().unwrap();
    let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &asked["nonce"])
        .append_pair("state", &asked["state"]);
    world.asked.push(asked);
    Redirect::to(back.as_str())
}

fn token(issuer: &str, world: &Shared, form: &Asked) -> Response {
    let mut world = world.lock().unwrap();
    if world.is_out {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Some((status, error)) = world.refuses {
        let status = StatusCode::from_u16(status).unwrap();
        return (status, Json(json!({ "error": error }))).into_response();
    }
    world.counter += 1;
    let time = world.now.timestamp();
    let mut claims = json!({
        "iss": issuer, "aud": CLIENT, "iat": time, "exp": time + 600, "auth_time": time, "acr": "loa3",
        "amr": ["mfa"], "nonce": form["code"], "jti": format!("token-{}", world.counter), "bank_id": VLTAVSKA.0,
    });
    for (name, value) in world.id_token.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut answer = json!({
        "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600, "id_token": sign(&claims),
    });
    if let Some(granted) = world.granted {
        answer["scope"] = json!(granted);
    }
    Json(answer).into_response()
}

async fn userinfo(State(world): State<Shared>, headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(world.lock().unwrap().userinfo.clone()).into_response()
}

async fn profile(State(world): State<Shared>, headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let world = world.lock().unwrap();
    let mut said = world.userinfo.clone();
    for (name, value) in world.profile.as_object().unwrap() {
        said[name] = value.clone();
    }
    // How the bank verified them is told where it was asked for and agreed to (reference 6.1).
    let has = |scopes: &str| {
        scopes
            .split(' ')
            .any(|scope| scope == "profile.verification")
    };
    let is_asked = world.asked.last().is_some_and(|asked| has(&asked["scope"]));
    if (!is_asked || !world.granted.is_none_or(has))
        && let Some(verified) = said["verified_claims"].as_object_mut()
    {
        verified.remove("verification");
    }
    Json(said).into_response()
}

/// A JWS by PS512.
fn sign(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(&json!({ "alg": "PS512", "kid": "rp-sign#1" })),
        part(claims)
    );
    let mut signer = Signer::new(MessageDigest::sha512(), &KEY).unwrap();
    signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
    signer.set_rsa_mgf1_md(MessageDigest::sha512()).unwrap();
    signer
        .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
        .unwrap();
    signer.update(text.as_bytes()).unwrap();
    format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(signer.sign_to_vec().unwrap())
    )
}
