//! How providers do, as people see it before they choose.

use idp::login::health;
use serde_json::{Value, json};
use tests::bank_id::FakeBankId;
use tests::ports::free_port;
use tokio::net::TcpListener;
use web::ManualClock;

use super::*;

/// A bank's metadata: those of a provider of another make.
const METADATA: &str =
    include_str!("../../../../federation/src/generic/testdata/pysaml2/idp-metadata.xml");

/// A broker with two doors that prove the same: invented people, and a bank that is away.
async fn with_bank(port: u16) -> TestBroker {
    with_bank_and(port, json!({})).await
}

pub(super) async fn with_bank_and(port: u16, more: Value) -> TestBroker {
    let (_, rest) = METADATA.split_once("X509Certificate>").unwrap();
    let certificate: String = rest.split('<').next().unwrap().split_whitespace().collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    let mut config = json!({ "provider": { "abank": {
        "kind": "saml",
        "environment": "sandbox",
        "title": { "cs": "Banka", "en": "The bank", "de": "Die Bank" },
        "metadata_url": format!("http://127.0.0.1:{port}/metadata"),
        "metadata_signed": false,
        "certificate": { "active": { "pem": pem } },
        "origins": ["https://idp.example.cz"],
        "idp_entity_id": "https://idp.example.cz/metadata",
        "level": { "urn:oasis:names:tc:SAML:2.0:ac:classes:Password": { "identity": "town", "login": "single" } },
    } } });
    tests::broker::merge(&mut config, more);
    configured(config).await
}

/// Leaves for Bank iD and does not arrive: the state that its answer has to bring.
pub(super) async fn leave_for_bank_id(broker: &TestBroker, browser: &mut Browser) -> String {
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let (form, button) = page.form_with("provider-bank_id");
    let mut fields = form.fields;
    fields.push(("provider".to_owned(), button.unwrap().value));
    let left = browser.request("POST", form.action, Some(fields)).await;
    let to = left.redirect().unwrap();
    let (_, state) = to.query_pairs().find(|(name, _)| name == "state").unwrap();
    state.into_owned()
}

/// From now on the bank answers, after a third of a second.
async fn come_back(port: u16, hand: ManualClock) {
    come_back_with(port, hand, METADATA).await;
}

