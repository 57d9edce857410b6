//! Whole answers of NIA, signed and encrypted by others than us.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use flate2::read::DeflateDecoder;
use idp::login::health;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use store::on;
use tests::broker::{Ground, TestBroker};
use tests::browser::Browser;
use url::Url;

use super::arrivals::{Callback, two_hundred_at_once};
use super::nia_sandbox::{Sandbox, answer_of_nia, consent, signed_in};

#[tokio::test]
async fn nia_s42_two_hundred_parallel_posts_of_one_answer_give_one_session() {
    let sandbox = Sandbox::start().await;
    for ground in Ground::ALL {
        let broker = sandbox.broker(ground).await;
        let mut browser = Browser::new();
        let page = answer_of_nia(&broker, &mut browser).await;
        let (form, _) = page.form_with("answer-submit");
        assert!(form.fields.iter().any(|(name, _)| name == "SAMLResponse"));
        broker.hand.set(Utc::now());

        let callback = Callback::post(form.action, form.fields);
        two_hundred_at_once(&broker, &mut browser, &callback).await;
    }
}

#[tokio::test]
async fn a_service_that_wants_no_facts_sends_nobody_off_for_their_address() {
    let sandbox = Sandbox::start().await;
    // Approved for much, and asking for little.
    let approved = ["openid", "email", "phone", "address", "city.residence"];
    let scopes =
        json!({ "client": { "library": { "scopes": approved, "information_page": false } } });
    let broker = sandbox.broker_with(Ground::Sqlite, scopes).await;

    let asked = async |client_id: &str, scope: &str| {
        let mut browser = Browser::new();
        let target = broker.authorize(client_id, &[("scope", scope)]);
        let page = browser.open(&target).await;
        browser.submit(&page, "provider-nia", &[]).await;
        let urls = browser.trace.iter().map(|step| &step.url);
        let request = urls
            .flat_map(|url| url.query_pairs())
            .find_map(|(name, value)| (name == "SAMLRequest").then(|| value.into_owned()))
            .unwrap();
        let mut xml = String::new();
        let octets = STANDARD.decode(request).unwrap();
        DeflateDecoder::new(&octets[..])
            .read_to_string(&mut xml)
            .unwrap();
        let names = xml.split("RequestedAttribute Name=\"").skip(1);
        names
            .map(|rest| {
                let name = rest.split('"').next().unwrap();
                name.rsplit('/').next().unwrap().to_owned()
            })
            .collect::<Vec<_>>()
    };

    let least = asked("library", "openid").await;
    let one_more = asked("library", "openid phone").await;
    let more = asked("portal", "openid email").await;

    assert_eq!(
        least,
        [
            "PersonIdentifier",
            "CurrentGivenName",
            "CurrentFamilyName",
            "DateOfBirth"
        ]
    );
    assert_eq!(one_more[..4], least);
    assert_eq!(one_more[4..], ["phonenumber"]);
    assert!(more.contains(&"eMail".to_owned()), "{more:?}");
}

