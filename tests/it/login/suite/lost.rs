//! A session cookie that did not arrive comes again for a minute; nothing keeps its value for longer.

use chrono::Duration;
use tests::kept;

use super::ways::{BANK, STATE, at_account, proved, town};
use super::*;

/// Whether the broker keeps a value that holds this one, and that none of them is kept for longer than a minute.
async fn is_kept(broker: &TestBroker, cookie: &str) -> bool {
    let now = broker.clock.now();
    let mut is_kept = false;
    for kept in kept::values(broker).await {
        let is_in = kept
            .value
            .windows(cookie.len())
            .any(|part| part == cookie.as_bytes());
        if is_in && kept.until > now {
            assert!(kept.until <= now + Duration::minutes(1), "{}", kept.until);
            is_kept = true;
        }
    }
    is_kept
}

#[tokio::test]
async fn the_value_of_a_logins_session_cookie_is_kept_for_a_minute() {
    let broker = start().await;
    let mut browser = Browser::new();

    broker.log_in(&mut browser, "portal", JANA).await;

    let cookie = session_cookie(&browser).unwrap();
    assert!(is_kept(&broker, &cookie).await);
    broker.hand.advance(Duration::seconds(60));
    assert!(!is_kept(&broker, &cookie).await);
}

#[tokio::test]
async fn a_session_that_changed_with_an_added_way_in_comes_again_for_a_minute() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let (form, _) = page.form_with("link-submit");
    let before = browser.clone();
    let asks_again = async || {
        let (mut browser, form) = (before.clone(), form.clone());
        browser
            .request("POST", form.action, Some(form.fields))
            .await;
        session_cookie(&browser).unwrap()
    };
    browser.submit(&page, "link-submit", &[]).await;
    let (former, cookie) = (
        session_cookie(&before).unwrap(),
        session_cookie(&browser).unwrap(),
    );
    assert_ne!(former, cookie);

    assert_eq!(asks_again().await, cookie);
    assert!(is_kept(&broker, &cookie).await);

    broker.hand.advance(Duration::seconds(60));
    assert_eq!(asks_again().await, former);
    assert!(!is_kept(&broker, &cookie).await);
}
