//! What visitors write into requests leaves nothing behind that stays: no metric, no row, no name without an end (D4). Memory is looked at in `kept`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use metrics_exporter_prometheus::PrometheusBuilder;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use store::on;
use tests::broker::{Ground, TestBroker};

/// How often each place is written into, each time with something new.
const TIMES: usize = 25;

/// All tables but those of the log and of what ends by itself, which are looked at apart.
const TABLES: [&str; 33] = [
    "access_grant",
    "account",
    "account_merge",
    "ares_subject",
    "authentication",
    "browser_session",
    "client",
    "client_session",
    "conflict",
    "consent",
    "contact",
    "decision",
    "fact",
    "generation",
    "job",
    "last_good",
    "mandate",
    "mandate_proposal",
    "merge_item",
    "notice",
    "notice_mail",
    "organisation",
    "pairwise_subject",
    "provider_attribute",
    "provider_observation",
    "refresh_token",
    "release",
    "revoked_access_token",
    "resource",
    "ruling",
    "signing_key",
    "upstream_link",
    "verification",
];

/// Requests that carry this text in every place that a visitor can write into.
fn visits(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    [
        authorization_requests(broker, http, canary),
        addresses(broker, http, canary),
        headers(broker, http, canary),
        token_requests(broker, http, canary),
        forms(broker, http, canary),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn authorization_requests(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    let names = [
        "ui_locales",
        "claims_locales",
        "acr_values",
        "login_hint",
        "idp_hint",
        "display",
        "state",
        "nonce",
        "response_mode",
        "prompt",
        "client_id",
        "redirect_uri",
        "code_challenge",
        "id_token_hint",
        "acting_for",
        "resource",
        "unheard_of",
    ];
    let within = [
        ("scope", format!("openid {canary}")),
        ("claims", format!(r#"{{"userinfo":{{"{canary}":null}}}}"#)),
        ("redirect_uri", format!("https://{canary}.example/")),
    ];
    names
        .into_iter()
        .map(|name| (name, canary.to_owned()))
        .chain(within)
        .map(|(name, value)| http.get(broker.authorize("portal", &[(name, value.as_str())])))
        .collect()
}

fn addresses(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    let paths = [
        "/CANARY",
        "/login/CANARY",
        "/login/CANARY/answer/CANARY",
        "/account/CANARY",
        "/static/CANARY",
        "/jazyk?lang=CANARY&back=/CANARY",
        "/upstream/CANARY/metadata",
        "/upstream/CANARY/answer?state=CANARY",
        "/upstream/demo/answer?state=CANARY&CANARY=1",
        "/upstream/demo/demo?state=CANARY",
        "/upstream/demo/error?error=CANARY",
        "/upstream/CANARY/logout?SAMLRequest=CANARY",
        "/.well-known/CANARY",
        "/oauth2/CANARY",
        "/oauth2/logout?id_token_hint=CANARY&state=CANARY&client_id=CANARY",
        "/oauth2/logout/done?doubted=CANARY",
    ];
    paths
        .into_iter()
        .map(|path| http.get(broker.at(&path.replace("CANARY", canary))))
        .collect()
}

fn headers(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    let names = [
        "accept-language",
        "user-agent",
        "referer",
        "origin",
        "x-forwarded-for",
        "x-forwarded-host",
        "forwarded",
        "x-request-id",
        "traceparent",
        "content-type",
        "if-none-match",
        "authorization",
    ];
    let within = [
        (
            "cookie",
            format!("{canary}={canary}; session={canary}; browser={canary}"),
        ),
        ("host", format!("{canary}.example")),
    ];
    let method = Method::from_bytes(canary.to_uppercase().as_bytes()).unwrap();
    names
        .into_iter()
        .map(|name| (name, canary.to_owned()))
        .chain(within)
        .map(|(name, value)| http.get(broker.at("/account")).header(name, value))
        .chain([http.request(method, broker.at("/account"))])
        .collect()
}

fn token_requests(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    let post = |path: &str, client: &str, form: &[(&str, &str)]| {
        http.post(broker.at(path))
            .basic_auth(client, Some(canary))
            .form(form)
    };
    vec![
        post("/oauth2/token", canary, &[("grant_type", canary)]),
        post(
            "/oauth2/token",
            canary,
            &[("grant_type", "authorization_code"), ("code", canary)],
        ),
        post(
            "/oauth2/token",
            canary,
            &[("grant_type", "client_credentials"), ("scope", canary)],
        ),
        post(
            "/oauth2/token",
            "portal",
            &[("grant_type", "refresh_token"), ("refresh_token", canary)],
        ),
        post(
            "/oauth2/introspect",
            canary,
            &[("token", canary), ("token_type_hint", canary)],
        ),
        post("/oauth2/revoke", canary, &[("token", canary)]),
        http.get(broker.at("/oauth2/userinfo")).bearer_auth(canary),
    ]
}

fn forms(broker: &TestBroker, http: &Client, canary: &str) -> Vec<RequestBuilder> {
    let post = |path: &str, form: &[(&str, &str)]| http.post(broker.at(path)).form(form);
    let person = [
        ("state", canary),
        ("username", canary),
        ("password", canary),
    ];
    vec![
        post(
            &format!("/login/{canary}/choose"),
            &[("provider", canary), (canary, canary)],
        ),
        post("/upstream/demo/answer", &person),
        post(
            &format!("/upstream/{canary}/backchannel-logout"),
            &[("logout_token", canary)],
        ),
        post("/upstream/demo/events", &[("notification_token", canary)]),
    ]
}

async fn visit(broker: &TestBroker, http: &Client, canary: &str) {
    for request in visits(broker, http, canary) {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url());
        let answer = http.execute(request).await.unwrap();
        let status = answer.status().as_u16();
        // A refusal or a page; never a defect.
        assert!(status < 500, "{status}: {what}");
    }
}

/// The names under which the store holds something for a while: hashes of what was sent.
async fn names(broker: &TestBroker) -> Vec<String> {
    let mut tx = broker.db.read().await.unwrap();
    on!(&mut tx, db => sqlx::query_scalar("select entry_key from short_lived").fetch_all(db).await)
        .unwrap()
}

async fn rows(broker: &TestBroker) -> BTreeMap<&'static str, i64> {
    let mut counted = BTreeMap::new();
    for table in TABLES {
        counted.insert(table, broker.rows(table).await);
    }
    counted
}

/// Everything that is measured, with its labels and without its numbers.
fn series(told: &str) -> BTreeSet<String> {
    let lines = told
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()))
        .collect()
}

