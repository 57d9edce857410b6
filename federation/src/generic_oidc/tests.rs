//! A general provider: a login from end to end, each reason for refusing an answer, and what a configuration must say.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::GenericOidc;
use crate::answer::{Answer, Method, Verified};
use crate::departure::{Ask, Departure, Leave, Purpose, Send};
use crate::environment::Environment;
use crate::fact::{Fact, FactKind, FactValue, Standing, Wanted};
use crate::inbound::{Event, Inbound, InboundKind};
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, CODE, KEYS, OAEP_256, OWN, Op, Own, SUBJECT, back, encrypted, keyed_by_public, now,
    outbound, public, pushed, sent, signed, with_code,
};
use crate::provider::{UpstreamError, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};
use url::Url;

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn configured(environment: Environment, options: &Value) -> Result<GenericOidc, ConfigProblem> {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "town",
        environment,
        base_url: &base,
    };
    let usual = json!({
        "environment": "sandbox",
        "title": { "cs": "Sousední město" },
        "client_id": CLIENT,
        "client_secret": "a secret: of both",
        "scope_for": { "profile": ["given_name", "family_name"], "email": ["email"] },
        "claim": { "given_name": "given_name", "family_name": "family_name", "email": "email" },
        "level": {
            "loa3": { "identity": "town", "login": "multi" },
            "loa2": { "identity": "contact", "login": "single" },
        },
    });
    GenericOidc::new(
        &place,
        &serde_json::from_value(without_nulls(merged(usual, options))).unwrap(),
        &outbound(),
        Own::keys(),
    )
}

fn at(op: &Op, options: &Value) -> GenericOidc {
    let options = merged(json!({ "issuer": op.issuer }), options);
    configured(Environment::Sandbox, &options).unwrap()
}

fn ask() -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("http://localhost:8400/upstream/town/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: vec![Wanted {
            kind: FactKind::FamilyName,
            required: false,
        }],
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [3; 32],
    }
}

/// A provider where everything is in order.
async fn good(path: &str) -> Op {
    let op = Op::start(path).await;
    op.say_json(
        "userinfo",
        &json!({ "sub": SUBJECT, "given_name": "Žofie", "family_name": "Řehořová", "email": "zofie@example.cz" }),
    );
    op
}

/// One login with claims of the ID token changed; `null` removes one.
async fn login(
    op: &Op,
    provider: &GenericOidc,
    ask: &Ask,
    changes: &Value,
) -> Result<Verified, UpstreamError> {
    let departure = provider.start_login(ask, now()).await?;
    op.give(&signed(&KEYS.first, &changed(op, &departure, changes)));
    provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
}

fn changed(op: &Op, departure: &Departure, changes: &Value) -> Value {
    let mut claims = op.claims(departure);
    let object = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    claims
}

async fn refused(op: &Op, options: &Value, changes: &Value) -> String {
    let error = login(op, &at(op, options), &ask(), changes)
        .await
        .unwrap_err();
    code(&error).to_owned()
}

#[tokio::test]
async fn a_login_brings_the_person_whether_the_issuer_ends_with_a_slash_or_not() {
    for path in ["", "/", "/realms/town"] {
        let op = good(path).await;
        let provider = at(&op, &json!({}));

        let verified = login(&op, &provider, &ask(), &json!({})).await.unwrap();

        let assertion = &verified.assertion;
        assert_eq!(assertion.subject().as_str(), SUBJECT);
        assert_eq!(
            assertion.realm().as_str(),
            format!("oidc:sandbox:{}", op.issuer)
        );
        assert_eq!(
            assertion.levels(),
            Levels::new(IdentityLevel::Town, LoginLevel::Multi)
        );
        assert_eq!(
            (assertion.acr(), assertion.authenticated_at()),
            (None, Some(now()))
        );
        let text = |kind, text: &str, standing| Fact {
            kind,
            value: FactValue::Text(text.to_owned()),
            standing,
        };
        let expected = [
            text(FactKind::GivenName, "Žofie", Standing::Vouched),
            text(FactKind::FamilyName, "Řehořová", Standing::Vouched),
            text(FactKind::Email, "zofie@example.cz", Standing::SelfStated),
        ];
        assert_eq!(assertion.facts(), expected);
        assert_eq!(verified.replay_keys.len(), 1);
    }
}

#[tokio::test]
async fn the_request_carries_state_nonce_and_challenge_and_no_scope_beyond_the_facts_wanted() {
    let op = good("").await;
    let mut ask = ask();
    ask.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Single);
    ask.login_hint = Some("zofie".to_owned());

    let departure = at(&op, &json!({})).start_login(&ask, now()).await.unwrap();

    let sent = sent(&departure);
    let is = |name: &str, value: &str| assert_eq!(sent[name], value, "{name}");
    is("response_type", "code");
    is("client_id", CLIENT);
    is("redirect_uri", "http://localhost:8400/upstream/town/answer");
    is("scope", "openid profile");
    is("state", departure.correlation.as_str());
    is("code_challenge_method", "S256");
    is("acr_values", "loa3");
    is("login_hint", "zofie");
    assert_eq!(sent["code_challenge"].len(), 43);
    assert!(sent["nonce"].len() > 30 && sent["nonce"] != sent["state"]);
    assert!(!sent.contains_key("prompt"));
    let Send::Redirect(url) = departure.send else {
        panic!()
    };
    assert!(url.as_str().starts_with(&op.at("auth")));
}