/// From now on the bank answers with something, after a third of a second.
async fn come_back_with(port: u16, hand: ManualClock, body: &'static str) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let router = axum::Router::new().fallback(async move || {
        hand.advance(chrono::Duration::milliseconds(340));
        ([("content-type", "application/samlmetadata+xml")], body)
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

pub(super) async fn status(url: &url::Url) -> Value {
    let request = reqwest::Client::new()
        .get(url.join("/status").unwrap())
        .header("accept", "application/json");
    request.send().await.unwrap().json().await.unwrap()
}

fn of_bank(status: &Value) -> &Value {
    let all = status["providers"].as_array().unwrap();
    all.iter().find(|way| way["id"] == "abank").unwrap()
}

async fn try_bank(broker: &TestBroker, browser: &mut Browser, page: &Page) -> Page {
    broker.hand.advance(chrono::Duration::seconds(1));
    browser.submit(page, "provider-abank", &[]).await
}

pub(super) fn ways(page: &Page) -> Vec<String> {
    page.texts_of(".provider button")
}

#[tokio::test]
async fn five_failed_departures_change_the_page_and_recovery_changes_it_back() {
    let port = free_port();
    let mut broker = with_bank(port).await;
    let replica = broker.replica().await;
    let mut browser = Browser::new();
    let mut page = browser.open(&broker.authorize("strict", &[])).await;
    assert!(page.texts_of(".health").is_empty(), "{}", page.text());

    for tries in 1..=5 {
        page = try_bank(&broker, &mut browser, &page).await;
        assert!(
            page.text().contains("Banka teď neodpovídá"),
            "{}",
            page.text()
        );
        let word = if tries < 5 { "unsteady" } else { "down" };
        assert_eq!(of_bank(&status(&broker.url).await)["state"], word);
    }

    assert_eq!(
        ways(&page),
        ["Zkušební přihlášení", "Banka"],
        "the other door comes first"
    );
    let health = page.text_of(".health[data-tone=bad]").unwrap();
    assert!(
        health.starts_with("Teď neodpovídá, naposledy jsme to zkoušeli v"),
        "{health}"
    );
    let instead = "Stejnou nebo vyšší úroveň získáte také přes";
    assert!(page.text().contains(instead), "{}", page.text());
    let elsewhere = status(&replica).await;
    assert_eq!(
        of_bank(&elsewhere)["state"],
        "down",
        "all replicas say the same"
    );
    assert_eq!(of_bank(&elsewhere)["failed"], 5);
    // Who has another door gets in.
    let demo = browser.submit(&page, "provider-demo", &[]).await;
    let client = broker.sign_in(&mut browser, &demo, JANA).await;
    assert!(
        arrived(&client, "strict"),
        "{} {}",
        client.url,
        client.text()
    );

    come_back(port, broker.hand.clone()).await;
    health::watch(&broker.broker).await.unwrap();
    broker.hand.advance(chrono::Duration::minutes(3));

    let mut fresh = Browser::new();
    let page = fresh.open(&broker.authorize("strict", &[])).await;
    assert_eq!(of_bank(&status(&broker.url).await)["state"], "works");
    assert_eq!(of_bank(&status(&replica).await)["state"], "works");
    let health = page.texts_of(".health");
    assert!(health.contains(&"Funguje".to_owned()), "{health:?}");
    assert!(page.text_of(".health[data-tone=bad]").is_none());
    let left = fresh
        .request("POST", page.form_with("provider-abank").0.action, {
            let (form, button) = page.form_with("provider-abank");
            let mut fields = form.fields;
            fields.push(("provider".to_owned(), button.unwrap().value));
            Some(fields)
        })
        .await;
    assert_eq!(left.redirect().unwrap().host_str(), Some("idp.example.cz"));
}

#[tokio::test]
async fn a_look_in_the_background_says_so_before_anybody_tries() {
    let port = free_port();
    let broker = with_bank(port).await;

    health::watch(&broker.broker).await.unwrap();

    let page = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert_eq!(ways(&page), ["Zkušební přihlášení", "Banka"]);
    assert!(page.text().contains("Teď neodpovídá"), "{}", page.text());
    let told = status(&broker.url).await;
    assert_eq!(of_bank(&told)["state"], "down");
    assert_eq!(
        of_bank(&told)["look"],
        json!({ "at": "2026-11-24T12:00:00Z", "reached": false })
    );
}

#[tokio::test]
async fn a_door_whose_requests_are_held_back_is_unsteady_when_nothing_else_is_known() {
    let port = free_port();
    let an_hour = json!({ "outbound": { "breaker_pause_ms": 3_600_000 } });
    let broker = with_bank_and(port, an_hour).await;
    for _ in 0..5 {
        health::watch(&broker.broker).await.unwrap();
        broker.hand.advance(chrono::Duration::minutes(1));
    }
    broker.hand.advance(chrono::Duration::minutes(30));

    let page = Browser::new().open(&broker.authorize("strict", &[])).await;

    let told = status(&broker.url).await;
    assert_eq!(of_bank(&told)["state"], "unknown");
    assert_eq!(of_bank(&told)["held_back"], true);
    assert_eq!(ways(&page), ["Zkušební přihlášení", "Banka"]);
    let health = page.text_of(".health[data-tone=warn]").unwrap();
    assert!(
        health.starts_with("Několik dotazů za sebou se teď nezdařilo."),
        "{health}"
    );
    let instead = "Stejnou nebo vyšší úroveň získáte také přes";
    assert!(page.text().contains(instead), "{}", page.text());

    // Once the pause is over the next request goes through: nobody is kept from making it.
    broker.hand.advance(chrono::Duration::minutes(30));
    let page = Browser::new().open(&broker.authorize("strict", &[])).await;
    let told = status(&broker.url).await;
    assert_eq!(of_bank(&told)["held_back"], false);
    assert_eq!(of_bank(&told)["breakers"], json!({ "abank": "closed" }));
    assert!(
        page.text_of(".health[data-tone=warn]").is_none(),
        "{}",
        page.text()
    );
    assert!(!page.text().contains(instead), "{}", page.text());
}

#[tokio::test]
async fn how_long_a_look_took_is_public_until_it_says_nothing_about_now() {
    let port = free_port();
    let broker = with_bank(port).await;
    let page = async || Browser::new().open(&broker.at("/status")).await.text();
    assert!(!page().await.contains("zkouška spojení"));
    come_back(port, broker.hand.clone()).await;

    health::watch(&broker.broker).await.unwrap();

    let told = status(&broker.url).await;
    assert_eq!(
        of_bank(&told)["look"],
        json!({ "at": "2026-11-24T12:00:00Z", "reached": true, "milliseconds": 340 })
    );
    assert_eq!(of_bank(&told)["breakers"], json!({ "abank": "closed" }));
    assert!(
        page()
            .await
            .contains("Poslední zkouška spojení v 13:00: odpověď za 340 ms."),
        "{}",
        page().await
    );
    broker.hand.advance(chrono::Duration::minutes(31));
    assert!(of_bank(&status(&broker.url).await).get("look").is_none());
}

#[tokio::test]
async fn a_door_that_answers_rubbish_is_shut_too() {
    for body in [
        "<html><body>Odstávka</body></html>",
        "",
        METADATA.split_once("<ns0:IDPSSODescriptor").unwrap().0,
    ] {
        let port = free_port();
        let broker = with_bank(port).await;
        come_back_with(port, broker.hand.clone(), body).await;

        health::watch(&broker.broker).await.unwrap();

        let page = Browser::new().open(&broker.authorize("portal", &[])).await;
        assert!(page.text().contains("Teď neodpovídá"), "{}", page.text());
        assert_eq!(of_bank(&status(&broker.url).await)["state"], "down");
    }
}

#[tokio::test]
async fn a_client_that_hints_at_a_door_that_is_shut_does_not_lock_anybody_out() {
    let port = free_port();
    let mut broker = with_bank(port).await;
    broker
        .restart(json!({ "client": { "portal": { "idp_hints": ["abank"] } } }))
        .await;
    health::watch(&broker.broker).await.unwrap();

    let hinted = broker.authorize("portal", &[("idp_hint", "abank")]);
    let page = Browser::new().open(&hinted).await;

    assert_eq!(ways(&page), ["Zkušební přihlášení", "Banka"]);
}

#[tokio::test]
async fn the_state_of_all_doors_is_public_cacheable_and_about_nobody() {
    let port = free_port();
    let broker = with_bank(port).await;
    let mut somebody = Browser::new();
    let page = somebody.open(&broker.authorize("portal", &[])).await;
    let demo = somebody.submit(&page, "provider-demo", &[]).await;
    broker.sign_in(&mut somebody, &demo, JANA).await;

    for (language, heading, bank) in [
        ("cs", "Jak teď fungují způsoby přihlášení", "Banka"),
        ("en", "How the ways to sign in work now", "The bank"),
        ("de", "Wie die Anmeldewege jetzt funktionieren", "Die Bank"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at("/status")).await;

        assert_eq!(page.status, 200);
        assert_eq!(page.heading(), heading);
        assert!(page.text().contains(bank), "{}", page.text());
        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "public, max-age=15");
        assert_eq!(header("vary"), "accept, accept-language, cookie");
        assert!(page.headers.get("set-cookie").is_none());
        assert!(browser.cookies().is_empty());
    }
    let page = somebody.open(&broker.at("/status")).await;
    assert!(!page.body.contains("Nováková"), "{}", page.text());
    let document = status(&broker.url).await;
    assert_eq!(of_bank(&document)["name"]["de"], "Die Bank");
    assert_eq!(of_bank(&document)["state"], "unknown");
    let demo = &document["providers"].as_array().unwrap()[1];
    assert_eq!((&demo["logins"], &demo["failed"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn an_outage_that_browsers_tell_of_is_told_as_their_word_by_the_fifth_and_moves_nothing() {
    let bank = FakeBankId::start().await;
    let broker = configured(json!({ "provider": { "bank_id": bank.entry() } })).await;
    let of_bank_id = async || {
        let status = status(&broker.url).await;
        let all = status["providers"].as_array().unwrap().clone();
        all.into_iter().find(|way| way["id"] == "bank_id").unwrap()
    };
    for (number, error) in [
        "temporarily_unavailable",
        "server_error",
        "basic_registers_unavailable",
        "temporarily_unavailable",
        "temporarily_unavailable",
    ]
    .into_iter()
    .enumerate()
    {
        let mut browser = Browser::new();
        broker.hand.advance(chrono::Duration::seconds(3));
        let state = leave_for_bank_id(&broker, &mut browser).await;
        let said = broker.at(&format!(
            "/upstream/bank_id/answer?error={error}&state={state}"
        ));
        let before = broker.events().await;

        let shown = Browser::new().open(&said).await;

        assert_eq!(shown.status, 503, "{}", shown.text());
        assert_eq!(shown.texts_of(".bigcode").pop().as_deref(), Some("LOG-111"));
        assert_eq!(shown.heading(), "Poskytovatel teď neodpovídá");
        assert_eq!(
            broker.events_since(&before).await,
            ["login.refused.provider-down"]
        );
        let status = of_bank_id().await;
        assert_eq!(
            (&status["logins"], &status["failed"]),
            (&json!(0), &json!(0)),
            "{status}"
        );
        let said = if number < 4 {
            "unknown"
        } else {
            "reports_outage"
        };
        assert_eq!(status["state"], said);

        // The departure is over: a code of the same login is not redeemed any more, and its browser chooses again.
        let code = broker.at(&format!(
            "/upstream/bank_id/answer?code=too-late&state={state}"
        ));
        let again = browser.open(&code).await;
        assert_eq!(again.status, 200, "{} {}", again.url, again.text());
        assert!(again.url.path().starts_with("/login/"), "{}", again.url);
        assert!(again.text_of(".health[data-tone=bad]").is_none());
    }

    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let word = page.text_of(".health[data-tone=warn]").unwrap();
    assert!(word.contains("přihlášení má výpadek"), "{word}");
    assert_eq!(ways(&page)[0], "Bankovní identita", "it stays where it was");
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let client = browser.submit(&page, "provider-bank_id", &[]).await;
    assert!(
        arrived(&client, "portal"),
        "{} {}",
        client.url,
        client.text()
    );
}

/// Somebody new logs in by Bank iD and comes back to one of the processes.
pub(super) async fn by_bank(broker: &TestBroker, port: Option<u16>) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let (form, button) = page.form_with("provider-bank_id");
    let mut fields = form.fields;
    fields.push(("provider".to_owned(), button.unwrap().value));
    let left = browser.request("POST", form.action, Some(fields)).await;
    let there = browser.request("GET", left.redirect().unwrap(), None).await;
    let mut answer = there.redirect().unwrap();
    if port.is_some() {
        answer.set_port(port).unwrap();
    }
    browser.follow(answer).await
}

async fn bank_ids(url: &url::Url) -> Value {
    let status = status(url).await;
    let all = status["providers"].as_array().unwrap().clone();
    all.into_iter().find(|way| way["id"] == "bank_id").unwrap()["state"].clone()
}

/// Of a busy provider only a sample of departures is written down. Failures count all the same, at whichever process they happen.
#[tokio::test]
async fn five_failures_of_a_busy_provider_at_changing_processes_change_the_page() {
    let bank = FakeBankId::start().await;
    let mut broker = configured(json!({
        "provider": { "bank_id": bank.entry() }, "outbound": { "allow": ["127.0.0.0/8"], "breaker_opens_after": 1000 },
    }))
    .await;
    let replica = broker.replica().await;
    let ports = [None, replica.port()];
    for number in 0..24 {
        let client = by_bank(&broker, ports[number % 2]).await;
        assert!(client.query("code").is_some(), "{}", client.text());
    }

    // Four failures and an answer, wherever it comes to, are no row.
    bank.world().is_out = true;
    for number in 0..4 {
        let page = by_bank(&broker, ports[number % 2]).await;
        assert_eq!(page.status, 503, "{}", page.text());
    }
    bank.world().is_out = false;
    let client = by_bank(&broker, ports[1]).await;
    assert!(client.query("code").is_some(), "{}", client.text());
    bank.world().is_out = true;
    for number in 0..4 {
        by_bank(&broker, ports[number % 2]).await;
        broker.hand.advance(chrono::Duration::milliseconds(100));
    }
    for url in [&broker.url, &replica] {
        assert_ne!(bank_ids(url).await, "down", "four are none");
    }

    by_bank(&broker, ports[0]).await;
    broker.hand.advance(chrono::Duration::seconds(2));

    for url in [&broker.url, &replica] {
        assert_eq!(bank_ids(url).await, "down");
    }
    let page = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert!(page.text().contains("Teď neodpovídá"), "{}", page.text());
    // And an answer at either opens it again for both.
    bank.world().is_out = false;
    broker.hand.advance(chrono::Duration::seconds(4));
    let client = by_bank(&broker, ports[1]).await;
    assert!(client.query("code").is_some(), "{}", client.text());
    broker.hand.advance(chrono::Duration::seconds(2));
    for url in [&broker.url, &replica] {
        assert_ne!(bank_ids(url).await, "down");
    }
}
