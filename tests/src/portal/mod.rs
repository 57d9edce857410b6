//! A portal under test, and a provider of our own that it signs in at: an honest one, or one that lies.

mod provider;
mod signing;

pub use provider::{FakeProvider, Lie, Refresh};
pub use signing::{Key, hmac, unsigned};

use std::net::TcpListener;

use chrono::{DateTime, TimeZone, Utc};
use portal::storage::portal_session::PortalSession;
use serde_json::{Value, json};
use store::{Db, MasterKey, ShortLivedConfig, on};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;
use web::{Clock, ManualClock, Random};

use crate::browser::{Browser, Page};
use crate::engines::{self, Engine, Tables};

/// A running portal with its own database, clock and provider.
#[derive(Debug)]
pub struct TestPortal {
    /// `http://localhost:PORT`
    pub url: Url,
    /// Moves the time of portal and provider.
    pub hand: ManualClock,
    /// The time of portal and provider.
    pub clock: Clock,
    /// Where it signs in.
    pub provider: FakeProvider,
    /// Its database, opened a second time.
    pub db: Db,
    config: portal::Config,
    /// Open for as long as it lives: while it is restarted, nobody else can take its address.
    door: TcpListener,
    replicas: Vec<Replica>,
    _engine: Engine,
}

#[derive(Debug)]
struct Replica {
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl TestPortal {
    /// On SQLite, with short-lived state in it.
    pub async fn on_sqlite() -> Self {
        Self::start(
            engines::sqlite(Tables::Portal).await,
            ShortLivedConfig::default(),
        )
        .await
    }

    /// On PostgreSQL, with short-lived state in Redis.
    pub async fn on_postgres_and_redis() -> Self {
        let redis = engines::patient_redis(engines::redis_of_its_own());
        Self::start(engines::postgres(Tables::Portal).await, redis).await
    }

    /// On SQLite, with short-lived state in this Redis, which may go away.
    pub async fn beside(redis: String) -> Self {
        let redis = engines::patient_redis(redis);
        Self::start(engines::sqlite(Tables::Portal).await, redis).await
    }

    async fn start(engine: Engine, short_lived: ShortLivedConfig) -> Self {
        let (clock, hand) = Clock::manual(noon());
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!(
            "http://localhost:{}/",
            door.local_addr().unwrap().port()
        ))
        .unwrap();
        let provider = FakeProvider::start(clock.clone()).await;
        let config = configuration(&url, &provider, &engine, short_lived);
        let db = engine.open_again().await;
        let listener = door.try_clone().unwrap();
        let replicas = vec![run(config.clone(), listener, clock.clone())];
        Self {
            url,
            hand,
            clock,
            provider,
            db,
            config,
            door,
            replicas,
            _engine: engine,
        }
    }

    /// One more process on the same database; returns its own address.
    pub fn replica(&mut self) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!(
            "http://localhost:{}/",
            listener.local_addr().unwrap().port()
        ))
        .unwrap();
        self.replicas
            .push(run(self.config.clone(), listener, self.clock.clone()));
        url
    }

    /// Stops the first process and starts another one at the same address.
    pub async fn restart(&mut self) {
        self.restart_with(|_| ()).await;
    }

    /// The same with a changed configuration.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut portal::Config)) {
        change(&mut self.config);
        let mut first = self.replicas.remove(0);
        drop(first.stop.take());
        first.running.take().unwrap().await.unwrap();
        let listener = self.door.try_clone().unwrap();
        self.replicas
            .insert(0, run(self.config.clone(), listener, self.clock.clone()));
    }

    /// The whole router of one more process, to be asked without a network.
    pub async fn router(&self) -> axum::Router {
        let portal = portal::Portal::start(&self.config, self.clock.clone(), Random::system())
            .await
            .unwrap();
        portal::router::router(&portal, portal::policy(&self.config, &portal))
    }

    /// Starts one more process with a changed configuration, as far as it gets.
    pub async fn start_with(
        &self,
        change: impl FnOnce(&mut portal::Config),
    ) -> Result<portal::Portal, portal::StartError> {
        let mut config = self.config.clone();
        change(&mut config);
        portal::Portal::start(&config, self.clock.clone(), Random::system()).await
    }

    /// An address of it.
    pub fn at(&self, path: &str) -> String {
        self.url.join(path).unwrap().into()
    }

    /// A browser that is signed in, and the page it came to.
    pub async fn signed_in(&self) -> (Browser, Page) {
        let mut browser = Browser::new();
        let page = self.sign_in(&mut browser).await;
        (browser, page)
    }

    /// Signs a browser in.
    pub async fn sign_in(&self, browser: &mut Browser) -> Page {
        // So that sessions sort by age.
        self.hand.advance(chrono::Duration::milliseconds(1));
        let page = browser.open(&self.at("/prihlaseni")).await;
        assert_eq!(
            (page.status, page.url.path()),
            (200, "/moje-identita"),
            "{}",
            page.text()
        );
        page
    }

    /// All rows of `portal_session`.
    pub async fn sessions(&self) -> Vec<PortalSession> {
        let mut tx = self.db.read().await.unwrap();
        on!(&mut tx, db => {
            sqlx::query_as("select * from portal_session order by created_at, portal_session_id").fetch_all(db).await
        })
        .unwrap()
    }

    /// The kinds of all audit events, sorted: the clock stands still, so nothing else orders them.
    pub async fn events(&self) -> Vec<String> {
        let mut tx = self.db.read().await.unwrap();
        let events = store::audit::list_latest(&mut tx, 1000).await.unwrap();
        let mut kinds: Vec<String> = events.into_iter().map(|event| event.kind).collect();
        kinds.sort();
        kinds
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
}

/// The time it is when a portal under test starts.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
}

/// The name of the session cookie as the browser has it.
pub const SESSION_COOKIE: &str = "__Host-portal";

/// The name of the cookie that binds logins to a browser, as the browser has it.
pub const BROWSER_COOKIE: &str = "__Host-portal-browser";

fn configuration(
    url: &Url,
    provider: &FakeProvider,
    engine: &Engine,
    short_lived: ShortLivedConfig,
) -> portal::Config {
    let section = |value: Value| value;
    portal::Config {
        environment: portal::config::Environment::Test,
        master_key: MasterKey::encode(b"master key of the tests, 32 long"),
        server: serde_json::from_value(section(
            json!({"listen": "127.0.0.1:0", "public_url": url}),
        ))
        .unwrap(),
        database: engine.config.clone(),
        short_lived,
        broker: serde_json::from_value(section(json!({
            "issuer": provider.issuer(),
            "client_id": FakeProvider::CLIENT_ID,
            "client_secret": FakeProvider::CLIENT_SECRET,
            "account_url": format!("{}/account", provider.issuer()),
        })))
        .unwrap(),
        session: portal::session::SessionConfig::default(),
        outbound: outbound::OutboundConfig::default(),
        audit: store::audit::AuditConfig::default(),
        town: web::config::TownConfig::named("Vzorov"),
        log: web::config::LogConfig::default(),
    }
}

fn run(config: portal::Config, listener: TcpListener, clock: Clock) -> Replica {
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        portal::serve(config, listener, clock, Random::system(), until)
            .await
            .unwrap();
    });
    Replica {
        stop: Some(stop),
        running: Some(running),
    }
}