#[tokio::test]
async fn the_challenge_is_that_of_the_verifier_and_the_secret_goes_as_configured() {
    for (options, in_header, in_form) in [
        (
            json!({}),
            Some("Basic Y2l0eS1pZGVudGl0eTphK3NlY3JldCUzQStvZitib3Ro"),
            None,
        ),
        (
            json!({ "auth": "client_secret_post" }),
            None,
            Some("client_secret"),
        ),
        (
            json!({ "auth": "private_key_jwt", "client_secret": null }),
            None,
            Some("client_assertion"),
        ),
    ] {
        let op = good("").await;
        let provider = at(&op, &options);
        let departure = provider.start_login(&ask(), now()).await.unwrap();
        op.give(&signed(&KEYS.first, &op.claims(&departure)));

        provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap();

        let asked = op.asked("token").remove(0);
        assert_eq!(asked.form["code"], CODE);
        assert_eq!(
            asked.form["redirect_uri"],
            "http://localhost:8400/upstream/town/answer"
        );
        let digest = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            asked.form["code_verifier"].as_bytes(),
        );
        let challenge =
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest);
        assert_eq!(challenge, sent(&departure)["code_challenge"]);
        let header = asked
            .head
            .lines()
            .find_map(|line| line.strip_prefix("authorization: "));
        assert_eq!(header, in_header, "{options}");
        for name in ["client_secret", "client_assertion"] {
            assert_eq!(
                asked.form.contains_key(name),
                Some(name) == in_form,
                "{options} {name}"
            );
        }
        assert_eq!(asked.form.contains_key("client_id"), in_form.is_some());
    }
}

