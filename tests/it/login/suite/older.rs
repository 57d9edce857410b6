//! "Do you have an account already?", asked whoever has a new one (local-identity 8.2, rules 2 and 6).

use super::ways::{BANK, STATE, at_account, linked, proved, through, town};
use super::*;

/// The account page of somebody, and what it asks.
async fn asked(broker: &TestBroker, door: (&str, &str)) -> Option<String> {
    let mut browser = at_account(broker, door).await;
    let page = browser.open(&broker.at("/account")).await;
    page.text_of("#older-account")
}

/// Jana's address is proven at her account when the others come; what they read is what she read, who was the first.
#[tokio::test]
async fn everybody_with_a_new_account_reads_the_same_whatever_is_known_of_them_elsewhere() {
    let broker = town().await;

    let first = asked(&broker, STATE).await.unwrap();

    assert!(first.contains("Máte už u nás účet?"), "{first}");
    let doors = [
        BANK,
        ("bank", "jmenovkyne"),
        ("bank", "petr"),
        ("register", "druha"),
        ("box", "jana"),
        // The first one again.
        STATE,
    ];
    for door in doors {
        assert_eq!(
            asked(&broker, door).await.as_ref(),
            Some(&first),
            "{door:?}"
        );
    }
    assert_eq!(broker.rows("account").await, 6);
}

#[tokio::test]
async fn the_information_page_asks_too_and_the_link_leads_to_the_older_account() {
    let broker = town().await;
    at_account(&broker, STATE).await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("library", &[])).await;
    let page = through(&broker, &mut browser, &page, BANK).await;
    assert!(page.url.path().ends_with("/information"), "{}", page.text());
    assert!(page.text_of("#older-account").is_some(), "{}", page.text());

    let page = browser.follow(page.link("Přidat způsob")).await;
    let fold = page.text();
    let page = through(&broker, &mut browser, &page, STATE).await;
    let page = browser.submit(&page, "merge-submit", &[]).await;

    assert_eq!(
        page.query("done").as_deref(),
        Some("merged"),
        "{fold} {}",
        page.text()
    );
    assert_eq!(page.text_of("#older-account"), None);
    assert_eq!(asked(&broker, STATE).await, None);

    // The service that they were on the way to has waited.
    let mut page = browser
        .follow(page.link("Pokračovat do služby library"))
        .await;
    if page.text_of("#login-continue").is_some() {
        page = browser.submit(&page, "login-continue", &[]).await;
    }
    let page = browser.submit(&page, "consent-submit", &[]).await;
    assert!(arrived(&page, "library"), "{}", page.url);
    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(page.text_of("#way-back"), None);
}

/// Whoever else uses the browser is not told where somebody was going.
#[tokio::test]
async fn the_way_back_is_shown_to_whose_it_is_and_to_nobody_else() {
    let broker = town().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("library", &[])).await;
    let page = through(&broker, &mut browser, &page, BANK).await;
    browser.follow(page.link("Přidat způsob")).await;
    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(
        page.text_of("#way-back").as_deref(),
        Some("Pokračovat do služby library")
    );

    let away = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    through(&broker, &mut browser, &away, ("bank", "petr")).await;

    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(page.text_of("#way-back"), None);
}

#[tokio::test]
async fn nobody_is_asked_who_has_two_ways_in_or_an_account_of_some_age() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(page.text_of("#older-account"), None);

    let petr = ("register", "petr");
    assert!(asked(&broker, petr).await.is_some());
    broker.hand.advance(chrono::Duration::days(31));
    assert_eq!(asked(&broker, petr).await, None);
}

#[tokio::test]
async fn it_is_asked_in_three_languages() {
    let broker = town().await;
    for (language, words) in [
        ("en", "Do you have an account here already?"),
        ("de", "Haben Sie hier schon ein Konto?"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at("/account")).await;
        let page = through(&broker, &mut browser, &page, STATE).await;
        let told = page.text_of("#older-account").unwrap();
        assert!(told.contains(words), "{told}");
    }
}

/// What a person who is asked meets when the other way in is somebody else's: the rules for joining, and no more.
#[tokio::test]
async fn who_answers_with_somebody_elses_way_in_is_told_no_more_than_before() {
    let broker = town().await;
    at_account(&broker, ("register", "petr")).await;
    let mut browser = at_account(&broker, BANK).await;

    let page = proved(&broker, &mut browser, ("register", "petr")).await;

    assert!(!page.body.contains("merge-submit"), "{}", page.text());
    assert_eq!(broker.rows("account").await, 2);
}
