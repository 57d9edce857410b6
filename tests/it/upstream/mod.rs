//! Providers that lie, fail and repeat themselves, as the whole broker meets them.

mod addressee;
mod arrivals;
mod bank_id_by_name;
mod bank_id_sandbox;
mod cancelled;
mod corpus;
mod floods;
mod liar;
mod lies;
mod mixed;
mod nia;
mod nia_corpus;
mod nia_logout;
mod nia_sandbox;
mod outages;
mod saml_twin;
mod spoofed;
mod times;

use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use self::liar::Liar;

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::PostgresAndRedis];

/// A broker whose only way in is Bank iD, played by a liar.
async fn at_bank(ground: Ground, liar: &Liar, more: &Value) -> TestBroker {
    let mut config = json!({
        "provider": { "demo": null, "bank": {
            "kind": "bank_id", "environment": "sandbox", "issuer": liar.issuer, "client_id": "city-identity",
            "auth": "client_secret_post", "client_secret": "a-secret-of-the-tests", "show_banks": false,
        } },
    });
    for (section, value) in more.as_object().unwrap() {
        config[section] = value.clone();
    }
    let broker = TestBroker::configured(ground, config).await;
    liar.world().clock = broker.clock.clone();
    broker
}

/// A whole login by a provider for a client, in a browser that was never here.
async fn log_in(broker: &TestBroker, provider: &str, changes: &[(&str, &str)]) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", changes)).await;
    browser
        .submit(&page, &format!("provider-{provider}"), &[])
        .await
}

/// The code of the problem that a page shows.
fn problem(page: &Page) -> String {
    page.texts_of(".bigcode").pop().unwrap_or_default()
}
