//! Signing out after a login through a data box (cases F of the reference, 11).

use serde_json::json;
use tests::broker::Ground;
use tests::browser::Browser;

use super::nginx::{Door, Nginx};
use super::{GROUNDS, answer, back, broker_at, broker_with, code, come, leave};

/// The reference, 3.7: whoever comes after at a shared computer would be let in by the portal of data boxes.
#[tokio::test]
async fn who_came_by_a_data_box_reads_that_its_portal_stays_open() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let page = browser.open(&back(&broker, &number)).await;
        let tokens = broker.redeem("portal", &code(&page)).await;
        let mut logout = broker.url.join("/oauth2/logout").unwrap();
        let out = broker.clients.at("/portal/out");
        logout.query_pairs_mut().extend_pairs([
            ("id_token_hint", tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", &out),
            ("state", "s"),
            ("ui_locales", "cs"),
        ]);

        let page = browser.open(logout.as_str()).await;

        let words = page.text();
        assert_eq!(page.url.path(), "/oauth2/logout/done");
        assert!(
            words.contains("Na sdíleném počítači se odhlaste i z portálu datových schránek"),
            "{words}"
        );
        assert!(
            page.body.contains(r#"href="http://127.0.0.1:9/""#),
            "{}",
            page.body
        );
        assert!(broker.events().await.contains(&"session.ended".to_owned()));
        assert!(
            page.body.contains(&format!("{out}?state=s")),
            "{}",
            page.body
        );

        // Another browser at this address reads nothing of it.
        let other = Browser::new().open(page.url.as_str()).await;
        assert_eq!(other.status, 200);
        assert!(!other.body.contains("logout-open"), "{}", other.body);
        assert!(!other.body.contains(&out), "{}", other.body);
    }
}

#[tokio::test]
async fn who_is_led_to_the_logout_of_isds_reads_no_notice() {
    let nginx = Nginx::start().await;
    let options = json!({ "logout_url": "http://127.0.0.1:9/as/processLogout" });
    let broker = broker_with(Ground::Sqlite, &nginx, options).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("holder", &number));
    browser.open(&back(&broker, &number)).await;
    let page = browser.open(&broker.at("/account")).await;
    let (form, _) = page.form_with("Odhlásit");

    let sent = browser
        .request("POST", form.action, Some(form.fields))
        .await;

    let to = sent.redirect().unwrap_or_else(|| panic!("{}", sent.text()));
    assert_eq!(to.path(), "/as/processLogout");
    let back = to
        .query_pairs()
        .find(|(name, _)| name == "uri")
        .unwrap()
        .1
        .into_owned();
    let page = browser.open(&back).await;
    assert_eq!(page.url.path(), "/oauth2/logout/done");
    assert!(!page.body.contains("logout-open"), "{}", page.body);
}

/// Nobody answers at the address of its logout, nor at that of the service.
#[tokio::test]
async fn isds_f01_signing_out_here_ends_the_session_though_isds_is_down() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for options in [
            json!({}),
            json!({ "logout_url": "http://127.0.0.1:9/as/processLogout" }),
        ] {
            let mut broker = broker_with(ground, &nginx, options).await;
            let mut browser = Browser::new();
            come(&broker, &nginx, &mut browser, "portal", "holder").await;
            broker
                .restart(json!({ "provider": { "isds": { "service_url": nginx.url(Door::OutOfService) } } }))
                .await;
            let page = browser.open(&broker.at("/account")).await;
            assert_eq!(page.url.path(), "/account", "{}", page.text());
            let (form, _) = page.form_with("Odhlásit");

            let sent = browser
                .request("POST", form.action, Some(form.fields))
                .await;

            assert!(sent.redirect().is_some(), "{}", sent.text());
            assert!(broker.events().await.contains(&"session.ended".to_owned()));
            let page = browser
                .open(&broker.authorize("portal", &[("prompt", "none")]))
                .await;
            assert_eq!(page.query("error").as_deref(), Some("login_required"));
        }
    }
}

#[tokio::test]
async fn isds_f02_the_other_secret_of_a_login_is_made_worthless_once_and_a_failure_keeps_nobody_out()
 {
    let nginx = Nginx::start().await;
    for (path, door) in [
        ("/asws/extWsEndpoint", Door::Good),
        ("/nowhere", Door::Good),
    ] {
        let broker =
            broker_with(Ground::Sqlite, &nginx, json!({ "invalidation_path": path })).await;
        let asked = invalidations(&nginx, door, path);
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));

        let page = browser.open(&back(&broker, &number)).await;
        browser.open(&back(&broker, &number)).await;

        assert!(page.query("code").is_some(), "{path}: {}", page.text());
        // Nobody waits for it; this waits until it has come.
        nginx
            .wait_for(door, |request| request.ends_with(path), asked + 1)
            .await;
        assert_eq!(invalidations(&nginx, door, path), asked + 1);
    }
}

fn invalidations(nginx: &Nginx, door: Door, path: &str) -> usize {
    let requests = nginx.requests(door);
    requests
        .iter()
        .filter(|request| request.ends_with(path))
        .count()
}
