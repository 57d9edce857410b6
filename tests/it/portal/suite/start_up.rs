//! Starting, health, and what the broker's absence does.

use super::start;
use tests::browser::Browser;

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
