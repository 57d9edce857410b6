//! Who was signed in and was sent away is who comes back.

use portal::storage::portal_session::PortalSession;
use serde_json::{Value, json};
use tests::browser::{Browser, Page};
use tests::portal::{SESSION_COOKIE, TestPortal};

use super::start;

/// Jana's, as the provider begins with.
const JANA: &str = "0b8f6f2e-6f0f-4d0e-9d0a-1c1f6b2f8a11";
const PETR: &str = "5d1ec810-1d6b-4ab0-a2e1-2b1c3c0a6a22";
const HIGHER: &str = "/prihlaseni?uroven=stat-vysoka";

/// The one session of somebody: the clock stands still, so nothing orders them.
fn of<'s>(sessions: &'s [PortalSession], subject: &str) -> &'s PortalSession {
    sessions
        .iter()
        .find(|session| session.subject == subject)
        .unwrap()
}

/// From now on Petr is signed in at the provider, at the highest level.
fn petr_comes(portal: &TestPortal) {
    let mut world = portal.provider.world();
    PETR.clone_into(&mut world.subject);
    world.acr = Some("http://eidas.europa.eu/LoA/high".to_owned());
    world.claims = json!({"name": "Petr Novák", "given_name": "Petr", "family_name": "Novák"});
}

/// Who the provider was told to bring.
fn expected(portal: &TestPortal) -> Value {
    let asked = portal.provider.last_authorization();
    let claims: Value = serde_json::from_str(&asked["claims"]).unwrap();
    claims["id_token"]["sub"]["value"].clone()
}

async fn assert_refused(portal: &TestPortal, browser: &mut Browser, page: &Page) {
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("POR-113"), "{}", page.text());
    assert_eq!(page.heading(), "Přihlásil se někdo jiný");
    for name in ["Jana", "Dvořáková", "Petr", "Novák"] {
        assert!(!page.body.contains(name), "{name}: {}", page.text());
    }
    assert_eq!(browser.cookie("localhost", SESSION_COOKIE), None);
    let sessions = portal.sessions().await;
    assert_eq!(sessions.len(), 1, "nobody else is signed in");
    assert_eq!(sessions[0].ended_by.as_deref(), Some("somebody_else"));
    assert_eq!(sessions[0].claims, None);
    let events = portal.events().await;
    assert_eq!(events, ["login.refused", "session.ended", "session.opened"]);
}

#[tokio::test]
async fn somebody_else_who_answers_a_step_up_is_not_signed_in_and_sees_nothing_of_the_former_one() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    assert!(!portal.provider.last_authorization()["claims"].contains("id_token"));
    petr_comes(&portal);

    let page = browser.open(&portal.at(HIGHER)).await;

    assert_eq!(expected(&portal), json!(JANA));
    assert_refused(&portal, &mut browser, &page).await;
    // Whoever it is goes on as themself from here, and nobody is expected any more.
    let again = page.link("Přihlásit se znovu");
    let page = browser.follow(again).await;
    assert_eq!(page.url.path(), "/moje-identita");
    assert!(page.text().contains("Petr Novák"), "{}", page.text());
    assert!(!page.body.contains("Dvořáková"));
    assert!(!portal.provider.last_authorization()["claims"].contains("id_token"));
}

#[tokio::test]
async fn a_provider_that_says_so_itself_is_told_the_same_way() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().error = Some("login_required".to_owned());

    let page = browser.open(&portal.at(HIGHER)).await;

    assert_refused(&portal, &mut browser, &page).await;
}

#[tokio::test]
async fn without_anybody_signed_in_that_error_is_one_of_the_provider() {
    let portal = start().await;
    portal.provider.world().error = Some("login_required".to_owned());

    let page = Browser::new().open(&portal.at(HIGHER)).await;

    assert!(page.text().contains("POR-106"), "{}", page.text());
}

#[tokio::test]
async fn a_switch_is_answered_by_who_asked_for_it() {
    let portal = start().await;
    portal.provider.world().claims["may_act_for"] = json!([{
        "mandate_id": "019a0000-0000-7000-8000-000000000002", "type": "association", "name": "Spolek Pod Věží, z. s.",
    }]);
    let (mut browser, page) = portal.signed_in().await;
    petr_comes(&portal);

    let page = browser
        .submit(&page, "Jednat za: Spolek Pod Věží, z. s.", &[])
        .await;

    assert_refused(&portal, &mut browser, &page).await;
}

#[tokio::test]
async fn through_the_entrance_of_the_state_somebody_else_comes_by_a_login_of_their_own() {
    let portal = start().await;
    portal.provider.world().claims["login_provider"] = json!("bank_id");
    let (mut browser, _) = portal.signed_in().await;
    petr_comes(&portal);

    let page = browser.open(&portal.at("/vstup/nia")).await;

    assert_refused(&portal, &mut browser, &page).await;
}

#[tokio::test]
async fn who_was_known_by_another_identifier_before_two_accounts_became_one_is_no_stranger() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    petr_comes(&portal);
    portal.provider.world().claims["previous_sub"] = json!([JANA]);

    let page = browser.open(&portal.at(HIGHER)).await;

    assert_eq!(page.url.path(), "/moje-identita", "{}", page.text());
    let sessions = portal.sessions().await;
    assert_eq!(sessions.len(), 2);
    assert_eq!(of(&sessions, JANA).ended_by.as_deref(), Some("new_login"));
    assert_eq!(of(&sessions, PETR).ended_at, None);
}

/// Jana is sent away in one tab, and Petr signs in in another one before the answer comes.
#[tokio::test]
async fn who_is_signed_in_here_as_themself_by_then_stays_so() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    let away = portal.url.join(HIGHER).unwrap();
    let to_provider = browser.request("GET", away, None).await.redirect().unwrap();
    browser.submit(&page, "Odhlásit", &[]).await;
    petr_comes(&portal);
    portal.sign_in(&mut browser).await;

    let page = browser.open(to_provider.as_str()).await;

    assert_eq!(page.url.path(), "/moje-identita", "{}", page.text());
    let sessions = portal.sessions().await;
    assert_eq!(sessions.len(), 2, "the answer opened none");
    assert_eq!(of(&sessions, PETR).ended_at, None);
}
