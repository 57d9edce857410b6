//! An OpenID provider that lets everybody in, and says and does what a test wants it to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json, Router, routing};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};
use tests::portal::{Key, unsigned};
use url::Url;
use web::Clock;

/// What a browser is known as there.
const SUBJECT: &str = "7c1f0e5a-8c7d-4f5e-9b57-0d3c1c8f2a10";
/// What an endless answer is made of.
const PIECE: usize = 64 * 1024;
/// An endless answer ends here: far beyond what anybody should read.
const PIECES: usize = 1_600;

/// The provider. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Liar {
    /// With a slash at the end, as that of Bank iD.
    pub(super) issuer: String,
    world: Arc<Mutex<World>>,
    taken: Arc<AtomicUsize>,
}

/// What it says and does.
#[derive(Debug)]
pub(super) struct World {
    /// The time there; the test's own.
    pub(super) clock: Clock,
    /// Members of the ID token's header that differ; `null` removes one.
    pub(super) header: Value,
    /// Claims of the ID token that differ; `null` removes one.
    pub(super) id_token: Value,
    /// Userinfo, its `sub` apart.
    pub(super) userinfo: Value,
    /// Whether the ID token has a signature at all.
    pub(super) signs: bool,
    /// Whether it is by a key that the provider never published.
    pub(super) by_a_stranger: bool,
    /// Whether it says that its answers carry `iss` (RFC 9207), and they do.
    pub(super) promises_issuer: bool,
    /// How an endpoint behaves that does not do as it should.
    pub(super) manners: BTreeMap<&'static str, Manner>,
    /// Every path that was asked for.
    pub(super) asked: Vec<String>,
    /// What every browser came with.
    pub(super) requests: Vec<BTreeMap<String, String>>,
    nonces: BTreeMap<String, String>,
}

/// How an endpoint behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Ten megabytes, and it goes on.
    Huge,
    /// A page, and all is well.
    Html,
    /// One octet, and then none for longer than anybody waits.
    Slow,
    /// Ask somebody else.
    Redirect,
}

impl Manner {
    pub(super) const ALL: [Self; 4] = [Self::Huge, Self::Html, Self::Slow, Self::Redirect];
}

impl Liar {
    /// Starts an honest one.
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let liar = Self {
            issuer: format!("http://{}/", listener.local_addr().unwrap()),
            world: Arc::new(Mutex::new(World {
                clock: Clock::manual(tests::broker::noon()).0,
                header: json!({}),
                id_token: json!({}),
                userinfo: json!({}),
                signs: true,
                by_a_stranger: false,
                promises_issuer: false,
                manners: BTreeMap::new(),
                asked: Vec::new(),
                requests: Vec::new(),
                nonces: BTreeMap::new(),
            })),
            taken: Arc::default(),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", routing::get(discovery))
            .route("/jwks", routing::get(jwks))
            .route("/auth", routing::get(authorize))
            .route("/token", routing::post(token))
            .route("/userinfo", routing::get(userinfo))
            .fallback(elsewhere)
            .with_state(liar.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        liar
    }

    /// What it says and does, to look at and to change.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        let world = self.world();
        world.asked.iter().filter(|asked| *asked == path).count()
    }

