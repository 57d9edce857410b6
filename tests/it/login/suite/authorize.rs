//! The authorization endpoint: who is asked, who is not, and what a client is told.

use super::*;

#[tokio::test]
async fn a_person_logs_in_and_the_client_gets_a_code() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = broker.log_in(&mut browser, "portal", JANA).await;

    assert!(arrived(&page, "portal"), "{}", page.url);
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
    assert_eq!(page.query("iss"), Some(broker.issuer()));
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    assert_eq!(broker.events().await, ["link.added", "login.completed"]);
    broker.redeem("portal", &code(&page)).await;
    assert!(broker.events().await.contains(&"token.issued".to_owned()));
}

#[tokio::test]
async fn a_live_session_is_enough_for_another_client_without_any_page() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser.open(&broker.authorize("parking", &[])).await;

    assert!(arrived(&page, "parking"), "{}", page.url);
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    // Nothing is written for whoever only sends browsers here; the client's session begins with its first token.
    assert_eq!(broker.rows("client_session").await, 0);
    broker.redeem("parking", &code(&page)).await;
    assert_eq!(broker.rows("client_session").await, 1);
}

#[tokio::test]
async fn a_post_from_another_site_is_answered_before_any_cookie_is_read_and_finds_the_session() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let url: url::Url = broker.authorize("parking", &[]).parse().unwrap();
    let fields = url.query_pairs().into_owned().collect();
    browser.open(&broker.clients.at("/start")).await;

    let answer = browser
        .request(
            "POST",
            broker.url.join("/oauth2/authorize").unwrap(),
            Some(fields),
        )
        .await;

    assert_eq!(browser.trace.last().unwrap().sec_fetch_site, "cross-site");
    assert!(browser.trace.last().unwrap().sent_cookies.is_empty());
    let login = answer.redirect().unwrap();
    assert!(login.path().starts_with("/login/"), "{login}");
    assert!(arrived(&browser.follow(login).await, "parking"));
}

#[tokio::test]
async fn prompt_none_gives_a_code_with_a_session_and_login_required_without() {
    let broker = start().await;
    let mut browser = Browser::new();
    let silent = broker.authorize("portal", &[("prompt", "none")]);

    let page = browser.open(&silent).await;

    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert_eq!(page.query("state").as_deref(), Some("the-state"));

    broker.log_in(&mut browser, "portal", JANA).await;

    assert!(arrived(&browser.open(&silent).await, "portal"));
}

#[tokio::test]
async fn prompt_login_asks_again_and_once_only() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;

    assert!(arrived(&page, "portal"), "{} {}", page.url, page.text());
    assert_eq!(broker.counts().await, [1, 1, 1, 2]);
}

#[tokio::test]
async fn an_exceeded_max_age_forces_a_new_login_and_a_long_one_does_not() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    broker.hand.advance(chrono::Duration::seconds(61));

    assert!(arrived(
        &browser
            .open(&broker.authorize("portal", &[("max_age", "15000")]))
            .await,
        "portal"
    ));

    let page = browser
        .open(&broker.authorize("portal", &[("max_age", "60")]))
        .await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
    broker.hand.advance(chrono::Duration::seconds(5));
    let page = broker.sign_in(&mut browser, &page, JANA).await;

    assert!(arrived(&page, "portal"));
    assert_eq!(broker.counts().await, [1, 1, 1, 2]);
}

#[tokio::test]
async fn select_account_lets_the_person_go_on_or_be_somebody_else() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let select = broker.authorize("portal", &[("prompt", "select_account")]);

    let page = browser.open(&select).await;
    assert_eq!(page.heading(), "Pod kým chcete pokračovat?");
    assert!(arrived(
        &browser.submit(&page, "login-continue", &[]).await,
        "portal"
    ));

    let page = browser.open(&select).await;
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, PETR).await;

    assert!(arrived(&page, "portal"), "{} {}", page.url, page.text());
    assert_eq!(broker.counts().await, [2, 2, 2, 2]);
}

