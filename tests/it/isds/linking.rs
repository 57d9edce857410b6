//! A data box beside another way in: added only by proof of both sides, and never found by data (cases E of the reference, 11).

use chrono::Duration;
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use tests::mailbox::Mailbox;

use super::nginx::{Door, Nginx};
use super::{GROUNDS, SESSION, answer, back, configuration, configured, exchanges, leave_from};

/// Data boxes, and a register of the state that knows the holder of the committed answers, and others.
pub(super) async fn town(ground: Ground, nginx: &Nginx, more: Value) -> TestBroker {
    let person = |given: &str, family: &str, born: &str| {
        json!({
            "password": "heslo", "identity": "state", "login": "multi", "given_name": given, "family_name": family,
            "birth_date": born, "email": "jana@example.cz",
        })
    };
    let mut configuration = configuration(nginx, Door::Good);
    configuration["provider"]["register"] = json!({ "kind": "demo", "environment": "sandbox", "account": {
        "jana": person("JANA MARIE", "NOVÁKOVÁ", "1985-04-12"),
        "jina": person("JANA MARIE", "NOVÁKOVÁ", "1985-04-13"),
        "petr": person("PETR", "SVOBODA", "1990-01-01"),
    } });
    tests::broker::merge(&mut configuration, more);
    configured(ground, configuration).await
}

/// A browser at the account of somebody whom the register knows.
pub(super) async fn at_account(broker: &TestBroker, name: &str) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "register", &[]).await;
    let page = broker.sign_in(&mut browser, &page, (name, "heslo")).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

/// Goes to a page and comes through the data box of the holder.
async fn through_box(
    broker: &TestBroker,
    nginx: &Nginx,
    browser: &mut Browser,
    path: &str,
) -> Page {
    let page = browser.open(&broker.at(path)).await;
    let number = leave_from(browser, &page, "isds").await;
    nginx.answers(&answer("holder", &number));
    browser.open(&back(broker, &number)).await
}

#[tokio::test]
async fn isds_e01_a_box_with_a_known_persons_names_and_date_is_somebody_new() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        at_account(&broker, "jana").await;

        let page = through_box(&broker, &nginx, &mut Browser::new(), "/account").await;

        assert_eq!(page.url.path(), "/account", "{}", page.text());
        assert_eq!(
            (
                broker.rows("account").await,
                broker.rows("upstream_link").await
            ),
            (2, 2)
        );
    }
}

#[tokio::test]
async fn isds_e02_a_box_is_added_by_proof_of_both_sides_and_the_person_is_told() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let mailbox = Mailbox::start().await;
        let broker = town(ground, &nginx, json!({ "mail": mailbox.section() })).await;
        let mut browser = at_account(&broker, "jana").await;

        let page = through_box(&broker, &nginx, &mut browser, "/account/link").await;
        assert_eq!(page.heading(), "Patří obojí vám?", "{}", page.text());
        assert_eq!(broker.rows("upstream_link").await, 1);
        let page = browser.submit(&page, "link-submit", &[]).await;

        assert_eq!(
            page.query("done").as_deref(),
            Some("linked"),
            "{}",
            page.text()
        );
        assert_eq!(broker.rows("account").await, 1);
        assert!(broker.events().await.contains(&"link.added".to_owned()));
        assert_eq!(broker.rows("notice").await, 1);
        let page = through_box(&broker, &nginx, &mut Browser::new(), "/account").await;
        assert_eq!(page.url.path(), "/account");
        assert_eq!(broker.rows("account").await, 1);
    }
}

/// The reference, 6.3 step 3 and Q5, for who adds a box: it is a departure like that of a login.
#[tokio::test]
async fn isds_b05_a_box_is_added_by_a_browser_that_comes_back_without_its_number() {
    let nginx = Nginx::start().await;
    let only = json!({ "provider": { "isds": { "without_app_token": "only_departure" } } });
    for ground in GROUNDS {
        let broker = town(ground, &nginx, only.clone()).await;
        let nameless = |number: &str| {
            let path = format!("/upstream/isds/answer?sessionId={number}{SESSION}");
            broker.at(&path)
        };

        // Two tabs: nobody knows which one is meant.
        let mut two = at_account(&broker, "jana").await;
        let page = two.open(&broker.at("/account/link")).await;
        leave_from(&mut two, &page, "isds").await;
        let page = two.open(&broker.at("/account/link")).await;
        let number = leave_from(&mut two, &page, "isds").await;
        let page = two.open(&nameless(&number)).await;
        assert_eq!(page.status, 409, "{ground:?}: {}", page.text());

        let mut browser = at_account(&broker, "jana").await;
        let page = browser.open(&broker.at("/account/link")).await;
        let number = leave_from(&mut browser, &page, "isds").await;
        nginx.answers(&answer("holder", &number));
        let page = browser.open(&nameless(&number)).await;
        assert_eq!(page.heading(), "Patří obojí vám?", "{}", page.text());
        let page = browser.submit(&page, "link-submit", &[]).await;
        assert_eq!(
            page.query("done").as_deref(),
            Some("linked"),
            "{}",
            page.text()
        );
        assert_eq!(broker.rows("account").await, 1);
        assert_eq!(broker.rows("upstream_link").await, 2);
    }
}

#[tokio::test]
async fn isds_e03_a_box_of_another_date_of_birth_is_not_added() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        let mut browser = at_account(&broker, "jina").await;

        let page = through_box(&broker, &nginx, &mut browser, "/account/link").await;

        assert_eq!(page.heading(), "Datum narození se liší");
        assert_eq!(broker.rows("upstream_link").await, 1);
    }
}

