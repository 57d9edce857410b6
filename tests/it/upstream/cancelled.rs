//! Who gives up at a provider is back at the choice, reads that in words, and gets where the service sent them by trying again.

use chrono::Utc;
use serde_json::json;
use tests::broker::TestBroker;
use tests::browser::{Browser, Page};

use super::arrivals::{elsewhere, leave_for, redirected};
use super::liar::Liar;
use super::lies::at_town;
use super::nia_sandbox::{Sandbox, consent};
use super::saml_twin::SamlTwin;
use super::{GROUNDS, at_bank, problem};
use crate::isds::nginx::{Door, Nginx};
use crate::isds::{answer, back, broker_at, leave};

const CANCELLED: &str = "Přihlášení se nedokončilo";
const ENDED_THERE: &str = "Přihlášení skončilo bez výsledku";

/// The page is the choice for the service, and says what happened; nobody is logged in.
async fn is_back_at_the_choice(broker: &TestBroker, page: &Page, notice: &str, event: &str) {
    assert!(
        page.status == 200 && page.url.path().starts_with("/login/"),
        "{} {}: {}",
        page.status,
        page.url,
        page.text()
    );
    assert_eq!(page.text_of(".notice__title").as_deref(), Some(notice));
    assert_eq!(broker.events().await, [event]);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

/// The browser arrived at the service, with what the service sent.
fn is_there(page: &Page) {
    assert_eq!(page.url.path(), "/portal/callback", "{}", page.text());
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
    assert!(page.query("code").is_some(), "{}", page.url);
}

#[tokio::test]
async fn who_gives_up_at_nia_chooses_again_for_the_same_service() {
    let sandbox = Sandbox::start().await;
    for ground in GROUNDS {
        let broker = sandbox.broker(ground).await;
        let mut browser = Browser::new();
        let page = browser.open(&broker.authorize("portal", &[])).await;
        let page = browser.submit(&page, "provider-nia", &[]).await;
        let page = browser.submit(&page, "login-cancel", &[]).await;
        broker.hand.set(Utc::now());

        let choice = browser.submit(&page, "answer-submit", &[]).await;

        is_back_at_the_choice(&broker, &choice, CANCELLED, "login.refused.cancelled").await;
        let page = browser.submit(&choice, "provider-nia", &[]).await;
        let page = browser.submit(&page, "novakova@substantial", &[]).await;
        let page = consent(&mut browser, page).await;
        broker.hand.set(Utc::now());
        is_there(&browser.submit(&page, "answer-submit", &[]).await);
    }
}

#[tokio::test]
async fn who_gives_up_at_a_general_saml_provider_chooses_again_for_the_same_service() {
    let twin = SamlTwin::new();
    for ground in GROUNDS {
        let broker =
            TestBroker::configured(ground, json!({ "provider": twin.only_way_in() })).await;
        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "university").await;
        elsewhere(&broker, &mut browser).await;
        let to = broker.url.join("/upstream/university/answer").unwrap();
        let fields = SamlTwin::cancels(&broker, &there);

        let sent = browser.request("POST", to.clone(), Some(fields)).await;
        let choice = browser.follow(redirected(&sent)).await;

        is_back_at_the_choice(&broker, &choice, CANCELLED, "login.refused.cancelled").await;
        let (form, pressed) = choice.form_with("provider-university");
        let mut fields = form.fields;
        fields.extend(pressed.map(|button| (button.name, button.value)));
        let there = redirected(&browser.request("POST", form.action, Some(fields)).await);
        let fields = SamlTwin::answers(&broker, &there);
        let sent = browser.request("POST", to, Some(fields)).await;
        is_there(&browser.follow(redirected(&sent)).await);
    }
}

/// The same for a provider that speaks OpenID Connect.
async fn gives_up(broker: &TestBroker, provider: &str) {
    let mut browser = Browser::new();
    let there = leave_for(broker, &mut browser, provider).await;
    let (_, state) = there
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap();
    let back = format!("/upstream/{provider}/answer?error=access_denied&state={state}");

    let choice = browser.open(&broker.at(&back)).await;

    is_back_at_the_choice(broker, &choice, CANCELLED, "login.refused.cancelled").await;
    let button = format!("provider-{provider}");
    is_there(&browser.submit(&choice, &button, &[]).await);
}

#[tokio::test]
async fn who_gives_up_at_bank_id_chooses_again_for_the_same_service() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        gives_up(&at_bank(ground, &liar, &json!({})).await, "bank").await;
    }
}

#[tokio::test]
async fn who_gives_up_at_a_general_openid_provider_chooses_again_for_the_same_service() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        gives_up(&at_town(ground, &liar).await, "town").await;
    }
}

/// ISDS sends them to the address for errors and says nothing else: the browser itself says by which login it left.
#[tokio::test]
async fn who_tells_nothing_at_a_data_box_chooses_again_for_the_same_service() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        leave(&broker, &mut browser, "portal").await;
        elsewhere(&broker, &mut browser).await;
        let error = broker.url.join("/upstream/isds/error").unwrap();

        let choice = browser.follow(error.clone()).await;

        is_back_at_the_choice(&broker, &choice, ENDED_THERE, "login.refused.ended-there").await;
        let (form, pressed) = choice.form_with("provider-isds");
        let mut fields = form.fields;
        fields.extend(pressed.map(|button| (button.name, button.value)));
        let sent = browser.request("POST", form.action, Some(fields)).await;
        let (_, number) = redirected(&sent)
            .query_pairs()
            .find(|(name, _)| name == "appToken")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .unwrap();
        nginx.answers(&answer("holder", &number));
        is_there(&browser.open(&back(&broker, &number)).await);

        // Who is through, or never left for it, is sent to nobody's login.
        for mut nobody in [browser, Browser::new()] {
            let before = broker.events().await;
            let page = nobody.open(error.as_str()).await;
            assert_eq!((page.status, problem(&page).as_str()), (400, "LOG-119"));
            assert_eq!(page.heading(), ENDED_THERE);
            assert_eq!(broker.events_since(&before).await, [""; 0]);
        }
    }
}

