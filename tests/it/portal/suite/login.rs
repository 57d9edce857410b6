//! `/prihlaseni`, `/prihlaseni/zpet`, `/vstup/nia`

use super::start;
use tests::browser::Browser;
use tests::portal::{BROWSER_COOKIE, FakeProvider, Lie, SESSION_COOKIE};

#[tokio::test]
async fn a_person_signs_in_and_comes_to_their_identity() {
    let portal = start().await;
    let mut browser = Browser::new();

    let page = browser.open(&portal.at("/prihlaseni")).await;

    assert_eq!((page.status, page.url.path()), (200, "/moje-identita"));
    assert_eq!(page.heading(), "Moje identita");
    assert!(page.text().contains("Jana Dvořáková"));
    assert_eq!(portal.events().await, ["session.opened"]);
}

#[tokio::test]
async fn the_authorization_request_is_what_the_standard_wants() {
    let portal = start().await;
    portal.signed_in().await;

    let asked = portal.provider.last_authorization();

    assert_eq!(asked["client_id"], FakeProvider::CLIENT_ID);
    assert_eq!(asked["redirect_uri"], portal.at("/prihlaseni/zpet"));
    assert_eq!(
        asked["scope"],
        "openid profile email phone address city.identity city.mandate offline_access"
    );
    assert_eq!(asked["ui_locales"], "cs");
    assert_eq!(asked["code_challenge_method"], "S256");
    for secret in ["state", "nonce", "code_challenge"] {
        assert_eq!(asked[secret].len(), 43, "{secret}");
    }
    assert!(asked["claims"].contains("verified_claims"));
    assert!(
        !asked.contains_key("prompt")
            && !asked.contains_key("idp_hint")
            && !asked.contains_key("acr_values")
    );
}

#[tokio::test]
async fn the_language_of_the_page_goes_with_the_person() {
    let portal = start().await;
    let mut browser = Browser::new().speaking("de");

    let page = browser.open(&portal.at("/prihlaseni")).await;

    assert_eq!(page.heading(), "Meine Identität");
    assert_eq!(portal.provider.last_authorization()["ui_locales"], "de");
}

#[tokio::test]
async fn no_login_shares_a_secret_with_another() {
    let portal = start().await;
    portal.signed_in().await;
    let first = portal.provider.last_authorization();

    portal.signed_in().await;

    let second = portal.provider.last_authorization();
    for secret in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[secret], second[secret], "{secret}");
    }
}

#[tokio::test]
async fn logins_in_several_tabs_of_one_browser_all_end_well() {
    let portal = start().await;
    let mut browser = Browser::new();
    browser.open(&portal.at("/")).await;
    let mut answers = Vec::new();
    for page in ["/moje-identita", "/prihlasena-zarizeni", "/"] {
        let start = portal.url.join(&format!("/prihlaseni?cil={page}")).unwrap();
        let to_provider = browser
            .request("GET", start, None)
            .await
            .redirect()
            .unwrap();
        answers.push((
            page,
            browser
                .request("GET", to_provider, None)
                .await
                .redirect()
                .unwrap(),
        ));
    }

    answers.reverse();
    for (page, answer) in answers {
        let arrived = browser
            .request("GET", answer, None)
            .await
            .redirect()
            .unwrap();

        assert_eq!(arrived.path(), page);
    }

    let open: Vec<_> = portal
        .sessions()
        .await
        .into_iter()
        .filter(|session| session.ended_at.is_none())
        .collect();
    assert_eq!(
        open.len(),
        1,
        "the newest login of a browser takes the place of its others"
    );
}

