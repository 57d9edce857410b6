//! What Bank iD sends by itself.

use serde_json::{Value, json};

use super::{at, bank_id};
use crate::answer::{Answer, Method};
use crate::fact::FactKind;
use crate::inbound::{Event, Inbound, InboundKind};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, OAEP_256, OWN, SUBJECT, back, encrypted, now, pushed, signed_by,
};
use crate::provider::UpstreamProvider;

#[tokio::test]
async fn a_notification_names_whom_it_concerns_and_is_refused_for_one_reason_each() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let time = now().timestamp();
    let event = |subject: &str, client: &str, claims: Value| json!({ "type": "claims_updated", "original_event_at": "2026-11-24T08:00:00Z", "sub": subject, "affected_client_ids": [client], "affected_claims": claims });
    let good = json!({
        "iss": op.issuer, "iat": time, "jti": "n-1",
        "events": [
            event("one", CLIENT, json!(["addresses"])),
            event("of-another", "another-application", json!(["addresses"])),
            event("two", CLIENT, json!(["date_of_death", 7, "a b", "idcards", "email_verified", "maritalstatus"])),
            { "type": "something_new" },
        ],
    });
    let receive = async |answer: Answer| {
        let message = Inbound {
            kind: InboundKind::Notification,
            answer,
        };
        provider.receive(message, now()).await
    };
    let raw = |token: &str| Answer {
        method: Method::Post,
        query: Vec::new(),
        body: token.as_bytes().to_vec(),
        content_type: Some("application/jwe".to_owned()),
        from: None,
    };
    let token = signed_by("PS512", &KEYS.first, &good);

    for answer in [
        raw(&token),
        pushed("notification_token", &token),
        raw(&encrypted(&OWN[1], OAEP_256, "A256GCM", &token)),
    ] {
        let (events, _) = receive(answer).await.unwrap();
        let told: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::ClaimsChanged {
                    subject,
                    claims,
                    kinds,
                    grave,
                    replay_keys,
                    ..
                } => (
                    subject.as_str(),
                    claims.join(","),
                    kinds.clone(),
                    *grave,
                    replay_keys.len(),
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "one",
                    "addresses".to_owned(),
                    vec![FactKind::Address, FactKind::RuianAddress],
                    false,
                    1
                ),
                (
                    "two",
                    "date_of_death,idcards,email_verified,maritalstatus".to_owned(),
                    vec![
                        FactKind::Email,
                        FactKind::DocumentType,
                        FactKind::DocumentNumber,
                        FactKind::MaritalStatus
                    ],
                    true,
                    1
                )
            ]
        );
    }
    for (changes, refusal) in [
        (
            json!({ "iss": "https://evil.example/" }),
            "token-issuer-wrong",
        ),
        (
            json!({ "aud": "another-application" }),
            "token-audience-wrong",
        ),
        (json!({ "iat": "x" }), "token-issue-time-missing"),
        (json!({ "iat": time - 86_401 }), "token-expired"),
        (json!({ "iat": time + 121 }), "issued-in-the-future"),
        (json!({ "jti": "" }), "token-name-missing"),
        (json!({ "events": {} }), "notification-malformed"),
        (
            json!({ "events": [event("", CLIENT, json!([]))] }),
            "notification-malformed",
        ),
    ] {
        let token = signed_by("PS512", &KEYS.first, &merged(good.clone(), &changes));
        assert_eq!(
            code(&receive(raw(&token)).await.unwrap_err()),
            refusal,
            "{changes}"
        );
    }
    let foreign = signed_by("PS512", &KEYS.second, &good);
    assert_eq!(
        code(&receive(raw(&foreign)).await.unwrap_err()),
        "signing-key-unknown"
    );
    assert_eq!(
        code(&receive(raw("")).await.unwrap_err()),
        "message-missing"
    );
    assert_eq!(code(&receive(back(&[])).await.unwrap_err()), "wrong-method");
}

#[tokio::test]
async fn a_logout_token_without_a_session_ends_all_of_the_person() {
    let op = bank_id().await;
    let token = signed_by(
        "PS512",
        &KEYS.first,
        &json!({
            "iss": op.issuer, "aud": CLIENT, "iat": now().timestamp(), "jti": "l-1", "sub": SUBJECT,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        }),
    );
    let message = Inbound {
        kind: InboundKind::BackchannelLogout,
        answer: pushed("logout_token", &token),
    };

    let (events, _) = at(&op, &json!({})).receive(message, now()).await.unwrap();

    let [Event::LogoutRequested { sessions, .. }] = &events[..] else {
        panic!()
    };
    let [session] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    assert_eq!(
        (session.name_id.as_str(), session.index.as_deref()),
        (SUBJECT, None)
    );
}
