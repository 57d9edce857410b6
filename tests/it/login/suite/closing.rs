//! A person closes their account: what ends, what is erased, what stays.

use chrono::Duration;
use serde_json::{Value, json};
use store::on;
use tests::mailbox::Mailbox;

use super::contacts::{next_mail, work};
use super::*;

const CLOSE: &str = "/account/close";
/// Where a hasty search would look for a person.
const HELD: [(&str, &str); 8] = [
    ("fact", "fact_id"),
    ("contact", "contact_id"),
    ("notice", "notice_id"),
    ("notice_mail", "notice_mail_id"),
    ("consent", "consent_id"),
    ("release", "release_id"),
    ("conflict", "conflict_id"),
    ("merge_item", "item_id"),
];

async fn with_mail(more: Value) -> (TestBroker, Mailbox) {
    let mailbox = Mailbox::start().await;
    let mut config = json!({ "mail": mailbox.section() });
    tests::broker::merge(&mut config, more);
    (configured(config).await, mailbox)
}

async fn at_account(broker: &TestBroker, person: (&str, &str)) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    broker.sign_in(&mut browser, &page, person).await;
    browser
}

async fn close(broker: &TestBroker, browser: &mut Browser) -> Page {
    let page = browser.open(&broker.at(CLOSE)).await;
    browser.submit(&page, "close-submit", &[]).await
}

/// How many rows of these tables are left.
async fn held(broker: &TestBroker) -> Vec<(&'static str, i64)> {
    let mut counts = Vec::new();
    for (table, _) in HELD {
        counts.push((table, broker.rows(table).await));
    }
    counts.retain(|(_, count)| *count > 0);
    counts
}

async fn ask(broker: &TestBroker, query: &'static str) -> i64 {
    let mut tx = broker.db.read().await.unwrap();
    on!(&mut tx, db => sqlx::query_scalar(query).fetch_one(db).await).unwrap()
}