#[tokio::test]
async fn every_login_makes_a_new_session_id() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    let first = browser
        .cookie("localhost", SESSION_COOKIE)
        .unwrap()
        .to_owned();

    let page = browser
        .open(&portal.at("/prihlaseni?uroven=stat-vysoka"))
        .await;
    assert_eq!(page.status, 403, "the provider only reaches substantial");
    assert_eq!(
        browser.cookie("localhost", SESSION_COOKIE),
        Some(first.as_str()),
        "a refused step up leaves the session"
    );

    portal.hand.advance(chrono::Duration::milliseconds(1));
    portal.provider.world().acr = Some("http://eidas.europa.eu/LoA/high".to_owned());
    browser
        .open(&portal.at("/prihlaseni?uroven=stat-vysoka"))
        .await;

    assert_ne!(
        browser.cookie("localhost", SESSION_COOKIE),
        Some(first.as_str())
    );
    let sessions = portal.sessions().await;
    assert_eq!(sessions[0].ended_by.as_deref(), Some("new_login"));
    assert_eq!(
        (
            &sessions[0].claims,
            &sessions[0].refresh_token,
            &sessions[0].id_token
        ),
        (&None, &None, &None)
    );
    assert_eq!(
        sessions[1].acr.as_deref(),
        Some("http://eidas.europa.eu/LoA/high")
    );
}

