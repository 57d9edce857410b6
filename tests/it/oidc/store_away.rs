//! Signing out while the store of short-lived state is away: it never ends half.

use serde_json::json;
use tests::broker::{JANA, TestBroker};
use tests::browser::{Browser, Page};
use tests::cable::Cable;
use tests::engines;

async fn beside_a_cable() -> (TestBroker, Cable) {
    let cable = Cable::to(engines::redis().trim_start_matches("redis://")).await;
    let broker = TestBroker::beside(format!("redis://{}", cable.address()), json!({})).await;
    (broker, cable)
}

/// A signed-in browser and the ID token that the portal has of it.
async fn signed_in(broker: &TestBroker) -> (Browser, String) {
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", JANA).await;
    let tokens = broker.redeem("portal", &page.query("code").unwrap()).await;
    (browser, tokens["id_token"].as_str().unwrap().to_owned())
}

/// Whether somebody is signed in with this browser, once the store is back.
async fn is_signed_in(broker: &TestBroker, browser: &mut Browser, cable: &Cable) -> bool {
    cable.mend();
    let silent = broker.authorize("portal", &[("prompt", "none")]);
    loop {
        let page: Page = browser.open(&silent).await;
        if page.query("code").is_some() || page.query("error").is_some() {
            return page.query("code").is_some();
        }
        assert_eq!(page.status, 503, "{}", page.text());
    }
}

#[tokio::test]
async fn a_client_signs_a_person_out_while_the_store_is_away() {
    let (broker, cable) = beside_a_cable().await;
    let (mut browser, hint) = signed_in(&broker).await;
    let out = broker.clients.at("/portal/out");
    let mut url = broker.url.join("/oauth2/logout").unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", &hint)
        .append_pair("post_logout_redirect_uri", &out)
        .append_pair("state", "s");

    cable.pull();
    let page = browser.open(url.as_str()).await;

    assert_eq!(
        page.url.as_str(),
        format!("{out}?state=s"),
        "{}",
        page.text()
    );
    assert!(!is_signed_in(&broker, &mut browser, &cable).await);
}

#[tokio::test]
async fn a_form_of_a_client_does_so_too() {
    let (broker, cable) = beside_a_cable().await;
    let (mut browser, hint) = signed_in(&broker).await;
    let out = broker.clients.at("/portal/out");
    browser.open(&broker.clients.at("/somewhere")).await;
    let fields = vec![
        ("id_token_hint".to_owned(), hint),
        ("post_logout_redirect_uri".to_owned(), out.clone()),
    ];

    cable.pull();
    let form = broker.url.join("/oauth2/logout").unwrap();
    let answer = browser.request("POST", form, Some(fields)).await;
    let page = browser.follow(answer.redirect().unwrap()).await;

    assert_eq!(page.url.as_str(), out, "{}", page.text());
    assert!(!is_signed_in(&broker, &mut browser, &cable).await);
}

#[tokio::test]
async fn our_own_button_signs_out_and_the_page_says_so() {
    let (broker, cable) = beside_a_cable().await;
    let (mut browser, _) = signed_in(&broker).await;
    let account = browser.open(&broker.at("/account")).await;

    cable.pull();
    let page = browser.submit(&account, "Odhlásit", &[]).await;

    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text_of("#logout-done").is_some(), "{}", page.text());
    assert!(!is_signed_in(&broker, &mut browser, &cable).await);
}
