//! What comes back with the browser, and from the token endpoint.

use serde_json::json;

use super::{ask, at, good, login, refused, said};
use crate::answer::{Answer, Method};
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{CODE, KEYS, SUBJECT, back, now, signed, with_code};
use crate::provider::UpstreamProvider;

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