#[tokio::test]
async fn cookies_are_host_only_lax_and_out_of_reach_of_scripts() {
    let portal = start().await;
    let mut browser = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let leaving = browser.request("GET", start, None).await;
    let answer = browser
        .request("GET", leaving.redirect().unwrap(), None)
        .await
        .redirect()
        .unwrap();
    let arrived = browser.request("GET", answer, None).await;

    for (page, name) in [(&leaving, BROWSER_COOKIE), (&arrived, SESSION_COOKIE)] {
        let cookie = page.headers["set-cookie"].to_str().unwrap();

        assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn a_level_is_asked_for_and_checked_in_the_answer() {
    let portal = start().await;
    let mut browser = Browser::new();

    let page = browser.open(&portal.at("/prihlaseni?uroven=stat")).await;

    assert_eq!(
        portal.provider.last_authorization()["acr_values"],
        "urn:city-identity:acr:state:multi"
    );
    assert_eq!(page.url.path(), "/moje-identita");
}

#[tokio::test]
async fn a_lower_level_than_asked_for_signs_nobody_in() {
    for acr in [
        None,
        Some("urn:city-identity:acr:town:multi"),
        Some("http://eidas.europa.eu/LoA/low"),
        Some("unknown"),
    ] {
        let portal = start().await;
        portal.provider.world().acr = acr.map(str::to_owned);
        let mut browser = Browser::new();

        let page = browser.open(&portal.at("/prihlaseni?uroven=stat")).await;

        assert_eq!(page.status, 403, "{acr:?}");
        assert!(page.text().contains("POR-110"), "{acr:?}: {}", page.text());
        assert_eq!(portal.sessions().await, []);
        assert_eq!(portal.events().await, ["login.refused"]);
    }
}

#[tokio::test]
async fn somebody_signed_in_is_not_sent_away_again() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;

    for address in [
        "/prihlaseni?cil=/",
        "/prihlaseni?cil=/&uroven=mesto",
        "/vstup/nia?cil=/",
    ] {
        let page = browser.open(&portal.at(address)).await;

        assert_eq!(page.url.path(), "/", "{address}");
    }
    assert_eq!(portal.provider.world().authorizations.len(), 1);
}

#[tokio::test]
async fn the_entrance_of_the_state_skips_the_choice() {
    let portal = start().await;
    let mut browser = Browser::new();

    let page = browser
        .open(&portal.at("/vstup/nia?cil=/prihlasena-zarizeni"))
        .await;

    assert_eq!(page.url.path(), "/prihlasena-zarizeni");
    assert_eq!(portal.provider.last_authorization()["idp_hint"], "nia");
}

#[tokio::test]
async fn who_came_another_way_still_goes_through_the_entrance_of_the_state() {
    let portal = start().await;
    portal.provider.world().claims["login_provider"] = "local".into();
    let (mut browser, _) = portal.signed_in().await;

    browser.open(&portal.at("/vstup/nia")).await;

    assert_eq!(portal.provider.world().authorizations.len(), 2);
}

#[tokio::test]
async fn the_same_answer_again_leads_the_same_browser_to_where_it_was() {
    let portal = start().await;
    let mut browser = Browser::new();
    let start = portal
        .url
        .join("/prihlaseni?cil=/prihlasena-zarizeni")
        .unwrap();
    let to_provider = browser
        .request("GET", start, None)
        .await
        .redirect()
        .unwrap();
    let answer = browser
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();
    browser.request("GET", answer.clone(), None).await;

    let again = browser.request("GET", answer.clone(), None).await;

    assert_eq!(again.redirect().unwrap().path(), "/prihlasena-zarizeni");
    assert_eq!(portal.sessions().await.len(), 1);
    assert_eq!(portal.provider.world().token_requests.len(), 1);

    portal.hand.advance(chrono::Duration::minutes(11));
    let late = browser.request("GET", answer, None).await;

    assert_eq!(late.status, 400);
    assert!(late.text().contains("POR-101"));
}

#[tokio::test]
async fn a_login_under_way_survives_a_restart() {
    let mut portal = start().await;
    let mut browser = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let to_provider = browser
        .request("GET", start, None)
        .await
        .redirect()
        .unwrap();
    let answer = browser
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();

    portal.restart().await;
    let page = browser.follow(answer).await;

    assert_eq!(page.heading(), "Moje identita");
}

#[tokio::test]
async fn a_login_may_come_back_to_another_replica() {
    let mut portal = start().await;
    let other = portal.replica();
    let mut browser = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let to_provider = browser
        .request("GET", start, None)
        .await
        .redirect()
        .unwrap();
    let mut answer = browser
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();
    answer.set_port(other.port()).unwrap();

    let arrived = browser.request("GET", answer, None).await;

    assert_eq!(arrived.redirect().unwrap().path(), "/moje-identita");
}

#[tokio::test]
async fn an_old_login_says_so_and_offers_to_begin_again() {
    let portal = start().await;
    let mut browser = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let to_provider = browser
        .request("GET", start, None)
        .await
        .redirect()
        .unwrap();
    let answer = browser
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();

    portal.hand.advance(chrono::Duration::minutes(61));
    let page = browser.follow(answer).await;

    assert_eq!(page.status, 400);
    assert!(page.text().contains("POR-101"), "{}", page.text());
    let again = page.link("Přihlásit se znovu");
    assert_eq!(browser.follow(again).await.heading(), "Moje identita");
}

#[tokio::test]
async fn an_error_of_the_provider_is_explained() {
    for (error, code, oauth) in [
        ("access_denied", "POR-105", Some("access_denied")),
        (
            "unmet_authentication_requirements",
            "POR-110",
            Some("unmet_authentication_requirements"),
        ),
        (
            "temporarily_unavailable",
            "POR-106",
            Some("temporarily_unavailable"),
        ),
        ("<script>alert(1)</script>", "POR-106", None),
    ] {
        let portal = start().await;
        portal.provider.world().error = Some(error.to_owned());
        let mut browser = Browser::new();

        let page = browser.open(&portal.at("/prihlaseni")).await;

        assert!(page.text().contains(code), "{error}: {}", page.text());
        assert_eq!(page.text_of("#error-code").as_deref(), oauth, "{error}");
        assert!(!page.body.contains("<script>alert"), "{error}");
        assert_eq!(portal.sessions().await, [], "{error}");
        assert_eq!(portal.provider.world().token_requests.len(), 0, "{error}");
    }
}

#[tokio::test]
async fn a_provider_that_refuses_us_is_explained() {
    for (lie, status, code) in [
        (Lie::CodeRefused, 502, "POR-107"),
        (Lie::ClientRefused, 502, "POR-107"),
        (Lie::TokenEndpointDown, 503, "POR-120"),
    ] {
        let portal = start().await;
        portal.provider.lies(lie);
        let mut browser = Browser::new();

        let page = browser.open(&portal.at("/prihlaseni")).await;

        assert_eq!(page.status, status, "{lie:?}");
        assert!(page.text().contains(code), "{lie:?}: {}", page.text());
        assert_eq!(portal.sessions().await, [], "{lie:?}");
        assert_eq!(portal.events().await, ["login.refused"], "{lie:?}");
    }
}

#[tokio::test]
async fn claims_are_asked_for_only_together_with_their_scope() {
    let portal = start().await;
    portal.signed_in().await;

    let asked = portal.provider.last_authorization();

    assert_eq!(
        asked.contains_key("claims"),
        asked["scope"].contains("city.identity")
    );
}