#[tokio::test]
async fn josekit_reads_our_client_assertion_by_the_key_that_we_publish() {
    let op = good("").await;
    let options =
        json!({ "auth": "private_key_jwt", "client_secret": null, "assertion_alg": "PS512" });
    let provider = at(&op, &options);
    let document = provider.published().remove(0);

    login(&op, &provider, &ask(), &json!({})).await.unwrap();

    let asked = op.asked("token").remove(0);
    let published: Value = serde_json::from_slice(&document.body).unwrap();
    assert_eq!(
        (document.name, published["keys"].as_array().unwrap().len()),
        ("jwks", 4)
    );
    assert!(
        published["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key.get("d").is_none())
    );
    let key = published["keys"][0].as_object().unwrap().clone();
    let verifier = josekit::jws::PS512
        .verifier_from_jwk(&josekit::jwk::Jwk::from_map(key).unwrap())
        .unwrap();
    let (claims, _) =
        josekit::jwt::decode_with_verifier(&asked.form["client_assertion"], &verifier).unwrap();
    assert_eq!(
        (claims.issuer(), claims.subject()),
        (Some(CLIENT), Some(CLIENT))
    );
    assert_eq!(claims.claim("aud"), Some(&json!(op.at("token"))));
    assert!(claims.jwt_id().is_some());
    assert_eq!(claims.claim("exp"), Some(&json!(now().timestamp() + 120)));
}

#[tokio::test]
async fn an_answer_is_refused_for_one_reason_each() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    op.give(&signed(&KEYS.first, &op.claims(&departure)));
    let state = departure.correlation.as_str();
    let other = crate::saml::id::from_seed("oidc-state", &[9; 32]);
    let posted = Answer {
        method: Method::Post,
        ..with_code(&departure)
    };
    let long = "x".repeat(5000);
    let issuer = op.issuer.as_str();
    for (answer, refusal) in [
        (posted, "wrong-method"),
        (back(&[("code", CODE)]), "state-missing"),
        (back(&[("code", CODE), ("state", "<x>")]), "state-malformed"),
        (
            back(&[("code", CODE), ("state", &other)]),
            "state-of-another-provider",
        ),
        (
            back(&[("code", CODE), ("state", state), ("state", state)]),
            "parameter-repeated",
        ),
        (
            back(&[("code", CODE), ("code", CODE), ("state", state)]),
            "parameter-repeated",
        ),
        (back(&[("code", &long), ("state", state)]), "too-large"),
        (back(&[("state", state)]), "code-missing"),
        (
            back(&[
                ("code", CODE),
                ("state", state),
                ("iss", "https://evil.example"),
            ]),
            "answer-issuer-wrong",
        ),
        (
            back(&[
                ("error", "access_denied"),
                ("state", state),
                ("iss", "https://evil.example"),
            ]),
            "answer-issuer-wrong",
        ),
        (
            back(&[("error", "invalid_scope"), ("state", state)]),
            "said-misconfigured",
        ),
        (
            back(&[("error", "something_new"), ("state", state)]),
            "provider-status",
        ),
        (
            back(&[("error", "consent_required"), ("state", state)]),
            "ended",
        ),
        (back(&[("error", "auth_failed"), ("state", state)]), "ended"),
        (
            back(&[("error", "access_denied"), ("state", state)]),
            "cancelled",
        ),
        (
            back(&[("error", "eid_doesnt_exist"), ("state", state)]),
            "no-identity",
        ),
        (
            back(&[("error", "user_not_eligible"), ("state", state)]),
            "not-eligible",
        ),
        (
            back(&[("error", "temporarily_unavailable"), ("state", state)]),
            "said-unavailable",
        ),
        (
            back(&[
                ("error", "unmet_authentication_requirements"),
                ("state", state),
            ]),
            "level-too-low",
        ),
    ] {
        let error = provider
            .finish_login(departure.state.clone(), answer.clone(), now())
            .await
            .unwrap_err();

        assert_eq!(
            said(&error),
            refusal,
            "{}",
            String::from_utf8_lossy(&answer.query)
        );
        assert!(op.asked("token").is_empty(), "no code is redeemed");
    }
    let right = back(&[("code", CODE), ("state", state), ("iss", issuer)]);
    assert!(
        provider
            .finish_login(departure.state, right, now())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_issuer_that_was_promised_must_be_in_the_answer() {
    let op = good("").await;
    let promising = merged(
        op.discovery(),
        &json!({ "authorization_response_iss_parameter_supported": true }),
    );
    op.say_json(".well-known/openid-configuration", &promising);

    assert_eq!(
        refused(&op, &json!({}), &json!({})).await,
        "answer-issuer-missing"
    );
}

#[tokio::test]
async fn an_id_token_is_refused_for_one_reason_each() {
    let op = good("").await;
    let time = now().timestamp();
    for (changes, refusal) in [
        (
            json!({ "iss": format!("{}/", op.issuer) }),
            "token-issuer-wrong",
        ),
        (
            json!({ "iss": "https://evil.example" }),
            "token-issuer-wrong",
        ),
        (json!({ "iss": null }), "token-issuer-wrong"),
        (json!({ "aud": null }), "token-audience-wrong"),
        (json!({ "sub": null }), "token-subject-missing"),
        (json!({ "sub": "" }), "token-subject-missing"),
        (json!({ "sub": "x".repeat(256) }), "name-id-malformed"),
        (json!({ "sub": "a\u{202e}b" }), "name-id-malformed"),
        (json!({ "aud": "somebody-else" }), "token-audience-wrong"),
        (
            json!({ "aud": [CLIENT, "somebody-else"] }),
            "token-audience-wrong",
        ),
        (json!({ "azp": "somebody-else" }), "token-party-wrong"),
        (json!({ "iat": null }), "token-issue-time-missing"),
        (json!({ "iat": time + 91 }), "issued-in-the-future"),
        (json!({ "exp": null }), "token-expiry-missing"),
        (json!({ "exp": time - 91 }), "token-expired"),
        (json!({ "nonce": null }), "nonce-wrong"),
        (json!({ "nonce": "of-another-login" }), "nonce-wrong"),
        (
            json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
            "access-token-hash-wrong",
        ),
        (json!({ "auth_time": time + 91 }), "authn-in-the-future"),
        (json!({ "auth_time": "yesterday" }), "token-malformed"),
        (json!({ "acr": "loa9" }), "level-unknown"),
        (json!({ "acr": null }), "level-missing"),
    ] {
        assert_eq!(
            refused(&op, &json!({}), &changes).await,
            refusal,
            "{changes}"
        );
    }
    for changes in [
        json!({ "aud": [CLIENT] }),
        json!({ "azp": CLIENT }),
        json!({ "iat": time + 89, "exp": time - 89 }),
        json!({ "auth_time": null }),
        json!({ "iat": 1_795_510_800.25 }),
    ] {
        assert!(
            login(&op, &at(&op, &json!({})), &ask(), &changes)
                .await
                .is_ok(),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_level_below_the_one_asked_is_too_low() {
    let op = good("").await;
    let mut ask = ask();
    ask.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Multi);

    let error = login(&op, &at(&op, &json!({})), &ask, &json!({ "acr": "loa2" }))
        .await
        .unwrap_err();
    assert!(matches!(error, UpstreamError::LevelTooLow));

    ask.minimum = Demand::new(IdentityLevel::State, LoginLevel::Multi);
    let error = login(&op, &at(&op, &json!({})), &ask, &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, UpstreamError::LevelTooLow));
    assert_eq!(
        op.asked("token").len(),
        1,
        "nobody leaves for what cannot be reached"
    );
}

#[tokio::test]
async fn a_login_without_a_time_has_none_and_the_time_of_issue_does_not_stand_for_it() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let time = now().timestamp();
    for (said, known) in [
        (json!(null), None),
        (json!(time - 3_600), Some(now() - TimeDelta::hours(1))),
    ] {
        let changes = json!({ "iat": time, "auth_time": said });

        let verified = login(&op, &provider, &ask(), &changes).await.unwrap();

        assert_eq!(verified.assertion.authenticated_at(), known, "{said}");
    }
}

#[tokio::test]
async fn an_age_is_asked_for_where_one_is_demanded_and_nobody_is_forced_by_it() {
    let op = good("").await;
    for options in [json!({}), json!({ "forceable": false })] {
        let provider = at(&op, &options);
        let aged = Ask {
            max_age: Some(300),
            ..ask()
        };

        let departure = provider.start_login(&aged, now()).await.unwrap();
        let usual = provider.start_login(&ask(), now()).await.unwrap();

        assert_eq!(sent(&departure)["max_age"], "300");
        assert!(!sent(&departure).contains_key("prompt"));
        assert!(!sent(&usual).contains_key("max_age"));
    }
}

#[tokio::test]
async fn a_forced_login_must_be_a_new_one() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let mut ask = ask();
    ask.force = true;
    let time = now().timestamp();

    let departure = provider.start_login(&ask, now()).await.unwrap();
    assert_eq!(
        (
            sent(&departure)["prompt"].as_str(),
            sent(&departure)["max_age"].as_str()
        ),
        ("login", "0")
    );
    for (changes, refusal) in [
        (json!({ "auth_time": null }), "auth-time-missing"),
        (json!({ "auth_time": time - 91 }), "authn-not-fresh"),
    ] {
        let error = login(&op, &provider, &ask, &changes).await.unwrap_err();
        assert_eq!(code(&error), refusal);
    }
    assert!(
        login(&op, &provider, &ask, &json!({ "auth_time": time - 89 }))
            .await
            .is_ok()
    );

    let patient = at(&op, &json!({ "forceable": false }));
    assert!(matches!(
        patient.start_login(&ask, now()).await,
        Err(UpstreamError::LevelTooLow)
    ));
}

#[tokio::test]
async fn an_access_token_is_recognised_by_its_hash() {
    let op = good("").await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"an-access-token");
    let half = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        &digest.as_ref()[..16],
    );

    assert!(
        login(
            &op,
            &at(&op, &json!({})),
            &ask(),
            &json!({ "at_hash": half })
        )
        .await
        .is_ok()
    );
}

