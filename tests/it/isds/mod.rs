//! Logging in through a data box, over HTTP, with nginx in the place of the service that asks for our certificate.

mod acting;
mod callback;
mod claims;
mod leaving;
mod linking;
pub(crate) mod nginx;
mod service;
mod shut;

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use self::nginx::{Door, Nginx};

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::PostgresAndRedis];
/// How the one-time handle of every login at ISDS ends; before it stands the login's number, so that no two are alike.
const SESSION: &str = "-4d0a-9c55-2f6f2d1c7a90-01";

/// A broker whose only way in are data boxes, at one of nginx's doors.
pub(crate) async fn broker_at(ground: Ground, nginx: &Nginx, door: Door) -> TestBroker {
    configured(ground, configuration(nginx, door)).await
}

/// The same at the good door, with these options besides.
pub(crate) async fn broker_with(ground: Ground, nginx: &Nginx, options: Value) -> TestBroker {
    let mut configuration = configuration(nginx, Door::Good);
    for (key, value) in options.as_object().unwrap() {
        configuration["provider"]["isds"][key] = value.clone();
    }
    configured(ground, configuration).await
}

/// The same with clients that may do more.
async fn broker_with_clients(ground: Ground, nginx: &Nginx, clients: Value) -> TestBroker {
    let mut configuration = configuration(nginx, Door::Good);
    configuration["client"] = clients;
    configured(ground, configuration).await
}

async fn configured(ground: Ground, configuration: Value) -> TestBroker {
    let broker = TestBroker::configured(ground, configuration).await;
    // The certificates were made just now, and hold from now on.
    broker.hand.set(Utc::now() + Duration::minutes(1));
    broker
}

fn configuration(nginx: &Nginx, door: Door) -> Value {
    let known = nginx.folder.join("known");
    json!({
        "outbound": { "client_certificate": { "isds": {
            "certificate_file": known.join("client.pem"),
            "key_file": known.join("client.key"),
            "hosts": ["127.0.0.1"],
            "ca_files": [known.join("ca.pem")],
        } } },
        "provider": {
            "demo": null,
            "isds": {
                "kind": "isds",
                "environment": "sandbox",
                "ats_id": "ATS-1",
                "client_certificate": "isds",
                // Nobody is there: a browser of these tests only looks where it was sent.
                "portal_url": "http://127.0.0.1:9/",
                "service_url": nginx.url(door),
            },
        },
    })
}

/// Sends a browser to ISDS for a client; gives the number it left with.
pub(crate) async fn leave(broker: &TestBroker, browser: &mut Browser, client_id: &str) -> String {
    let page = browser.open(&broker.authorize(client_id, &[])).await;
    leave_from(browser, &page, "provider-isds").await
}

/// The same from a page with a button for it.
async fn leave_from(browser: &mut Browser, page: &Page, button: &str) -> String {
    let (form, pressed) = page.form_with(button);
    let mut fields = form.fields;
    fields.extend(pressed.map(|button| (button.name, button.value)));

    let sent = browser.request("POST", form.action, Some(fields)).await;

    let address = sent.redirect().unwrap_or_else(|| panic!("{}", sent.text()));
    let pairs: Vec<_> = address.query_pairs().into_owned().collect();
    let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (address.path(), names.as_slice()),
        ("/as/login", &["atsId", "appToken"][..])
    );
    assert_eq!(pairs[0].1, "ATS-1");
    pairs[1].1.clone()
}

/// Leaves, and is back with one of the committed answers.
async fn come(
    broker: &TestBroker,
    nginx: &Nginx,
    browser: &mut Browser,
    client_id: &str,
    name: &str,
) -> Page {
    let number = leave(broker, browser, client_id).await;
    nginx.answers(&answer(name, &number));
    browser.open(&back(broker, &number)).await
}

pub(crate) fn back(broker: &TestBroker, number: &str) -> String {
    broker.at(&format!(
        "/upstream/isds/answer?sessionId={number}{SESSION}&appToken={number}"
    ))
}

/// One of the committed answers, for the login with that number.
pub(crate) fn answer(name: &str, number: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../federation/src/isds/testdata"
    );
    let text = std::fs::read_to_string(format!("{folder}/{name}.xml")).unwrap();
    text.replace("{app-token}", number)
}

fn code(page: &Page) -> String {
    page.query("code")
        .unwrap_or_else(|| panic!("{}: {}", page.url, page.text()))
}

/// Questions about sessions that came with our certificate.
pub(crate) fn exchanges(nginx: &Nginx) -> usize {
    let requests = nginx.requests(Door::Good);
    requests
        .iter()
        .filter(|request| is_exchange(request))
        .count()
}

/// The same once there are so many: nginx writes down a request after it has answered it.
pub(crate) async fn exchanges_once(nginx: &Nginx, many: usize) -> usize {
    nginx.wait_for(Door::Good, is_exchange, many).await;
    exchanges(nginx)
}

fn is_exchange(request: &str) -> bool {
    request.starts_with("SUCCESS ") && request.ends_with(" /asws/extIs2Endpoint")
}
