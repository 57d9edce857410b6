//! When a person authenticated at a provider that says it, says it wrongly or does not say it.

use chrono::{Duration, Timelike as _};
use serde_json::{Value, json};
use tests::broker::{TestBroker, claims_of};
use tests::browser::{Browser, Page};

use super::liar::Liar;
use super::lies::at_town;
use super::{GROUNDS, problem};

/// A browser signed in by the town's provider, without a demand on the time.
async fn signed_in(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let page = browser.submit(&page, "provider-town", &[]).await;
    assert!(page.query("code").is_some(), "{}", page.text());
    browser
}

async fn id_token(broker: &TestBroker, page: &Page) -> Value {
    let code = page
        .query("code")
        .unwrap_or_else(|| panic!("{}", page.text()));
    let tokens = broker.redeem("portal", &code).await;
    claims_of(tokens["id_token"].as_str().unwrap())
}

/// What the latest browser was sent there with.
fn sent(liar: &Liar, name: &str) -> Option<String> {
    liar.world().requests.last()?.get(name).cloned()
}

#[tokio::test]
async fn a_silent_login_of_no_told_time_is_never_young_enough_and_one_that_is_told_is() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        liar.world().id_token = json!({ "auth_time": null });
        let mut browser = Browser::new();

        let page = browser
            .open(&broker.authorize("portal", &[("max_age", "86400")]))
            .await;
        let page = browser.submit(&page, "provider-town", &[]).await;

        assert_eq!(sent(&liar, "max_age").as_deref(), Some("86400"));
        assert_eq!(sent(&liar, "prompt"), None);
        assert_eq!(page.heading(), "Přihlaste se prosím znovu");

        // Now it is told to have the person log in, and says no time again.
        let again = browser.submit(&page, "provider-town", &[]).await;

        assert_eq!(sent(&liar, "prompt").as_deref(), Some("login"));
        assert_eq!((again.status, problem(&again).as_str()), (400, "LOG-107"));

        let time = broker.clock.now() - Duration::seconds(5);
        liar.world().id_token = json!({ "auth_time": time.timestamp() });
        let page = browser.submit(&page, "provider-town", &[]).await;
        let claims = id_token(&broker, &page).await;
        assert_eq!(claims["auth_time"], time.timestamp());
    }
}

#[tokio::test]
async fn our_own_auth_time_is_the_upstreams_never_later_than_now_and_absent_where_nobody_knows() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        let now = broker.clock.now().with_nanosecond(0).unwrap().timestamp();
        for (told, said) in [
            (json!(now - 7_200), json!(now - 7_200)),
            (json!(now + 60), json!(now)),
            (Value::Null, Value::Null),
        ] {
            liar.world().id_token = json!({ "auth_time": told, "iat": now });
            let mut browser = Browser::new();
            let page = browser.open(&broker.authorize("portal", &[])).await;

            let page = browser.submit(&page, "provider-town", &[]).await;

            assert_eq!(id_token(&broker, &page).await["auth_time"], said, "{told}");
        }
    }
}

#[tokio::test]
async fn an_age_that_is_demanded_later_is_not_met_by_a_session_of_no_told_time() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        liar.world().id_token = json!({ "auth_time": null });
        let mut browser = signed_in(&broker).await;

        let silent = [("max_age", "86400"), ("prompt", "none")];
        let page = browser.open(&broker.authorize("portal", &silent)).await;
        assert_eq!(page.query("error").as_deref(), Some("login_required"));

        let page = browser.open(&broker.authorize("portal", &[])).await;
        assert!(page.query("code").is_some(), "{}", page.text());
    }
}

#[tokio::test]
async fn what_changes_an_account_does_not_rest_on_a_login_of_no_told_or_of_an_old_time() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        let now = broker.clock.now().timestamp();
        for (told, is_fresh) in [
            (Value::Null, false),
            (json!(now - 3_600), false),
            (json!(now - 60), true),
        ] {
            liar.world().id_token = json!({ "auth_time": told, "iat": now });
            let mut browser = signed_in(&broker).await;

            let page = browser.open(&broker.at("/account/link")).await;
            let page = browser.submit(&page, "link-town", &[]).await;

            if is_fresh {
                assert_eq!(sent(&liar, "prompt").as_deref(), Some("login"));
            } else {
                assert_eq!(page.heading(), "Přihlaste se prosím znovu", "{told}");
                // The provider can be asked for it, so nobody is told to look for another way.
                assert!(!page.text().contains("jiným způsobem"), "{}", page.text());
            }
        }
    }
}
