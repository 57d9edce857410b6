//! The account's own pages.

use super::*;

async fn at_account(broker: &TestBroker, person: (&str, &str)) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = broker.sign_in(&mut browser, &page, person).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    (browser, page)
}

#[tokio::test]
async fn a_person_signs_in_without_any_client_and_sees_each_fact_with_its_source() {
    let broker = start().await;

    let (_, page) = at_account(&broker, JANA).await;

    assert_eq!(page.heading(), "Moje identita");
    assert!(page.text().contains("Jana Nováková"));
    let sources = page.texts_of(".source");
    assert!(
        sources.iter().all(|source| source.contains("2026")),
        "{sources:?}"
    );
    assert_eq!(page.text_of("section .level").unwrap(), "Ověřená totožnost");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let broker = start().await;
    let (mut here, _) = at_account(&broker, JANA).await;
    let (mut there, _) = at_account(&broker, JANA).await;
    let (mut yonder, _) = at_account(&broker, JANA).await;

    let page = here.open(&broker.at("/account/sessions")).await;
    assert_eq!(page.texts_of("tbody tr").len(), 3);
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.action.path().ends_with("/end"))
        .unwrap();
    here.request("POST", form.action, Some(form.fields)).await;
    let page = here.open(&broker.at("/account/sessions")).await;
    assert_eq!(page.texts_of("tbody tr").len(), 2);
    here.submit(&page, "end-others", &[]).await;

    for browser in [&mut there, &mut yonder] {
        let page = browser.open(&broker.at("/account")).await;
        assert_ne!(page.url.path(), "/account");
    }
    assert_eq!(
        here.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let broker = start().await;
    let (mut jana, _) = at_account(&broker, JANA).await;
    let (mut petr, _) = at_account(&broker, PETR).await;
    let (_other, _) = at_account(&broker, PETR).await;
    let page = petr.open(&broker.at("/account/sessions")).await;
    let victim = page
        .forms()
        .into_iter()
        .find(|form| form.action.path().ends_with("/end"))
        .unwrap()
        .action;
    let own = jana.open(&broker.at("/account/sessions")).await;
    let (form, _) = own.form_with("Odhlásit");

    jana.request("POST", victim, Some(form.fields)).await;

    assert_eq!(
        petr.open(&broker.at("/account/sessions"))
            .await
            .texts_of("tbody tr")
            .len(),
        2
    );
}

#[tokio::test]
async fn services_are_listed_and_their_permission_taken_back() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    let page = browser.submit(&page, "consent-submit", &[]).await;
    let tokens = broker.redeem("library", &code(&page)).await;
    let access_token = tokens["access_token"].as_str().unwrap().to_owned();
    assert_eq!(broker.userinfo_status(&access_token).await, 200);

    let page = browser.open(&broker.at("/account/services")).await;
    assert!(page.text().contains("Knihovna"));
    assert!(
        page.text().contains("jméno a příjmení") || page.text().contains("jméno a\u{a0}příjmení"),
        "{}",
        page.text()
    );
    browser.submit(&page, "Odvolat souhlas", &[]).await;

    assert_eq!(broker.userinfo_status(&access_token).await, 401);
    let page = browser.open(&broker.authorize("library", &[])).await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    assert!(
        broker
            .events()
            .await
            .contains(&"consent.revoked".to_owned())
    );
}

#[tokio::test]
async fn atk_b08_a_code_under_way_is_worth_nothing_once_the_permission_was_taken_back() {
    for used_before in [false, true] {
        let broker = start().await;
        let mut browser = Browser::new();
        let page = broker.log_in(&mut browser, "library", JANA).await;
        let mut page = browser.submit(&page, "consent-submit", &[]).await;
        if used_before {
            broker.redeem("library", &code(&page)).await;
            page = browser.open(&broker.authorize("library", &[])).await;
        }
        let under_way = code(&page);
        broker.hand.advance(chrono::Duration::seconds(1));
        let services = browser.open(&broker.at("/account/services")).await;
        browser.submit(&services, "Odvolat souhlas", &[]).await;

        let answer = broker.redeem("library", &under_way).await;

        assert_eq!(answer["error"], "invalid_grant", "{used_before}: {answer}");
    }
}

/// Whoever comes back and allows less is not told more because an older code is still about.
#[tokio::test]
async fn atk_b08_a_code_from_before_never_tells_more_than_the_consent_in_force() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    let page = browser
        .submit(&page, "consent-submit", &[("item", "email")])
        .await;
    let older = code(&page);
    broker.hand.advance(chrono::Duration::seconds(1));
    let services = browser.open(&broker.at("/account/services")).await;
    browser.submit(&services, "Odvolat souhlas", &[]).await;
    let page = browser.open(&broker.authorize("library", &[])).await;
    let page = browser.submit(&page, "consent-submit", &[]).await;
    let newer = broker.redeem("library", &code(&page)).await;
    assert_eq!(newer["scope"], "openid profile");

    let answer = broker.redeem("library", &older).await;

    assert_eq!(answer["scope"], "openid profile", "{answer}");
}

#[tokio::test]
async fn signing_out_by_the_button_ends_the_session() {
    let broker = start().await;
    let (mut browser, page) = at_account(&broker, JANA).await;

    let page = browser.submit(&page, "Odhlásit", &[]).await;

    assert!(page.text_of("#logout-done").is_some(), "{}", page.text());
    assert_ne!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
}

#[tokio::test]
async fn a_language_is_remembered() {
    let broker = start().await;
    let (mut browser, page) = at_account(&broker, JANA).await;

    let page = browser
        .submit(&page, "Uložit jazyk", &[("language", "de")])
        .await;

    assert_eq!(page.heading(), "Meine Identität");
}

#[tokio::test]
async fn a_session_ends_after_long_silence_and_after_its_longest_life() {
    let broker = start().await;
    let (mut browser, _) = at_account(&broker, JANA).await;
    broker.hand.advance(chrono::Duration::minutes(119));
    assert_eq!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
    broker.hand.advance(chrono::Duration::minutes(119));
    assert_eq!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );

    broker.hand.advance(chrono::Duration::minutes(121));

    assert_ne!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
}
