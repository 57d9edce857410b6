//! An OpenID provider that says yes to everybody, checks what the portal sends it, and lies when it is told to.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;
use web::Clock;

use super::signing::{Key, hmac, unsigned};

/// What the provider does wrong, one thing at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lie {
    #[default]
    None,
    // the ID token
    NoIdToken,
    OtherIssuer,
    OtherAudience,
    OneAudienceMore,
    OtherAuthorizedParty,
    OtherNonce,
    NoNonce,
    NoSubject,
    Expired,
    FromTheFuture,
    OtherAccessToken,
    AlgNone,
    HmacByClientSecret,
    HmacByPublicKey,
    BadSignature,
    UnknownKey,
    ForeignKeyUnderOurName,
    CriticalHeader,
    // userinfo
    UserinfoOfAnother,
    UserinfoOfNobody,
    SignedUserinfoOfOtherIssuer,
    SignedUserinfoForAnother,
    UnsignedUserinfo,
    BadlySignedUserinfo,
    UserinfoAsHtml,
    // the authorization response
    OtherIss,
    NoIss,
    NoState,
    StateTwice,
    NoCode,
    CodeTwice,
    // errors
    CodeRefused,
    ClientRefused,
    TokenEndpointDown,
    UserinfoDown,
}

/// The provider. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FakeProvider {
    issuer: String,
    clock: Clock,
    world: Arc<Mutex<World>>,
}

/// What it knows and what it was asked.
#[derive(Debug)]
pub struct World {
    /// What it does wrong.
    pub lie: Lie,
    /// What userinfo says, besides `sub`.
    pub claims: Value,
    /// Who is signed in there.
    pub subject: String,
    /// The level it reports.
    pub acr: Option<String>,
    /// The error it answers an authorization request with.
    pub error: Option<String>,
    /// Whether userinfo is signed.
    pub signs_userinfo: bool,
    /// Whether it answers at all.
    pub is_down: bool,
    /// What the refresh endpoint says.
    pub refresh: Refresh,
    /// Lets an answer go that is [held](Refresh::Held).
    pub held: Arc<Notify>,
    /// Whether it gives refresh tokens.
    pub gives_refresh_tokens: bool,
    /// Every authorization request.
    pub authorizations: Vec<BTreeMap<String, String>>,
    /// Every request to the token endpoint.
    pub token_requests: Vec<BTreeMap<String, String>>,
    /// Every request to end the session.
    pub logouts: Vec<BTreeMap<String, String>>,
    /// How often each address was asked.
    pub hits: BTreeMap<&'static str, usize>,
    /// Tells this provider's identifiers from those of other tests, which share a Redis.
    name: u16,
    keys: Vec<Key>,
    codes: HashMap<String, BTreeMap<String, String>>,
    refresh_token: Option<String>,
    sessions: usize,
    counter: usize,
}

/// What the refresh endpoint says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refresh {
    /// New tokens.
    #[default]
    Yes,
    /// `invalid_grant`
    InvalidGrant,
    /// New tokens, and a userinfo of somebody else.
    OfAnother,
    /// New tokens, of which nobody hears: the connection breaks.
    Swallowed,
    /// The connection breaks before anything happens.
    Ignored,
    /// New tokens, as soon as the test lets them go.
    Held,
}

impl FakeProvider {
    pub const CLIENT_ID: &'static str = "portal";
    pub const CLIENT_SECRET: &'static str = "a secret: with reserved %characters+";

