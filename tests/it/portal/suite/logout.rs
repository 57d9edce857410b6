//! `/odhlaseni`, `/odhlaseni/hotovo`

use super::start;
use tests::portal::{FakeProvider, SESSION_COOKIE};

#[tokio::test]
async fn signing_out_goes_on_to_the_broker_and_comes_back() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;

    let leaving = browser.submit(&page, "Odhlásit", &[]).await;

    assert_eq!(
        leaving.status, 200,
        "a page of its own: the redirects behind a form are held against form-action"
    );
    assert_eq!(browser.cookie("localhost", SESSION_COOKIE), None);
    assert_eq!(
        portal.sessions().await[0].ended_by.as_deref(),
        Some("logout")
    );
    let next = leaving.link("Dokončit odhlášení");
    let refresh = leaving.body.split("http-equiv=\"refresh\"").nth(1).unwrap();
    assert!(
        refresh.contains("0; url=http://127.0.0.1:"),
        "it goes on by itself, without scripts"
    );

    let done = browser.follow(next).await;

    assert_eq!(done.url.path(), "/odhlaseni/hotovo");
    assert!(
        done.text_of("#logout-scope")
            .unwrap()
            .contains("Městské identitě"),
        "{}",
        done.text()
    );
    let asked = portal.provider.world().logouts[0].clone();
    assert_eq!(asked["client_id"], FakeProvider::CLIENT_ID);
    assert_eq!(
        asked["post_logout_redirect_uri"],
        portal.at("/odhlaseni/hotovo")
    );
    assert_eq!(asked["ui_locales"], "cs");
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert_eq!(asked["state"].len(), 43);
    assert_eq!(portal.events().await, ["session.ended", "session.opened"]);
}

#[tokio::test]
async fn the_hint_is_the_newest_id_token() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.hand.advance(chrono::Duration::minutes(5));
    let page = browser.open(&portal.at("/moje-identita")).await;

    let leaving = browser.submit(&page, "Odhlásit", &[]).await;
    browser.follow(leaving.link("Dokončit odhlášení")).await;

    let hint = portal.provider.world().logouts[0]["id_token_hint"].clone();
    assert!(!hint.is_empty());
}

#[tokio::test]
async fn with_the_broker_down_one_is_signed_out_here_all_the_same() {
    let mut portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    portal.provider.world().is_down = true;
    portal.restart().await;

    let done = browser.submit(&page, "Odhlásit", &[]).await;

    assert_eq!(done.url.path(), "/odhlaseni/hotovo");
    assert!(
        done.text().contains("může být ještě přihlášená"),
        "{}",
        done.text()
    );
    assert_eq!(browser.cookie("localhost", SESSION_COOKIE), None);
    assert!(portal.sessions().await[0].ended_at.is_some());
}

#[tokio::test]
async fn a_made_up_state_is_not_taken_for_a_logout_everywhere() {
    let portal = start().await;
    let mut browser = tests::browser::Browser::new();

    for address in [
        "/odhlaseni/hotovo",
        "/odhlaseni/hotovo?state=x",
        "/odhlaseni/hotovo?state=",
    ] {
        let page = browser.open(&portal.at(address)).await;

        assert_eq!(page.status, 200, "{address}");
        assert!(
            !page
                .text_of("#logout-scope")
                .unwrap()
                .contains("Městské identitě"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn signing_out_without_being_signed_in_is_no_dead_end() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    let mut second_tab = browser.clone();
    browser.submit(&page, "Odhlásit", &[]).await;

    let page = second_tab.submit(&page, "Odhlásit", &[]).await;

    assert_eq!(page.status, 200);
    assert_eq!(page.url.path(), "/odhlaseni/hotovo");
}

#[tokio::test]
async fn the_page_after_a_logout_does_not_deny_a_newer_login() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    let leaving = browser.submit(&page, "Odhlásit", &[]).await;
    portal.sign_in(&mut browser).await;

    let done = browser.follow(leaving.link("Dokončit odhlášení")).await;

    assert_eq!(done.heading(), "Přihlášení je znovu otevřené");
}
