//! The way in that this browser used last.

use serde_json::json;

use super::*;

const WAY_COOKIE: &str = "__Host-city-idp-way";

/// Two doors: `demo`, which stands first by its name, and `other`.
async fn with_two_doors() -> TestBroker {
    configured(json!({ "provider": { "other": {
        "kind": "demo", "environment": "sandbox", "title": { "cs": "Jiné dveře" },
        "account": { "eva": { "password": "heslo" } },
    } } }))
    .await
}

fn ways(page: &Page) -> Vec<String> {
    page.texts_of(".provider button")
}

#[tokio::test]
async fn the_door_that_worked_last_stands_first_next_time_and_can_be_forgotten() {
    let broker = with_two_doors().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(ways(&page), ["Zkušební přihlášení", "Jiné dveře"]);
    assert!(!page.text().contains("Naposledy jste použili"));
    let door = browser.submit(&page, "provider-other", &[]).await;
    let client = broker.sign_in(&mut browser, &door, ("eva", "heslo")).await;
    assert!(arrived(&client, "portal"), "{}", client.text());
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), Some("other"));

    let again = [("prompt", "login")];
    let page = browser.open(&broker.authorize("portal", &again)).await;

    assert_eq!(ways(&page), ["Jiné dveře", "Zkušební přihlášení"]);
    assert!(
        page.text().contains("Naposledy jste použili"),
        "{}",
        page.text()
    );
    let page = browser.submit(&page, "login-forget", &[]).await;
    assert_eq!(ways(&page), ["Zkušební přihlášení", "Jiné dveře"]);
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), None);
    assert!(page.texts_of("#login-forget").is_empty());
}

#[tokio::test]
async fn a_login_that_did_not_succeed_and_a_door_that_is_gone_are_not_remembered() {
    let broker = with_two_doors().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let door = browser.submit(&page, "provider-other", &[]).await;
    browser.submit(&door, "login-cancel", &[]).await;
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), None);

    for stale in ["gone", "../x", "<script>"] {
        browser.set_cookie("localhost", WAY_COOKIE, stale);
        let page = browser.open(&broker.authorize("portal", &[])).await;

        assert_eq!(
            ways(&page),
            ["Zkušební přihlášení", "Jiné dveře"],
            "{stale}"
        );
        assert!(page.texts_of("#login-forget").is_empty());
    }
}

#[tokio::test]
async fn forgetting_needs_the_token_of_this_browser() {
    let broker = with_two_doors().await;
    let mut browser = Browser::new();
    browser.set_cookie("localhost", WAY_COOKIE, "other");
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let (form, _) = page.form_with("login-forget");
    let forged = vec![("csrf".to_owned(), "x".repeat(86))];

    let refused = browser.request("POST", form.action, Some(forged)).await;

    assert_eq!(refused.status, 403);
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), Some("other"));
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so_and_not_sent_in_circles() {
    let broker = start().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for start in [broker.authorize("portal", &[]), broker.at("/account")] {
        let mut next = start.clone();
        let mut steps = 0;
        let answer = loop {
            let answer = http
                .get(&next)
                .header("accept-language", "cs")
                .send()
                .await
                .unwrap();
            let location = answer.headers().get("location");
            let Some(location) = location.map(|to| to.to_str().unwrap().to_owned()) else {
                break answer;
            };
            next = broker.url.join(&location).unwrap().into();
            steps += 1;
            assert!(steps < 5, "{start} leads in circles");
        };

        assert_eq!(answer.status().as_u16(), 400);
        let sets_cookie = answer.headers().contains_key("set-cookie");
        let body = answer.text().await.unwrap();
        assert!(body.contains("LOG-118"), "{body}");
        assert!(body.contains("Váš prohlížeč neukládá cookies"), "{body}");
        assert!(sets_cookie, "so that trying again works");
    }
}

#[tokio::test]
async fn a_link_to_somebody_elses_login_still_begins_anew() {
    let broker = with_two_doors().await;
    let mut first = Browser::new();
    let page = first.open(&broker.authorize("portal", &[])).await;
    let mut second = Browser::new();

    let seconds = second.open(page.url.as_str()).await;
    let mut third = Browser::new();
    let told = third.open(seconds.url.as_str()).await;
    let thirds = third.follow(told.link("Zkusit přihlášení znovu")).await;

    assert_ne!(seconds.url, page.url);
    assert_eq!(seconds.heading(), "Jak se chcete přihlásit?");
    assert_eq!(told.status, 400, "a link to a login that began anew");
    assert_eq!(thirds.heading(), "Jak se chcete přihlásit?");
    assert_ne!(thirds.url, seconds.url);
}
