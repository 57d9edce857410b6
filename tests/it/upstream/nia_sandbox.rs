//! NIA as the sandbox plays it, a process of its own.

use std::path::PathBuf;

use chrono::Utc;
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use tests::ports::free_port;
use tests::program::Program;

/// A running sandbox. Dropping it ends it.
pub(super) struct Sandbox {
    pub(super) url: String,
    folder: PathBuf,
    pub(super) program: Program,
}

impl Sandbox {
    pub(super) async fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("city-nia-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let config = folder.join("sandbox.toml");
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\ndata_dir = \"{}\"\n",
            folder.display()
        );
        std::fs::write(&config, text).unwrap();
        let arguments = ["serve", "--config", config.to_str().unwrap()];
        let ready = format!("{url}/healthz");
        let program = Program::start("city-sandbox", &arguments, &[], &ready, &folder).await;
        Self {
            url,
            folder,
            program,
        }
    }

    /// A broker whose only way in is NIA, registered there.
    pub(super) async fn broker(&self, ground: Ground) -> TestBroker {
        self.broker_with(ground, json!({})).await
    }

    /// The same with sections of a configuration on top.
    pub(super) async fn broker_with(&self, ground: Ground, more: Value) -> TestBroker {
        let mut config = json!({ "provider": { "demo": null, "nia": self.provider() } });
        for (section, value) in more.as_object().into_iter().flatten() {
            config[section] = value.clone();
        }
        let broker = Box::pin(TestBroker::configured(ground, config)).await;
        // The certificates were made just now, and hold from now on.
        broker.hand.set(Utc::now());
        self.register(&broker, "nia").await;
        broker
    }

    /// The entry of a provider that is this NIA.
    pub(super) fn provider(&self) -> Value {
        let metadata = "/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml";
        json!({
            "kind": "nia", "environment": "sandbox", "metadata_url": format!("{}{metadata}", self.url),
            "certificate": { "active": { "file": self.folder.join("nia/signing.crt.pem") } },
        })
    }

    /// Registers a provider entry of a broker there. All entries are one group, in which a person has one identifier.
    pub(super) async fn register(&self, broker: &TestBroker, provider: &str) {
        let at = |name: &str| broker.at(&format!("/upstream/{provider}/{name}"));
        let registration = [
            ("entity_id", at("metadata")),
            ("acs_url", at("answer")),
            ("metadata_url", at("metadata")),
            ("logout_url", at("logout")),
            ("group", "town".to_owned()),
        ];
        self.tell("sep", &registration).await;
    }

    /// Registers a broker as NIA's form does that takes one certificate and reads no metadata.
    pub(super) async fn register_certificate(&self, broker: &TestBroker, base64: &str) {
        let at = |name: &str| broker.at(&format!("/upstream/nia/{name}"));
        let encoded: Vec<char> = base64.chars().collect();
        let lines: Vec<String> = encoded.chunks(64).map(String::from_iter).collect();
        let lines = lines.join("\n");
        let pem = format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n");
        let registration = [
            ("entity_id", at("metadata")),
            ("acs_url", at("answer")),
            ("logout_url", at("logout")),
            ("certificate", pem),
            ("group", "town".to_owned()),
        ];
        self.tell("sep", &registration).await;
    }

    /// Uses one of the sandbox's controls.
    pub(super) async fn tell(&self, control: &str, form: &[(&str, String)]) {
        let request = reqwest::Client::new().post(format!("{}/_sandbox/nia/{control}", self.url));
        let answer = request.form(form).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    /// What NIA remembers.
    pub(super) async fn journal(&self) -> Value {
        let journal = reqwest::get(format!("{}/_sandbox/nia/journal", self.url));
        journal.await.unwrap().json().await.unwrap()
    }

    /// Who asked for a logout there, of that broker's entries, the latest first.
    pub(super) async fn logouts(&self, broker: &TestBroker) -> Vec<String> {
        let journal = self.journal().await;
        let messages = journal["messages"].as_array().unwrap().iter();
        messages
            .filter(|entry| entry["message"] == "LogoutRequest")
            .filter_map(|entry| entry["issuer"].as_str().map(str::to_owned))
            .filter(|issuer| issuer.starts_with(broker.url.as_str()))
            .collect()
    }

    /// The index of the latest session at NIA that logged somebody in at that broker.
    pub(super) async fn latest_session(&self, broker: &TestBroker) -> (String, String) {
        let journal = self.journal().await;
        let sessions = journal["sessions"].as_array().unwrap().iter();
        let entity_id = broker.at("/upstream/nia/metadata");
        let participant = sessions
            .flat_map(|session| session["participants"].as_array().unwrap())
            .find(|participant| participant["entity_id"] == entity_id.as_str())
            .unwrap();
        let text = |name: &str| participant[name].as_str().unwrap().to_owned();
        (text("name_id"), text("session_index"))
    }

    /// NIA tells the broker that these sessions of a person are over; the answer, as the browser that brings it sees it.
    pub(super) async fn end(&self, broker: &TestBroker, name_id: &str, sessions: &[&str]) -> Page {
        let wish = json!({
            "entity_id": broker.at("/upstream/nia/metadata"), "name_id": name_id,
            "session_index": sessions[0], "further_sessions": sessions[1..],
        });
        let request = reqwest::Client::new()
            .post(format!("{}/_sandbox/nia/logout-request", self.url))
            .header("accept", "application/json")
            .json(&wish);
        let parcel: Value = request.send().await.unwrap().json().await.unwrap();
        let target = parcel["url"].as_str().unwrap_or_else(|| panic!("{parcel}"));
        broker.hand.set(Utc::now());
        let mut browser = Browser::new();
        browser.request("GET", target.parse().unwrap(), None).await
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.program.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Logs a browser in at NIA, up to the form that carries the answer.
pub(super) async fn answer_of_nia(broker: &TestBroker, browser: &mut Browser) -> Page {
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let page = browser.submit(&page, "provider-nia", &[]).await;
    let page = browser.submit(&page, "novakova@substantial", &[]).await;
    consent(browser, page).await
}

/// Lets everything be told, where NIA asks: of who has been there for this provider before it does not, and where nothing is
/// left to choose there is one button.
pub(super) async fn consent(browser: &mut Browser, page: Page) -> Page {
    for button in ["consent-all", "consent-selected"] {
        if page.body.contains(&format!("id=\"{button}\"")) {
            return browser.submit(&page, button, &[]).await;
        }
    }
    page
}

/// Somebody who has just logged in there.
pub(super) async fn signed_in(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = answer_of_nia(broker, &mut browser).await;
    broker.hand.set(Utc::now());
    let page = browser.submit(&page, "answer-submit", &[]).await;
    assert!(page.query("code").is_some(), "{}", page.text());
    browser
}
