//! The ID token and the encrypted userinfo.

use serde_json::json;

use super::{ask, at, bank_id, configured, login, userinfo};
use crate::departure::Purpose;
use crate::environment::Environment;
use crate::level::IdentityLevel;
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, OAEP_256, OWN, encrypted, keyed_by_public, now, signed, signed_by, with_code,
};
use crate::provider::UpstreamProvider;

#[tokio::test]
async fn an_id_token_is_refused_for_what_is_bank_ids_own() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let plain = ask(Purpose::Login, &[]);
    for (changes, refusal) in [
        (json!({ "acr": "loa2" }), "level-unknown"),
        (
            json!({ "acr": "http://eidas.europa.eu/LoA/high" }),
            "level-unknown",
        ),
        (json!({ "acr": null }), "level-missing"),
        (json!({ "auth_time": null }), "auth-time-missing"),
        (
            json!({ "iss": op.issuer.trim_end_matches('/') }),
            "token-issuer-wrong",
        ),
        (
            json!({ "aud": "another-application" }),
            "token-audience-wrong",
        ),
        (json!({ "nonce": "x" }), "nonce-wrong"),
        (
            json!({ "iat": now().timestamp() + 121 }),
            "issued-in-the-future",
        ),
    ] {
        let error = login(&op, &provider, &plain, &changes).await.unwrap_err();
        assert_eq!(code(&error), refusal, "{changes}");
    }
    let departure = provider.start_login(&plain, now()).await.unwrap();
    let claims = op.claims(&departure);
    let forbidden = [
        signed(&KEYS.first, &claims),
        signed_by("ES256", &KEYS.ec, &claims),
    ];
    let forbidden = forbidden
        .into_iter()
        .chain(keyed_by_public(&KEYS.first, &claims))
        .map(|token| (token, "signature-algorithm-forbidden"));
    // The encryption key is published and signs nothing.
    let unknown = signed_by("PS512", &KEYS.second, &claims);
    for (token, refusal) in forbidden.chain([(unknown, "signing-key-unknown")]) {
        op.give(&token);
        let error = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap_err();
        assert_eq!(code(&error), refusal);
    }
}

#[tokio::test]
async fn an_id_token_of_long_ago_is_refused_and_no_clock_may_be_off_by_more_than_two_minutes() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let asking = ask(Purpose::Login, &[]);
    let seconds = now().timestamp();
    for (age, is_refused) in [(0, false), (720, false), (721, true), (86_400, true)] {
        let claims = json!({ "iat": seconds - age, "exp": seconds + 600 });

        let outcome = login(&op, &provider, &asking, &claims).await;

        let refused = outcome.map_or_else(|error| code(&error), |_| "");
        let expected = if is_refused { "response-too-old" } else { "" };
        assert_eq!(refused, expected, "{age}");
    }
    let problem = configured(
        Environment::Sandbox,
        &json!({ "issuer": op.issuer, "skew_seconds": 121 }),
    )
    .unwrap_err();
    assert!(problem.to_string().contains("skew_seconds"), "{problem}");
}

#[tokio::test]
async fn josekits_encrypted_userinfo_is_read_and_a_plain_one_refused_where_it_was_switched_on() {
    let op = bank_id().await;
    let provider = at(&op, &json!({ "userinfo_protection": "encrypted" }));
    let token = signed_by(
        "PS512",
        &KEYS.first,
        &merged(userinfo(), &json!({ "iss": op.issuer, "aud": CLIENT })),
    );
    op.say(
        "userinfo",
        200,
        "application/jwt",
        &encrypted(&OWN[0], OAEP_256, "A256GCM", &token),
    );

    let verified = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
        .await
        .unwrap();
    assert_eq!(verified.assertion.levels().identity, IdentityLevel::Town);

    op.say_json("userinfo", &userinfo());
    let error = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "userinfo-not-encrypted");
}
