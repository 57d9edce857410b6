//! A broker that waits for the committed documents of NIA: at their address, at their time, with their keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use federation::UpstreamProvider;
use idp::keys::{Purpose, State};
use idp::storage::signing_key;
use serde_json::{Value, json};
use store::audit::{self, Recorded};
use store::on;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use url::Url;
use uuid::Uuid;

use super::corpus::{BASE, Case, moment, pem, testdata};

/// Everything that tells of people, and what waits for them.
const TABLES: [&str; 17] = [
    "account",
    "upstream_link",
    "verification",
    "fact",
    "contact",
    "conflict",
    "mandate",
    "browser_session",
    "authentication",
    "client_session",
    "consent",
    "pairwise_subject",
    "access_grant",
    "refresh_token",
    "release",
    "notice",
    "job",
];

/// A message in a form, as a browser posts it.
fn form(field: &str, document: &[u8], relay_state: &str) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair(field, &STANDARD.encode(document))
        .append_pair("RelayState", relay_state)
        .finish()
        .into_bytes()
}

/// A broker at the documents' address and time, with a browser that left for a provider.
pub(super) struct Addressee {
    pub(super) broker: TestBroker,
    pub(super) browser: Browser,
    provider: String,
    http: reqwest::Client,
    /// The departure as the broker wrote it.
    departed: Value,
}

/// What a broker holds at a moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holdings(Vec<(&'static str, i64)>);

/// When the browser left.
fn left() -> DateTime<Utc> {
    moment() - TimeDelta::seconds(5)
}

impl Addressee {
    /// A broker whose way in is the provider of such documents. A browser has left for it.
    pub(super) async fn of(case: &Case, ground: Ground) -> Self {
        let provider = case.provider.as_str();
        // Who comes back with the state of another provider needs that one here.
        let others = case.state_of.iter().map(String::as_str);
        let providers: BTreeSet<&str> = others.chain([provider]).collect();
        let mut config = json!({
            "environment": "test",
            "server": { "public_url": BASE },
            "login": { "messages_per_minute": 0 },
            "provider": { "demo": null },
            "client": { "portal": { "idp_hints": [provider] } },
        });
        for name in providers {
            config["provider"][name] = entry(name, &case.config);
        }
        let broker = TestBroker::configured_at(ground, config, left()).await;
        bring_keys(&broker, case).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut new = Self {
            broker,
            browser: Browser::new(),
            provider: provider.to_owned(),
            http,
            departed: Value::Null,
        };
        new.leave().await;
        new
    }

    /// A browser leaves for the provider, and the broker writes down what for.
    pub(super) async fn leave(&mut self) {
        self.broker.hand.set(left());
        let hint = [("idp_hint", self.provider.as_str())];
        let mut page = self.get(&self.broker.authorize("portal", &hint)).await;
        let away = loop {
            let next = page.redirect().unwrap_or_else(|| panic!("{}", page.text()));
            if next
                .query()
                .is_some_and(|query| query.contains("SAMLRequest="))
            {
                break next;
            }
            page = self.get(next.as_str()).await;
        };
        let (_, correlation) = away
            .query_pairs()
            .find(|(name, _)| name == "RelayState")
            .unwrap();
        let key = format!("departure:{correlation}");
        let store = &self.broker.broker.short_lived;
        let now = self.broker.clock.now();
        self.departed = store.take_json(&key, now).await.unwrap().unwrap();
        self.broker.hand.set(moment());
    }

    /// The departure that a document answers stands in the store, in the broker's own words.
    pub(super) async fn expect(&self, case: &Case) {
        let at = self.broker.clock.now() - TimeDelta::seconds(5);
        let mut departed = self.departed.clone();
        let of = case.state_of.as_deref().unwrap_or(&case.provider);
        let provider: &Arc<dyn UpstreamProvider> = self.broker.broker.providers.get(of).unwrap();
        let ask = case.ask();
        let departure = provider.start_login(&ask, at).await.unwrap();
        departed["state"] = serde_json::to_value(&departure.state).unwrap();
        departed["errand"]["login"]["force"] = ask.force.into();
        departed["errand"]["login"]["minimum"] = serde_json::to_value(ask.minimum).unwrap();
        let store = &self.broker.broker.short_lived;
        let key = format!("departure:{}", departure.correlation.as_str());
        store
            .put_json(&key, &departed, TimeDelta::hours(1), at)
            .await
            .unwrap();
    }

    /// Whether the departure still waits for an answer.
    pub(super) async fn waits(&self, case: &Case) -> bool {
        let provider = self.broker.broker.providers.get(&case.provider).unwrap();
        let departure = provider.start_login(&case.ask(), moment()).await.unwrap();
        let key = format!("departure:{}", departure.correlation.as_str());
        let store = &self.broker.broker.short_lived;
        store.get(&key, moment()).await.unwrap().is_some()
    }

