//! Several tabs of one browser, one or two people.

use super::*;

#[tokio::test]
async fn two_tabs_log_in_at_two_clients_side_by_side() {
    let broker = start().await;
    let mut browser = Browser::new();
    let one = sign_in_page(&broker, &mut browser, "portal").await;
    let other = sign_in_page(&broker, &mut browser, "parking").await;

    let page = broker.sign_in(&mut browser, &other, JANA).await;
    assert!(arrived(&page, "parking"));
    let page = broker.sign_in(&mut browser, &one, JANA).await;
    assert!(arrived(&page, "portal"));

    assert_eq!(broker.counts().await, [1, 1, 1, 2]);
}

#[tokio::test]
async fn a_tab_left_at_the_choice_goes_on_once_another_one_has_logged_in() {
    let broker = configured(serde_json::json!({
        "provider": { "other": { "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } } },
    }))
    .await;
    let mut browser = Browser::new();
    let choice = browser.open(&broker.authorize("parking", &[])).await;
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let page = browser.submit(&page, "demo", &[]).await;
    broker.sign_in(&mut browser, &page, JANA).await;
    // The other tab shows a page of the broker still.
    browser.open(&broker.at("/account")).await;

    let page = browser.submit(&choice, "demo", &[]).await;

    assert!(arrived(&page, "parking"), "{}", page.url);
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn atk_b10_two_people_in_two_tabs_with_crossed_answers_are_never_swapped() {
    let broker = start().await;
    let mut browser = Browser::new();
    let one = sign_in_page(&broker, &mut browser, "portal").await;
    let other = sign_in_page(&broker, &mut browser, "parking").await;
    let address = broker.url.join("/upstream/demo/answer").unwrap();
    let first = browser
        .request("POST", address.clone(), Some(filled(&one, JANA)))
        .await
        .redirect()
        .unwrap();
    let second = browser
        .request("POST", address, Some(filled(&other, PETR)))
        .await
        .redirect()
        .unwrap();

    // The handle of one under the login of the other.
    let login = |url: &url::Url| url.path_segments().unwrap().nth(1).unwrap().to_owned();
    let handle = |url: &url::Url| url.path_segments().unwrap().nth(3).unwrap().to_owned();
    let crossed = broker.at(&format!(
        "/login/{}/answer/{}",
        login(&first),
        handle(&second)
    ));
    let page = browser.open(&crossed).await;
    assert_eq!(page.status, 403);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);

    let page = browser.follow(second).await;
    assert!(arrived(&page, "parking"), "{}", page.url);
    let petr = broker.subject_of("parking", &code(&page)).await;
    let page = browser.follow(first).await;
    assert!(arrived(&page, "portal"), "{}", page.url);
    let jana = broker.subject_of("portal", &code(&page)).await;

    assert_ne!(jana, petr);
    assert_eq!(broker.counts().await, [2, 2, 2, 2]);
}

/// What one person read is no word of another who has signed in meanwhile in another tab.
#[tokio::test]
async fn atk_b10_a_page_shown_to_one_person_hands_over_nothing_of_another() {
    let broker = start().await;
    let mut browser = Browser::new();
    let shown = broker.log_in(&mut browser, "library", JANA).await;
    assert!(shown.text().contains("Jana Nováková"));
    let page = browser
        .open(&broker.authorize("parking", &[("prompt", "login")]))
        .await;
    broker.sign_in(&mut browser, &page, PETR).await;
    // The first tab shows a page of the broker still.
    browser.open(&broker.at("/account")).await;

    let page = browser.submit(&shown, "consent-submit", &[]).await;

    assert!(page.url.path().starts_with("/login/"), "{}", page.url);
    assert!(
        page.status == 200 && !page.text().contains("Jana"),
        "{}",
        page.text()
    );
    assert_eq!(broker.rows("consent").await, 0);
    assert!(!broker.events().await.contains(&"consent.given".to_owned()));
}

/// Nor does the page of one hand over another one whom the service knows already: they are named first, also when the page is merely
/// loaded anew.
#[tokio::test]
async fn atk_b10_a_page_shown_to_one_person_ends_as_nobody_else_who_is_known_to_the_service() {
    for reloads in [false, true] {
        let broker = start().await;
        let mut browser = Browser::new();
        let page = broker.log_in(&mut browser, "library", PETR).await;
        let page = browser.submit(&page, "consent-submit", &[]).await;
        let petr = broker.subject_of("library", &code(&page)).await;
        let mut browser = Browser::new();
        let shown = broker.log_in(&mut browser, "library", JANA).await;
        let page = browser
            .open(&broker.authorize("parking", &[("prompt", "login")]))
            .await;
        let page = broker.sign_in(&mut browser, &page, PETR).await;
        assert_is_asked(&page, "Petr Svoboda");
        browser.submit(&page, "login-continue", &[]).await;
        // The first tab shows a page of the broker still.
        browser.open(&broker.at("/account")).await;

        let page = if reloads {
            browser.open(shown.url.as_str()).await
        } else {
            browser.submit(&shown, "consent-submit", &[]).await
        };

        assert_is_asked(&page, "Petr Svoboda");
        let page = browser.submit(&page, "login-continue", &[]).await;
        assert!(arrived(&page, "library"), "{}", page.url);
        assert_eq!(broker.subject_of("library", &code(&page)).await, petr);
    }
}

/// Giving up the way in that was chosen instead makes nobody's login another's.
#[tokio::test]
async fn atk_b10_whoever_goes_to_log_in_and_comes_back_without_is_asked_again() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", PETR).await;
    browser.submit(&page, "consent-submit", &[]).await;
    let mut browser = Browser::new();
    let shown = broker.log_in(&mut browser, "library", JANA).await;
    let page = browser
        .open(&broker.authorize("parking", &[("prompt", "login")]))
        .await;
    let page = broker.sign_in(&mut browser, &page, PETR).await;
    browser.submit(&page, "login-continue", &[]).await;
    let page = browser.open(shown.url.as_str()).await;
    assert_is_asked(&page, "Petr Svoboda");

    // Away to the provider, and back by the browser's button.
    let away = browser.submit(&page, "demo", &[]).await;
    assert!(!arrived(&away, "library"), "{}", away.url);
    let page = browser.open(shown.url.as_str()).await;

    assert_is_asked(&page, "Petr Svoboda");
}

/// A step-up, or a login again, that brings another person names them before it goes on.
#[tokio::test]
async fn atk_l02_a_login_again_that_brings_somebody_else_asks_who_goes_on() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    let page = broker.sign_in(&mut browser, &page, PETR).await;

    assert_is_asked(&page, "Petr Svoboda");
    let page = browser.submit(&page, "login-continue", &[]).await;
    assert!(arrived(&page, "portal"), "{}", page.url);
}