/// The log keeps refusals, each with what is known of it; what a stranger wrote is not.
async fn log(broker: &TestBroker) -> (BTreeSet<String>, String) {
    let mut tx = broker.db.read().await.unwrap();
    let events = store::audit::list_latest(&mut tx, 100_000).await.unwrap();
    let kinds = events.iter().map(|event| event.kind.clone()).collect();
    (kinds, format!("{events:?}"))
}

#[tokio::test]
async fn atk_d04_whatever_visitors_write_names_no_metric_no_row_and_nothing_that_stays() {
    let counts = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&counts);
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for ground in [Ground::Sqlite, Ground::Postgres] {
        // What is turned away for being too much names nothing either.
        let unlimited = json!({
            "login": { "begun_per_minute": 0, "messages_per_minute": 0 },
            "server": { "refusals_per_minute": 0 },
        });
        let broker = TestBroker::configured(ground, unlimited).await;
        let sweep = async || {
            // Longer than anything is kept that began with a request.
            broker.hand.advance(Duration::hours(25));
            let now = broker.clock.now();
            while broker.broker.short_lived.sweep(now).await.unwrap() > 0 {}
            broker.rows("short_lived").await
        };
        // Once, so that everything that is counted at all is there.
        visit(&broker, &http, "kanarek").await;
        let (before, left_before) = (rows(&broker).await, sweep().await);
        let (measured, (kinds, _)) = (series(&counts.handle().render()), log(&broker).await);

        for number in 0..TIMES {
            visit(&broker, &http, &format!("kanarek{number:03}")).await;
        }

        let told = counts.handle().render();
        assert!(!told.to_lowercase().contains("kanarek"), "{told}");
        assert_eq!(series(&told), measured, "{ground:?}");
        assert_eq!(rows(&broker).await, before, "{ground:?}");
        let named = names(&broker).await;
        assert!(
            !named
                .iter()
                .any(|name| name.to_lowercase().contains("kanarek")),
            "{named:?}"
        );
        let (kinds_after, text) = log(&broker).await;
        assert_eq!(kinds_after, kinds, "{ground:?}");
        assert!(!text.to_lowercase().contains("kanarek"), "{ground:?}");
        assert_eq!(
            sweep().await,
            left_before,
            "{ground:?}: everything short-lived has its end"
        );
    }
}
