//! The life of a session: confirmed on use, alone for a while, never too long.

use super::start;
use chrono::Duration;
use tests::browser::Browser;
use tests::portal::{Refresh, SESSION_COOKIE, TestPortal};

#[tokio::test]
async fn a_session_is_confirmed_on_use_and_at_most_every_five_minutes() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().claims["verified_claims"][0]["claims"]["family_name"] = "NOVÁ".into();

    portal.hand.advance(Duration::minutes(4));
    let before = browser.open(&portal.at("/moje-identita")).await;
    portal.hand.advance(Duration::minutes(1));
    let after = browser.open(&portal.at("/moje-identita")).await;
    browser.open(&portal.at("/prihlasena-zarizeni")).await;

    assert!(before.text().contains("Jana Dvořáková"));
    assert!(
        after.text().contains("JANA NOVÁ"),
        "fresh claims are shown at once: {}",
        after.text()
    );
    assert_eq!(portal.provider.world().hits["refresh"], 1);
}

#[tokio::test]
async fn the_rotated_refresh_token_is_used_next() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;

    for _ in 0..3 {
        portal.hand.advance(Duration::minutes(5));
        assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    }

    assert_eq!(portal.provider.world().hits["refresh"], 3);
}

#[tokio::test]
async fn many_requests_on_two_replicas_confirm_once() {
    let mut portal = start().await;
    let other = portal.replica();
    let (browser, _) = portal.signed_in().await;
    portal.hand.advance(Duration::minutes(6));

    let mut requests = Vec::new();
    for number in 0..12 {
        let host = if number % 2 == 0 { &portal.url } else { &other };
        let address = host.join("/moje-identita").unwrap();
        let mut browser = browser.clone();
        requests.push(tokio::spawn(async move {
            browser.request("GET", address, None).await.status
        }));
    }
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }

    assert_eq!(portal.provider.world().hits["refresh"], 1);
    assert!(portal.sessions().await[0].ended_at.is_none());
}

#[tokio::test]
async fn a_grant_the_broker_took_back_ends_the_session() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::InvalidGrant;
    portal.hand.advance(Duration::minutes(5));

    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 401);
    assert!(page.text().contains("POR-204"), "{}", page.text());
    let session = &portal.sessions().await[0];
    assert_eq!(session.ended_by.as_deref(), Some("grant"));
    assert_eq!((&session.claims, &session.refresh_token), (&None, &None));
    assert_eq!(portal.events().await, ["session.ended", "session.opened"]);
}

#[tokio::test]
async fn claims_of_another_person_end_the_session() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::OfAnother;
    portal.hand.advance(Duration::minutes(5));

    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 401);
    assert_eq!(
        portal.sessions().await[0].ended_by.as_deref(),
        Some("grant")
    );
}

#[tokio::test]
async fn without_the_broker_a_session_lives_thirty_minutes_more() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().is_down = true;

    portal.hand.advance(Duration::minutes(5));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    portal.hand.advance(Duration::minutes(29));
    let page = browser.open(&portal.at("/moje-identita")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Jana Dvořáková"));
    portal.hand.advance(Duration::minutes(1));
    let page = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    assert_eq!(page.status, 401);
    assert!(page.text().contains("POR-203"), "{}", page.text());
    assert_eq!(
        portal.sessions().await[0].ended_by.as_deref(),
        Some("unreachable")
    );

    portal.provider.world().is_down = false;
    portal.hand.advance(Duration::minutes(2));
    let back = browser.follow(page.link("Přihlásit se znovu")).await;
    assert_eq!(back.url.path(), "/prihlasena-zarizeni", "{}", back.text());
}

#[tokio::test]
async fn a_broker_that_comes_back_starts_the_clock_anew() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().is_down = true;
    portal.hand.advance(Duration::minutes(5));
    browser.open(&portal.at("/moje-identita")).await;
    portal.provider.world().is_down = false;
    portal.hand.advance(Duration::minutes(20));

    browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(portal.sessions().await[0].unreachable_since, None);
    portal.provider.world().is_down = true;
    portal.hand.advance(Duration::minutes(25));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
}

