//! The information page: which service gets what from whom.

use serde_json::json;

use super::*;

#[tokio::test]
async fn on_first_use_the_person_sees_what_goes_to_whom_and_from_where() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = broker.log_in(&mut browser, "library", JANA).await;

    assert!(
        page.url.path().ends_with("/information"),
        "{} {}",
        page.url,
        page.text()
    );
    assert_eq!(page.heading(), "Tyto údaje předáme službě library");
    assert!(page.text().contains("Jana Nováková"));
    assert!(
        page.text().contains("12.\u{a0}4.\u{a0}1985") || page.text().contains("12. 4. 1985"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Knihovna"));
    assert!(
        page.texts_of(".source")
            .iter()
            .any(|source| source.contains("24.")),
        "{:?}",
        page.texts_of(".source")
    );
    assert_eq!(broker.rows("client_session").await, 0);

    let page = browser.submit(&page, "consent-submit", &[]).await;

    assert!(arrived(&page, "library"), "{} {}", page.url, page.text());
    assert!(broker.events().await.contains(&"consent.given".to_owned()));
}

#[tokio::test]
async fn it_is_remembered_until_the_client_asks_for_more_or_wants_it_shown() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    browser.submit(&page, "consent-submit", &[]).await;

    assert!(arrived(
        &browser.open(&broker.authorize("library", &[])).await,
        "library"
    ));

    let page = browser
        .open(&broker.authorize("library", &[("scope", "openid profile email")]))
        .await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    let page = browser
        .open(&broker.authorize("library", &[("prompt", "consent")]))
        .await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    assert!(arrived(
        &browser.submit(&page, "consent-submit", &[]).await,
        "library"
    ));
    let page = browser
        .open(&broker.authorize(
            "library",
            &[("scope", "openid profile email"), ("prompt", "none")],
        ))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn what_may_be_left_out_is_not_ticked_and_leaves_the_request() {
    let broker =
        configured(json!({ "client": { "library": { "optional_scopes": ["email"] } } })).await;
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("library", &[("scope", "openid profile email")]))
        .await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(page.text().contains("jana@posta.example"));

    let page = browser.submit(&page, "consent-submit", &[]).await;

    assert_eq!(
        broker.redeem("library", &code(&page)).await["scope"],
        "openid profile"
    );

    let page = browser
        .open(&broker.authorize(
            "library",
            &[("scope", "openid profile email"), ("prompt", "consent")],
        ))
        .await;
    let page = browser
        .submit(&page, "consent-submit", &[("item", "email")])
        .await;

    assert_eq!(
        broker.redeem("library", &code(&page)).await["scope"],
        "email openid profile"
    );
}

#[tokio::test]
async fn leaving_it_denies_access_and_hands_nothing_over() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;

    let page = browser.follow(page.link("Nepředávat a vrátit se")).await;

    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(
        (
            broker.rows("consent").await,
            broker.rows("client_session").await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn atk_l04_it_cannot_be_approved_in_another_browser_or_without_its_token() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    let (form, _) = page.form_with("consent-submit");
    let mut other = Browser::new();
    let own = sign_in_page(&broker, &mut other, "portal").await;
    broker.sign_in(&mut other, &own, PETR).await;
    other.open(&broker.at("/account")).await;

    let answer = other
        .request("POST", form.action.clone(), Some(form.fields.clone()))
        .await;
    assert_eq!(answer.status, 403);
    let answer = browser
        .request(
            "POST",
            form.action.clone(),
            Some(vec![("csrf".into(), "x".into())]),
        )
        .await;
    assert_eq!(answer.status, 403);

    assert_eq!(broker.rows("consent").await, 0);
    assert!(arrived(
        &browser.submit(&page, "consent-submit", &[]).await,
        "library"
    ));
}
