//! Logouts, ours and theirs.

use serde_json::json;

use super::{ask, at, good, login, without_nulls};
use crate::answer::Answer;
use crate::departure::Leave;
use crate::inbound::{Event, Inbound, InboundKind};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, OAEP_256, OWN, SUBJECT, back, encrypted, keyed_by_public, now, pushed, sent,
    signed,
};
use crate::provider::UpstreamProvider;

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

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