#[tokio::test]
async fn the_token_endpoints_answers_are_told_apart() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    let id_token = signed(&KEYS.first, &op.claims(&departure));
    let json = "application/json";
    let bearer = |kind: &str| {
        json!({ "access_token": "x", "token_type": kind, "id_token": id_token }).to_string()
    };
    for (status, content_type, body, reaction) in [
        (
            400,
            json,
            r#"{"error":"invalid_grant"}"#.to_owned(),
            "code-refused",
        ),
        (
            401,
            json,
            r#"{"error":"invalid_client"}"#.to_owned(),
            "misconfigured",
        ),
        (
            400,
            json,
            r#"{"error":"unauthorized_client"}"#.to_owned(),
            "misconfigured",
        ),
        (401, "text/html", "<html>".to_owned(), "misconfigured"),
        // About the code, it may be, and that came by a browser.
        (
            400,
            json,
            r#"{"error":"invalid_request"}"#.to_owned(),
            "said-misconfigured",
        ),
        (400, "text/html", "<html>".to_owned(), "said-misconfigured"),
        (429, json, "{}".to_owned(), "unavailable"),
        (502, "text/html", "<html>".to_owned(), "unavailable"),
        (200, "text/html", "<html>".to_owned(), "unavailable"),
        (200, json, "{}".to_owned(), "token-answer-malformed"),
        (200, json, bearer("DPoP"), "token-answer-malformed"),
        (
            200,
            json,
            r#"{"access_token":"x","token_type":"bearer"}"#.to_owned(),
            "id-token-missing",
        ),
        (
            200,
            json,
            r#"{"access_token":"x","token_type":"bearer","id_token":"x"}"#.to_owned(),
            "token-malformed",
        ),
    ] {
        op.say("token", status, content_type, &body);

        let error = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap_err();

        assert_eq!(said(&error), reaction, "{status} {body}");
    }
    op.say("token", 200, json, &bearer("bearer"));
    assert!(
        provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_key_published_a_moment_ago_is_found_and_a_foreign_one_is_not() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    assert!(login(&op, &provider, &ask(), &json!({})).await.is_ok());

    // The provider rotates: the next token is by a key that was not there before.
    op.say_json("jwks", &json!({ "keys": [public(&KEYS.second)] }));
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    op.give(&signed(&KEYS.second, &op.claims(&departure)));
    let state = departure.state.clone();
    assert!(
        provider
            .finish_login(state, with_code(&departure), now())
            .await
            .is_ok()
    );
    assert_eq!(op.asked("jwks").len(), 2);

    op.give(&signed(&KEYS.first, &op.claims(&departure)));
    let error = provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
        .unwrap_err();
    assert_eq!(code(&error), "signing-key-unknown");
    assert_eq!(op.asked("jwks").len(), 3, "looked for once");
}

