//! What a login through a data box lets somebody do, what clients learn of it and what the log keeps (cases D of the reference, 11).

use serde_json::json;
use tests::broker::{Ground, claims_of};
use tests::browser::Browser;

use super::nginx::{Door, Nginx};
use super::{GROUNDS, SESSION, answer, back, broker_at, broker_with, code, come, leave};

#[tokio::test]
async fn who_comes_by_a_box_alone_can_close_the_account_soon_after_a_login() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "strict").await;
    nginx.answers(&answer("holder", &number));
    browser.open(&back(&broker, &number)).await;
    broker.hand.advance(chrono::Duration::minutes(6));
    let page = browser.open(&broker.at("/account/close")).await;
    let late = browser.submit(&page, "close-submit", &[]).await;
    assert!(late.url.path().starts_with("/login/"), "{}", late.text());

    // In the very session: nobody has to sign out first.
    let number = super::leave_from(&mut browser, &late, "provider-isds").await;
    nginx.answers(&answer("holder", &number));
    let page = browser.open(&back(&broker, &number)).await;
    assert_eq!(page.url.path(), "/account/close", "{}", page.text());
    let page = browser.submit(&page, "close-submit", &[]).await;

    assert!(
        broker
            .events()
            .await
            .contains(&"account.deleted".to_owned()),
        "{}",
        page.text()
    );
}

/// The reference, 5.8: what the log keeps of an exchange.
#[tokio::test]
async fn the_log_keeps_the_kind_of_box_the_role_the_result_and_our_certificate() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for (name, kind, role) in [
            ("holder", "40", "PRIMARY_USER"),
            ("company", "20", "PRIMARY_USER"),
        ] {
            let broker = broker_at(ground, &nginx, Door::Good).await;
            let mut browser = Browser::new();
            let number = leave(&broker, &mut browser, "portal").await;
            nginx.answers(&answer(name, &number));
            browser.open(&back(&broker, &number)).await;

            let details = broker.event_details("login.completed").await;

            let evidence = &details[0]["evidence"];
            assert_eq!(evidence["box_type"], kind);
            assert_eq!(evidence["role"], role);
            assert_eq!(evidence["result"], "OK");
            // nginx says 203.0.113.7, and this browser came from here.
            assert_eq!(evidence["same_address"], "no");
            assert_eq!(evidence["certificate"].as_str().unwrap().len(), 64);
            let names_the_box = evidence["box"]
                == if name == "holder" {
                    "fo00001"
                } else {
                    "po00001"
                };
            assert_eq!(names_the_box, name == "company", "{evidence}");
            let told = details[0].to_string();
            for secret in [SESSION, "T01-5d0f6b1c", "203.0.113.7", "Nov"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn isds_d13_where_the_law_wants_the_states_word_a_data_box_is_not_enough() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_with(ground, &nginx, json!({})).await;
        let mut browser = Browser::new();
        let page = come(&broker, &nginx, &mut browser, "portal", "holder").await;
        assert!(page.query("code").is_some(), "{}", page.text());
        let demand = [("acr_values", "http://eidas.europa.eu/LoA/substantial")];

        for mut browser in [browser, Browser::new()] {
            let page = browser.open(&broker.authorize("portal", &demand)).await;

            assert!(page.query("code").is_none(), "{}", page.url);
            if page.url.path() == "/portal/callback" {
                assert_eq!(
                    page.query("error").as_deref(),
                    Some("unmet_authentication_requirements")
                );
            } else {
                assert!(!page.body.contains("provider-isds"), "{}", page.body);
                assert!(page.text().contains("LOG-115"), "{}", page.text());
            }
        }
    }
}

/// Whoever is entrusted with a person's box, and told by no identifier, is somebody new each time: they read so, and nothing is left of it but
/// what the log tells.
#[tokio::test]
async fn an_account_that_nobody_can_open_again_is_told_and_ends_with_its_session() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        for name in ["entrusted-without-user-id", "holder"] {
            let mut browser = Browser::new();
            let number = leave(&broker, &mut browser, "library").await;
            nginx.answers(&answer(name, &number));
            let page = browser.open(&back(&broker, &number)).await;

            assert!(page.url.path().ends_with("/information"), "{}", page.text());
            let is_told = page.text_of("#passing").is_some();
            assert_eq!(
                is_told,
                name == "entrusted-without-user-id",
                "{}",
                page.text()
            );
            assert_ne!(is_told, page.text_of("#older-account").is_some());
        }
        idp::workers::sweep(&broker.broker).await.unwrap();
        assert!(
            !broker
                .events()
                .await
                .contains(&"account.deleted".to_owned())
        );

        broker.hand.advance(chrono::Duration::days(2));
        idp::workers::sweep(&broker.broker).await.unwrap();

        let ended = broker.events().await;
        let ended = ended
            .iter()
            .filter(|kind| *kind == "account.deleted")
            .count();
        assert_eq!(ended, 1);
        // Nobody wished it, and by whose box somebody was here can be told as long as of everybody else.
        let logins = broker.event_details("login.completed").await;
        assert_eq!(logins.len(), 2);
        for login in logins {
            assert!(login["evidence"]["role"].is_string(), "{login}");
        }
        let mut tx = broker.db.read().await.unwrap();
        let actors: Vec<String> = store::on!(&mut tx, db => {
            sqlx::query_scalar("select actor from audit_event where kind in ('account.deleted', 'link.removed')")
                .fetch_all(db)
                .await
        })
        .unwrap();
        drop(tx);
        assert_eq!(actors, ["system", "system"]);
        idp::workers::sweep(&broker.broker).await.unwrap();
    }
}

#[tokio::test]
async fn isds_d14_a_client_learns_what_its_scopes_say_and_nothing_of_the_answer_itself() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    for (client, scope) in [("portal", "openid"), ("parking", "openid profile")] {
        let mut browser = Browser::new();
        let asked = broker.authorize(client, &[("scope", scope)]);
        let page = browser.open(&asked).await;
        let number = super::leave_from(&mut browser, &page, "provider-isds").await;
        nginx.answers(&answer("holder", &number));
        let page = browser.open(&back(&broker, &number)).await;

        let tokens = broker.redeem(client, &code(&page)).await;

        let id_token = claims_of(tokens["id_token"].as_str().unwrap());
        let info: serde_json::Value = reqwest::Client::new()
            .get(broker.at("/oauth2/userinfo"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let names: Vec<&String> = info.as_object().unwrap().keys().collect();
        if scope == "openid" {
            assert_eq!(names, ["sub"]);
        } else {
            assert_eq!(info["family_name"], "Nováková");
            assert_eq!(info.get("address"), None);
        }
        let told = format!("{id_token}{info}{tokens}");
        for raw in [
            "T01-5d0f6b1c",
            "timeLimitedId",
            "dbID",
            "fo00001",
            "u7Kq2mZx91Lb",
            SESSION,
            "aifoIsds",
        ] {
            assert!(!told.contains(raw), "{raw} in {told}");
        }
    }
}