/// Any page of the world can send a browser to the address for errors: nothing may end by that.
#[tokio::test]
async fn a_browser_that_somebody_sends_to_the_address_for_errors_can_still_bring_its_answer() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        browser.open(&broker.at("/upstream/isds/error")).await;

        is_there(&browser.open(&back(&broker, &number)).await);
    }
}

/// How the general provider does, as everybody may know.
async fn state_of_university(broker: &TestBroker) -> serde_json::Value {
    let request = reqwest::Client::new()
        .get(broker.at("/status"))
        .header("accept", "application/json");
    let told: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let provider = &told["providers"][0];
    json!([provider["state"], provider["logins"], provider["failed"]])
}

/// What a provider has signed counts: five logins that failed there are an outage, each once however often it is brought, and who gives up in
/// between shows nothing.
#[tokio::test]
async fn a_provider_that_signs_that_it_does_not_work_is_out_by_the_fifth_and_a_cancel_changes_nothing()
 {
    let twin = SamlTwin::new();
    for ground in GROUNDS {
        let broker =
            TestBroker::configured(ground, json!({ "provider": twin.only_way_in() })).await;
        let to = broker.url.join("/upstream/university/answer").unwrap();
        for number in 1..=5 {
            broker.hand.advance(chrono::Duration::seconds(3));
            let mut browser = Browser::new();
            let there = leave_for(&broker, &mut browser, "university").await;
            elsewhere(&broker, &mut browser).await;
            let fields = SamlTwin::fails(&broker, &there);
            let before = broker.events().await;

            let page = browser
                .request("POST", to.clone(), Some(fields.clone()))
                .await;

            assert_eq!((page.status, problem(&page).as_str()), (503, "LOG-111"));
            assert_eq!(page.heading(), "Poskytovatel teď neodpovídá");
            let told = broker.events_since(&before).await;
            assert_eq!(told, ["login.refused.provider-down"], "{ground:?}");
            // Once more, it is nothing new.
            browser.request("POST", to.clone(), Some(fields)).await;
            let state = if number < 5 { "unsteady" } else { "down" };
            let told = state_of_university(&broker).await;
            assert_eq!(told, json!([state, number, number]), "{ground:?}");

            let mut other = Browser::new();
            let there = leave_for(&broker, &mut other, "university").await;
            elsewhere(&broker, &mut other).await;
            let fields = SamlTwin::cancels(&broker, &there);
            other.request("POST", to.clone(), Some(fields)).await;
            broker.hand.advance(chrono::Duration::seconds(3));
            assert_eq!(state_of_university(&broker).await, told, "{ground:?}");
        }
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);

        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "university").await;
        elsewhere(&broker, &mut browser).await;
        let fields = SamlTwin::answers(&broker, &there);
        let sent = browser.request("POST", to, Some(fields)).await;
        is_there(&browser.follow(redirected(&sent)).await);
        assert_ne!(state_of_university(&broker).await[0], "down");
    }
}

/// Providers that sign may leave their errors unsigned. Whoever holds a browser can write one, so it is shown and nothing comes of it.
#[tokio::test]
async fn an_error_that_a_provider_did_not_sign_is_told_as_one_and_the_login_can_still_be_answered()
{
    let twin = SamlTwin::new();
    for ground in GROUNDS {
        let broker =
            TestBroker::configured(ground, json!({ "provider": twin.only_way_in() })).await;
        let to = broker.url.join("/upstream/university/answer").unwrap();
        let mut browser = Browser::new();
        let there = leave_for(&broker, &mut browser, "university").await;
        elsewhere(&broker, &mut browser).await;
        let health = state_of_university(&broker).await;

        for (status, code, event) in [
            ("Responder", "LOG-119", "login.refused.error-unsigned"),
            ("Requester", "LOG-119", "login.refused.error-unsigned"),
            // One that says that all is well brings nobody, and is believed in nothing.
            ("Success", "LOG-107", "login.refused.response-unsigned"),
        ] {
            let fields = SamlTwin::says_unsigned(&broker, &there, status);
            let before = broker.look().await;

            let page = browser.request("POST", to.clone(), Some(fields)).await;

            assert_eq!((page.status, problem(&page).as_str()), (400, code));
            broker.left_only(&before, &[event], status).await;
            if code == "LOG-119" {
                assert_eq!(page.heading(), ENDED_THERE);
                let choice = browser
                    .clone()
                    .follow(page.link("Zkusit přihlášení znovu"))
                    .await;
                assert!(choice.url.path().starts_with("/login/"), "{}", choice.url);
            }
        }
        broker.hand.advance(chrono::Duration::seconds(3));
        assert_eq!(state_of_university(&broker).await, health, "{ground:?}");

        // The departure waits as before: the answer that the provider did sign gets the person in.
        let fields = SamlTwin::answers(&broker, &there);
        let sent = browser.request("POST", to, Some(fields)).await;
        is_there(&browser.follow(redirected(&sent)).await);
    }
}
