//! The portal's attacks 16, 17, 18 and 27, and what belongs to them.

use super::start;
use tests::browser::Browser;
use tests::portal::{BROWSER_COOKIE, Lie, SESSION_COOKIE};
use url::Url;

#[tokio::test]
async fn portal_16_an_attackers_answer_signs_nobody_in() {
    let portal = start().await;
    let mut attacker = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let to_provider = attacker
        .request("GET", start.clone(), None)
        .await
        .redirect()
        .unwrap();
    let planted = attacker
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();

    // A browser that never began anything, one in the middle of a login of its own, and one that is signed in.
    let fresh = Browser::new();
    let mut busy = Browser::new();
    busy.request("GET", start, None).await;
    let (signed_in, _) = portal.signed_in().await;
    let before = portal.sessions().await;
    let events = portal.events().await;

    for mut victim in [fresh, busy, signed_in] {
        let cookie = victim
            .cookie("localhost", SESSION_COOKIE)
            .map(str::to_owned);
        let page = victim.follow(planted.clone()).await;

        assert_eq!(page.status, 400);
        assert!(page.text().contains("POR-102"), "{}", page.text());
        assert_eq!(
            victim.cookie("localhost", SESSION_COOKIE),
            cookie.as_deref()
        );
    }
    assert_eq!(portal.sessions().await, before);
    assert_eq!(
        portal.events_since(&events).await,
        ["login.refused", "login.refused", "login.refused"]
    );

    // The login itself was not used up: who began it may end it.
    assert_eq!(attacker.follow(planted).await.heading(), "Moje identita");
}

#[tokio::test]
async fn portal_16_the_parameters_of_an_answer_cannot_be_exchanged() {
    let portal = start().await;
    let mut browser = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let to_provider = browser
            .request("GET", start.clone(), None)
            .await
            .redirect()
            .unwrap();
        answers.push(
            browser
                .request("GET", to_provider, None)
                .await
                .redirect()
                .unwrap(),
        );
    }
    // The code of the first login under the state of the second: PKCE and nonce belong to another login.
    let code = answers[0]
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let mut crossed = answers[1].clone();
    let pairs: Vec<(String, String)> = answers[1]
        .query_pairs()
        .map(|(name, value)| {
            (
                name.to_string(),
                if name == "code" {
                    code.clone()
                } else {
                    value.to_string()
                },
            )
        })
        .collect();
    crossed.query_pairs_mut().clear().extend_pairs(pairs);
    portal.provider.lies(Lie::CodeRefused);

    let page = browser.follow(crossed).await;

    assert!(page.text().contains("POR-107"), "{}", page.text());
    let verifier = portal.provider.world().token_requests[0]["code_verifier"].clone();
    assert_eq!(verifier.len(), 43);
    assert_eq!(portal.sessions().await, []);
    assert_eq!(portal.events().await, ["login.refused"]);
}

#[tokio::test]
async fn portal_16_a_malformed_answer_is_refused_before_anything_is_asked() {
    for (lie, code) in [
        (Lie::NoState, "POR-103"),
        (Lie::StateTwice, "POR-103"),
        (Lie::NoCode, "POR-103"),
        (Lie::CodeTwice, "POR-103"),
        (Lie::OtherIss, "POR-104"),
        (Lie::NoIss, "POR-104"),
    ] {
        let portal = start().await;
        portal.provider.lies(lie);
        let mut browser = Browser::new();

        let page = browser.open(&portal.at("/prihlaseni")).await;

        assert_eq!(page.status, 400, "{lie:?}");
        assert!(page.text().contains(code), "{lie:?}: {}", page.text());
        assert_eq!(portal.provider.world().token_requests.len(), 0, "{lie:?}");
        assert_eq!(portal.sessions().await, [], "{lie:?}");
        assert_eq!(portal.events().await, ["login.refused"], "{lie:?}");
    }
}

#[tokio::test]
async fn portal_16_a_made_up_state_is_refused() {
    let portal = start().await;
    let mut browser = Browser::new();
    browser
        .request("GET", portal.url.join("/prihlaseni").unwrap(), None)
        .await;
    let iss = portal.provider.issuer();

    for state in [
        "",
        "x",
        &"a".repeat(43),
        &"a".repeat(5000),
        "%00",
        "' or 1=1 --",
    ] {
        let mut answer = portal.url.join("/prihlaseni/zpet").unwrap();
        answer
            .query_pairs_mut()
            .append_pair("code", "c")
            .append_pair("state", state)
            .append_pair("iss", iss);
        let page = browser.follow(answer).await;

        assert_eq!(page.status, 400, "{state}");
        assert!(page.text().contains("POR-101"), "{state}: {}", page.text());
    }
    assert_eq!(portal.sessions().await, []);
    assert_eq!(portal.provider.world().token_requests.len(), 0);
    assert_eq!(portal.events().await, ["login.refused"; 6]);
}

