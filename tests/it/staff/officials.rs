//! The sandbox as CAAIS: a program of its own, with its token endpoint behind TLS that asks for our certificate.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::broker::TestBroker;
use tests::browser::{Browser, Page};
use tests::ports::free_port;
use tests::program::Program;

/// A running CAAIS. Dropping it ends it.
pub(super) struct Officials {
    url: String,
    folder: PathBuf,
    _program: Program,
}

impl Officials {
    /// Starts it; nobody is registered yet.
    pub(super) async fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("city-caais-{}-{port}", std::process::id()));
        certificates(&folder);
        let file = folder.join("sandbox.toml");
        let place = folder.display();
        let toml = format!(
            "listen = \"127.0.0.1:{port}\"\ndata_dir = \"{place}/sandbox\"\n[tls]\nclient_listen = \"127.0.0.1:0\"\n\
             certificate = \"{place}/server.pem\"\nkey = \"{place}/server.key\"\nca = \"{place}/ca.pem\"\n"
        );
        std::fs::write(&file, toml).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let arguments = ["serve", "--config", file.to_str().unwrap()];
        let ready = format!("{url}/healthz");
        let program = Program::start("city-sandbox", &arguments, &[], &ready, &folder).await;
        Self {
            url,
            folder,
            _program: program,
        }
    }

    /// What a broker is configured with that officers sign in at; changed by `more`.
    pub(super) fn configuration(&self, more: Value) -> Value {
        let mut configuration = json!({
            "outbound": { "client_certificate": { "town": {
                "certificate_file": self.folder.join("client.pem"),
                "key_file": self.folder.join("client.key"),
                "hosts": ["127.0.0.1"],
                "ca_files": [self.folder.join("ca.pem")],
            } } },
            "provider": { "caais": {
                "kind": "caais",
                "environment": "sandbox",
                "issuer": format!("{}/caais/", self.url),
                "client_id": "VZOROV",
                "client_certificate": "town",
                "ico": "00245836",
                "level": { "identity": "town", "login": "multi" },
            } },
            "staff": {
                "provider": "caais",
                "roles": {
                    "IDP.ADMIN": ["idp.admin"],
                    "IDP.CLIENTS": ["idp.clients"],
                    "PORTAL.ADMIN": ["portal.admin"],
                    "PORTAL.EDITOR": ["portal.editor"],
                },
            },
        });
        tests::broker::merge(&mut configuration, more);
        configuration
    }

    /// Registers a broker, as its administrator does at CAAIS, and sets its time to ours.
    pub(super) async fn register(&self, broker: &TestBroker) {
        let client = json!({
            "client_id": "VZOROV",
            "redirect_uris": [broker.at("/upstream/caais/answer")],
            "post_logout_redirect_uris": [broker.at("/upstream/caais/logout")],
            "certificate_file": self.folder.join("client.pem"),
        });
        self.control("client", &client).await;
        broker.hand.set(chrono::Utc::now());
    }

    /// The next login of the broker goes wrong like that.
    pub(super) async fn fault(&self, fault: &str) {
        let wish = json!({ "fault": fault, "client_id": "VZOROV" });
        self.control("fault", &wish).await;
    }

    /// An administrator gives an official these roles, and no others.
    pub(super) async fn give(&self, official: &str, roles: &str) {
        let roles = json!({ "officer": official, "access_roles": roles });
        self.control("roles", &roles).await;
    }

    /// How often the token endpoint was asked.
    pub(super) async fn exchanges(&self) -> usize {
        let calls = self.calls().await;
        let calls = calls.as_array().unwrap().iter();
        calls.filter(|call| call["endpoint"] == "token").count()
    }

    async fn control(&self, what: &str, sent: &Value) {
        let request = reqwest::Client::new().post(format!("{}/_sandbox/caais/{what}", self.url));
        let answer = request.json(sent).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{what}: {}",
            answer.text().await.unwrap()
        );
    }

    /// What was asked at its addresses.
    pub(super) async fn calls(&self) -> Value {
        let address = format!("{}/_sandbox/caais/journal", self.url);
        let journal: Value = reqwest::get(address).await.unwrap().json().await.unwrap();
        journal["calls"].clone()
    }
}

impl Drop for Officials {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Leaves for CAAIS: its page, where one is asked who one is.
pub(super) async fn leave(broker: &TestBroker, browser: &mut Browser) -> Page {
    let page = browser.open(&broker.at("/staff/login")).await;
    let page = browser.submit(&page, "staff-submit", &[]).await;
    assert!(
        page.url.path().starts_with("/caais/login/"),
        "{} {}",
        page.url,
        page.text()
    );
    page
}

/// Signs in as an official; where that ends.
pub(super) async fn sign_in(broker: &TestBroker, browser: &mut Browser, official: &str) -> Page {
    let page = leave(broker, browser).await;
    browser.submit(&page, official, &[]).await
}

/// How CAAIS calls the profile of an official: the sandbox makes it of its key.
pub(super) fn subject(official: &str) -> String {
    let text = format!("city-sandbox caais\nprofile\n{official}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let bytes = *digest.as_ref().first_chunk::<16>().unwrap();
    uuid::Builder::from_sha1_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// What a development house has: an authority, a server for 127.0.0.1, a client.
fn certificates(folder: &Path) {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/development/certificates.sh");
    let made = Command::new("bash")
        .arg(script)
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "no certificates");
}
