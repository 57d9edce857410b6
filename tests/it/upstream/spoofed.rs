//! What a request says of the host it was made to reaches no provider: addresses of ours come from the configuration (R8).

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use serde_json::json;
use tests::broker::TestBroker;
use tests::browser::{Browser, Page};
use url::Url;

use super::arrivals::{elsewhere, leave_for, redirected};
use super::liar::Liar;
use super::saml_twin::SamlTwin;
use super::{GROUNDS, at_bank};

fn parameter(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found
        .unwrap_or_else(|| panic!("no {name}: {url}"))
        .1
        .into_owned()
}

/// The message that a browser carries in the query (Bindings, 3.4.4.1).
fn message(url: &Url) -> String {
    let octets = STANDARD.decode(parameter(url, "SAMLRequest")).unwrap();
    let mut xml = String::new();
    DeflateDecoder::new(&octets[..])
        .read_to_string(&mut xml)
        .unwrap();
    xml
}

/// The person arrived at the service, and no page on the way spoke of the attacker.
fn is_there(page: &Page) {
    assert_eq!(page.url.path(), "/portal/callback", "{}", page.text());
    assert!(page.query("code").is_some(), "{}", page.url);
    assert!(!page.url.as_str().contains("evil"), "{}", page.url);
}

#[tokio::test]
async fn atk_r08_spoofed_hosts_change_nothing_in_what_a_saml_provider_is_asked() {
    let twin = SamlTwin::new();
    for ground in GROUNDS {
        // A proxy whose word about the person's address counts has no word about ours.
        let configuration = json!({
            "provider": twin.only_way_in(), "server": { "trusted_proxies": ["127.0.0.1/32"] },
        });
        let broker = TestBroker::configured(ground, configuration).await;
        let mut browser = Browser::new().spoofing();

        let there = leave_for(&broker, &mut browser, "university").await;

        let sso = "https://idp.univerzita.example/sso";
        assert!(there.as_str().starts_with(&format!("{sso}?")), "{there}");
        let asked = message(&there);
        for part in [
            format!("Destination=\"{sso}\""),
            format!(
                "AssertionConsumerServiceURL=\"{}\"",
                broker.at("/upstream/university/answer")
            ),
            format!(">{}</", broker.at("/upstream/university/metadata")),
        ] {
            assert!(asked.contains(&part), "{part}: {asked}");
        }
        assert!(!asked.contains("evil"), "{asked}");

        // The answer is for the address of the configuration, whatever host it is said to come to.
        elsewhere(&broker, &mut browser).await;
        let to = broker.url.join("/upstream/university/answer").unwrap();
        let fields = SamlTwin::answers(&broker, &there);
        let sent = browser.request("POST", to, Some(fields)).await;
        is_there(&browser.follow(redirected(&sent)).await);
    }
}

#[tokio::test]
async fn atk_r08_spoofed_hosts_change_nothing_in_what_an_openid_provider_is_asked() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let proxy = json!({ "server": { "trusted_proxies": ["127.0.0.1/32"] } });
        let broker = at_bank(ground, &liar, &proxy).await;
        let mut browser = Browser::new().spoofing();

        let there = leave_for(&broker, &mut browser, "bank").await;

        assert!(there.as_str().starts_with(&liar.issuer), "{there}");
        assert_eq!(
            parameter(&there, "redirect_uri"),
            broker.at("/upstream/bank/answer")
        );
        assert!(!there.as_str().contains("evil"), "{there}");
        is_there(&browser.follow(there).await);
    }
}
