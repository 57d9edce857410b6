//! One answer that arrives two hundred times at once, of every kind of provider, on both databases with both stores. NIA is in
//! `nia.rs`, since its answers come from a process of its own.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;
use tests::broker::{Ground, JANA, TestBroker};
use tests::browser::{Browser, Page};
use url::Url;

use super::at_bank;
use super::liar::Liar;
use super::lies::at_town;
use super::saml_twin::SamlTwin;
use crate::isds::nginx::{Door, Nginx};
use crate::isds::{answer, back, broker_at, exchanges, exchanges_once, leave};

/// An answer as a browser brings it.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    method: &'static str,
    url: Url,
    fields: Option<Vec<(String, String)>>,
}

impl Callback {
    /// In the address.
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: "GET",
            url,
            fields: None,
        }
    }

    /// In a form.
    pub(super) fn post(url: Url, fields: Vec<(String, String)>) -> Self {
        Self {
            method: "POST",
            url,
            fields: Some(fields),
        }
    }

    /// Brings it, and follows to where the browser is proved and led on: both addresses, and the session it was given.
    async fn bring(&self, mut browser: Browser) -> (Url, Url, Option<String>) {
        let page = browser
            .request(self.method, self.url.clone(), self.fields.clone())
            .await;
        if self.method == "POST" {
            let step = browser.trace.last().unwrap();
            assert_eq!(
                (step.sec_fetch_site, step.sent_cookies.len()),
                ("cross-site", 0)
            );
        }
        let proof = redirected(&page);
        let page = browser.request("GET", proof.clone(), None).await;
        let session = browser.cookie("localhost", "__Host-city-idp-session");
        (proof, redirected(&page), session.map(str::to_owned))
    }
}

pub(super) fn redirected(page: &Page) -> Url {
    page.redirect()
        .unwrap_or_else(|| panic!("{} {}: {}", page.url, page.status, page.text()))
}

/// Brings an answer two hundred times at once, and once more when all is over. Everybody is led to one place, and there is one
/// session, one link and one event.
pub(super) async fn two_hundred_at_once(
    broker: &TestBroker,
    browser: &mut Browser,
    callback: &Callback,
) {
    let before = (broker.counts().await, broker.events().await);
    assert_eq!(before, ([0, 0, 0, 0], Vec::new()));

    let arrivals = join_all((0..200).map(|_| callback.bring(browser.clone()))).await;

    let proofs: BTreeSet<_> = arrivals.iter().map(|(proof, _, _)| proof).collect();
    let led: BTreeSet<_> = arrivals.iter().map(|(_, led, _)| led).collect();
    let sessions: BTreeSet<_> = arrivals.iter().flat_map(|(_, _, given)| given).collect();
    assert_eq!(proofs.len(), 1, "one place to prove the browser");
    assert_eq!(led.len(), 1, "one place to go on");
    assert_eq!(sessions.len(), 1, "one session");
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    assert_eq!(broker.events().await, ["link.added", "login.completed"]);

    let (proof, _, session) = callback.bring(browser.clone()).await;
    assert_eq!(proofs.iter().next(), Some(&&proof));
    assert_eq!(session.as_ref(), sessions.iter().next().copied());
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    let page = browser.follow(proof).await;
    assert!(page.query("code").is_some(), "{}", page.text());
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
}

/// Sends a browser to a provider, and stops where it would go.
pub(super) async fn leave_for(broker: &TestBroker, browser: &mut Browser, provider: &str) -> Url {
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let (form, pressed) = page.form_with(&format!("provider-{provider}"));
    let mut fields = form.fields;
    fields.extend(pressed.map(|button| (button.name, button.value)));
    let sent = browser.request("POST", form.action, Some(fields)).await;
    redirected(&sent)
}

/// Shows a page of another site: from there an answer comes.
pub(super) async fn elsewhere(broker: &TestBroker, browser: &mut Browser) {
    browser.open(&broker.clients.at("/as-if-a-provider")).await;
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_callbacks_of_bank_id_give_one_session() {
    for ground in Ground::ALL {
        let liar = Liar::start().await;
        let broker = at_bank(ground, &liar, &json!({})).await;
        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "bank").await;
        let back = redirected(&browser.request("GET", there, None).await);

        two_hundred_at_once(&broker, &mut browser, &Callback::get(back)).await;

        assert_eq!((liar.asked("/token"), liar.asked("/userinfo")), (1, 1));
    }
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_callbacks_of_a_general_openid_provider_give_one_session() {
    for ground in Ground::ALL {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "town").await;
        let back = redirected(&browser.request("GET", there, None).await);

        two_hundred_at_once(&broker, &mut browser, &Callback::get(back)).await;

        assert_eq!((liar.asked("/token"), liar.asked("/userinfo")), (1, 1));
    }
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_callbacks_of_data_boxes_give_one_session() {
    let nginx = Nginx::start().await;
    for ground in Ground::ALL {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let asked = exchanges(&nginx);

        let back = Url::parse(&back(&broker, &number)).unwrap();
        two_hundred_at_once(&broker, &mut browser, &Callback::get(back)).await;

        assert_eq!(exchanges_once(&nginx, asked + 1).await, asked + 1);
    }
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_callbacks_of_a_general_saml_provider_give_one_session() {
    let twin = SamlTwin::new();
    for ground in Ground::ALL {
        let broker =
            TestBroker::configured(ground, json!({ "provider": twin.only_way_in() })).await;
        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "university").await;
        let fields = SamlTwin::answers(&broker, &there);
        elsewhere(&broker, &mut browser).await;

        let to = broker.url.join("/upstream/university/answer").unwrap();
        two_hundred_at_once(&broker, &mut browser, &Callback::post(to, fields)).await;
    }
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_callbacks_of_invented_people_give_one_session() {
    for ground in Ground::ALL {
        let broker = TestBroker::start(ground).await;
        let mut browser = Browser::new();
        let page = browser.open(&broker.authorize("portal", &[])).await;
        let (form, _) = page.form_with("login-submit");
        let mut fields = form.fields;
        fields.retain(|(name, _)| !name.starts_with("login-"));
        for (name, value) in [("login-username", JANA.0), ("login-password", JANA.1)] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        elsewhere(&broker, &mut browser).await;

        let callback = Callback::post(form.action, fields);
        two_hundred_at_once(&broker, &mut browser, &callback).await;
    }
}