#[tokio::test]
async fn a_broker_that_does_not_answer_is_left_alone_for_half_a_minute() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.hand.advance(Duration::minutes(5));
    portal.provider.world().is_down = true;

    for _ in 0..4 {
        assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    }

    assert_eq!(
        portal.provider.world().hits["token"],
        2,
        "the login's, and one more"
    );
}

#[tokio::test]
async fn userinfo_that_fails_after_the_confirmation_loses_no_refresh_token() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.lies(tests::portal::Lie::UserinfoDown);
    portal.hand.advance(Duration::minutes(5));

    let page = browser.open(&portal.at("/moje-identita")).await;

    assert!(
        page.text().contains("Jana Dvořáková"),
        "the claims stay as they were"
    );
    portal.provider.lies(tests::portal::Lie::None);
    portal.hand.advance(Duration::minutes(5));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    assert_eq!(portal.provider.world().hits["refresh"], 2);
}

/// How often the refresh token was sent.
fn refreshes(portal: &TestPortal) -> usize {
    portal.provider.world().hits["refresh"]
}

#[tokio::test]
async fn a_lost_answer_signs_nobody_out_and_its_token_is_never_sent_later() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::Swallowed;
    portal.hand.advance(Duration::minutes(5));

    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    portal.provider.world().refresh = Refresh::Yes;
    for minutes in [1, 14, 14] {
        portal.hand.advance(Duration::minutes(minutes));
        let page = browser.open(&portal.at("/moje-identita")).await;
        assert_eq!(page.status, 200, "{}", page.text());
    }
    assert_eq!(refreshes(&portal), 1);
    portal.hand.advance(Duration::minutes(1));
    let page = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    // The broker knows the person still, so nothing is asked of them and nothing told.
    assert_eq!(
        (page.status, page.url.path()),
        (200, "/prihlasena-zarizeni"),
        "{}",
        page.text()
    );
    let sessions = portal.sessions().await;
    assert_eq!(sessions[0].ended_by.as_deref(), Some("lost"));
    assert!(sessions[1].ended_at.is_none());
    assert_eq!(refreshes(&portal), 1);
}

/// Whoever closes the page while the broker is being asked takes nothing with them.
#[tokio::test]
async fn a_browser_that_leaves_in_the_middle_loses_no_answer() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    let before = portal.sessions().await[0].refreshed_at;
    portal.provider.world().refresh = Refresh::Held;
    portal.hand.advance(Duration::minutes(5));
    let asked = async {
        while !portal.provider.world().hits.contains_key("refresh") {
            tokio::task::yield_now().await;
        }
    };
    let page = portal.at("/moje-identita");
    tokio::select! {
        page = browser.open(&page) => panic!("{}", page.text()),
        () = asked => {}
    }

    portal.provider.world().held.notify_one();

    while portal.sessions().await[0].refreshed_at == before {
        tokio::task::yield_now().await;
    }
    portal.provider.world().refresh = Refresh::Yes;
    portal.hand.advance(Duration::minutes(5));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    assert_eq!(refreshes(&portal), 2);
    assert_eq!(portal.sessions().await.len(), 1);
}

#[tokio::test]
async fn what_is_sent_after_a_lost_answer_shows_a_page_that_says_why() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::Swallowed;
    portal.hand.advance(Duration::minutes(5));
    browser.open(&portal.at("/moje-identita")).await;
    let devices = portal.url.join("/prihlasena-zarizeni/odhlasit-ostatni");
    portal.hand.advance(Duration::minutes(30));

    let page = browser
        .request("POST", devices.unwrap(), Some(Vec::new()))
        .await;

    assert_eq!(page.status, 401);
    assert!(page.text().contains("POR-203"), "{}", page.text());
}

