//! Discovery and keys: what is believed, and what counts while they cannot be fetched.

use serde_json::json;

use super::{ask, at, good, login};
use crate::inbound::{Inbound, InboundKind};
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{KEYS, Op, now, pushed, signed, with_code};
use crate::provider::{UpstreamError, UpstreamProvider};

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
