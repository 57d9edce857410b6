//! Forms of the account that stay open while things happen in other tabs.

use idp::storage::contact;

use super::contacts::{accounts, add, at_contacts, fresh, with_mail};
use super::*;

/// A service asks for a fresh login in another tab.
async fn signs_in_anew(broker: &TestBroker, browser: &mut Browser, person: (&str, &str)) -> Page {
    let asked = broker.authorize("parking", &[("prompt", "login")]);
    let page = browser.open(&asked).await;
    broker.sign_in(browser, &page, person).await
}

/// The addresses that anybody has.
async fn addresses(broker: &TestBroker) -> Vec<String> {
    let mut tx = broker.db.read().await.unwrap();
    let mut all = Vec::new();
    for account_id in accounts(broker).await {
        let key = &broker.broker.master_key;
        let held = contact::list_current(&mut tx, key, account_id).await;
        all.extend(held.unwrap().into_iter().map(|contact| contact.value));
    }
    all
}

#[tokio::test]
async fn what_was_typed_is_taken_after_the_same_person_has_signed_in_again_in_another_tab() {
    let (broker, _mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let address = fresh("jana.nova");
    let before = browser.cookies();
    let arrived_at = signs_in_anew(&broker, &mut browser, JANA).await;
    assert!(arrived(&arrived_at, "parking"), "{}", arrived_at.text());
    assert_ne!(browser.cookies(), before, "the session has another cookie");
    // A page of the broker is what the first tab shows still.
    browser.open(&broker.at("/account")).await;

    let page = add(&mut browser, &page, &address).await;

    assert_eq!(page.status, 200, "{}", page.text());
    assert!(addresses(&broker).await.contains(&address));
}

#[tokio::test]
async fn atk_l02_a_form_of_one_person_is_refused_from_another_one_who_signed_in_meanwhile() {
    let (broker, _mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let address = fresh("jana.nova");
    let asked = signs_in_anew(&broker, &mut browser, PETR).await;
    // A page of the broker is what the tab shows still.
    browser.open(&broker.at("/account")).await;
    let events = broker.events().await;

    let refused = add(&mut browser, &page, &address).await;

    assert_eq!(refused.status, 403, "{} {}", asked.url, refused.text());
    assert!(refused.text().contains("WEB-403"), "{}", refused.text());
    assert!(!addresses(&broker).await.contains(&address));
    assert_eq!(broker.events_since(&events).await, [] as [&str; 0]);
}

#[tokio::test]
async fn atk_l02_a_form_of_a_session_that_has_ended_is_refused_in_the_next_one_of_the_same_person()
{
    let (broker, _mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let address = fresh("jana.nova");
    browser.submit(&page, "Odhlásit", &[]).await;
    let again = browser.open(&broker.at("/account/contacts")).await;
    broker.sign_in(&mut browser, &again, JANA).await;

    let refused = add(&mut browser, &page, &address).await;

    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(!addresses(&broker).await.contains(&address));
}
