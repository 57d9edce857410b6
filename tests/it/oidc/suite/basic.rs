//! `oidcc-basic-certification-test-plan`, module by module, as far as clients can see it.

use super::*;

const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";

#[tokio::test]
async fn a_login_ends_in_tokens_and_an_id_token_with_nothing_extra() {
    let broker = start().await;

    let answer = tokens(
        &broker,
        "portal",
        &[("scope", "openid profile email phone address")],
    )
    .await;

    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer
            .header("content-type")
            .starts_with("application/json")
    );
    assert_eq!(answer.json["token_type"], "Bearer");
    assert!(answer.json["expires_in"].as_i64().unwrap() > 0);
    assert!(answer.text("access_token").len() >= 43);
    let claims = verified(&broker, &answer.text("id_token"), Algorithm::RS256).await;
    assert_eq!(claims["iss"], broker.issuer());
    assert_eq!(claims["aud"], "portal");
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        600
    );
    assert_eq!(
        names(&claims),
        [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "at_hash",
            "sid"
        ]
        .into()
    );
}

#[tokio::test]
async fn a_client_that_may_leave_pkce_and_nonce_out_does_so() {
    let broker = configured(json!({ "client": { "portal": { "pkce": "optional" } } })).await;
    let mut browser = Browser::new();
    let without = [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", ""),
    ];

    let page = authorize(&broker, &mut browser, "portal", &without).await;
    let answer = redeem(&broker, "portal", &code(&page), &[("code_verifier", "")]).await;

    let claims = verified(&broker, &answer.text("id_token"), Algorithm::RS256).await;
    assert!(claims.get("nonce").is_none());
}

#[tokio::test]
async fn the_profile_scope_gives_all_fourteen_claims() {
    let broker = configured(everything_held()).await;
    let answer = tokens(&broker, "portal", &[("scope", "openid profile")]).await;

    let claims = userinfo(&broker, &answer.text("access_token")).await.json;

    let profile = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
        "sub",
    ];
    assert_eq!(names(&claims), profile.into());
    assert_eq!(claims["name"], "Jana Nováková");
    assert_eq!(claims["birthdate"], "1985-04-12");
    assert!(claims["updated_at"].is_i64());
    assert!(
        claims
            .as_object()
            .unwrap()
            .values()
            .all(|value| !value.is_null() && value != "")
    );
}

#[tokio::test]
async fn email_phone_and_address_come_with_their_scopes() {
    let broker = configured(everything_held()).await;
    let answer = tokens(
        &broker,
        "portal",
        &[("scope", "openid email phone address")],
    )
    .await;

    let claims = userinfo(&broker, &answer.text("access_token")).await.json;

    assert_eq!(
        names(&claims),
        [
            "sub",
            "email",
            "email_verified",
            "phone_number",
            "phone_number_verified",
            "address"
        ]
        .into()
    );
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["address"]["locality"], "Vzorov");
    assert!(
        claims["address"]
            .as_object()
            .unwrap()
            .values()
            .all(Value::is_string)
    );
}

#[tokio::test]
async fn a_claim_asked_by_name_comes_from_userinfo_and_into_the_id_token_only_when_asked_there() {
    let broker = start().await;
    let answer = tokens(
        &broker,
        "portal",
        &[
            ("scope", "openid"),
            (
                "claims",
                r#"{"userinfo":{"name":{"essential":true}},"id_token":{"given_name":null}}"#,
            ),
        ],
    )
    .await;

    let id_token = verified(&broker, &answer.text("id_token"), Algorithm::RS256).await;
    let claims = userinfo(&broker, &answer.text("access_token")).await.json;

    assert_eq!(names(&claims), ["sub", "name"].into());
    assert_eq!(id_token["given_name"], "Jana");
    assert!(id_token.get("name").is_none());
    assert!(
        broker
            .events()
            .await
            .contains(&"claims.released".to_owned())
    );
}

#[tokio::test]
async fn acr_is_computed_from_the_session_and_among_the_values_we_announce() {
    let broker = configured(everything_held()).await;
    let asked = format!("{SUBSTANTIAL} urn:city-identity:acr:state:multi");

    let answer = tokens(&broker, "portal", &[("acr_values", &asked)]).await;

    let claims = verified(&broker, &answer.text("id_token"), Algorithm::RS256).await;
    // The demo provider carries no level in law, whatever it reaches.
    assert_eq!(claims["acr"], "urn:city-identity:acr:state:multi");
}

