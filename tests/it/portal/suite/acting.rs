//! Acting for a body: on every page, and switched at the broker.

use super::start;
use serde_json::{Value, json};
use tests::browser::{Browser, Page};
use tests::portal::TestPortal;

const BAKERY: &str = "019a0000-0000-7000-8000-000000000001";
const CLUB: &str = "019a0000-0000-7000-8000-000000000002";

fn bakery() -> Value {
    json!({
        "mandate_id": BAKERY, "type": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o.", "source": "isds",
        "scope": ["view"], "level": "town", "valid_until": "2026-12-24T12:00:00Z",
    })
}

/// Jana, who may act for the bakery and for a club, and acts for whom the provider says.
async fn signed_in(portal: &TestPortal, acting_for: Value) -> (Browser, Page) {
    {
        let mut world = portal.provider.world();
        world.claims["may_act_for"] = json!([
            { "mandate_id": BAKERY, "type": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o." },
            { "mandate_id": CLUB, "type": "association", "name": "Spolek Pod Věží, z. s." },
        ]);
        world.claims["acting_for"] = acting_for;
    }
    portal.signed_in().await
}

fn asked(portal: &TestPortal) -> Option<String> {
    portal
        .provider
        .last_authorization()
        .get("acting_for")
        .cloned()
}

#[tokio::test]
async fn every_page_says_for_whom_the_person_acts() {
    let portal = start().await;

    let (mut browser, page) = signed_in(&portal, bakery()).await;

    for page in [page, browser.open(&portal.at("/prihlasena-zarizeni")).await] {
        let bar = page.text_of("aside.acting").unwrap();
        assert!(bar.contains("Jednáte za: Pekařství Vltava s.r.o."), "{bar}");
    }
    let page = browser.open(&portal.at("/moje-identita")).await;
    let now = page.text_of("#acting-now").unwrap().replace('\u{a0}', " ");
    assert!(
        now.contains("Pekařství Vltava s.r.o.") && now.contains("24. 12. 2026"),
        "{now}"
    );
    assert_eq!(portal.sessions().await[0].mandate.as_deref(), Some(BAKERY));
    assert_eq!(asked(&portal), None);
}

#[tokio::test]
async fn who_acts_for_themself_sees_no_bar_and_who_may_not_choose_no_choice() {
    let portal = start().await;

    let (_, page) = portal.signed_in().await;
    assert_eq!(
        (page.text_of("aside.acting"), page.text_of("#acting-now")),
        (None, None)
    );

    let (_, page) = signed_in(&portal, Value::Null).await;
    assert_eq!(page.text_of("aside.acting"), None);
    assert_eq!(
        page.text_of("#acting-now").as_deref(),
        Some("Teď jednáte za: sebe")
    );
}

#[tokio::test]
async fn a_switch_is_asked_of_the_broker_and_makes_a_new_session() {
    let portal = start().await;
    let (mut browser, page) = signed_in(&portal, Value::Null).await;
    portal.provider.world().claims["acting_for"] = bakery();
    // So that sessions sort by age.
    portal.hand.advance(chrono::Duration::milliseconds(1));

    let page = browser
        .submit(&page, "Jednat za: Pekařství Vltava s.r.o.", &[])
        .await;

    assert_eq!(
        (page.status, page.url.path()),
        (200, "/moje-identita"),
        "{}",
        page.text()
    );
    assert_eq!(asked(&portal).as_deref(), Some(BAKERY));
    assert!(page.text_of("aside.acting").unwrap().contains("Pekařství"));
    let sessions = portal.sessions().await;
    let mandates: Vec<_> = sessions
        .iter()
        .map(|session| session.mandate.as_deref())
        .collect();
    assert_eq!(mandates, [None, Some(BAKERY)]);
    assert!(sessions[0].ended_at.is_some() && sessions[1].ended_at.is_none());

    portal.provider.world().claims["acting_for"] = Value::Null;
    let page = browser.submit(&page, "Jednat za sebe", &[]).await;
    assert_eq!(asked(&portal).as_deref(), Some("self"));
    assert_eq!(page.text_of("aside.acting"), None);
}

#[tokio::test]
async fn a_switch_that_brings_somebody_else_is_refused_and_the_session_stays() {
    let portal = start().await;
    let (mut browser, page) = signed_in(&portal, Value::Null).await;
    portal.provider.world().claims["acting_for"] = bakery();

    let refused = browser
        .submit(&page, "Jednat za: Spolek Pod Věží, z. s.", &[])
        .await;

    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("POR-112"), "{}", refused.text());
    let sessions = portal.sessions().await;
    assert_eq!((sessions.len(), sessions[0].ended_at), (1, None));
}

#[tokio::test]
async fn a_mandate_that_the_broker_refuses_is_told_as_such() {
    let portal = start().await;
    let (mut browser, page) = signed_in(&portal, bakery()).await;
    portal.provider.world().error = Some("access_denied".to_owned());

    let page = browser.submit(&page, "Jednat za sebe", &[]).await;

    assert!(page.text().contains("POR-112"), "{}", page.text());
    assert_eq!(page.heading(), "Za tuto osobu nebo firmu jednat nemůžete");
}

#[tokio::test]
async fn portal_15_a_form_of_another_site_and_a_foreign_mandate_switch_nothing() {
    let portal = start().await;
    let (mut browser, page) = signed_in(&portal, Value::Null).await;
    let before = portal.provider.world().authorizations.len();
    let (form, _) = page.form_with("Jednat za: Pekařství Vltava s.r.o.");

    let forged = vec![
        ("csrf".to_owned(), "x".to_owned()),
        ("za".to_owned(), BAKERY.to_owned()),
    ];
    let answer = browser
        .request("POST", form.action.clone(), Some(forged))
        .await;
    assert_eq!(answer.status, 403);
    let page = browser
        .submit(
            &page,
            "Jednat za: Pekařství Vltava s.r.o.",
            &[("za", "019a0000-0000-7000-8000-00000000ffff")],
        )
        .await;

    assert_eq!(page.url.path(), "/moje-identita");
    assert_eq!(portal.provider.world().authorizations.len(), before);
}

#[tokio::test]
async fn a_session_that_speaks_for_another_body_after_a_confirmation_ends() {
    let portal = start().await;
    let (mut browser, _) = signed_in(&portal, bakery()).await;
    portal.provider.world().claims["acting_for"] = Value::Null;
    portal.hand.advance(chrono::Duration::minutes(6));

    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 401);
    assert!(page.text().contains("POR-204"), "{}", page.text());
}
