//! Starting, health, and what the broker's absence does.

use super::start;
use portal::router::{ADDRESSES, Access};
use tests::browser::Browser;
use web::testing::route_findings;

#[tokio::test]
async fn it_starts_and_serves_while_the_broker_is_down() {
    let mut portal = start().await;
    portal.provider.world().is_down = true;
    portal.restart().await;
    let mut browser = Browser::new();

    let home = browser.open(&portal.at("/")).await;
    let ready = browser.open(&portal.at("/readyz")).await;
    let login = browser
        .open(&portal.at("/prihlaseni?cil=/prihlasena-zarizeni"))
        .await;

    assert_eq!((home.status, ready.status), (200, 200));
    assert_eq!(login.status, 503);
    assert!(login.text().contains("POR-120"), "{}", login.text());

    portal.provider.world().is_down = false;
    portal.hand.advance(chrono::Duration::minutes(2));
    let page = browser.follow(login.link("Přihlásit se znovu")).await;
    assert_eq!(page.url.path(), "/prihlasena-zarizeni");
}

#[tokio::test]
async fn signing_in_works_again_a_second_after_the_broker_is_back() {
    let mut portal = start().await;
    portal.provider.world().is_down = true;
    portal.restart().await;
    let second = chrono::Duration::seconds(1);
    let address = portal.url.join("/prihlaseni").unwrap();
    let sign_in = async || {
        let answer = Browser::new().request("GET", address.clone(), None).await;
        answer.status
    };
    // So often that the breaker opens too, and its tries fail.
    for _ in 0..8 {
        assert_eq!(sign_in().await, 503);
        portal.hand.advance(second);
    }
    assert_eq!(sign_in().await, 503);

    portal.provider.world().is_down = false;
    let asked = portal.provider.world().hits["discovery"];
    assert_eq!(sign_in().await, 503, "it is left alone for that second");
    assert_eq!(portal.provider.world().hits["discovery"], asked);
    portal.hand.advance(second);

    assert_eq!(sign_in().await, 303);
}

#[tokio::test]
async fn the_last_good_discovery_is_used_while_the_broker_is_down() {
    let portal = start().await;
    portal.signed_in().await;
    portal.provider.world().is_down = true;
    portal.hand.advance(chrono::Duration::hours(3));

    let leaving = Browser::new()
        .request("GET", portal.url.join("/prihlaseni").unwrap(), None)
        .await;

    assert_eq!(leaving.status, 303);
    assert!(
        leaving.headers["location"]
            .to_str()
            .unwrap()
            .starts_with(portal.provider.issuer())
    );
}

#[tokio::test]
async fn discovery_is_fetched_once_for_many() {
    let portal = start().await;
    let mut requests = Vec::new();
    for _ in 0..10 {
        let address = portal.url.join("/prihlaseni").unwrap();
        requests.push(tokio::spawn(async move {
            Browser::new().request("GET", address, None).await.status
        }));
    }
    for request in requests {
        assert_eq!(request.await.unwrap(), 303);
    }

    assert_eq!(portal.provider.world().hits["discovery"], 1);
    assert_eq!(portal.provider.world().hits["jwks"], 1);
}

#[tokio::test]
async fn every_route_is_behind_the_policy() {
    let portal = start().await;
    let paths: Vec<String> = ADDRESSES
        .iter()
        .map(|(_, path, ..)| filled_in(path))
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();

    let findings =
        route_findings(&portal.router().await, &paths, &["/odhlaseni/backchannel"]).await;

    assert_eq!(findings, [""; 0]);
}

#[tokio::test]
async fn every_route_says_who_may_call_it() {
    let portal = start().await;
    for (method, path, access, _) in ADDRESSES {
        let address = portal.url.join(&filled_in(path)).unwrap();
        let body = (*method == "POST").then(Vec::new);
        let answer = Browser::new().request(method, address, body).await;
        let asks_to_sign_in = answer.status == 303
            && answer.headers["location"]
                .to_str()
                .unwrap()
                .starts_with("/prihlaseni?cil=");

        assert!(
            ![404, 405].contains(&answer.status),
            "{method} {path} is no route"
        );
        assert_eq!(
            asks_to_sign_in,
            *access == Access::Private,
            "{method} {path}: {}",
            answer.status
        );
        if *access == Access::Broker {
            assert_eq!(answer.status, 400, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn another_master_key_stops_the_start_and_is_named() {
    let portal = start().await;
    Browser::new().open(&portal.at("/readyz")).await;

    let refused = portal
        .start_with(|config| {
            config.master_key = store::MasterKey::encode(b"another key of 32 octets, random");
        })
        .await;

    let message = refused.unwrap_err().to_string();
    assert!(message.contains("`master_key`"), "{message}");
    assert!(
        message.contains("not the one this database was made with"),
        "{message}"
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_stops_the_start_and_says_where_to_look() {
    let portal = start().await;

    let refused = portal
        .start_with(|config| config.database.url = "sqlite:///dev/null/portal.db".into())
        .await;

    let message = refused.unwrap_err().to_string();
    assert!(message.contains("`database.url`"), "{message}");
    assert!(message.contains("Make sure that it exists"), "{message}");
}

#[tokio::test]
async fn a_sandbox_address_in_production_stops_the_start_and_is_named() {
    let portal = start().await;

    let refused = portal
        .start_with(|config| {
            config.environment = portal::config::Environment::Production;
            config.server.public_url = "https://portal.mesto.example".parse().unwrap();
        })
        .await;

    let message = refused.unwrap_err().to_string();
    assert!(message.contains("`broker.issuer`"), "{message}");
}

fn filled_in(path: &str) -> String {
    path.replace("{session}", "00000000-0000-0000-0000-000000000000")
}
