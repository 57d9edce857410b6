//! The ID token, and the keys that it is signed by.

use chrono::TimeDelta;
use serde_json::json;

use super::{ask, at, good, login, refused};
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::oidc::tests::op::{CLIENT, KEYS, now, public, signed, with_code};
use crate::provider::{UpstreamError, UpstreamProvider};

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