    pub(super) async fn start(clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let issuer = format!("http://127.0.0.1:{port}");
        let provider = Self {
            issuer,
            clock,
            world: Arc::new(Mutex::new(World::new(port))),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/logout", get(logout))
            .route("/account", get(|| async { "account" }))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What it knows, to look at and to change.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// From now on it lies so.
    pub fn lies(&self, lie: Lie) {
        self.world().lie = lie;
    }

    /// The last authorization request.
    pub fn last_authorization(&self) -> BTreeMap<String, String> {
        self.world()
            .authorizations
            .last()
            .cloned()
            .expect("an authorization request")
    }

    /// The claims of a good logout token for its latest session.
    pub fn logout_claims(&self) -> Value {
        let now = self.now().timestamp();
        let mut world = self.world();
        world.counter += 1;
        json!({
            "iss": self.issuer, "aud": Self::CLIENT_ID, "iat": now, "exp": now + 120, "jti": format!("jti-{}-{}", world.name, world.counter),
            "sub": world.subject, "sid": world.sid(),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    }

    /// Signs with its current key.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let key = self.key();
        key.sign(typ, claims)
    }

    /// Its current key.
    pub fn key(&self) -> Key {
        self.world().keys.last().cloned().unwrap()
    }

    /// Takes a new key into use.
    pub fn rotate_key(&self) {
        let mut world = self.world();
        let kid = format!("key-{}", world.keys.len() + 1);
        world.keys.push(Key::new(&kid));
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn id_token(&self, request: &BTreeMap<String, String>, access_token: &str) -> String {
        let lie = self.world().lie;
        let (key, claims) = self.id_token_claims(request, access_token, lie);
        let other = foreign_key();
        match lie {
            Lie::AlgNone => unsigned("JWT", &claims),
            Lie::HmacByClientSecret => hmac(
                Self::CLIENT_SECRET.as_bytes(),
                &json!({"alg": "HS256", "typ": "JWT"}),
                &claims,
            ),
            Lie::HmacByPublicKey => key.confuse(&claims),
            Lie::BadSignature => tampered(&key.sign("JWT", &claims)),
            Lie::UnknownKey => other.sign("JWT", &claims),
            Lie::ForeignKeyUnderOurName => {
                let kid = key.jwk()["kid"].clone();
                other.sign_as(
                    &json!({"alg": "RS256", "typ": "JWT", "kid": kid, "jwk": other.jwk()}),
                    &claims,
                )
            }
            Lie::CriticalHeader => {
                let kid = key.jwk()["kid"].clone();
                key.sign_as(
                    &json!({"alg": "RS256", "typ": "JWT", "kid": kid, "crit": ["exp"]}),
                    &claims,
                )
            }
            _ => key.sign("JWT", &claims),
        }
    }

    fn id_token_claims(
        &self,
        request: &BTreeMap<String, String>,
        access_token: &str,
        lie: Lie,
    ) -> (Key, Value) {
        let now = self.now().timestamp();
        let world = self.world();
        let hashed = digest(&SHA256, access_token.as_bytes());
        let mut claims = json!({
            "iss": self.issuer, "sub": world.subject, "aud": Self::CLIENT_ID, "iat": now, "exp": now + 300,
            "auth_time": now - 5, "sid": world.sid(), "at_hash": URL_SAFE_NO_PAD.encode(&hashed.as_ref()[..16]),
        });
        if let Some(acr) = &world.acr {
            claims["acr"] = json!(acr);
        }
        if let Some(nonce) = request.get("nonce") {
            claims["nonce"] = json!(nonce);
        }
        match lie {
            Lie::OtherIssuer => claims["iss"] = json!("http://127.0.0.1:1"),
            Lie::OtherAudience => claims["aud"] = json!("library"),
            Lie::OneAudienceMore => claims["aud"] = json!([Self::CLIENT_ID, "library"]),
            Lie::OtherAuthorizedParty => claims["azp"] = json!("library"),
            Lie::OtherNonce => claims["nonce"] = json!("of-another-login"),
            Lie::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
            Lie::NoSubject => drop(claims.as_object_mut().unwrap().remove("sub")),
            Lie::Expired => claims["exp"] = json!(now - 61),
            Lie::FromTheFuture => claims["iat"] = json!(now + 120),
            Lie::OtherAccessToken => claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
            _ => {}
        }
        (world.keys.last().cloned().unwrap(), claims)
    }
}

impl World {
    fn new(name: u16) -> Self {
        Self {
            name,
            lie: Lie::None,
            claims: json!({
                "name": "Jana Dvořáková", "given_name": "Jana", "family_name": "Dvořáková",
                "email": "jana@posta.example", "email_verified": true, "phone_number": "+420601000417",
                "identity_level": "state", "login_level": "multi", "login_provider": "nia",
                "verified_claims": [{
                    "verification": {"trust_framework": "eidas", "assurance_level": "substantial", "time": "2026-03-12T08:30:00Z"},
                    "claims": {"given_name": "JANA", "family_name": "DVOŘÁKOVÁ", "birthdate": "1984-05-14"}
                }],
            }),
            subject: "0b8f6f2e-6f0f-4d0e-9d0a-1c1f6b2f8a11".to_owned(),
            acr: Some("http://eidas.europa.eu/LoA/substantial".to_owned()),
            error: None,
            signs_userinfo: false,
            is_down: false,
            refresh: Refresh::Yes,
            held: Arc::default(),
            gives_refresh_tokens: true,
            authorizations: Vec::new(),
            token_requests: Vec::new(),
            logouts: Vec::new(),
            hits: BTreeMap::new(),
            keys: vec![first_key().clone()],
            codes: HashMap::new(),
            refresh_token: None,
            sessions: 0,
            counter: 0,
        }
    }

    /// The broker's identifier of the latest session.
    pub fn sid(&self) -> String {
        format!("sid-{}-{}", self.name, self.sessions)
    }

    /// The refresh token that counts now.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    fn hit(&mut self, what: &'static str) -> bool {
        *self.hits.entry(what).or_default() += 1;
        !self.is_down
    }

    fn next(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("{what}-{}-{}", self.counter, self.sid())
    }
}

async fn discovery(State(provider): State<FakeProvider>) -> Response {
    if !provider.world().hit("discovery") {
        return down();
    }
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"), "jwks_uri": at("/jwks"), "end_session_endpoint": at("/logout"),
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"], "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn jwks(State(provider): State<FakeProvider>) -> Response {
    if !provider.world().hit("jwks") {
        return down();
    }
    let keys: Vec<Value> = provider.world().keys.iter().map(Key::jwk).collect();
    Json(json!({"keys": keys})).into_response()
}

async fn authorize(
    State(provider): State<FakeProvider>,
    Query(request): Query<BTreeMap<String, String>>,
) -> Response {
    let mut world = provider.world();
    world.hit("authorize");
    world.sessions += 1;
    world.authorizations.push(request.clone());
    assert_eq!(request["response_type"], "code");
    assert_eq!(request["code_challenge_method"], "S256");

    let mut back = Url::parse(&request["redirect_uri"]).unwrap();
    let mut query = back.query_pairs_mut();
    if let Some(error) = &world.error {
        query.append_pair("error", error);
    } else {
        let code = world.next("code");
        world.codes.insert(code.clone(), request.clone());
        if world.lie == Lie::CodeTwice {
            query.append_pair("code", &code);
        }
        if world.lie != Lie::NoCode {
            query.append_pair("code", &code);
        }
    }
    if world.lie == Lie::StateTwice {
        query.append_pair("state", &request["state"]);
    }
    if world.lie != Lie::NoState {
        query.append_pair("state", &request["state"]);
    }
    match world.lie {
        Lie::NoIss => {}
        Lie::OtherIss => drop(query.append_pair("iss", "http://127.0.0.1:1")),
        _ => drop(query.append_pair("iss", &provider.issuer)),
    }
    drop(query);
    Redirect::to(back.as_str()).into_response()
}

async fn token(
    State(provider): State<FakeProvider>,
    headers: HeaderMap,
    Form(request): Form<BTreeMap<String, String>>,
) -> Response {
    if !provider.world().hit("token") {
        return down();
    }
    provider.world().token_requests.push(request.clone());
    let lie = provider.world().lie;
    if lie == Lie::TokenEndpointDown {
        return down();
    }
    if lie == Lie::ClientRefused
        || headers
            .get(AUTHORIZATION)
            .is_none_or(|value| value != &basic())
    {
        return oauth_error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    match request["grant_type"].as_str() {
        "authorization_code" => code(&provider, &request),
        "refresh_token" => {
            let answer = refresh(&provider, &request);
            let held = {
                let world = provider.world();
                (world.refresh == Refresh::Held).then(|| Arc::clone(&world.held))
            };
            if let Some(held) = held {
                held.notified().await;
            }
            answer
        }
        other => panic!("grant_type {other}"),
    }
}

fn code(provider: &FakeProvider, request: &BTreeMap<String, String>) -> Response {
    let asked = provider.world().codes.remove(&request["code"]);
    let Some(asked) = asked.filter(|_| provider.world().lie != Lie::CodeRefused) else {
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, request["code_verifier"].as_bytes()));
    assert_eq!(asked["code_challenge"], challenge);
    assert_eq!(asked["redirect_uri"], request["redirect_uri"]);
    tokens(provider, &asked)
}

fn refresh(provider: &FakeProvider, request: &BTreeMap<String, String>) -> Response {
    let mut world = provider.world();
    world.hit("refresh");
    let is_current = world.refresh_token.as_deref() == Some(request["refresh_token"].as_str());
    if world.refresh == Refresh::Ignored {
        return broken_off();
    }
    if world.refresh == Refresh::InvalidGrant || !is_current {
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let is_swallowed = world.refresh == Refresh::Swallowed;
    drop(world);
    let tokens = tokens(provider, &BTreeMap::new());
    if is_swallowed { broken_off() } else { tokens }
}

fn tokens(provider: &FakeProvider, asked: &BTreeMap<String, String>) -> Response {
    let access_token = provider.world().next("access");
    let mut answer =
        json!({"access_token": access_token, "token_type": "Bearer", "expires_in": 300});
    if provider.world().lie != Lie::NoIdToken {
        answer["id_token"] = json!(provider.id_token(asked, &access_token));
    }
    if provider.world().gives_refresh_tokens {
        let refresh_token = provider.world().next("refresh");
        provider.world().refresh_token = Some(refresh_token.clone());
        answer["refresh_token"] = json!(refresh_token);
    }
    Json(answer).into_response()
}

/// An answer that ends in the middle.
fn broken_off() -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let halves = [Ok("{"), Err(broken)];
    let body = axum::body::Body::from_stream(futures_util::stream::iter(halves));
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn userinfo(State(provider): State<FakeProvider>, headers: HeaderMap) -> Response {
    if !provider.world().hit("userinfo") {
        return down();
    }
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    assert!(bearer.starts_with("Bearer access-"), "{bearer}");
    let key = provider.key();
    let world = provider.world();
    let mut claims = world.claims.clone();
    claims["sub"] = json!(world.subject);
    let is_of_another = world.lie == Lie::UserinfoOfAnother
        || (world.refresh == Refresh::OfAnother && world.hits.contains_key("refresh"));
    match world.lie {
        _ if is_of_another => claims["sub"] = json!("somebody-else"),
        Lie::UserinfoOfNobody => drop(claims.as_object_mut().unwrap().remove("sub")),
        Lie::UserinfoDown => return down(),
        Lie::UserinfoAsHtml => {
            return ([(CONTENT_TYPE, "text/html")], "<p>Jana</p>").into_response();
        }
        _ => {}
    }
    let lies_signed = matches!(
        world.lie,
        Lie::SignedUserinfoOfOtherIssuer
            | Lie::SignedUserinfoForAnother
            | Lie::UnsignedUserinfo
            | Lie::BadlySignedUserinfo
    );
    if !world.signs_userinfo && !lies_signed {
        return Json(claims).into_response();
    }
    claims["iss"] = json!(provider.issuer);
    claims["aud"] = json!(FakeProvider::CLIENT_ID);
    let token = match world.lie {
        Lie::SignedUserinfoOfOtherIssuer => {
            claims["iss"] = json!("http://127.0.0.1:1");
            key.sign("JWT", &claims)
        }
        Lie::SignedUserinfoForAnother => {
            claims["aud"] = json!("library");
            key.sign("JWT", &claims)
        }
        Lie::UnsignedUserinfo => unsigned("JWT", &claims),
        Lie::BadlySignedUserinfo => tampered(&key.sign("JWT", &claims)),
        _ => key.sign("JWT", &claims),
    };
    ([(CONTENT_TYPE, "application/jwt")], token).into_response()
}

async fn logout(
    State(provider): State<FakeProvider>,
    Query(request): Query<BTreeMap<String, String>>,
) -> Response {
    let mut world = provider.world();
    world.hit("logout");
    world.logouts.push(request.clone());
    let mut back = Url::parse(&request["post_logout_redirect_uri"]).unwrap();
    if let Some(state) = request.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Redirect::to(back.as_str()).into_response()
}

fn down() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn oauth_error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

/// RFC 6749 2.3.1: both halves form-encoded first.
fn basic() -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!(
        "{}:{}",
        encoded(FakeProvider::CLIENT_ID),
        encoded(FakeProvider::CLIENT_SECRET)
    );
    format!("Basic {}", STANDARD.encode(pair))
}

/// The same token with one bit of its signature turned.
fn tampered(token: &str) -> String {
    let (text, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    signature[7] ^= 1;
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Made once: a key takes longer than a login.
fn first_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| Key::new("key-1"))
}

/// A key that is nobody's.
fn foreign_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| Key::new("foreign"))
}
