//! Signing out while the store of short-lived state is away: the way to the broker's own logout stays open.

use tests::browser::Browser;
use tests::cable::Cable;
use tests::engines;
use tests::portal::{SESSION_COOKIE, TestPortal};

#[tokio::test]
async fn signing_out_goes_on_to_the_broker_without_a_state() {
    let cable = Cable::to(engines::redis().trim_start_matches("redis://")).await;
    let portal = TestPortal::beside(format!("redis://{}", cable.address())).await;
    let (mut browser, page) = portal.signed_in().await;

    cable.pull();
    let leaving = browser.submit(&page, "Odhlásit", &[]).await;

    assert_eq!(leaving.status, 200, "{}", leaving.text());
    assert_eq!(browser.cookie("localhost", SESSION_COOKIE), None);
    assert!(portal.sessions().await[0].ended_at.is_some());
    let done = browser.follow(leaving.link("Dokončit odhlášení")).await;
    let asked = portal.provider.world().logouts[0].clone();
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert!(!asked.contains_key("state"), "{asked:?}");
    // Back, it says no more than it knows.
    assert_eq!((done.status, done.url.path()), (200, "/odhlaseni/hotovo"));
    let scope = done.text_of("#logout-scope").unwrap();
    assert!(!scope.contains("Městské identitě"), "{scope}");
}

#[tokio::test]
async fn whoever_is_back_with_a_state_reads_that_they_are_signed_out() {
    let cable = Cable::to(engines::redis().trim_start_matches("redis://")).await;
    let portal = TestPortal::beside(format!("redis://{}", cable.address())).await;
    cable.pull();

    let page = Browser::new()
        .open(&portal.at("/odhlaseni/hotovo?state=x"))
        .await;

    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text_of("#logout-scope").is_some());
}