#[tokio::test]
async fn a_restart_while_nia_is_away_goes_on_with_the_metadata_from_before() {
    for ground in Ground::ALL {
        let mut sandbox = Sandbox::start().await;
        let mut broker = sandbox.broker(ground).await;
        let leave = async |broker: &TestBroker| {
            let mut browser = Browser::new();
            let page = browser.open(&broker.authorize("portal", &[])).await;
            let (form, button) = page.form_with("provider-nia");
            let button = button.unwrap();
            let mut fields = form.fields;
            fields.push((button.name, button.value));
            let answer = browser.request("POST", form.action, Some(fields)).await;
            answer.redirect().unwrap()
        };
        let nia: Url = sandbox.url.parse().unwrap();
        assert_eq!(leave(&broker).await.port(), nia.port());
        // Kept aside, behind the answer to the browser.
        while broker.rows("last_good").await == 0 {
            tokio::task::yield_now().await;
        }
        sandbox.program.kill();

        broker.restart(json!({})).await;

        let target = leave(&broker).await;
        assert_eq!(target.port(), nia.port(), "{target}");
        assert!(target.query().unwrap().starts_with("SAMLRequest="));

        let mut tx = broker.db.begin().await.unwrap();
        let other = "update last_good set url = 'https://nia.test/'";
        on!(&mut tx, db => sqlx::query(other).execute(db).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        broker.restart(json!({})).await;

        let target = leave(&broker).await;
        assert_eq!(
            target.port(),
            broker.url.port(),
            "nobody knows where NIA is"
        );
    }
}

#[tokio::test]
async fn logins_are_counted_by_what_they_came_to_and_certificates_tell_their_end() {
    let counts = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&counts);
    let sandbox = Sandbox::start().await;
    let broker = sandbox.broker(Ground::Sqlite).await;
    let entity_id = broker.at("/upstream/nia/metadata");
    for fault in ["", "wrong_audience", "authn_failed"] {
        if !fault.is_empty() {
            let wish = [
                ("fault", fault.to_owned()),
                ("entity_id", entity_id.clone()),
            ];
            sandbox.tell("fault", &wish).await;
        }
        let mut browser = Browser::new();
        let page = answer_of_nia(&broker, &mut browser).await;
        broker.hand.set(Utc::now());
        browser.submit(&page, "answer-submit", &[]).await;
    }
    // Whom nobody lets in counts as refused, though NIA's answer was good.
    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query("update account set state = 'disabled'").execute(db).await.map(drop))
        .unwrap();
    tx.commit().await.unwrap();
    let mut disabled = Browser::new();
    let page = answer_of_nia(&broker, &mut disabled).await;
    broker.hand.set(Utc::now());
    let page = disabled.submit(&page, "answer-submit", &[]).await;
    assert_eq!(page.status, 403, "{}", page.text());
    let mut gone = Browser::new();
    let page = gone.open(&broker.authorize("portal", &[])).await;
    gone.submit(&page, "provider-nia", &[]).await;

    health::watch(&broker.broker).await.unwrap();

    let told = counts.handle().render();
    for line in [
        r#"upstream_departures_total{provider="nia"} 5"#,
        r#"upstream_answers_total{provider="nia",outcome="accepted"} 1"#,
        r#"upstream_answers_total{provider="nia",outcome="audience-wrong"} 1"#,
        r#"upstream_answers_total{provider="nia",outcome="cancelled"} 1"#,
        r#"upstream_answers_total{provider="nia",outcome="account-disabled"} 1"#,
        r#"upstream_levels_total{provider="nia",identity="state",login="multi"} 1"#,
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    for purpose in ["provider-signing", "own-signing", "own-decryption"] {
        let name =
            format!(r#"saml_certificate_expires_seconds{{provider="nia",use="{purpose}"}} "#);
        let rest = told.split(&name).nth(1).unwrap_or_else(|| panic!("{told}"));
        let end: i64 = rest.lines().next().unwrap().parse().unwrap();
        let left = end - broker.clock.now().timestamp();
        assert!(left > 30 * 86_400, "{purpose}: {left}");
    }
}

/// The certificates of our metadata for one use, in their order.
async fn certificates(broker: &TestBroker, key_use: &str) -> Vec<String> {
    let metadata = reqwest::get(broker.at("/upstream/nia/metadata"))
        .await
        .unwrap();
    let xml = metadata.text().await.unwrap();
    let keys = xml.split("<md:KeyDescriptor ").skip(1);
    keys.filter(|key| key.starts_with(&format!("use=\"{key_use}\"")))
        .map(|key| {
            let (_, rest) = key.split_once("X509Certificate>").unwrap();
            rest.split('<').next().unwrap().to_owned()
        })
        .collect()
}

/// NIA's form takes one certificate, by which it verifies our requests and to which it encrypts.
#[tokio::test]
async fn whoever_takes_the_first_certificate_of_our_metadata_alone_has_the_one_in_use() {
    let sandbox = Sandbox::start().await;
    for ground in Ground::ALL {
        let broker = sandbox.broker(ground).await;
        let (signing, encryption) = (
            certificates(&broker, "signing").await,
            certificates(&broker, "encryption").await,
        );
        assert_eq!(
            (signing.len(), encryption.len()),
            (2, 2),
            "the current and the next one"
        );
        assert_eq!(signing[0], encryption[0]);

        sandbox.register_certificate(&broker, &signing[0]).await;
        signed_in(&broker).await;
    }
}

/// A login that has to be a new one, from the service and back to it.
async fn forced(broker: &TestBroker, browser: &mut Browser) -> tests::browser::Page {
    let target = broker.authorize("portal", &[("prompt", "login")]);
    let page = browser.open(&target).await;
    let page = browser.submit(&page, "provider-nia", &[]).await;
    let page = browser.submit(&page, "novakova@substantial", &[]).await;
    let page = consent(browser, page).await;
    broker.hand.set(Utc::now());
    browser.submit(&page, "answer-submit", &[]).await
}

/// 90 seconds are allowed. The time that a test takes itself makes the difference smaller behind and larger ahead.
#[tokio::test]
async fn nia_s25_a_forced_login_counts_while_the_clocks_differ_by_less_than_is_allowed() {
    let sandbox = Sandbox::start().await;
    for ground in Ground::ALL {
        let counts = PrometheusBuilder::new().build_recorder();
        let counting = metrics::set_default_local_recorder(&counts);
        let broker = sandbox.broker(ground).await;
        for (shift, is_in) in [
            (0, true),
            (-75, true),
            (-89, true),
            (60, true),
            (-180, false),
        ] {
            sandbox
                .tell("clock", &[("shift_seconds", shift.to_string())])
                .await;
            broker.hand.set(Utc::now());

            let page = forced(&broker, &mut Browser::new()).await;

            assert_eq!(
                page.query("code").is_some(),
                is_in,
                "{shift}: {}",
                page.text()
            );
        }
        sandbox
            .tell("clock", &[("shift_seconds", "0".to_owned())])
            .await;
        drop(counting);
        // The operator sees it before anybody is refused: the last one that got in came from the future.
        let told = counts.handle().render();
        let off = told
            .split("upstream_clock_off_seconds{provider=\"nia\"} ")
            .nth(1)
            .unwrap();
        let off: f64 = off.lines().next().unwrap().parse().unwrap();
        assert!((30.0..=60.0).contains(&off), "{off}");
    }
}