#[tokio::test]
async fn a_token_of_which_nothing_was_heard_is_sent_again_at_once_and_may_still_be_good() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::Ignored;
    portal.hand.advance(Duration::minutes(5));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    portal.provider.world().refresh = Refresh::Yes;

    portal.hand.advance(Duration::seconds(2));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    portal.hand.advance(Duration::minutes(40));
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);

    assert_eq!(refreshes(&portal), 3);
    assert_eq!(portal.sessions().await.len(), 1);
}

#[tokio::test]
async fn a_token_that_was_replaced_by_the_lost_answer_ends_nothing_when_it_is_sent_again() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().refresh = Refresh::Swallowed;
    portal.hand.advance(Duration::minutes(5));
    browser.open(&portal.at("/moje-identita")).await;

    portal.hand.advance(Duration::seconds(2));
    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(refreshes(&portal), 2);
    portal.hand.advance(Duration::minutes(20));
    browser.open(&portal.at("/moje-identita")).await;
    assert_eq!(refreshes(&portal), 2);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_however_busy_it_is() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    for _ in 0..71 {
        portal.hand.advance(Duration::minutes(10));
        assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    }

    portal.hand.advance(Duration::minutes(10));
    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 401);
    assert!(page.text().contains("POR-202"), "{}", page.text());
}

#[tokio::test]
async fn without_a_refresh_token_a_session_lives_unconfirmed() {
    let portal = start().await;
    portal.provider.world().gives_refresh_tokens = false;
    let (mut browser, _) = portal.signed_in().await;

    portal.hand.advance(Duration::hours(11));
    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 200);
    assert!(!portal.provider.world().hits.contains_key("refresh"));
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut portal = start().await;
    let (mut browser, _) = portal.signed_in().await;

    portal.restart().await;

    assert_eq!(
        browser.open(&portal.at("/moje-identita")).await.heading(),
        "Moje identita"
    );
}

#[tokio::test]
async fn old_sessions_are_deleted_in_time() {
    let portal = start().await;
    portal.signed_in().await;
    portal.hand.advance(Duration::hours(37));

    portal.signed_in().await;

    assert_eq!(portal.sessions().await.len(), 1);
}

#[tokio::test]
async fn atk_l02_of_two_people_in_one_browser_the_second_sees_nothing_of_the_first() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    browser.submit(&page, "Odhlásit", &[]).await;
    {
        let mut world = portal.provider.world();
        world.subject = "5d1ec810-1d6b-4ab0-a2e1-2b1c3c0a6a22".to_owned();
        world.claims =
            serde_json::json!({"name": "Petr Novák", "given_name": "Petr", "family_name": "Novák"});
    }

    let page = portal.sign_in(&mut browser).await;
    let devices = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    assert!(page.text().contains("Petr Novák") && !page.body.contains("DVOŘÁKOVÁ"));
    assert_eq!(devices.texts_of("tbody tr").len(), 1);
}

#[tokio::test]
async fn atk_l05_a_changed_or_swapped_cookie_is_nobody() {
    let portal = start().await;
    let (browser, _) = portal.signed_in().await;
    let cookie = browser
        .cookie("localhost", SESSION_COOKIE)
        .unwrap()
        .to_owned();
    let binding = browser
        .cookie("localhost", tests::portal::BROWSER_COOKIE)
        .unwrap()
        .to_owned();
    let mut flipped = cookie.clone();
    flipped.replace_range(0..1, if cookie.starts_with('A') { "B" } else { "A" });

    for value in [
        flipped.as_str(),
        &cookie[1..],
        &format!("{cookie}x"),
        binding.as_str(),
        "x",
    ] {
        let mut other = Browser::new();
        other.set_cookie("localhost", SESSION_COOKIE, value);
        let (events, sessions) = (portal.events().await, portal.sessions().await);
        let page = other.open(&portal.at("/moje-identita")).await;

        assert_eq!(page.status, 401, "{value}");
        assert_eq!(portal.events().await, events, "{value}");
        assert_eq!(portal.sessions().await, sessions, "{value}");
        assert!(!page.body.contains("DVOŘÁKOVÁ"));
    }
}
