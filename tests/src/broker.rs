//! A broker under test: in this process, over real HTTP, with its own database, clock and people.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, TimeZone, Utc};
use idp::Broker;
use idp::clients;
use idp::ids::ClientId;
use idp::storage::signing_key::{self, StoredKey};
use serde_json::{Value, json};
use store::audit::Actor;
use store::{Db, MasterKey, ShortLivedConfig, on};
use tokio::sync::{Notify, OnceCell, oneshot};
use tokio::task::JoinHandle;
use url::Url;
use web::serve::Server;
use web::{Clock, ManualClock, Random};

use crate::browser::{Browser, Page};
use crate::engines::{self, Engine, Tables};

/// Where broker tests keep their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// SQLite, with short-lived state in it.
    Sqlite,
    /// SQLite, with short-lived state in Redis.
    SqliteAndRedis,
    /// PostgreSQL, with short-lived state in it.
    Postgres,
    /// PostgreSQL, with short-lived state in Redis.
    PostgresAndRedis,
}

impl Ground {
    /// Both databases with both stores.
    pub const ALL: [Self; 4] = [
        Self::Sqlite,
        Self::SqliteAndRedis,
        Self::Postgres,
        Self::PostgresAndRedis,
    ];

    async fn engine(self) -> Engine {
        match self {
            Self::Sqlite | Self::SqliteAndRedis => engines::sqlite(Tables::Idp).await,
            Self::Postgres | Self::PostgresAndRedis => engines::postgres(Tables::Idp).await,
        }
    }

    fn short_lived(self) -> ShortLivedConfig {
        match self {
            Self::Sqlite | Self::Postgres => ShortLivedConfig::default(),
            Self::SqliteAndRedis | Self::PostgresAndRedis => {
                engines::patient_redis(engines::redis_of_its_own())
            }
        }
    }
}

/// A running broker. `http://localhost:PORT`, one demo provider, a few clients; see [`configuration`].
#[derive(Debug)]
pub struct TestBroker {
    /// Its public address.
    pub url: Url,
    /// Moves its time.
    pub hand: ManualClock,
    /// Its time.
    pub clock: Clock,
    /// The state of the first process, for looking into.
    pub broker: Broker,
    /// Its database, opened a second time.
    pub db: Db,
    /// Where all clients of the tests are.
    pub clients: Clients,
    config: Value,
    /// Open for as long as it lives: while it is restarted, nobody else can take its address.
    door: TcpListener,
    replicas: Vec<Replica>,
    engine: Engine,
}

/// The other side of every client: pages that answer anything, and an ear for logout tokens.
#[derive(Debug)]
pub struct Clients {
    /// `http://127.0.0.1:PORT/`, another site than the broker.
    pub url: Url,
    heard: Arc<Mutex<Vec<(String, String)>>>,
    news: Arc<Notify>,
    status: Arc<AtomicU16>,
    running: JoinHandle<()>,
}

#[derive(Debug)]
struct Replica {
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

/// One person of the demo provider.
pub const JANA: (&str, &str) = ("0001", "conformance");
/// Another one, whose login proves less.
pub const PETR: (&str, &str) = ("petr", "heslo");

impl TestBroker {
    /// With the usual configuration.
    pub async fn start(ground: Ground) -> Self {
        Self::configured(ground, json!({})).await
    }

    /// With changes to the usual configuration: objects are merged, everything else replaced, `null` removes.
    pub async fn configured(ground: Ground, changes: Value) -> Self {
        Self::configured_at(ground, changes, noon()).await
    }

    /// The same with a clock that shows another moment from the start: set back later, it would leave background work behind that
    /// takes what is written now for expired.
    pub async fn configured_at(ground: Ground, changes: Value, at: DateTime<Utc>) -> Self {
        Self::on(ground.engine().await, ground.short_lived(), changes, at).await
    }

    /// On SQLite with short-lived state in this Redis, which may go away.
    pub async fn beside(redis: String, changes: Value) -> Self {
        let engine = engines::sqlite(Tables::Idp).await;
        Self::on(engine, engines::patient_redis(redis), changes, noon()).await
    }

    async fn on(
        engine: Engine,
        short_lived: ShortLivedConfig,
        changes: Value,
        at: DateTime<Utc>,
    ) -> Self {
        let (clock, hand) = Clock::manual(at);
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!(
            "http://localhost:{}/",
            door.local_addr().unwrap().port()
        ))
        .unwrap();
        let clients = Clients::start().await;
        let mut config = configuration(&url, &clients);
        merge(&mut config, changes);
        let db = engine.open_again().await;
        bring_keys(&db).await;
        let broker = assemble(&config, &engine, &short_lived, &clock).await;
        let replicas = vec![run(broker.clone(), door.try_clone().unwrap())];
        Self {
            url,
            hand,
            clock,
            broker,
            db,
            clients,
            config,
            door,
            replicas,
            engine,
        }
    }

