//! Signing out: by a client, by a button, and everybody who has to hear of it.

use chrono::Duration;
use serde_json::json;
use tests::broker::{claims_of, header_of};

use super::*;

async fn signed_in_with_id_token(broker: &TestBroker, client_id: &str) -> (Browser, String) {
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, client_id, JANA).await;
    let tokens = broker.redeem(client_id, &code(&page)).await;
    (browser, tokens["id_token"].as_str().unwrap().to_owned())
}

fn logout(broker: &TestBroker, params: &[(&str, &str)]) -> String {
    let mut url = broker.url.join("/oauth2/logout").unwrap();
    url.query_pairs_mut().extend_pairs(params);
    url.into()
}

async fn is_signed_in(broker: &TestBroker, browser: &mut Browser) -> bool {
    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    page.query("code").is_some()
}

#[tokio::test]
async fn a_hint_with_a_registered_address_ends_the_session_and_returns_the_state_unchanged() {
    let broker = start().await;
    let (mut browser, hint) = signed_in_with_id_token(&broker, "portal").await;
    let out = broker.clients.at("/portal/out");
    let state = "s".repeat(128);
    let params = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", &out),
        ("state", &state),
    ];

    let page = browser.open(&logout(&broker, &params)).await;

    assert_eq!(page.url.path(), "/portal/out");
    assert_eq!(page.query("state").as_deref(), Some(state.as_str()));
    assert!(session_cookie(&browser).is_none());
    assert!(!is_signed_in(&broker, &mut browser).await);
    assert!(broker.events().await.contains(&"session.ended".to_owned()));
}

#[tokio::test]
async fn without_state_none_is_returned_and_an_expired_hint_still_counts() {
    let broker = start().await;
    let (mut browser, hint) = signed_in_with_id_token(&broker, "portal").await;
    broker.hand.advance(Duration::minutes(90));
    let out = broker.clients.at("/portal/out");

    let page = browser
        .open(&logout(
            &broker,
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", &out)],
        ))
        .await;

    assert_eq!(page.url.as_str(), out);
}

#[tokio::test]
async fn a_cross_site_form_is_asked_again_where_the_cookies_are() {
    let broker = start().await;
    let (mut browser, hint) = signed_in_with_id_token(&broker, "portal").await;
    let out = broker.clients.at("/portal/out");
    browser.open(&broker.clients.at("/somewhere")).await;
    let fields = vec![
        ("id_token_hint".to_owned(), hint),
        ("post_logout_redirect_uri".to_owned(), out.clone()),
    ];

    let answer = browser
        .request(
            "POST",
            broker.url.join("/oauth2/logout").unwrap(),
            Some(fields),
        )
        .await;
    let page = browser.follow(answer.redirect().unwrap()).await;

    assert_eq!(page.url.as_str(), out);
    assert!(!is_signed_in(&broker, &mut browser).await);
}

#[tokio::test]
async fn no_other_address_is_ever_followed() {
    let broker = start().await;
    let (mut browser, hint) = signed_in_with_id_token(&broker, "portal").await;
    let out = broker.clients.at("/portal/out");
    let foreign = broker.clients.at("/library/out");
    let none = hint.rsplit_once('.').unwrap().0.to_owned() + ".";
    for (hint, uri) in [
        (hint.as_str(), "https://evil.test/"),
        (&hint, &format!("{out}?x=1")),
        (&hint, &foreign),
        (&none, &out),
        ("not.a.token", &out),
        ("", &out),
    ] {
        let mut params = vec![("post_logout_redirect_uri", uri), ("state", "the-state")];
        if !hint.is_empty() {
            params.push(("id_token_hint", hint));
        }
        let mut visitor = browser.clone();

        let page = visitor.open(&logout(&broker, &params)).await;

        assert_eq!(page.url.host_str(), Some("localhost"), "{uri}");
        assert!(!page.body.contains("\"https://evil.test"));
        assert_eq!(page.heading(), "Chcete se odhlásit?", "{hint} {uri}");
    }
    assert!(is_signed_in(&broker, &mut browser).await);
}

#[tokio::test]
async fn portal_15_without_a_hint_the_person_is_asked_first() {
    let broker = start().await;
    let (mut browser, _) = signed_in_with_id_token(&broker, "portal").await;

    for params in [vec![], vec![("state", "the-state")]] {
        let page = browser.open(&logout(&broker, &params)).await;
        assert_eq!(page.heading(), "Chcete se odhlásit?");
        assert!(is_signed_in(&broker, &mut browser).await);
    }
    let page = browser.open(&logout(&broker, &[])).await;
    let page = browser.submit(&page, "logout-submit", &[]).await;

    assert!(page.text_of("#logout-done").is_some(), "{}", page.text());
    assert!(!is_signed_in(&broker, &mut browser).await);
    let page = browser
        .speaking("en")
        .open(&broker.at("/oauth2/logout/done"))
        .await;
    assert!(page.text_of("#logout-done").unwrap().contains("signed out"));
}