    /// Brings a document as the provider has a browser bring it: from another site, without our cookies.
    pub(super) async fn bring(&self, case: &Case) -> Page {
        let document = case.document();
        let address = if case.is_login() { "answer" } else { "logout" };
        let mut url = self.local(&format!("{BASE}/upstream/{}/{address}", case.provider));
        let correlation = || {
            let provider = self.broker.broker.providers.get(&case.provider).unwrap();
            let ask = case.ask();
            async move {
                let departure = provider.start_login(&ask, moment()).await.unwrap();
                departure.correlation.as_str().to_owned()
            }
        };
        let body = match case.via.as_str() {
            "response" => form("SAMLResponse", &document, &correlation().await),
            "logout-form" => {
                let is_response = String::from_utf8_lossy(&document).contains("LogoutResponse");
                let field = if is_response {
                    "SAMLResponse"
                } else {
                    "SAMLRequest"
                };
                form(field, &document, "state")
            }
            _ => document,
        };
        let by_query = case.via == "logout-query" || case.method.is_some();
        let request = if by_query {
            // To the octet: a signature covers it.
            url.set_query(Some(std::str::from_utf8(&body).unwrap()));
            self.http.get(url.clone())
        } else {
            let kind = case.content_type.as_deref();
            self.http
                .post(url.clone())
                .header(
                    "content-type",
                    kind.unwrap_or("application/x-www-form-urlencoded"),
                )
                .body(body)
        };
        let answer = request
            .header("accept-language", "cs")
            .header("origin", "https://nia.example")
            .header("sec-fetch-site", "cross-site")
            .send()
            .await
            .unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Page {
            url,
            status,
            headers,
            body: answer.text().await.unwrap(),
        }
    }

    /// Opens an address of the broker in the browser that left; redirects are not followed.
    pub(super) async fn get(&mut self, url: &str) -> Page {
        let local = self.local(url);
        self.browser.request("GET", local, None).await
    }

    /// Where the broker really listens.
    fn local(&self, url: &str) -> Url {
        let url = Url::parse(url).unwrap();
        let at = self.broker.url.clone();
        if ![Some("id.example.cz"), at.host_str()].contains(&url.host_str()) {
            return url;
        }
        let mut local = url;
        local.set_scheme("http").unwrap();
        local.set_host(at.host_str()).unwrap();
        local.set_port(at.port()).unwrap();
        local
    }

    /// How many rows there are of everything, and of what waits for a short time.
    pub(super) async fn holdings(&self) -> Holdings {
        let mut counted = Vec::new();
        for table in TABLES {
            counted.push((table, self.broker.rows(table).await));
        }
        let store = &self.broker.broker.config.short_lived;
        if store.redis.is_none() {
            counted.push(("short_lived", self.broker.rows("short_lived").await));
        }
        Holdings(counted)
    }

    /// The events that are not among these.
    pub(super) async fn events_beyond(&self, known: &mut BTreeSet<Uuid>) -> Vec<Recorded> {
        let mut tx = self.broker.db.read().await.unwrap();
        let all = audit::list_latest(&mut tx, 10_000).await.unwrap();
        all.into_iter()
            .filter(|event| known.insert(event.id))
            .collect()
    }
}

/// The configuration entry of a provider that sends such documents.
fn entry(name: &str, more: &Value) -> Value {
    let mut entry = json!({
        "environment": "test",
        "metadata_file": testdata("metadata/all-keys.xml"),
    });
    if name == "nia" {
        entry["kind"] = "nia".into();
    } else {
        let fact = |name: &str| format!("http://eidas.europa.eu/attributes/naturalperson/{name}");
        entry["kind"] = "saml".into();
        entry["title"] = json!({ "cs": "Knihovna" });
        entry["idp_entity_id"] = "urn:microsoft:cgg2010:fpsts".into();
        entry["signed"] = name.into();
        entry["encryption"] = "optional".into();
        entry["attribute"] = json!({
            "given_name": fact("CurrentGivenName"),
            "family_name": fact("CurrentFamilyName"),
            "birth_date": fact("DateOfBirth"),
        });
        entry["level"] = json!({
            "http://eidas.europa.eu/LoA/substantial": { "identity": "town", "login": "single" },
        });
    }
    for (key, value) in more.as_object().into_iter().flatten() {
        entry[key] = value.clone();
    }
    entry
}

/// The documents are encrypted to a key of their own, which becomes ours.
async fn bring_keys(broker: &TestBroker, case: &Case) {
    let bring: &[(Purpose, &str)] = if case.config["keys"] == "two" {
        &[
            (Purpose::Saml, "sp-signing"),
            (Purpose::SamlEncryption, "sp"),
        ]
    } else {
        &[(Purpose::Saml, "sp")]
    };
    let mut tx = broker.db.begin().await.unwrap();
    let stored = signing_key::list(&mut tx).await.unwrap();
    for (purpose, name) in bring {
        let key = stored
            .iter()
            .find(|key| (key.purpose, key.state) == (*purpose, State::Current))
            .unwrap();
        let place = format!("signing_key:{}", key.id);
        let pkcs8 = pem(&format!("keys/{name}.key.pem"));
        let sealed = broker.broker.master_key.seal(&place, &pkcs8).unwrap();
        let certificate = pem(&format!("keys/{name}.crt.pem"));
        let replace =
            "update signing_key set sealed = $1, certificate = $2 where signing_key_id = $3";
        on!(&mut tx, db => {
            let replace = sqlx::query(replace).bind(&sealed).bind(&certificate).bind(key.id);
            replace.execute(db).await.map(drop)
        })
        .unwrap();
    }
    tx.commit().await.unwrap();
    let (db, master_key) = (&broker.broker.db, &broker.broker.master_key);
    broker.broker.keys.reload(db, master_key).await.unwrap();
}