#[tokio::test]
async fn keys_without_identifiers_rotate_as_well() {
    let op = good("").await;
    let nameless = |key| {
        let mut key = public(key);
        key.as_object_mut().unwrap().remove("kid");
        json!({ "keys": [key] })
    };
    op.say_json("jwks", &nameless(&KEYS.first));
    let provider = at(&op, &json!({}));
    assert!(login(&op, &provider, &ask(), &json!({})).await.is_ok());

    op.say_json("jwks", &nameless(&KEYS.second));
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    op.give(&signed(&KEYS.second, &op.claims(&departure)));

    assert!(
        provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn userinfo_must_speak_of_the_same_person_and_be_protected_as_configured() {
    let op = good("").await;
    let mine = json!({ "sub": SUBJECT, "family_name": "Řehořová" });
    let parties = merged(mine.clone(), &json!({ "iss": op.issuer, "aud": CLIENT }));
    let token = signed(&KEYS.first, &parties);
    let sealed = encrypted(&OWN[1], OAEP_256, "A256GCM", &token);
    let (json, jwt) = ("application/json", "application/jwt");
    let with = |changes: Value| signed(&KEYS.first, &merged(parties.clone(), &changes));
    let by_anybody = keyed_by_public(&KEYS.first, &parties)
        .map(|token| ("signed", 200, jwt, token, "signature-algorithm-forbidden"));
    for (protection, status, content_type, body, refusal) in [
        ("plain", 200, json, mine.to_string(), ""),
        ("plain", 200, jwt, token.clone(), ""),
        ("plain", 200, jwt, sealed.clone(), ""),
        ("signed", 200, jwt, token.clone(), ""),
        ("signed", 200, jwt, sealed.clone(), ""),
        ("encrypted", 200, jwt, sealed.clone(), ""),
        (
            "plain",
            200,
            json,
            json!({ "sub": "somebody-else" }).to_string(),
            "userinfo-subject-wrong",
        ),
        (
            "plain",
            200,
            json,
            "{}".to_owned(),
            "userinfo-subject-wrong",
        ),
        ("plain", 200, json, "[]".to_owned(), "userinfo-malformed"),
        (
            "plain",
            200,
            "text/html",
            "<html>".to_owned(),
            "unavailable",
        ),
        ("plain", 401, json, "{}".to_owned(), "userinfo-refused"),
        ("plain", 403, json, "{}".to_owned(), "userinfo-refused"),
        ("plain", 503, json, "{}".to_owned(), "unavailable"),
        ("signed", 200, json, mine.to_string(), "userinfo-not-signed"),
        (
            "encrypted",
            200,
            json,
            mine.to_string(),
            "userinfo-not-encrypted",
        ),
        (
            "encrypted",
            200,
            jwt,
            token.clone(),
            "userinfo-not-encrypted",
        ),
        (
            "encrypted",
            200,
            jwt,
            encrypted(&OWN[0], OAEP_256, "A256GCM", &mine.to_string()),
            "userinfo-not-signed",
        ),
        (
            "encrypted",
            200,
            jwt,
            encrypted(&KEYS.second, OAEP_256, "A256GCM", &token),
            "decryption-failed",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "sub": "somebody-else" })),
            "userinfo-subject-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "iss": "https://evil.example" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "aud": "somebody-else" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "nonce": "x" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            signed(&KEYS.second, &parties),
            "signing-key-unknown",
        ),
    ]
    .into_iter()
    .chain(by_anybody)
    {
        op.say("userinfo", status, content_type, &body);
        let provider = at(&op, &json!({ "userinfo_protection": protection }));

        let outcome = login(&op, &provider, &ask(), &json!({})).await;

        let outcome = outcome.map_or_else(|error| said(&error), |_| String::new());
        assert_eq!(outcome, refusal, "{protection} {content_type} {body:.60}");
    }
}

#[tokio::test]
async fn facts_that_are_required_must_come_and_nothing_of_the_wrong_type() {
    let op = good("").await;
    assert_eq!(
        refused(&op, &json!({ "required": ["birth_date"], "claim": { "birth_date": "birthdate" }, "scope_for": {} }), &json!({})).await,
        "required-attribute-missing"
    );
    let mut demanding = ask();
    demanding.wanted[0] = Wanted {
        kind: FactKind::FamilyName,
        required: true,
    };
    op.say_json("userinfo", &json!({ "sub": SUBJECT }));
    let error = login(&op, &at(&op, &json!({})), &demanding, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "required-attribute-missing");
    op.say_json("userinfo", &json!({ "sub": SUBJECT, "given_name": 7 }));
    assert_eq!(refused(&op, &json!({}), &json!({})).await, "attribute-type");
}