    /// Whether every endless answer was cut off by its reader.
    pub(super) fn was_cut_off(&self) -> bool {
        self.taken.load(Ordering::SeqCst) < PIECES
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Notes a request, and misbehaves where it should.
    fn misbehaves(&self, path: &'static str) -> Option<Response> {
        self.world().asked.push(format!("/{path}"));
        let manner = self.world().manners.get(path).copied()?;
        let json = [(CONTENT_TYPE, "application/json")];
        Some(match manner {
            Manner::Html => (
                [(CONTENT_TYPE, "text/html; charset=utf-8")],
                "<h1>Plánovaná údržba systému č. 4711</h1>",
            )
                .into_response(),
            Manner::Redirect => {
                (StatusCode::FOUND, [(LOCATION, self.at("elsewhere"))]).into_response()
            }
            Manner::Huge => (json, Body::from_stream(self.endless())).into_response(),
            Manner::Slow => {
                let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
                (json, Body::from_stream(first.chain(stream::pending()))).into_response()
            }
        })
    }

    fn endless(&self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
        self.taken.store(0, Ordering::SeqCst);
        let taken = Arc::clone(&self.taken);
        stream::repeat(Bytes::from(vec![b' '; PIECE]))
            .take(PIECES)
            .map(move |piece| {
                taken.fetch_add(1, Ordering::SeqCst);
                Ok(piece)
            })
    }

    fn id_token(&self, nonce: &str) -> String {
        let world = self.world();
        let now = world.clock.now().timestamp();
        let claims = changed(
            json!({
                "iss": self.issuer, "sub": SUBJECT, "aud": "city-identity", "iat": now, "exp": now + 300, "auth_time": now,
                "nonce": nonce, "acr": "loa3",
            }),
            &world.id_token,
        );
        let key = if world.by_a_stranger {
            stranger()
        } else {
            own()
        };
        let usual = json!({ "alg": "PS512", "typ": "JWT", "kid": own().jwk()["kid"] });
        if world.signs {
            key.sign_ps512_as(&changed(usual, &world.header), &claims)
        } else {
            unsigned("JWT", &claims)
        }
    }
}

/// Objects laid over each other; `null` removes.
fn changed(mut under: Value, over: &Value) -> Value {
    let object = under.as_object_mut().unwrap();
    for (name, value) in over.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    under
}

async fn discovery(State(liar): State<Liar>) -> Response {
    liar.world().asked.push("/discovery".to_owned());
    let promises_issuer = liar.world().promises_issuer;
    Json(json!({
        "issuer": liar.issuer, "authorization_endpoint": liar.at("auth"), "token_endpoint": liar.at("token"),
        "userinfo_endpoint": liar.at("userinfo"), "jwks_uri": liar.at("jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["PS512"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "authorization_response_iss_parameter_supported": promises_issuer,
    }))
    .into_response()
}

async fn jwks(State(liar): State<Liar>) -> Response {
    liar.world().asked.push("/jwks".to_owned());
    Json(json!({ "keys": [public(own())] })).into_response()
}

async fn authorize(
    State(liar): State<Liar>,
    Query(request): Query<BTreeMap<String, String>>,
) -> Response {
    let mut world = liar.world();
    let code = format!("code-{}", world.nonces.len());
    world.nonces.insert(code.clone(), request["nonce"].clone());
    world.requests.push(request.clone());
    let mut back = Url::parse(&request["redirect_uri"]).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &request["state"]);
    if world.promises_issuer {
        back.query_pairs_mut().append_pair("iss", &liar.issuer);
    }
    Redirect::to(back.as_str()).into_response()
}

async fn token(
    State(liar): State<Liar>,
    Form(request): Form<BTreeMap<String, String>>,
) -> Response {
    if let Some(answer) = liar.misbehaves("token") {
        return answer;
    }
    let nonce = liar.world().nonces.remove(&request["code"]);
    let Some(nonce) = nonce else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": "invalid_grant" })),
        )
            .into_response();
    };
    Json(json!({
        "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300, "id_token": liar.id_token(&nonce),
    }))
    .into_response()
}

async fn userinfo(State(liar): State<Liar>) -> Response {
    if let Some(answer) = liar.misbehaves("userinfo") {
        return answer;
    }
    let world = liar.world();
    Json(changed(json!({ "sub": SUBJECT }), &world.userinfo)).into_response()
}

/// Where nobody should come, with keys for whoever follows a header.
async fn elsewhere(State(liar): State<Liar>, uri: Uri) -> Response {
    liar.world().asked.push(uri.path().to_owned());
    Json(json!({ "keys": [public(stranger())] })).into_response()
}

/// A key as a set has it, without a word on its algorithm.
fn public(key: &Key) -> Value {
    changed(key.jwk(), &json!({ "alg": null }))
}

/// Made once: a key takes longer than a login.
fn own() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| Key::new("own"))
}

/// A key that the provider never published.
pub(super) fn stranger() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| Key::new("stranger"))
}
