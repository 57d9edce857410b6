//! The information page: which service gets what from whom.

use serde_json::json;

use super::*;

#[tokio::test]
async fn on_first_use_the_person_sees_what_goes_to_whom_and_from_where() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = broker.log_in(&mut browser, "library", JANA).await;

    assert!(
        page.url.path().ends_with("/information"),
        "{} {}",
        page.url,
        page.text()
    );
    assert_eq!(page.heading(), "Tyto údaje předáme službě library");
    assert!(page.text().contains("Jana Nováková"));
    assert!(
        page.text().contains("12.\u{a0}4.\u{a0}1985") || page.text().contains("12. 4. 1985"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Knihovna"));
    assert!(
        page.texts_of(".source")
            .iter()
            .any(|source| source.contains("24.")),
        "{:?}",
        page.texts_of(".source")
    );
    assert_eq!(broker.rows("client_session").await, 0);

    let page = browser.submit(&page, "consent-submit", &[]).await;

    assert!(arrived(&page, "library"), "{} {}", page.url, page.text());
    assert!(broker.events().await.contains(&"consent.given".to_owned()));
}

#[tokio::test]
async fn it_is_remembered_until_the_client_asks_for_more_or_wants_it_shown() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    browser.submit(&page, "consent-submit", &[]).await;

    assert!(arrived(
        &browser.open(&broker.authorize("library", &[])).await,
        "library"
    ));

    let page = browser
        .open(&broker.authorize("library", &[("scope", "openid profile email")]))
        .await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    let page = browser
        .open(&broker.authorize("library", &[("prompt", "consent")]))
        .await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    assert!(arrived(
        &browser.submit(&page, "consent-submit", &[]).await,
        "library"
    ));
    let page = browser
        .open(&broker.authorize(
            "library",
            &[("scope", "openid profile email"), ("prompt", "none")],
        ))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
}

/// A service may have more than one kind of request.
#[tokio::test]
async fn what_was_allowed_before_stays_allowed_when_something_else_is_asked() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    browser.submit(&page, "consent-submit", &[]).await;
    let other = broker.authorize("library", &[("scope", "openid phone")]);
    let earlier = browser.open(&broker.authorize("library", &[])).await;
    let page = browser.open(&other).await;
    browser.submit(&page, "consent-submit", &[]).await;

    assert!(arrived(&browser.open(&other).await, "library"));
    let page = browser.open(&broker.authorize("library", &[])).await;
    assert!(arrived(&page, "library"), "{}", page.url);
    // And a code from before keeps what it was made for.
    let answer = broker.redeem("library", &code(&earlier)).await;
    assert_eq!(answer["scope"], "openid profile", "{answer}");
}

/// Two presses of one button, or two devices of one person, at the same moment.
#[tokio::test]
async fn a_page_confirmed_twice_at_once_ends_at_the_service_twice() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    let mut other = browser.clone();

    let (one, two) = tokio::join!(
        browser.submit(&page, "consent-submit", &[]),
        other.submit(&page, "consent-submit", &[]),
    );

    for page in [one, two] {
        assert!(page.status < 400, "{} {}", page.status, page.text());
    }
    let standing = "select count(*) from consent where revoked_at is null";
    let mut tx = broker.db.begin().await.unwrap();
    let standing: i64 =
        store::on!(&mut tx, db => sqlx::query_scalar(standing).fetch_one(db).await).unwrap();
    assert_eq!(standing, 1);
}

/// Whoever comes back and allows less is not told of more by what was given before.
#[tokio::test]
async fn what_is_left_out_later_ends_what_was_given_for_it() {
    let broker =
        configured(json!({ "client": { "library": { "optional_scopes": ["email"] } } })).await;
    let mut browser = Browser::new();
    let asked = [("scope", "openid profile email"), ("prompt", "consent")];
    let page = browser.open(&broker.authorize("library", &asked)).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    let page = browser
        .submit(&page, "consent-submit", &[("item", "email")])
        .await;
    let former = broker.redeem("library", &code(&page)).await;
    let former = former["access_token"].as_str().unwrap();
    assert_eq!(broker.userinfo_status(former).await, 200);

    let page = browser.open(&broker.authorize("library", &asked)).await;
    let (mut form, _) = page.form_with("consent-submit");
    // What was ticked before is ticked again.
    form.fields.retain(|(name, _)| name != "item");
    let gone = browser
        .request("POST", form.action, Some(form.fields))
        .await;
    let page = browser.follow(gone.redirect().unwrap()).await;

    assert_eq!(broker.userinfo_status(former).await, 401);
    let answer = broker.redeem("library", &code(&page)).await;
    assert_eq!(answer["scope"], "openid profile", "{answer}");
}

/// A service that made do without something and no longer does asks again, and says so to whoever left it out.
#[tokio::test]
async fn what_was_left_out_is_asked_again_once_the_service_cannot_do_without_it() {
    let mut broker =
        configured(json!({ "client": { "library": { "optional_scopes": ["email"] } } })).await;
    let mut browser = Browser::new();
    let asked = broker.authorize("library", &[("scope", "openid profile email")]);
    let silent = [("scope", "openid profile email"), ("prompt", "none")];
    let page = browser.open(&asked).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    browser.submit(&page, "consent-submit", &[]).await;
    assert!(arrived(&browser.open(&asked).await, "library"));

    broker
        .restart(json!({ "client": { "library": { "optional_scopes": [] } } }))
        .await;

    let page = browser.open(&broker.authorize("library", &silent)).await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
    let page = browser.open(&asked).await;
    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    assert!(
        page.text().contains("jana@posta.example"),
        "{}",
        page.text()
    );
    let page = browser.submit(&page, "consent-submit", &[]).await;
    let answer = broker.redeem("library", &code(&page)).await;
    assert_eq!(answer["scope"], "email openid profile", "{answer}");
    let page = browser.open(&broker.authorize("library", &silent)).await;
    assert!(arrived(&page, "library"), "{}", page.url);
}

