//! What a person sends waits while somebody else has their account in hand; whatever changed meanwhile counts.

use idp::storage::account;
use idp::storage::browser_session::{self, EndReason};
use store::{Db, on};

use super::*;

/// Until somebody waits for a row of this database. On SQLite everybody who writes waits before they read anything.
async fn until_somebody_waits(broker: &TestBroker) {
    let Db::Pg(_) = &broker.db else {
        return;
    };
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    loop {
        let mut tx = broker.db.read().await.unwrap();
        let count: i64 =
            on!(&mut tx, db => sqlx::query_scalar(waiting).fetch_one(db).await).unwrap();
        if count > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// The form is sent while the account is in other hands, which end its sessions and let go.
async fn sent_while_the_session_ends(
    broker: &TestBroker,
    browser: &mut Browser,
    page: &Page,
    button: &str,
    fields: &[(&str, &str)],
) -> Page {
    let account_id = super::contacts::accounts(broker).await[0];
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await.unwrap();
    assert!(account::hold(&mut tx, account_id, now).await.unwrap());
    let sessions = browser_session::list_by_account(&mut tx, account_id, now)
        .await
        .unwrap();

    let sent = browser.submit(page, button, fields);
    let ended = async {
        until_somebody_waits(broker).await;
        for session in sessions {
            let (id, reason) = (session.browser_session_id, EndReason::EndedByPerson);
            assert!(
                browser_session::end(&mut tx, id, reason, now)
                    .await
                    .unwrap()
            );
        }
        tx.commit().await.unwrap();
    };
    let (page, ()) = tokio::join!(sent, ended);
    page
}

#[tokio::test]
async fn a_session_that_ends_while_its_request_waits_for_the_account_closes_nothing() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    broker.sign_in(&mut browser, &page, JANA).await;
    let page = browser.open(&broker.at("/account/close")).await;
    assert_eq!(
        page.text_of("#close-submit").unwrap(),
        "Zavřít účet natrvalo"
    );

    let page = sent_while_the_session_ends(&broker, &mut browser, &page, "close-submit", &[]).await;

    assert_ne!(page.url.path(), "/account/closed", "{}", page.text());
    let events = broker.events().await;
    assert!(
        !events.contains(&"account.deleted".to_owned()),
        "{events:?}"
    );
    assert_eq!(broker.rows("account").await, 1);
    let mut anew = Browser::new();
    let page = anew.open(&broker.at("/account")).await;
    let page = broker.sign_in(&mut anew, &page, JANA).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[tokio::test]
async fn a_session_that_ends_while_its_request_waits_adds_no_contact() {
    let (broker, _mails) = super::contacts::with_mail().await;
    let (mut browser, page) = super::contacts::at_contacts(&broker, JANA).await;
    let before = broker.rows("contact").await;

    let typed = [("email", "zlodej@posta.example")];
    sent_while_the_session_ends(&broker, &mut browser, &page, "contact-add", &typed).await;

    assert_eq!(broker.rows("contact").await, before);
}

#[tokio::test]
async fn a_session_that_ends_while_its_yes_waits_allows_nothing() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;

    let page =
        sent_while_the_session_ends(&broker, &mut browser, &page, "consent-submit", &[]).await;

    assert!(!arrived(&page, "library"), "{}", page.url);
    assert_eq!(broker.rows("consent").await, 0);
    assert!(!broker.events().await.contains(&"consent.given".to_owned()));
}