    /// Stops it and starts it again at the same address with changes to its configuration; what it keeps stays.
    pub async fn restart(&mut self, changes: Value) {
        for mut replica in self.replicas.drain(..) {
            drop(replica.stop.take());
            replica.running.take().unwrap().await.unwrap();
        }
        merge(&mut self.config, changes);
        let short_lived = self.broker.config.short_lived.clone();
        self.broker = assemble(&self.config, &self.engine, &short_lived, &self.clock).await;
        let door = self.door.try_clone().unwrap();
        self.replicas.push(run(self.broker.clone(), door));
    }

    /// One more process on the same database and store; returns its own address.
    pub async fn replica(&mut self) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!(
            "http://localhost:{}/",
            listener.local_addr().unwrap().port()
        ))
        .unwrap();
        let short_lived = self.broker.config.short_lived.clone();
        let broker = assemble(&self.config, &self.engine, &short_lived, &self.clock).await;
        self.replicas.push(run(broker, listener));
        url
    }

    /// An address of it.
    pub fn at(&self, path: &str) -> String {
        self.url.join(path).unwrap().into()
    }

    /// The issuer as it stands in tokens.
    pub fn issuer(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    /// The address that a client sends a browser to, with changed or added parameters.
    pub fn authorize(&self, client_id: &str, changes: &[(&str, &str)]) -> String {
        let redirect_uri = self.clients.at(&format!("/{client_id}/callback"));
        let mut params: Vec<(&str, &str)> = vec![
            ("client_id", client_id),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            params.retain(|(known, _)| known != name);
            if !value.is_empty() {
                params.push((name, value));
            }
        }
        let mut url = self.url.join("/oauth2/authorize").unwrap();
        url.query_pairs_mut().extend_pairs(params);
        url.into()
    }

    /// Logs a browser in for a client with nothing else to see, as a person of the demo provider. Ends at the client.
    pub async fn log_in(
        &self,
        browser: &mut Browser,
        client_id: &str,
        person: (&str, &str),
    ) -> Page {
        let page = browser.open(&self.authorize(client_id, &[])).await;
        self.sign_in(browser, &page, person).await
    }

    /// Fills the demo provider's page and follows to the client.
    pub async fn sign_in(
        &self,
        browser: &mut Browser,
        page: &Page,
        (name, password): (&str, &str),
    ) -> Page {
        // So that logins sort by age.
        self.hand.advance(Duration::milliseconds(1));
        let filled = [("login-username", name), ("login-password", password)];
        browser.submit(page, "login-submit", &filled).await
    }

    /// Redeems a code as its client; the token endpoint's answer.
    pub async fn redeem(&self, client_id: &str, code: &str) -> Value {
        let redirect_uri = self.clients.at(&format!("/{client_id}/callback"));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", CODE_VERIFIER),
        ];
        self.token(client_id, &form).await
    }

    /// Uses a refresh token as its client; the token endpoint's answer.
    pub async fn refresh(&self, client_id: &str, refresh_token: &str) -> Value {
        self.token(
            client_id,
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ],
        )
        .await
    }

    /// Posts to the token endpoint as a client with the secret of the tests.
    pub async fn token(&self, client_id: &str, form: &[(&str, &str)]) -> Value {
        let request = reqwest::Client::new()
            .post(self.at("/oauth2/token"))
            .basic_auth(client_id, Some(CLIENT_SECRET));
        request
            .form(form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// What userinfo says to an access token.
    pub async fn userinfo_status(&self, access_token: &str) -> u16 {
        let request = reqwest::Client::new()
            .get(self.at("/oauth2/userinfo"))
            .bearer_auth(access_token);
        request.send().await.unwrap().status().as_u16()
    }

    /// The `sub` that a portal or parking code stands for.
    pub async fn subject_of(&self, client_id: &str, code: &str) -> String {
        let tokens = self.redeem(client_id, code).await;
        let id_token = tokens["id_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{tokens}"));
        claims_of(id_token)["sub"].as_str().unwrap().to_owned()
    }

    /// Switches a client off, as an administrator would.
    pub async fn disable_client(&self, client_id: &str) {
        let (id, now) = (ClientId::new(client_id), self.clock.now());
        let operator = Actor::Operator("tests".to_owned());
        let switched = clients::switch_off(&self.broker, &id, "a test", &operator, now).await;
        assert!(switched.unwrap());
        clients::end_sessions(&self.broker, &id, now).await.unwrap();
        self.broker
            .clients
            .reload(
                &self.broker.db,
                &self.broker.outbound,
                self.broker.config.environment,
            )
            .await
            .unwrap();
    }

    /// The kinds of all audit events, sorted: the clock stands still, so nothing else orders them.
    pub async fn events(&self) -> Vec<String> {
        let mut tx = self.db.read().await.unwrap();
        let events = store::audit::list_latest(&mut tx, 10_000).await.unwrap();
        let mut kinds: Vec<String> = events.into_iter().map(|event| event.kind).collect();
        kinds.sort();
        kinds
    }

    /// What the audit events of a kind tell, the last one first.
    pub async fn event_details(&self, kind: &str) -> Vec<serde_json::Value> {
        let mut tx = self.db.read().await.unwrap();
        let events = store::audit::list_latest(&mut tx, 10_000).await.unwrap();
        let of_kind = events.into_iter().filter(|event| event.kind == kind);
        of_kind.map(|event| event.details.unwrap()).collect()
    }

    /// The kinds of the audit events that have come since, sorted.
    pub async fn events_since(&self, before: &[String]) -> Vec<String> {
        let mut kinds = self.events().await;
        for known in before {
            let at = kinds.iter().position(|kind| kind == known).unwrap();
            kinds.remove(at);
        }
        kinds
    }

    /// How many rows a table has.
    pub async fn rows(&self, table: &'static str) -> i64 {
        let mut tx = self.db.read().await.unwrap();
        let statement = format!("select count(*) from {table}");
        on!(&mut tx, db => {
            sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(db).await
        })
        .unwrap()
    }

    /// What a refusal must not change, and the events there are.
    pub async fn look(&self) -> Seen {
        Seen {
            kept: [
                self.rows("client_session").await,
                self.rows("refresh_token").await,
                self.rows("consent").await,
                self.rows("short_lived").await,
            ],
            counts: self.counts().await,
            events: self.events().await,
        }
    }

    /// Asserts that nothing came of `attack` since `before` but these events.
    pub async fn left_only(&self, before: &Seen, events: &[&str], attack: &str) {
        let now = self.look().await;
        assert_eq!(self.events_since(&before.events).await, events, "{attack}");
        assert_eq!(
            (now.counts, now.kept),
            (before.counts, before.kept),
            "{attack}"
        );
    }

    /// How many people, links, sessions and logins there are: what a refusal must not change.
    pub async fn counts(&self) -> [i64; 4] {
        [
            self.rows("account").await,
            self.rows("upstream_link").await,
            self.rows("browser_session").await,
            self.rows("authentication").await,
        ]
    }
}