#[tokio::test]
async fn a_closed_account_ends_everywhere_is_told_of_and_forgotten() {
    let (broker, mailbox) = with_mail(json!({})).await;
    let mut elsewhere = at_account(&broker, JANA).await;
    let mut browser = Browser::new();
    let offline = [("scope", "openid offline_access")];
    let page = browser.open(&broker.authorize("portal", &offline)).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    let tokens = broker.redeem("portal", &code(&page)).await;
    let page = browser.open(&broker.authorize("library", &[])).await;
    let page = browser.submit(&page, "consent-submit", &[]).await;
    let former = broker.subject_of("library", &code(&page)).await;
    let page = browser.open(&broker.at("/account")).await;

    let page = browser.follow(page.link("Zavřít účet")).await;

    assert_eq!(page.heading(), "Zavřít účet?");
    for words in [
        "Co skončí",
        "portal",
        "library",
        "Co smažeme",
        "Co zůstane, proč a jak dlouho",
        "natrvalo",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert_eq!(
        page.text_of("#close-submit").unwrap(),
        "Zavřít účet natrvalo"
    );
    let page = browser.submit(&page, "close-submit", &[]).await;
    assert_eq!(page.heading(), "Účet je zavřený", "{}", page.text());

    // Everywhere.
    assert_eq!(session_cookie(&browser), None);
    assert_eq!(browser.cookie("localhost", "__Host-city-idp-way"), None);
    for browser in [&mut browser, &mut elsewhere] {
        let page = browser.open(&broker.at("/account")).await;
        assert_ne!(page.url.path(), "/account", "{}", page.text());
    }
    let refresh = broker.refresh("portal", tokens["refresh_token"].as_str().unwrap());
    assert_eq!(refresh.await["error"], "invalid_grant");
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(broker.userinfo_status(access_token).await, 401);
    idp::oidc::backchannel::work(&broker.broker).await.unwrap();
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    // Told, at the address that waits for that letter alone.
    assert_eq!(
        ask(
            &broker,
            "select count(*) from contact where value is not null"
        )
        .await,
        1
    );
    let mail = next_mail(&broker, &mailbox, 0).await;
    assert_eq!(mail.to, "jana@posta.example");
    assert!(
        mail.subject().contains("identita byla"),
        "{}",
        mail.subject()
    );
    let text = mail.text();
    assert!(text.contains("Účet už obnovit nejde"), "{text}");
    assert!(!text.contains("/account"), "{text}");
    // Forgotten.
    broker.hand.advance(Duration::minutes(2));
    assert_eq!(idp::identity::erase(&broker.broker).await.unwrap(), 1);
    assert_eq!(held(&broker).await, []);
    for query in [
        "select count(*) from upstream_link where subject <> '' or ended_at is null",
        "select count(*) from verification where revoked_at is null",
        "select count(*) from browser_session where device <> '' or ended_at is null",
        "select count(*) from authentication where upstream_session is not null",
        "select count(*) from account where locale is not null or state <> 'deleted'",
        "select count(*) from job where kind = 'account.erase'",
    ] {
        assert_eq!(ask(&broker, query).await, 0, "{query}");
    }
    let events = broker.events().await;
    // Whatever ended has an event of its own, from before the account was gone.
    for (ended, times) in [
        ("link.removed", 1),
        ("session.ended", 2),
        ("grant.ended", 2),
        ("consent.revoked", 1),
        ("account.deleted", 1),
    ] {
        let count = events.iter().filter(|kind| *kind == ended).count();
        assert_eq!(count, times, "{ended}: {events:?}");
    }
    assert!(events.contains(&"login.completed".to_owned()), "{events:?}");
    let open = "select count(*) from audit_event where details like '%account_closed%'";
    assert_eq!(ask(&broker, open).await, 0, "the circumstances are erased");

    // Whoever comes that way begins anew, and nobody gets the former identifier.
    let mut anew = Browser::new();
    let page = anew.open(&broker.authorize("library", &[])).await;
    let page = broker.sign_in(&mut anew, &page, JANA).await;
    let page = anew.submit(&page, "consent-submit", &[]).await;
    let fresh = broker.subject_of("library", &code(&page)).await;
    assert_ne!(fresh, former);
    assert_eq!(broker.rows("account").await, 2);
    let mut tx = broker.db.read().await.unwrap();
    let town = idp::ids::OrganisationId::new("library");
    let kept = idp::storage::pairwise_subject::find_account(&mut tx, &town, &former).await;
    assert!(
        kept.unwrap().is_some(),
        "the former identifier is somebody's for good"
    );
}

#[tokio::test]
async fn an_address_waits_for_a_mail_server_that_is_away_but_not_for_ever() {
    let (broker, mailbox) = with_mail(json!({})).await;
    let mut browser = at_account(&broker, JANA).await;
    mailbox.behave(tests::mailbox::Manner::PutsOff);
    close(&broker, &mut browser).await;
    work(&broker).await;

    broker.hand.advance(Duration::minutes(2));
    idp::identity::erase(&broker.broker).await.unwrap();
    assert_eq!(
        ask(
            &broker,
            "select count(*) from contact where value is not null"
        )
        .await,
        1
    );
    assert_eq!(broker.rows("fact").await, 0, "all else is gone at once");

    broker.hand.advance(Duration::days(3));
    idp::identity::erase(&broker.broker).await.unwrap();
    assert_eq!(held(&broker).await, []);
}

#[tokio::test]
async fn atk_b03_without_a_fresh_login_or_from_another_site_no_account_is_closed() {
    let broker = start().await;
    let mut browser = at_account(&broker, JANA).await;
    broker.hand.advance(Duration::minutes(6));
    let page = browser.open(&broker.at(CLOSE)).await;
    assert_eq!(
        page.text_of("#close-submit").unwrap(),
        "Přihlásit se a pokračovat"
    );

    let door = browser.submit(&page, "close-submit", &[]).await;

    assert!(door.url.path().ends_with("/demo"), "{}", door.text());
    let events = broker.events().await;
    assert!(
        !events.contains(&"account.deleted".to_owned()),
        "{events:?}"
    );
    let page = broker.sign_in(&mut browser, &door, JANA).await;
    assert_eq!(page.url.path(), CLOSE);
    assert_eq!(
        page.text_of("#close-submit").unwrap(),
        "Zavřít účet natrvalo"
    );
    let address = broker.url.join(CLOSE).unwrap();
    let form = vec![("csrf".to_owned(), "x".to_owned())];
    let foreign = browser.request("POST", address, Some(form)).await;
    assert_eq!(foreign.status, 403, "{}", foreign.text());
    assert_eq!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
}

#[tokio::test]
async fn what_a_person_may_do_for_others_ends_with_the_account_and_so_does_an_officers_mandate() {
    let eva = ("eva", "heslo");
    let broker = configured(json!({ "provider": { "demo": { "account": { "eva": {
        "password": "heslo", "given_name": "EVA", "family_name": "MALÁ",
        "acting_for": {
            "kind": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o.", "reference": "k7m2p9x",
            "role": "PRIMARY_USER", "full": true,
        },
    } } } } }))
    .await;
    let mut browser = at_account(&broker, eva).await;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await.unwrap();
    let account_id = super::contacts::accounts(&broker).await[0];
    let approved = idp::mandate::NewMandate {
        account_id,
        kind: federation::BodyKind::Association,
        ico: None,
        name: "Spolek Pod Věží, z. s.",
        role: Some("předsedkyně"),
        source: "counter",
        scope: [idp::mandate::Act::View].into(),
        level: federation::IdentityLevel::Town,
        approved_by: uuid::Uuid::from_u128(1),
        second_officer: uuid::Uuid::from_u128(2),
        evidence: None,
        valid_from: now,
        valid_until: now + Duration::days(1),
    };
    idp::mandate::add(
        &broker.broker,
        &mut tx,
        approved,
        store::audit::Actor::System,
        now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let page = browser.open(&broker.at(CLOSE)).await;
    for body in ["Pekařství Vltava", "Spolek Pod Věží"] {
        assert!(page.text().contains(body), "{}", page.text());
    }

    browser.submit(&page, "close-submit", &[]).await;

    let left = "select count(*) from mandate where revoked_at is null or name <> '' or ico is not null or role is not null";
    assert_eq!(ask(&broker, left).await, 0);
    assert_eq!(broker.rows("mandate").await, 2);
    let ended = broker.events().await;
    assert_eq!(
        ended.iter().filter(|kind| *kind == "mandate.ended").count(),
        2
    );
}

#[tokio::test]
async fn the_pages_of_closing_speak_three_languages() {
    let broker = start().await;
    for (language, title, closed) in [
        ("cs", "Zavřít účet?", "Účet je zavřený"),
        ("en", "Close the account?", "The account is closed"),
        ("de", "Konto schließen?", "Das Konto ist geschlossen"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at("/account")).await;
        broker.sign_in(&mut browser, &page, JANA).await;

        let page = browser.open(&broker.at(CLOSE)).await;

        assert_eq!(page.heading(), title);
        let page = browser.submit(&page, "close-submit", &[]).await;
        assert_eq!(page.heading(), closed);
    }
}