#[tokio::test]
async fn portal_16_a_tossed_browser_cookie_counts_for_nothing() {
    let portal = start().await;
    let mut attacker = Browser::new();
    let start = portal.url.join("/prihlaseni").unwrap();
    let to_provider = attacker
        .request("GET", start, None)
        .await
        .redirect()
        .unwrap();
    let planted = attacker
        .request("GET", to_provider, None)
        .await
        .redirect()
        .unwrap();
    let value = attacker
        .cookie("localhost", BROWSER_COOKIE)
        .unwrap()
        .to_owned();

    // A sibling host can only set a cookie without the prefix.
    let mut victim = Browser::new();
    victim.set_cookie("localhost", "portal-browser", &value);
    let page = victim.follow(planted).await;

    assert!(page.text().contains("POR-102"), "{}", page.text());
    assert_eq!(portal.sessions().await, []);
    assert_eq!(portal.events().await, ["login.refused"]);
}

#[tokio::test]
async fn portal_17_nothing_private_is_left_after_a_logout() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    let stolen = browser
        .cookie("localhost", SESSION_COOKIE)
        .unwrap()
        .to_owned();

    browser.submit(&page, "Odhlásit", &[]).await;

    assert_eq!(browser.cookie("localhost", SESSION_COOKIE), None);
    let mut thief = Browser::new();
    for path in ["/moje-identita", "/prihlasena-zarizeni"] {
        thief.set_cookie("localhost", SESSION_COOKIE, &stolen);
        let page = thief.open(&portal.at(path)).await;

        assert_eq!(page.status, 401, "{path}");
        assert!(page.text().contains("POR-201"), "{path}: {}", page.text());
        assert!(
            !page.body.contains("DVOŘÁKOVÁ") && !page.body.contains("Dvořáková"),
            "{path}"
        );
    }
    thief.set_cookie("localhost", SESSION_COOKIE, &stolen);
    assert!(!thief.open(&portal.at("/")).await.body.contains("Dvořáková"));
    let session = &portal.sessions().await[0];
    assert_eq!(
        (&session.claims, &session.refresh_token, &session.id_token),
        (&None, &None, &None)
    );
}

#[tokio::test]
async fn portal_17_a_logout_by_the_broker_reaches_the_second_tab() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    let token = portal
        .provider
        .sign("logout+jwt", &portal.provider.logout_claims());

    let answer = Browser::new()
        .request(
            "POST",
            portal.url.join("/odhlaseni/backchannel").unwrap(),
            Some(vec![("logout_token".to_owned(), token)]),
        )
        .await;
    assert_eq!(answer.status, 200);

    let page = browser.open(&portal.at("/moje-identita")).await;

    assert_eq!(page.status, 401);
    assert!(!page.body.contains("DVOŘÁKOVÁ") && !page.body.contains("Dvořáková"));
    assert_eq!(
        browser.cookie("localhost", SESSION_COOKIE),
        None,
        "the dead cookie is taken away"
    );
    assert_eq!(
        browser
            .follow(page.link("Přihlásit se znovu"))
            .await
            .heading(),
        "Moje identita"
    );
}

#[tokio::test]
async fn portal_18_private_answers_are_never_cached() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;

    for path in [
        "/",
        "/moje-identita",
        "/prihlasena-zarizeni",
        "/odhlaseni/hotovo",
        "/prihlaseni?cil=/",
        "/nic-takoveho",
    ] {
        let page = browser
            .request("GET", portal.url.join(path).unwrap(), None)
            .await;
        let cache = page.headers["cache-control"].to_str().unwrap();

        assert!(cache.contains("no-store"), "{path}: {cache}");
        assert!(
            !page.headers.contains_key("etag") && !page.headers.contains_key("last-modified"),
            "{path}"
        );
        assert!(!page.body.contains("serviceWorker"), "{path}");
    }
}

#[tokio::test]
async fn portal_18_a_login_that_is_refused_is_not_cached_either() {
    let portal = start().await;
    portal.provider.lies(Lie::AlgNone);
    let mut browser = Browser::new();

    let page = browser.open(&portal.at("/prihlaseni")).await;

    assert!(
        page.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("no-store")
    );
}