#[tokio::test]
async fn an_idp_hint_skips_the_choice_and_one_not_allowed_is_ignored() {
    let broker = configured(serde_json::json!({
        "provider": { "other": { "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } } },
        "client": { "portal": { "idp_hints": ["other"] } },
    }))
    .await;
    let mut browser = Browser::new();

    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(page.heading(), "Jak se chcete přihlásit?");

    let page = browser
        .open(&broker.authorize("portal", &[("idp_hint", "other")]))
        .await;
    assert_eq!(page.url.path(), "/upstream/other/demo");

    for hint in ["demo", "nobody", "//evil.test"] {
        let page = browser
            .open(&broker.authorize("portal", &[("idp_hint", hint)]))
            .await;
        assert_eq!(page.heading(), "Jak se chcete přihlásit?", "{hint}");
    }
}

#[tokio::test]
async fn ui_locales_choose_the_language_unless_the_person_did() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = browser
        .open(&broker.authorize("portal", &[("ui_locales", "se de")]))
        .await;
    assert_eq!(page.heading(), "Anmeldung einer erfundenen Person");

    browser.open(&broker.at("/jazyk?lang=en&back=/")).await;
    let page = browser
        .open(&broker.authorize("portal", &[("ui_locales", "de")]))
        .await;
    assert_eq!(
        page.text_of("#page-title").unwrap(),
        "Sign in as an invented person"
    );
}

#[tokio::test]
async fn a_login_hint_only_prefills() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = browser
        .open(&broker.authorize("portal", &[("login_hint", "\"><script>x</script>")]))
        .await;

    let (form, _) = page.form_with("login-submit");
    assert!(
        form.fields
            .contains(&("login-username".into(), "\"><script>x</script>".into()))
    );
    assert!(!page.body.contains("<script>x"));
}

#[tokio::test]
async fn atk_r06_errors_before_the_redirect_uri_is_proved_are_our_page_in_every_mode() {
    let broker = start().await;
    let mut browser = Browser::new();
    for mode in ["query", "form_post", "form_post.jwt", "fragment"] {
        for (changes, code) in [
            (
                [
                    ("redirect_uri", "https://evil.test/"),
                    ("response_mode", mode),
                ],
                "invalid_request",
            ),
            (
                [("redirect_uri", ""), ("response_mode", mode)],
                "invalid_request",
            ),
            (
                [("client_id", "nobody"), ("response_mode", mode)],
                "invalid_client",
            ),
            (
                [("client_id", ""), ("response_mode", mode)],
                "invalid_request",
            ),
        ] {
            let page = browser.open(&broker.authorize("portal", &changes)).await;

            assert!((400..500).contains(&page.status), "{}", page.status);
            assert_eq!(page.text_of("#error-code").as_deref(), Some(code));
            assert!(
                page.forms()
                    .iter()
                    .all(|form| form.action.host_str() == Some("localhost"))
            );
            assert!(!page.body.contains("\"https://evil.test"));
        }
    }
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn atk_t13_a_foreign_or_forged_hint_asks_and_then_tells_the_client_and_leaks_nothing() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser
        .open(&broker.authorize("portal", &[("id_token_hint", "not.a.token")]))
        .await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
    let page = broker.sign_in(&mut browser, &page, JANA).await;

    assert_eq!(page.query("error").as_deref(), Some("login_required"));

    let silent = [("id_token_hint", "not.a.token"), ("prompt", "none")];
    let before = broker.look().await;
    let page = browser.open(&broker.authorize("portal", &silent)).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    broker.left_only(&before, &[], "a forged hint").await;
}

#[tokio::test]
async fn cancelling_on_our_page_and_the_way_back_both_deny_access() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let page = browser.submit(&page, "login-cancel", &[]).await;

    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
    assert_eq!(broker.events().await, ["login.refused.cancelled"]);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_wrong_password_shows_the_page_again_and_the_login_goes_on() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let page = broker.sign_in(&mut browser, &page, ("0001", "wrong")).await;

    assert_eq!(
        page.text_of(".errors h2").unwrap(),
        "Přihlášení se nepovedlo"
    );
    assert!(arrived(
        &broker.sign_in(&mut browser, &page, JANA).await,
        "portal"
    ));
}
