//! What a departure asks.

use serde_json::{Value, json};

use super::{ask, at, good, login};
use crate::departure::{Ask, Send};
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::oidc::tests::op::{CLIENT, CODE, KEYS, now, sent, signed, with_code};
use crate::provider::{UpstreamError, UpstreamProvider};

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