/// A claim inside `verified_claims` that is more than who somebody is stands on the page, and may be left out like its scope.
#[tokio::test]
async fn an_address_asked_as_a_verified_claim_is_shown_and_can_be_left_out() {
    let broker = configured(json!({
        "client": { "library": {
            "scopes": ["openid", "city.identity", "address"], "optional_scopes": ["address"],
        } },
        "provider": { "demo": { "account": { JANA.0: {
            "identity": "state", "house": "12/3", "street": "Široká", "town": "Vzorov", "post_code": "38101",
        } } } },
    }))
    .await;
    let claims = r#"{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},
        "claims":{"given_name":null,"address":null}}}}"#;
    let asked = [
        ("scope", "openid city.identity"),
        ("claims", claims),
        ("prompt", "consent"),
    ];
    for (ticked, told) in [(&[][..], false), (&[("item", "claim:address")], true)] {
        let mut browser = Browser::new();
        let page = browser.open(&broker.authorize("library", &asked)).await;
        let page = broker.sign_in(&mut browser, &page, JANA).await;
        assert!(page.text().contains("Široká"), "{}", page.text());
        assert!(page.text().contains("Způsob přihlášení"), "{}", page.text());

        let page = browser.submit(&page, "consent-submit", ticked).await;

        let tokens = broker.redeem("library", &code(&page)).await;
        let said = reqwest::Client::new()
            .get(broker.at("/oauth2/userinfo"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(said.contains("JANA"), "{said}");
        assert_eq!(said.contains("Široká"), told, "{said}");
        let services = browser.open(&broker.at("/account/services")).await;
        assert_eq!(
            services.text().contains("adresa"),
            told,
            "{}",
            services.text()
        );
    }
}

/// Who allowed one verified fact has not allowed the others: each is shown before it goes, one that we do not hold too.
#[tokio::test]
async fn consent_to_one_verified_fact_is_none_to_another() {
    let broker = start().await;
    let mut browser = Browser::new();
    let asked = |names: &str| {
        format!(
            r#"{{"userinfo":{{"verified_claims":{{"verification":{{"trust_framework":null}},"claims":{{{names}}}}}}}}}"#
        )
    };
    let request = |claims: &str, prompt: &str| {
        let changes = [
            ("scope", "openid city.identity"),
            ("claims", claims),
            ("prompt", prompt),
        ];
        broker.authorize("library", &changes)
    };
    let first = asked(r#""given_name":null"#);
    let page = browser.open(&request(&first, "")).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(page.text().contains("Jana"), "{}", page.text());
    assert!(!page.text().contains("Nováková"), "{}", page.text());
    let page = browser.submit(&page, "consent-submit", &[]).await;
    assert!(arrived(&page, "library"), "{}", page.url);
    let page = browser.open(&request(&first, "none")).await;
    assert!(page.query("code").is_some(), "{}", page.url);

    for (name, shown) in [
        ("family_name", "Nováková"),
        ("birthdate", "Datum narození"),
        ("middle_name", "Prostřední jméno"),
        ("place_of_birth", "Místo narození"),
    ] {
        let more = asked(&format!(r#""given_name":null,"{name}":null"#));
        let page = browser.open(&request(&more, "none")).await;
        assert_eq!(
            page.query("error").as_deref(),
            Some("consent_required"),
            "{name}"
        );
        let page = browser.open(&request(&more, "")).await;
        assert!(page.text().contains(shown), "{name}: {}", page.text());
    }
}

#[tokio::test]
async fn what_may_be_left_out_is_not_ticked_and_leaves_the_request() {
    let broker =
        configured(json!({ "client": { "library": { "optional_scopes": ["email"] } } })).await;
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("library", &[("scope", "openid profile email")]))
        .await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(page.text().contains("jana@posta.example"));

    let page = browser.submit(&page, "consent-submit", &[]).await;

    assert_eq!(
        broker.redeem("library", &code(&page)).await["scope"],
        "openid profile"
    );

    let page = browser
        .open(&broker.authorize(
            "library",
            &[("scope", "openid profile email"), ("prompt", "consent")],
        ))
        .await;
    let page = browser
        .submit(&page, "consent-submit", &[("item", "email")])
        .await;

    assert_eq!(
        broker.redeem("library", &code(&page)).await["scope"],
        "email openid profile"
    );
}

#[tokio::test]
async fn leaving_it_denies_access_and_hands_nothing_over() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;

    let page = browser.follow(page.link("Nepředávat a vrátit se")).await;

    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(
        (
            broker.rows("consent").await,
            broker.rows("client_session").await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn atk_l04_it_cannot_be_approved_in_another_browser_or_without_its_token() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "library", JANA).await;
    let (form, _) = page.form_with("consent-submit");
    let mut other = Browser::new();
    let own = sign_in_page(&broker, &mut other, "portal").await;
    broker.sign_in(&mut other, &own, PETR).await;
    other.open(&broker.at("/account")).await;

    let answer = other
        .request("POST", form.action.clone(), Some(form.fields.clone()))
        .await;
    assert_eq!(answer.status, 403);
    let answer = browser
        .request(
            "POST",
            form.action.clone(),
            Some(vec![("csrf".into(), "x".into())]),
        )
        .await;
    assert_eq!(answer.status, 403);

    assert_eq!(broker.rows("consent").await, 0);
    assert!(arrived(
        &browser.submit(&page, "consent-submit", &[]).await,
        "library"
    ));
}