#[tokio::test]
async fn another_claim_can_identify_the_person_and_verified_contacts_are_vouched_for() {
    let op = good("").await;
    op.say_json(
        "userinfo",
        &json!({ "sub": SUBJECT, "number": "4711", "email": "zofie@example.cz", "email_verified": "true" }),
    );
    let provider = at(
        &op,
        &json!({ "subject_claim": "number", "self_stated": [] }),
    );

    let assertion = login(&op, &provider, &ask(), &json!({}))
        .await
        .unwrap()
        .assertion;

    assert_eq!(assertion.subject().as_str(), "4711");
    assert_eq!(assertion.facts()[0].standing, Standing::Vouched);
    assert_eq!(
        refused(&op, &json!({ "subject_claim": "card" }), &json!({})).await,
        "person-identifier-missing"
    );
}

#[tokio::test]
async fn an_address_is_verified_by_the_document_that_tells_it_and_by_no_other() {
    let op = good("").await;
    let provider = at(&op, &json!({ "self_stated": [] }));
    let (yes, no) = (Standing::Vouched, Standing::SelfStated);
    let address = json!("zofie@example.cz");
    for (userinfo, id_token, standing) in [
        (
            json!({ "email": address, "email_verified": true }),
            json!({}),
            yes,
        ),
        (
            json!({}),
            json!({ "email": address, "email_verified": true }),
            yes,
        ),
        (
            json!({ "email": address }),
            json!({ "email_verified": true }),
            no,
        ),
        (
            json!({ "email_verified": true }),
            json!({ "email": address }),
            no,
        ),
        (
            json!({ "email": address, "email_verified": false }),
            json!({ "email": "jina@example.cz", "email_verified": true }),
            no,
        ),
    ] {
        op.say_json("userinfo", &merged(json!({ "sub": SUBJECT }), &userinfo));

        let verified = login(&op, &provider, &ask(), &id_token).await.unwrap();

        let email = Fact {
            kind: FactKind::Email,
            value: FactValue::Text("zofie@example.cz".to_owned()),
            standing,
        };
        assert_eq!(verified.assertion.facts(), [email], "{userinfo} {id_token}");
    }
}

/// Local identity, 8.1: a provider that is not known to check addresses proves none.
#[tokio::test]
async fn an_address_is_as_the_person_told_it_unless_the_provider_is_known_to_check() {
    let op = good("").await;
    let told = json!({ "sub": SUBJECT, "email": "zofie@example.cz", "email_verified": true });
    op.say_json("userinfo", &told);

    let verified = login(&op, &at(&op, &json!({})), &ask(), &json!({}))
        .await
        .unwrap();

    let [email] = verified.assertion.facts() else {
        panic!("{:?}", verified.assertion.facts());
    };
    assert_eq!(
        (email.kind, email.standing),
        (FactKind::Email, Standing::SelfStated)
    );
}

#[tokio::test]
async fn claims_are_asked_one_by_one_where_the_provider_can() {
    let op = good("").await;
    let mut ask = ask();
    ask.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Single);

    let departure = at(&op, &json!({ "claims_parameter": true }))
        .start_login(&ask, now())
        .await
        .unwrap();

    let asked: Value = serde_json::from_str(&sent(&departure)["claims"]).unwrap();
    assert_eq!(
        asked,
        json!({ "userinfo": { "family_name": null }, "id_token": { "acr": { "essential": true, "values": ["loa3"] } } })
    );
}