#[tokio::test]
async fn portal_15_the_question_is_not_answered_by_another_site() {
    let broker = start().await;
    let (mut browser, _) = signed_in_with_id_token(&broker, "portal").await;
    let page = browser.open(&logout(&broker, &[])).await;
    let (form, _) = page.form_with("logout-submit");

    let answer = browser.request("POST", form.action, Some(vec![])).await;

    assert_eq!(answer.status, 403);
    assert!(is_signed_in(&broker, &mut browser).await);
}

#[tokio::test]
async fn a_hint_of_somebody_else_asks_first() {
    let broker = start().await;
    let (_, hint) = signed_in_with_id_token(&broker, "portal").await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", PETR).await;
    let out = broker.clients.at("/portal/out");

    let page = browser
        .open(&logout(
            &broker,
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", &out)],
        ))
        .await;

    assert_eq!(page.heading(), "Chcete se odhlásit?");
    let page = browser.submit(&page, "logout-submit", &[]).await;
    assert_eq!(page.url.as_str(), out);
}

#[tokio::test]
async fn clients_with_an_address_hear_of_it_by_a_logout_token_and_again_until_they_have_heard() {
    let broker = start().await;
    let out = broker.clients.at("/portal/out");
    let (mut browser, hint) = signed_in_with_id_token(&broker, "portal").await;
    broker.clients.answer_with(503);

    browser
        .open(&logout(
            &broker,
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", &out)],
        ))
        .await;
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    broker.clients.answer_with(200);
    broker.hand.advance(Duration::minutes(1));

    let posts = broker
        .clients
        .wait_for_posts("/portal/backchannel", 2)
        .await;
    let token = posts
        .last()
        .unwrap()
        .strip_prefix("logout_token=")
        .unwrap()
        .to_owned();
    let (header, claims, id_token) = (header_of(&token), claims_of(&token), claims_of(&hint));
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(broker.issuer()), &json!("portal"))
    );
    assert_eq!(
        (&claims["sub"], &claims["sid"]),
        (&id_token["sub"], &id_token["sid"])
    );
    assert_eq!(
        claims["events"],
        json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
    );
    assert!(claims["jti"].is_string());
    assert!(claims.get("nonce").is_none());
    assert_ne!(
        claims_of(posts[0].strip_prefix("logout_token=").unwrap())["jti"],
        claims["jti"]
    );
}

#[tokio::test]
async fn refresh_and_access_tokens_of_the_session_end_with_it() {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", JANA).await;
    let tokens = broker.redeem("portal", &code(&page)).await;
    let hint = tokens["id_token"].as_str().unwrap();

    browser
        .open(&logout(&broker, &[("id_token_hint", hint)]))
        .await;

    let refreshed = broker
        .refresh("portal", tokens["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(refreshed["error"], "invalid_grant");
    assert_eq!(
        broker
            .userinfo_status(tokens["access_token"].as_str().unwrap())
            .await,
        401
    );
}

/// Who hears of a logout is said as it is: only clients with an address for it do.
#[tokio::test]
async fn the_page_after_a_logout_says_how_many_services_hear_of_it() {
    for (clients, told) in [
        (
            vec![],
            "Do žádné služby jste přes Městskou identitu přihlášeni nebyli.",
        ),
        (
            vec!["portal"],
            "O odhlášení dáváme vědět jedné službě, do které jste byli přihlášeni.",
        ),
        (
            vec!["parking"],
            "Jedna služba, do které jste byli přihlášeni, takové zprávy nepřijímá. Odhlaste se v ní zvlášť.",
        ),
    ] {
        let broker = start().await;
        let mut browser = Browser::new();
        if clients.is_empty() {
            let page = browser.open(&broker.at("/account")).await;
            broker.sign_in(&mut browser, &page, JANA).await;
        }
        for client in clients {
            let page = broker.log_in(&mut browser, client, JANA).await;
            broker.redeem(client, &super::code(&page)).await;
        }
        let page = browser.open(&logout(&broker, &[])).await;

        let page = browser.submit(&page, "logout-submit", &[]).await;

        assert_eq!(page.text_of("#logout-services").as_deref(), Some(told));
        // Another browser, or this one much later, reads nothing of services.
        let done = broker.at("/oauth2/logout/done");
        let other = Browser::new().open(&done).await;
        assert_eq!(other.text_of("#logout-services"), None);
        broker.hand.advance(chrono::Duration::minutes(16));
        let later = browser.open(&done).await;
        assert!(later.text_of("#logout-done").is_some());
        assert_eq!(later.text_of("#logout-services"), None);
    }
}