#[tokio::test]
async fn portal_15_forms_of_other_sites_change_nothing() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;
    let mut other = portal.signed_in().await.0;
    let strangers = other
        .open(&portal.at("/moje-identita"))
        .await
        .form_with("Odhlásit")
        .0
        .fields[0]
        .1
        .clone();
    let own = page.form_with("Odhlásit").0.fields[0].1.clone();
    let id = portal.sessions().await[0].id;
    let forms = [
        "/odhlaseni".to_owned(),
        "/prihlasena-zarizeni/odhlasit-ostatni".to_owned(),
        format!("/prihlasena-zarizeni/{id}/odhlasit"),
    ];

    for path in &forms {
        let action = portal.url.join(path).unwrap();
        for token in [None, Some(""), Some("x"), Some(strangers.as_str())] {
            let fields = token
                .map(|token| ("csrf".to_owned(), token.to_owned()))
                .into_iter()
                .collect();
            let answer = browser.request("POST", action.clone(), Some(fields)).await;

            assert_eq!(answer.status, 403, "{path} {token:?}");
            assert!(answer.text().contains("WEB-403"), "{path} {token:?}");
        }
        // From another site, with everything right: the browser keeps the cookie back, and we refuse by the header.
        let mut elsewhere = browser.clone();
        elsewhere
            .follow(Url::parse(&format!("{}/account", portal.provider.issuer())).unwrap())
            .await;
        let answer = elsewhere
            .request("POST", action, Some(vec![("csrf".to_owned(), own.clone())]))
            .await;

        assert_eq!(answer.status, 403, "{path}");
    }
    assert!(
        portal
            .sessions()
            .await
            .iter()
            .all(|session| session.ended_at.is_none())
    );
}

#[tokio::test]
async fn portal_19_markup_in_claims_is_shown_as_text() {
    let portal = start().await;
    let evil = "<script>alert(1)</script>\u{202e}\"'><img src=x onerror=alert(1)>";
    for name in [
        "name",
        "given_name",
        "family_name",
        "email",
        "birthdate",
        "phone_number",
    ] {
        portal.provider.world().claims[name] = evil.into();
    }
    portal.provider.world().claims["address"] = serde_json::json!({"formatted": evil});
    portal.provider.world().claims["verified_claims"] = serde_json::json!([{
        "verification": {"trust_framework": evil, "assurance_level": evil, "time": evil,
            "evidence": [{"type": "document", "record": {"source": {"name": evil}}}]},
        "claims": {"given_name": evil, "place_of_birth": {"locality": evil}}
    }]);
    portal.provider.world().claims["login_provider"] = evil.into();
    portal.provider.world().claims["identity_level"] = evil.into();

    let (mut browser, page) = portal.signed_in().await;
    let devices = browser.open(&portal.at("/prihlasena-zarizeni")).await;
    let home = browser.open(&portal.at("/")).await;

    for page in [page, devices, home] {
        assert_eq!(page.status, 200);
        assert!(
            !page.body.contains("<script>alert") && !page.body.contains("<img src=x"),
            "{}",
            page.url
        );
        assert!(!page.body.contains('\u{202e}'), "{}", page.url);
    }
}

#[tokio::test]
async fn portal_27_only_pages_of_the_list_are_led_to() {
    for target in [
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "/moje-identita@evil.example",
        "/odhlaseni",
        "/moje-identita?x=//evil.example",
        "\t//evil.example",
    ] {
        let portal = start().await;
        for entrance in ["/prihlaseni", "/vstup/nia"] {
            let mut address = portal.url.join(entrance).unwrap();
            address.query_pairs_mut().append_pair("cil", target);
            let page = Browser::new().open(address.as_str()).await;

            assert_eq!(
                page.url,
                portal.url.join("/moje-identita").unwrap(),
                "{entrance} {target}"
            );
        }
    }
}

#[tokio::test]
async fn atk_r08_addresses_come_from_the_configuration_only() {
    let portal = start().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();

    let answer = http
        .get(portal.at("/prihlaseni"))
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example;proto=https")
        .send()
        .await
        .unwrap();

    let leaving = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let redirect_uri = leaving
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap()
        .1
        .into_owned();
    assert_eq!(redirect_uri, portal.at("/prihlaseni/zpet"));
    assert!(!format!("{:?}", answer.headers()).contains("evil"));
}
