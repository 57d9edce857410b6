//! NIA as the sandbox plays it, a process of its own: whole answers, signed and encrypted by others than us.

use std::path::PathBuf;

use chrono::Utc;
use serde_json::json;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use tests::program::{Program, free_port};

use super::arrivals::{Callback, two_hundred_at_once};

/// A running sandbox. Dropping it ends it.
pub(super) struct Sandbox {
    url: String,
    folder: PathBuf,
    program: Program,
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
        let metadata = "/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml";
        let config = json!({ "provider": { "demo": null, "nia": {
            "kind": "nia", "environment": "sandbox", "metadata_url": format!("{}{metadata}", self.url),
            "certificate": { "active": { "file": self.folder.join("nia/signing.crt.pem") } },
        } } });
        let broker = TestBroker::configured(ground, config).await;
        // The certificates were made just now, and hold from now on.
        broker.hand.set(Utc::now());
        let registration = [
            ("entity_id", broker.at("/upstream/nia/metadata")),
            ("acs_url", broker.at("/upstream/nia/answer")),
            ("metadata_url", broker.at("/upstream/nia/metadata")),
        ];
        let request = reqwest::Client::new().post(format!("{}/_sandbox/nia/sep", self.url));
        let answer = request.form(&registration).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        broker
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.program.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Logs a browser in at NIA, up to the form that carries the answer.
async fn answer_of_nia(broker: &TestBroker, browser: &mut Browser) -> Page {
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let page = browser.submit(&page, "provider-nia", &[]).await;
    let page = browser.submit(&page, "novakova@substantial", &[]).await;
    browser.submit(&page, "consent-all", &[]).await
}

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