#[tokio::test]
async fn a_code_used_twice_is_refused_and_what_it_gave_is_dead() {
    for pause in [0, 30] {
        let broker = start().await;
        let mut browser = Browser::new();
        let page = authorize(&broker, &mut browser, "portal", &[]).await;
        let code = code(&page);
        let first = redeem(&broker, "portal", &code, &[]).await;
        let access_token = first.text("access_token");
        assert_eq!(userinfo(&broker, &access_token).await.status, 200);
        broker.hand.advance(chrono::Duration::seconds(pause));

        let second = redeem(&broker, "portal", &code, &[]).await;

        assert_eq!(second.refusal(), (400, "invalid_grant".to_owned()));
        assert_eq!(userinfo(&broker, &access_token).await.status, 401);
        assert!(
            broker
                .events()
                .await
                .contains(&"token.code_reused".to_owned())
        );
    }
}

#[tokio::test]
async fn prompt_login_and_a_passed_max_age_sign_in_again_with_a_later_auth_time() {
    for changes in [("prompt", "login"), ("max_age", "1")] {
        let broker = start().await;
        let mut browser = Browser::new();
        let first = authorize(&broker, &mut browser, "portal", &[]).await;
        let first = redeem(&broker, "portal", &code(&first), &[]).await;
        broker.hand.advance(chrono::Duration::seconds(5));

        let page = browser.open(&broker.authorize("portal", &[changes])).await;
        assert!(page.body.contains("login-submit"), "{}", page.text());
        let page = broker.sign_in(&mut browser, &page, JANA).await;
        let second = redeem(&broker, "portal", &code(&page), &[]).await;

        let auth_time = async |answer: &Answer| {
            verified(&broker, &answer.text("id_token"), Algorithm::RS256).await["auth_time"]
                .as_i64()
                .unwrap()
        };
        assert!(auth_time(&second).await > auth_time(&first).await);
    }
}

#[tokio::test]
async fn a_max_age_that_has_not_passed_keeps_the_session_and_its_auth_time() {
    let broker = start().await;
    let mut browser = Browser::new();
    let first = authorize(&broker, &mut browser, "portal", &[("max_age", "15000")]).await;
    let first = redeem(&broker, "portal", &code(&first), &[]).await;
    broker.hand.advance(chrono::Duration::seconds(2));

    let page = browser
        .open(&broker.authorize("portal", &[("max_age", "10000")]))
        .await;
    let second = redeem(&broker, "portal", &code(&page), &[]).await;

    let one = verified(&broker, &first.text("id_token"), Algorithm::RS256).await;
    let other = verified(&broker, &second.text("id_token"), Algorithm::RS256).await;
    assert_eq!(one["auth_time"], other["auth_time"]);
    assert_eq!(one["sub"], other["sub"]);
}

#[tokio::test]
async fn prompt_none_gives_login_required_without_a_session_and_a_code_with_one() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
    assert_eq!(page.query("iss"), Some(broker.issuer()));

    authorize(&broker, &mut browser, "portal", &[]).await;
    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    assert!(page.query("code").is_some(), "{}", page.url);
}

#[tokio::test]
async fn atk_t13_an_id_token_hint_that_is_not_this_persons_prompts() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = authorize(&broker, &mut browser, "portal", &[]).await;
    let answer = redeem(&broker, "portal", &code(&page), &[]).await;
    let hint = answer.text("id_token");
    let of_another_client = {
        let page = authorize(&broker, &mut browser, "parking", &[]).await;
        redeem(&broker, "parking", &code(&page), &[])
            .await
            .text("id_token")
    };
    let none = async |browser: &mut Browser, hint: &str| {
        browser
            .open(&broker.authorize("portal", &[("prompt", "none"), ("id_token_hint", hint)]))
            .await
    };

    assert!(none(&mut browser, &hint).await.query("code").is_some());
    let (unsigned, _) = hint.rsplit_once('.').unwrap();
    for wrong in [&of_another_client, &format!("{unsigned}.AAAA"), "x"] {
        let before = broker.look().await;
        assert_eq!(
            none(&mut browser, wrong).await.query("error").as_deref(),
            Some("login_required"),
            "{wrong}"
        );
        broker.left_only(&before, &[], wrong).await;
    }
    // Expired but ours.
    broker.hand.advance(chrono::Duration::minutes(30));
    assert!(none(&mut browser, &hint).await.query("code").is_some());
}

#[tokio::test]
async fn odd_parameters_cause_no_error() {
    let broker = start().await;

    tokens(
        &broker,
        "portal",
        &[
            ("extra", "foobar"),
            ("display", "page"),
            ("ui_locales", "se"),
            ("claims_locales", "se"),
            ("login_hint", "buffy@host"),
        ],
    )
    .await;
}