/// Whoever says "somebody else", turns back and signs out leaves nothing that lets another person in unnamed.
#[tokio::test]
async fn atk_b10_what_was_said_before_a_way_in_counts_for_that_way_alone() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", PETR).await;
    browser.submit(&page, "consent-submit", &[]).await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let select = broker.authorize("library", &[("prompt", "select_account")]);
    let shown = browser.open(&select).await;
    assert_is_asked(&shown, "Jana Nováková");
    browser.submit(&shown, "demo", &[]).await;
    let page = browser.open(&broker.at("/account")).await;
    browser.submit(&page, "Odhlásit", &[]).await;

    let page = browser.open(shown.url.as_str()).await;
    let page = if page.url.path().ends_with("/demo") {
        page
    } else {
        browser.submit(&page, "demo", &[]).await
    };
    let page = broker.sign_in(&mut browser, &page, PETR).await;

    assert_is_asked(&page, "Petr Svoboda");
}

#[track_caller]
fn assert_is_asked(page: &Page, name: &str) {
    assert!(page.url.path().starts_with("/login/"), "{}", page.url);
    let button = format!("Pokračovat jako {name}");
    assert!(page.text().contains(&button), "{}", page.text());
}

#[tokio::test]
async fn atk_b10_who_goes_on_is_named_and_nobody_else_does() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let select = broker.authorize("portal", &[("prompt", "select_account")]);
    let shown = browser.open(&select).await;
    assert!(
        shown.text().contains("Pokračovat jako Jana Nováková"),
        "{}",
        shown.text()
    );
    let page = browser
        .open(&broker.authorize("parking", &[("prompt", "login")]))
        .await;
    broker.sign_in(&mut browser, &page, PETR).await;
    // The first tab shows a page of the broker still.
    browser.open(&broker.at("/account")).await;

    let page = browser.submit(&shown, "login-continue", &[]).await;

    assert!(!arrived(&page, "portal"), "{}", page.url);
    assert!(
        page.text().contains("Pokračovat jako Petr Svoboda"),
        "{}",
        page.text()
    );
    let page = browser.submit(&page, "login-continue", &[]).await;
    assert!(arrived(&page, "portal"), "{}", page.url);
}

#[tokio::test]
async fn atk_l02_a_second_person_in_the_same_browser_ends_the_first_ones_session() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let former = session_cookie(&browser).unwrap();

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    broker.sign_in(&mut browser, &page, PETR).await;

    let page = browser.open(&broker.at("/account")).await;
    assert!(page.text().contains("Petr Svoboda"));
    assert!(!page.text().contains("Jana"));
    let mut thief = Browser::new();
    thief.set_cookie("localhost", SESSION_COOKIE, &former);
    let page = thief
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert!(broker.events().await.contains(&"session.ended".to_owned()));
}