#[tokio::test]
async fn a_discovery_document_that_cannot_be_believed_is_not() {
    let op = good("").await;
    let elsewhere = "http://127.0.0.2:1/x";
    for changes in [
        json!({ "issuer": format!("{}/", op.issuer) }),
        json!({ "issuer": "https://evil.example" }),
        json!({ "token_endpoint": null }),
        json!({ "authorization_endpoint": elsewhere }),
        json!({ "end_session_endpoint": elsewhere }),
    ] {
        op.say_json(
            ".well-known/openid-configuration",
            &merged(op.discovery(), &changes),
        );
        let provider = at(&op, &json!({}));

        let outcome = provider.start_login(&ask(), now()).await;

        assert!(
            matches!(outcome, Err(UpstreamError::Unavailable(_))),
            "{changes}"
        );
        let findings = provider.check(now()).await;
        assert_eq!(
            (findings.len(), findings[0].code),
            (1, "oidc.discovery"),
            "{findings:?}"
        );
    }
    op.say("jwks", 200, "application/json", r#"{"keys":[]}"#);
    op.say_json(".well-known/openid-configuration", &op.discovery());
    let findings = at(&op, &json!({})).check(now()).await;
    assert_eq!(findings[1].code, "oidc.keys");
}

#[tokio::test]
async fn what_worked_before_works_while_the_documents_cannot_be_fetched() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    assert!(login(&op, &provider, &ask(), &json!({})).await.is_ok());
    op.say(".well-known/openid-configuration", 500, "text/html", "");
    op.say("jwks", 500, "text/html", "");

    let later = now() + chrono::TimeDelta::hours(2);
    let departure = provider.start_login(&ask(), later).await.unwrap();
    op.give(&signed(
        &KEYS.first,
        &merged(
            op.claims(&departure),
            &json!({ "exp": later.timestamp() + 60 }),
        ),
    ));

    assert!(
        provider
            .finish_login(departure.state.clone(), with_code(&departure), later)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_provider_that_is_away_is_reported_and_prevents_nothing_but_leaving() {
    let provider = at(&Op::away(), &json!({}));

    assert!(matches!(
        provider.start_login(&ask(), now()).await,
        Err(UpstreamError::Unavailable(_))
    ));
    assert_eq!(provider.check(now()).await[0].code, "oidc.unreachable");
}

#[tokio::test]
async fn a_check_says_what_the_provider_does_not_offer() {
    let op = good("").await;
    let codes = |findings: Vec<crate::Finding>| -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code).collect()
    };
    assert_eq!(
        codes(at(&op, &json!({})).check(now()).await),
        ["oidc.discovery", "oidc.keys"]
    );

    let poor = json!({
        "token_endpoint_auth_methods_supported": ["tls_client_auth"], "code_challenge_methods_supported": ["plain"],
        "end_session_endpoint": null,
    });
    op.say_json(
        ".well-known/openid-configuration",
        &merged(op.discovery(), &poor),
    );
    assert_eq!(
        codes(
            at(&op, &json!({ "algorithms": ["EdDSA"] }))
                .check(now())
                .await
        ),
        [
            "oidc.discovery",
            "oidc.keys",
            "oidc.algorithms",
            "oidc.client-authentication",
            "oidc.pkce",
            "oidc.logout"
        ]
    );
}

