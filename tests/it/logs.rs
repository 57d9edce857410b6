//! Log lines as a machine reads them: each alone says which request, which client and which login it is about.

use serde_json::Value;
use tests::broker::{CLIENT_SECRET, Ground, JANA, TestBroker};
use tests::browser::Browser;
use tests::lines::Lines;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use web::config::LogConfig;

/// Writes what this thread logs, where the broker's tasks run as well, in the format of production.
fn listen() -> (Lines, (DefaultGuard, Dispatch)) {
    let lines = Lines::default();
    // While there is one listener alone, what another test's thread passes first is taken for unheard by all.
    let nobody = Dispatch::new(NoSubscriber::new());
    let log = web::log::subscriber(&LogConfig::default(), lines.clone()).unwrap();
    (lines, (set_default(log), nobody))
}

fn said<'l>(lines: &'l [Value], message: &str) -> &'l Value {
    let mut found = lines.iter().filter(|line| line["message"] == message);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("nobody said {message}: {lines:#?}"));
    assert!(found.next().is_none(), "twice: {message}");
    first
}

fn answered<'l>(lines: &'l [Value], route: &str) -> &'l Value {
    lines
        .iter()
        .find(|line| line["message"] == "answered" && line["http.route"] == route)
        .unwrap_or_else(|| panic!("nobody answered {route}: {lines:#?}"))
}

/// One POST to the token endpoint, and what is logged of it.
async fn refused(secret: &str, form: &[(&str, &str)]) -> (u16, Vec<Value>) {
    let broker = TestBroker::start(Ground::Sqlite).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (lines, listening) = listen();

    let answer = client
        .post(broker.at("/oauth2/token"))
        .basic_auth("portal", Some(secret))
        .form(form)
        .send()
        .await
        .unwrap();

    drop(listening);
    (answer.status().as_u16(), lines.json())
}

#[tokio::test]
async fn a_refused_token_request_says_of_whom_and_why() {
    let form = [("grant_type", "authorization_code"), ("code", "made-up")];
    let form = [&form[..], &[("redirect_uri", "https://client.test/")]].concat();

    let (status, lines) = refused(CLIENT_SECRET, &form).await;

    assert_eq!(status, 400);
    let refusal = said(&lines, "a client was refused");
    assert_eq!(refusal["error.code"], "invalid_grant");
    assert_eq!(refusal["client.id"], "portal");
    assert_eq!(refusal["grant.type"], "authorization_code");
    assert_eq!(refusal["http.route"], "/oauth2/token");
    assert!(
        refusal["error"]
            .as_str()
            .is_some_and(|why| why.contains("code"))
    );
    let answered = answered(&lines, "/oauth2/token");
    assert_eq!(answered["client.id"], "portal");
    assert_eq!(answered["http.status"], 400);
    assert!(answered["http.micros"].is_u64());
    assert_eq!(answered["request.id"], refusal["request.id"]);
}

#[tokio::test]
async fn a_client_that_did_not_prove_itself_is_named_and_its_secret_is_not() {
    let (status, lines) = refused("not-its-secret", &[("grant_type", "client_credentials")]).await;

    assert_eq!(status, 401);
    let refusal = said(&lines, "a client was refused");
    assert_eq!(refusal["error.code"], "invalid_client");
    assert_eq!(refusal["error"], "client authentication failed");
    assert_eq!(refusal["client.id"], "portal");
    for line in &lines {
        assert!(!line.to_string().contains("not-its-secret"), "{line}");
    }
}

#[tokio::test]
async fn every_line_of_a_login_says_which_login_it_is_and_none_says_of_whom() {
    let broker = TestBroker::start(Ground::Sqlite).await;
    let mut browser = Browser::new();
    let (lines, listening) = listen();

    let page = broker.log_in(&mut browser, "portal", JANA).await;

    drop(listening);
    assert!(page.query("code").is_some(), "{}", page.url);
    let lines = lines.json();
    let logged_in = said(&lines, "somebody logged in");
    let (login, request) = (&logged_in["login.id"], &logged_in["request.id"]);
    assert_eq!(login.as_str().map(str::len), Some(12), "{logged_in}");
    assert!(request.is_string());
    assert_eq!(logged_in["client.id"], "portal");
    assert_eq!(logged_in["provider.id"], "demo");
    assert_eq!(logged_in["span"], "login.answer");
    for route in [
        "/oauth2/authorize",
        "/login/{login}",
        "/login/{login}/answer/{handle}",
    ] {
        let answered = answered(&lines, route);
        assert_eq!(answered["login.id"], *login, "{answered}");
        assert_eq!(answered["client.id"], "portal", "{answered}");
    }
    for line in &lines {
        let line = line.to_string();
        for secret in [JANA.0, JANA.1, "Jana"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}