/// What is there before an attack.
#[derive(Clone, Debug)]
pub struct Seen {
    counts: [i64; 4],
    /// Sessions of clients, tokens that renew, consents, and what is in flight where the database keeps it.
    kept: [i64; 4],
    events: Vec<String>,
}

impl Drop for TestBroker {
    fn drop(&mut self) {
        for replica in &mut self.replicas {
            drop(replica.stop.take());
        }
    }
}

/// The time it is when a broker under test starts.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
}

impl Clients {
    /// At a port of their own.
    pub async fn start() -> Self {
        let heard: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let news: Arc<Notify> = Arc::default();
        let (ear, bell, answer) = (Arc::clone(&heard), Arc::clone(&news), Arc::clone(&status));
        let router =
            axum::Router::new().fallback(async move |uri: axum::http::Uri, body: String| {
                if !body.is_empty() {
                    ear.lock().unwrap().push((uri.path().to_owned(), body));
                    bell.notify_waiters();
                }
                let status =
                    axum::http::StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap();
                (status, axum::response::Html("<h1>client</h1>"))
            });
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            heard,
            news,
            status,
            running,
        }
    }

    /// An address of theirs.
    pub fn at(&self, path: &str) -> String {
        self.url.join(path).unwrap().into()
    }

    /// From now on they answer with this status.
    pub fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Waits until so much was posted to this path, and gives it.
    pub async fn wait_for_posts(&self, path: &str, count: usize) -> Vec<String> {
        loop {
            let next = self.news.notified();
            let posts = self.posts_to(path);
            if posts.len() >= count {
                return posts;
            }
            next.await;
        }
    }

    /// What was posted to this path so far, in order.
    pub fn posts_to(&self, path: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|(at, _)| at == path)
            .map(|(_, body)| body.clone())
            .collect()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// RFC 7636, appendix B.