#[tokio::test]
async fn a_logout_shows_the_id_token_and_comes_back_by_its_state() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let verified = login(&op, &provider, &ask(), &json!({ "sid": "s-1" }))
        .await
        .unwrap();
    let session = verified.assertion.upstream_session().unwrap().clone();
    assert_eq!(
        (session.name_id.as_str(), session.index.as_deref()),
        (SUBJECT, Some("s-1"))
    );
    let leave = Leave {
        seed: [5; 32],
        locale: "cs",
    };

    let departure = provider
        .start_logout(&session, &leave, now())
        .await
        .unwrap()
        .unwrap();

    let sent = sent(&departure);
    assert_eq!(sent["id_token_hint"], session.hint.clone().unwrap());
    assert_eq!(
        sent["post_logout_redirect_uri"],
        "http://localhost:8400/upstream/town/logout"
    );
    let message = Inbound {
        kind: InboundKind::Logout,
        answer: back(&[("state", &sent["state"])]),
    };
    let (events, _) = provider.receive(message, now()).await.unwrap();
    assert!(
        matches!(&events[..], [Event::LogoutReturned { correlation }] if *correlation == departure.correlation)
    );
    let quiet = at(&op, &json!({ "logout": false }));
    assert!(
        quiet
            .start_logout(&session, &leave, now())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_logout_token_ends_the_session_it_names_and_is_refused_for_one_reason_each() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let time = now().timestamp();
    let good = json!({
        "iss": op.issuer, "aud": CLIENT, "iat": time, "exp": time + 120, "jti": "j-1", "sub": SUBJECT, "sid": "s-1",
        "events": { LOGOUT: {} },
    });
    let receive = async |answer: Answer| {
        let message = Inbound {
            kind: InboundKind::BackchannelLogout,
            answer,
        };
        provider.receive(message, now()).await
    };

    let (events, _) = receive(pushed("logout_token", &signed(&KEYS.first, &good)))
        .await
        .unwrap();
    let [
        Event::LogoutRequested {
            sessions,
            replay_keys,
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    let [session] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    assert_eq!(
        (session.name_id.as_str(), session.index.as_deref()),
        (SUBJECT, Some("s-1"))
    );
    assert_eq!(replay_keys.len(), 1);

    for (changes, refusal) in [
        (
            json!({ "iss": "https://evil.example" }),
            "token-issuer-wrong",
        ),
        (json!({ "aud": "somebody-else" }), "token-audience-wrong"),
        (json!({ "iat": null }), "token-issue-time-missing"),
        (json!({ "iat": time + 91 }), "issued-in-the-future"),
        (json!({ "exp": time - 91 }), "token-expired"),
        (json!({ "exp": null, "iat": time - 601 }), "token-expired"),
        (
            json!({ "sub": null, "sid": null }),
            "logout-token-names-nobody",
        ),
        (json!({ "events": null }), "logout-event-missing"),
        (
            json!({ "events": { "urn:other": {} } }),
            "logout-event-missing",
        ),
        (
            json!({ "events": { LOGOUT: true } }),
            "logout-event-missing",
        ),
        (json!({ "nonce": "x" }), "logout-token-nonce"),
        (json!({ "jti": null }), "token-name-missing"),
    ] {
        let token = signed(&KEYS.first, &without_nulls(merged(good.clone(), &changes)));
        let error = receive(pushed("logout_token", &token)).await.unwrap_err();
        assert_eq!(code(&error), refusal, "{changes}");
    }
    let typed = crate::oidc::tests::op::signed_under(
        &KEYS.first,
        &json!({ "alg": "RS256", "typ": "at+jwt" }),
        &good,
    );
    let by_anybody =
        keyed_by_public(&KEYS.first, &good).map(|token| (token, "signature-algorithm-forbidden"));
    let others = [
        (signed(&KEYS.second, &good), "signing-key-unknown"),
        (typed, "logout-token-type"),
    ];
    for (token, refusal) in by_anybody.into_iter().chain(others) {
        let error = receive(pushed("logout_token", &token)).await.unwrap_err();
        assert_eq!(code(&error), refusal);
    }
    assert_eq!(code(&receive(back(&[])).await.unwrap_err()), "wrong-method");
    let nothing = pushed("other", "x");
    assert_eq!(
        code(&receive(nothing).await.unwrap_err()),
        "message-missing"
    );
    let sealed = encrypted(&OWN[0], OAEP_256, "A256GCM", &signed(&KEYS.first, &good));
    assert!(receive(pushed("logout_token", &sealed)).await.is_ok());
}

#[tokio::test]
async fn strangers_tokens_make_us_look_for_keys_once_a_minute() {
    let op = good("").await;
    let provider = at(&op, &json!({}));
    let token = signed(&KEYS.second, &json!({}));
    for _ in 0..20 {
        let message = Inbound {
            kind: InboundKind::BackchannelLogout,
            answer: pushed("logout_token", &token),
        };
        assert!(provider.receive(message, now()).await.is_err());
    }

    assert_eq!(op.asked("jwks").len(), 1);
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    let issuer = json!({ "issuer": "https://op.vzorov.cz", "environment": "test" });
    for (options, key) in [
        (json!({ "environment": "sandbox" }), "environment"),
        (json!({ "issuer": "op.vzorov.cz" }), "issuer"),
        (json!({ "issuer": "http://op.vzorov.cz" }), "issuer"),
        (json!({ "issuer": "https://op.vzorov.cz/?x" }), "issuer"),
        (json!({ "origins": ["http://op.vzorov.cz"] }), "origins"),
        (json!({ "client_id": "" }), "client_id"),
        (json!({ "client_secret": null }), "client_secret"),
        (json!({ "client_secret": "" }), "client_secret"),
        (json!({ "auth": "private_key_jwt" }), "client_secret"),
        (json!({ "level": null }), "level"),
        (json!({ "algorithms": [] }), "algorithms"),
        (json!({ "scopes": ["profile"] }), "scopes"),
        (json!({ "scopes": ["openid profile"] }), "scopes"),
        (json!({ "claim": { "ruian_address": "x" } }), "claim"),
        (json!({ "required": ["phone"] }), "required"),
        (json!({ "scope_for": { "phone": ["phone"] } }), "scope_for"),
        (json!({ "skew_seconds": 301 }), "skew_seconds"),
    ] {
        let options = merged(issuer.clone(), &options);
        let problem = configured(Environment::Test, &options).unwrap_err();

        assert_eq!(problem.key, key, "{options}: {problem}");
        assert!(!problem.remedy.is_empty());
    }
    assert!(configured(Environment::Test, &issuer).is_ok());
    let sandbox = json!({ "issuer": "https://op.localhost", "environment": "production" });
    assert_eq!(
        configured(Environment::Production, &sandbox)
            .unwrap_err()
            .key,
        "issuer"
    );
}

#[test]
fn an_algorithm_that_proves_nothing_cannot_be_configured() {
    for alg in ["none", "HS256", "RS1"] {
        let config = serde_json::from_value::<super::GenericOidcConfig>(json!({
            "environment": "test", "title": { "cs": "x" }, "issuer": "https://x.cz", "client_id": "x", "algorithms": [alg],
        }));

        assert!(config.is_err(), "{alg}");
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

/// A refusal's code, or the name of another reaction.
fn said(error: &UpstreamError) -> String {
    match error {
        UpstreamError::Cancelled => "cancelled".to_owned(),
        UpstreamError::Unable(why) => why.as_str().to_owned(),
        UpstreamError::LevelTooLow => "level-too-low".to_owned(),
        UpstreamError::Unavailable(_) => "unavailable".to_owned(),
        UpstreamError::NotCompleted => "ended".to_owned(),
        UpstreamError::Died(_) => "died".to_owned(),
        UpstreamError::SaidUnavailable => "said-unavailable".to_owned(),
        UpstreamError::Failed => "failed".to_owned(),
        UpstreamError::Misconfigured(_) => "misconfigured".to_owned(),
        UpstreamError::SaidMisconfigured(_) => "said-misconfigured".to_owned(),
        UpstreamError::Refused(refusal) => refusal.code().to_owned(),
    }
}