#[tokio::test]
async fn isds_e04_an_old_session_has_to_log_in_again_before_a_box_is_added() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        let mut browser = at_account(&broker, "jana").await;
        broker.hand.advance(Duration::minutes(6));

        let page = browser.open(&broker.at("/account/link")).await;
        let page = browser.submit(&page, "isds", &[]).await;

        // The account's own way in, and not the box.
        assert_eq!(
            page.url.path(),
            "/upstream/register/demo",
            "{}",
            page.text()
        );
        assert_eq!(exchanges(&nginx), 0);
        assert_eq!(broker.rows("upstream_link").await, 1);
    }
}

#[tokio::test]
async fn isds_e05_a_box_that_is_somebody_elses_is_not_added_and_tells_nothing_of_them() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        through_box(&broker, &nginx, &mut Browser::new(), "/account").await;
        let mut browser = at_account(&broker, "petr").await;
        let links = broker.rows("upstream_link").await;

        let page = through_box(&broker, &nginx, &mut browser, "/account/link").await;

        assert_eq!(
            page.heading(),
            "Tento způsob už otevírá jiný účet",
            "{}",
            page.text()
        );
        assert_eq!(broker.rows("upstream_link").await, links);
        for of_the_other in ["jana@example.cz", "fo00001", "u7Kq2mZx91Lb", "Dlouhá"] {
            assert!(
                !page.body.contains(of_the_other),
                "{of_the_other}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn isds_e06_the_last_way_in_cannot_be_removed() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        let mut browser = Browser::new();
        let page = through_box(&broker, &nginx, &mut browser, "/account").await;

        let page = browser.follow(page.link("Odpojit")).await;

        assert!(page.text().contains("Žádný jiný způsob"), "{}", page.text());
        assert!(page.text_of("#unlink-stays").is_some(), "{}", page.text());
        assert!(!page.body.contains("unlink-submit"), "{}", page.body);
        // The form is refused as well as the page.
        let csrf: Vec<_> = page
            .forms()
            .into_iter()
            .flat_map(|form| form.fields)
            .filter(|(name, _)| name == "csrf")
            .take(1)
            .collect();
        let action = broker
            .url
            .join(&format!("{}/unlink", page.url.path()))
            .unwrap();
        let refused = browser.request("POST", action, Some(csrf)).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert_eq!(active_links(&broker).await, 1);
    }
}

async fn active_links(broker: &TestBroker) -> i64 {
    let mut tx = broker.db.read().await.unwrap();
    store::on!(&mut tx, db => {
        sqlx::query_scalar("select count(*) from upstream_link where ended_at is null").fetch_one(db).await
    })
    .unwrap()
}

/// ADR 10: whoever came by a box alone is told to sign in another way anyway and to add the box to that account.
#[tokio::test]
async fn who_signed_in_another_way_to_add_it_is_led_to_the_box_that_is_missing() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        let mut browser = Browser::new();
        through_box(&broker, &nginx, &mut browser, "/account").await;

        let page = browser.open(&broker.at("/account/link")).await;
        assert!(page.text_of("#link-former").is_none(), "{}", page.text());
        let page = browser.submit(&page, "link-register", &[]).await;
        // The only other way in, so nobody has to choose it.
        let page = broker.sign_in(&mut browser, &page, ("jana", "heslo")).await;
        let page = go_on(&mut browser, page).await;

        assert_eq!(page.url.path(), "/account/link", "{}", page.text());
        assert_eq!(page.texts_of(".provider button")[0], "Datová schránka");
        let told = page.text_of("#link-former").unwrap();
        let title = "Teď přidejte svůj dosavadní způsob: Datová schránka";
        assert!(told.starts_with(title), "{told}");
        assert!(!page.text().contains("způsobem, který chcete přidat"));
        // The way just used is there for a second account at it alone.
        assert!(page.text_of("details.fold #link-register").is_some());
        let number = leave_from(&mut browser, &page, "link-isds").await;
        nginx.answers(&answer("holder", &number));
        let page = browser.open(&back(&broker, &number)).await;
        assert_eq!(
            page.heading(),
            "Spojit dva účty v jeden?",
            "{}",
            page.text()
        );
        let page = browser.submit(&page, "merge-submit", &[]).await;

        assert_eq!(page.status, 200, "{}", page.text());
        // Both are theirs now, and nothing is left to be added.
        let address = broker.at("/account/link?provider=register&former=isds");
        let page = browser.open(&address).await;
        assert!(page.text_of("#link-former").is_none(), "{}", page.text());
        assert!(page.text_of("details.fold #link-isds").is_some());
    }
}

/// Goes on as who is signed in now, where a page asks that.
async fn go_on(browser: &mut Browser, page: Page) -> Page {
    if page.body.contains("login-continue") {
        return browser.submit(&page, "login-continue", &[]).await;
    }
    page
}

/// ISDS passes on what the person once wrote there: it finds nobody and proves nothing.
#[tokio::test]
async fn isds_e08_an_address_that_a_box_tells_finds_nobody_and_is_not_proved() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        at_account(&broker, "jana").await;
        let before = proven(&broker).await;

        through_box(&broker, &nginx, &mut Browser::new(), "/account").await;

        assert_eq!(broker.rows("account").await, 2);
        assert_eq!(proven(&broker).await, before);
    }
}

async fn proven(broker: &TestBroker) -> i64 {
    let mut tx = broker.db.read().await.unwrap();
    store::on!(&mut tx, db => {
        sqlx::query_scalar("select count(*) from contact where proven_at is not null").fetch_one(db).await
    })
    .unwrap()
}