pub const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
pub const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The secret of every client of the tests.
pub const CLIENT_SECRET: &str = "a secret of the tests, long enough to be one";

/// Clients: `portal` and `parking` of the town, `library` of another body, which has an information page; `strict` wants
/// an identity that the town knows.
fn configuration(url: &Url, clients: &Clients) -> Value {
    let client = |organisation: &str, id: &str, more: Value| {
        let mut client = json!({
            "organisation": organisation,
            "name": { "cs": id },
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [clients.at(&format!("/{id}/callback"))],
            "post_logout_redirect_uris": [clients.at(&format!("/{id}/out"))],
            "scopes": ["openid", "profile", "email", "address", "phone", "offline_access", "city.identity"],
            "information_page": false,
        });
        merge(&mut client, more);
        client
    };
    json!({
        "environment": "sandbox",
        "master_key": "",
        // A loaded machine is slow, and nothing is measured here.
        "server": { "listen": "127.0.0.1:0", "public_url": url, "request_timeout_seconds": 300 },
        "database": { "url": "" },
        "town": { "name": "Vzorov" },
        "keys": { "saml_bits": 2048 },
        "outbound": { "allow": ["127.0.0.0/8"] },
        "login": { "watch_every_minutes": 0 },
        "organisation": { "town": { "name": { "cs": "Město" } }, "library": { "name": { "cs": "Knihovna" } } },
        "client": {
            "portal": client("town", "portal", json!({
                "home_uri": clients.at("/portal/"),
                "backchannel_logout_uri": clients.at("/portal/backchannel"),
            })),
            "parking": client("town", "parking", json!({})),
            "library": client("library", "library", json!({ "information_page": true })),
            "strict": client("town", "strict", json!({ "minimum_identity": "town" })),
        },
        "provider": {
            "demo": {
                "kind": "demo",
                "environment": "sandbox",
                "account": {
                    JANA.0: {
                        "password": JANA.1, "given_name": "JANA", "family_name": "NOVÁKOVÁ", "birth_date": "1985-04-12",
                        "email": "jana@posta.example",
                    },
                    PETR.0: { "password": PETR.1, "identity": "contact", "given_name": "PETR", "family_name": "SVOBODA" },
                },
            },
        },
    })
}

/// The claims of a JWT, unverified.
pub fn claims_of(jwt: &str) -> Value {
    part_of(jwt, 1)
}

/// The header of a JWT.
pub fn header_of(jwt: &str) -> Value {
    part_of(jwt, 0)
}

fn part_of(jwt: &str, part: usize) -> Value {
    let octets = URL_SAFE_NO_PAD
        .decode(jwt.split('.').nth(part).unwrap())
        .unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// Objects are merged, everything else replaced; `null` removes.
pub fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (key, change) in changes {
                if change.is_null() {
                    into.remove(&key);
                } else {
                    merge(into.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (into, change) => *into = change,
    }
}

/// Making RSA keys takes longer than most tests; all brokers under test have the same.
async fn bring_keys(db: &Db) {
    static KEYS: OnceCell<Vec<StoredKey>> = OnceCell::const_new();
    let keys = KEYS.get_or_init(async || {
        let engine = engines::sqlite(Tables::Idp).await;
        let clients = Clients::start().await;
        let config = configuration(&Url::parse("http://localhost:1/").unwrap(), &clients);
        let (clock, _) = Clock::manual(noon());
        let broker = assemble(&config, &engine, &ShortLivedConfig::default(), &clock).await;
        let mut tx = broker.db.read().await.unwrap();
        signing_key::list(&mut tx).await.unwrap()
    });
    let mut tx = db.begin().await.unwrap();
    for key in keys.await {
        signing_key::add(&mut tx, key).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn assemble(
    config: &Value,
    engine: &Engine,
    short_lived: &ShortLivedConfig,
    clock: &Clock,
) -> Broker {
    let mut config: idp::Config = serde_json::from_value(config.clone()).unwrap();
    config.master_key = MasterKey::encode(b"master key of the tests, 32 long");
    config.database = engine.config.clone();
    config.short_lived = ShortLivedConfig {
        max_entries: config.short_lived.max_entries,
        ..short_lived.clone()
    };
    idp::start::assemble(config, clock.clone(), Random::system())
        .await
        .unwrap()
}

fn run(broker: Broker, listener: TcpListener) -> Replica {
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        idp::serve::serve(broker, Server::new(listener), until)
            .await
            .unwrap();
    });
    Replica {
        stop: Some(stop),
        running: Some(running),
    }
}
