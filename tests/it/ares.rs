//! ARES, as the broker asks it: what is kept, for how long, and what becomes of a subject that ended or was never there.

mod sandbox;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, Uri, header::CONTENT_TYPE};
use chrono::{DateTime, Duration, Utc};
use federation::{BodyKind, Environment};
use idp::ares::{Ares, AresConfig, AresError, Ico, State};
use outbound::{Outbound, OutboundConfig};
use serde_json::{Value, json};
use store::Db;
use tests::engines::engines;

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn bakery() -> Ico {
    "00000027".parse().unwrap()
}

/// An ARES that answers what it is told, and counts.
#[derive(Clone)]
struct Twin {
    url: String,
    answer: Arc<Mutex<(u16, Value)>>,
    asked: Arc<Mutex<Vec<String>>>,
    at_once: Arc<AtomicUsize>,
}

impl Twin {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let twin = Self {
            url: format!("http://{}/rest/", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new((200, subject()))),
            asked: Arc::default(),
            at_once: Arc::default(),
        };
        let mine = twin.clone();
        let router = axum::Router::new().fallback(async move |uri: Uri| {
            mine.at_once.fetch_add(1, Ordering::SeqCst);
            mine.asked.lock().unwrap().push(uri.path().to_owned());
            let (status, answer) = mine.answer.lock().unwrap().clone();
            (
                StatusCode::from_u16(status).unwrap(),
                [(CONTENT_TYPE, "application/json")],
                answer.to_string(),
            )
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        twin
    }

    fn answers(&self, status: u16, answer: Value) {
        *self.answer.lock().unwrap() = (status, answer);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn client(&self, db: &Db) -> Ares {
        client(&self.url, db)
    }
}

fn client(url: &str, db: &Db) -> Ares {
    let config: AresConfig = serde_json::from_value(json!({ "url": url })).unwrap();
    let outbound = OutboundConfig {
        breaker_opens_after: 1_000,
        ..OutboundConfig::default()
    };
    let outbound = Outbound::new(&outbound).unwrap();
    Ares::new(&config, Environment::Sandbox, &outbound, db)
}

fn subject() -> Value {
    json!({
        "ico": "00000027", "icoId": "00000027", "obchodniJmeno": "Pekařství Vltava s.r.o.", "pravniForma": "112",
        "seznamRegistraci": { "stavZdrojeRos": "AKTIVNI" },
    })
}

fn nobody() -> Value {
    json!({ "kod": "NENALEZENO", "popis": "Subjekt nebyl nalezen" })
}

#[tokio::test]
async fn a_subject_is_asked_for_once_a_day_and_known_to_every_replica() {
    for engine in engines().await {
        let twin = Twin::start().await;
        let (ares, replica) = (
            twin.client(&engine.db),
            twin.client(&engine.open_again().await),
        );

        let told = ares.lookup(&bakery(), noon()).await.unwrap().unwrap();
        let later = noon() + Duration::hours(23);
        let again = replica.lookup(&bakery(), later).await.unwrap().unwrap();

        assert_eq!(told.name, "Pekařství Vltava s.r.o.");
        assert_eq!(
            (told.kind(), told.state),
            (Some(BodyKind::Company), State::Active)
        );
        assert_eq!((told.as_of, told.stale), (noon(), false));
        assert_eq!(again, told);
        assert_eq!(twin.asked(), ["/rest/ekonomicke-subjekty/00000027"]);

        twin.answers(200, {
            let mut ended = subject();
            ended["datumZaniku"] = json!("2026-11-20");
            ended
        });
        let tomorrow = noon() + Duration::hours(24);
        let ended = ares.lookup(&bakery(), tomorrow).await.unwrap().unwrap();

        assert!(ended.has_ended());
        assert_eq!(ended.state, State::Ended("2026-11-20".parse().ok()));
        assert_eq!(ended.as_of, tomorrow);
        let kept = replica.lookup(&bakery(), tomorrow).await.unwrap().unwrap();
        assert_eq!(kept, ended);
        assert_eq!(twin.asked().len(), 2);
    }
}

#[tokio::test]
async fn while_ares_is_down_its_last_answer_serves_for_thirty_days_and_says_so() {
    for engine in engines().await {
        let twin = Twin::start().await;
        let ares = twin.client(&engine.db);
        ares.lookup(&bakery(), noon()).await.unwrap();

        for (status, answer) in [
            (503, json!({})),
            (400, json!({ "kod": "CHYBA_VSTUPU" })),
            (
                200,
                json!({ "ico": "00000019", "obchodniJmeno": "Jiný", "pravniForma": "112" }),
            ),
            (200, json!("<html>")),
        ] {
            twin.answers(status, answer.clone());
            let day = noon() + Duration::days(29);

            let kept = ares.lookup(&bakery(), day).await.unwrap().unwrap();

            assert!(kept.stale, "{status} {answer}");
            assert_eq!(
                (kept.as_of, kept.name.as_str()),
                (noon(), "Pekařství Vltava s.r.o.")
            );
            let late = ares.lookup(&bakery(), noon() + Duration::days(30)).await;
            assert!(matches!(late, Err(AresError::Unavailable(_))), "{late:?}");
        }
        let unknown: Ico = "00000019".parse().unwrap();
        let never = ares.lookup(&unknown, noon()).await;
        assert!(matches!(never, Err(AresError::Unavailable(_))), "{never:?}");
    }
}

#[tokio::test]
async fn a_number_nobody_has_is_nobody_for_an_hour() {
    for engine in engines().await {
        let twin = Twin::start().await;
        let ares = twin.client(&engine.db);
        twin.answers(404, nobody());

        assert_eq!(ares.lookup(&bakery(), noon()).await.unwrap(), None);
        let soon = noon() + Duration::minutes(59);
        assert_eq!(ares.lookup(&bakery(), soon).await.unwrap(), None);
        assert_eq!(twin.asked().len(), 1);

        // Nobody is no last good answer: it was only never contradicted.
        twin.answers(503, json!({}));
        let later = noon() + Duration::hours(1);
        let down = ares.lookup(&bakery(), later).await;
        assert!(matches!(down, Err(AresError::Unavailable(_))), "{down:?}");

        twin.answers(200, subject());
        assert!(ares.lookup(&bakery(), later).await.unwrap().is_some());
        // And one that ARES has forgotten is nobody, whatever was known.
        twin.answers(404, nobody());
        let day = later + Duration::days(1);
        assert_eq!(ares.lookup(&bakery(), day).await.unwrap(), None);
    }
}

#[tokio::test]
async fn many_who_ask_at_once_make_one_question() {
    for engine in engines().await {
        let twin = Twin::start().await;
        let ares = twin.client(&engine.db);

        let asking = (0..20).map(|_| {
            let ares = ares.clone();
            tokio::spawn(async move { ares.lookup(&bakery(), noon()).await.unwrap() })
        });
        for told in futures_util::future::join_all(asking).await {
            assert!(told.unwrap().is_some());
        }

        assert_eq!(twin.at_once.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_sandbox_never_asks_the_real_ares() {
    for engine in engines().await {
        let outbound = Outbound::new(&OutboundConfig::default()).unwrap();
        let ares = Ares::new(
            &AresConfig::default(),
            Environment::Sandbox,
            &outbound,
            &engine.db,
        );

        let asked = ares.lookup(&bakery(), noon()).await;

        assert!(matches!(asked, Err(AresError::NotConfigured)), "{asked:?}");
        let real = Ares::new(
            &AresConfig::default(),
            Environment::Production,
            &outbound,
            &engine.db,
        );
        assert!(format!("{real:?}").contains("https://ares.gov.cz/ekonomicke-subjekty-v-be/rest"));
    }
}
