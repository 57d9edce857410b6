//! The contract that every provider keeps, whatever its protocol.

use std::collections::BTreeSet;

use serde_json::json;

use super::candidates::{Candidate, all, configured};
use crate::answer::{Answer, Method};
use crate::departure::Ask;
use crate::environment::Environment;
use crate::finding::Severity;
use crate::inbound::{Inbound, InboundKind};
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::provider::{Audience, UpstreamError};
use crate::registry::ProviderConfig;

async fn finish(candidate: &Candidate, answer: &Answer) -> Result<crate::Verified, UpstreamError> {
    let state = candidate.departure.state.clone();
    let provider = &candidate.provider;
    provider
        .finish_login(state, answer.clone(), candidate.now)
        .await
}

#[tokio::test]
async fn every_kind_has_to_pass() {
    let kinds: BTreeSet<_> = ProviderConfig::KINDS.into();
    let candidates = all().await;

    let played = candidates.iter().map(|one| one.provider.describe().kind);
    assert_eq!(played.collect::<BTreeSet<_>>(), kinds);
    // The demo provider is in no other environment, and has no upstream that could be down.
    let told = configured(Environment::Sandbox, &json!({}));
    let told: BTreeSet<_> = told.iter().map(|(kind, _)| *kind).collect();
    let demo = BTreeSet::from(["demo"]);
    assert_eq!(
        kinds.difference(&told).copied().collect::<BTreeSet<_>>(),
        demo
    );
}

#[tokio::test]
async fn a_good_answer_brings_a_person_of_the_providers_realm_at_a_level_it_says_it_reaches() {
    for candidate in all().await {
        let name = candidate.name;
        let description = candidate.provider.describe().clone();

        let correlation = candidate.provider.correlate(&candidate.good).unwrap();
        let verified = finish(&candidate, &candidate.good)
            .await
            .unwrap_or_else(|error| panic!("{name}: {}", code(&error)));

        let assertion = &verified.assertion;
        assert_eq!(correlation, candidate.departure.correlation, "{name}");
        assert_eq!(description.kind, name);
        assert_eq!(assertion.realm(), &description.realm, "{name}");
        assert!(
            description.realm.as_str().starts_with(&format!("{name}:")),
            "{name}"
        );
        assert!(description.reaches.contains(&assertion.levels()), "{name}");
        assert!(
            description
                .reaches
                .is_sorted_by_key(|levels| levels.identity),
            "{name}"
        );
        assert!(!assertion.subject().as_str().is_empty(), "{name}");
        // An eIDAS level comes through NIA alone.
        assert_eq!(assertion.acr().is_some(), name == "nia", "{name}");
        // Of staff nobody is linked to an account of a citizen.
        assert_eq!(
            assertion.is_linkable(),
            description.audience == Audience::Citizens,
            "{name}"
        );
        // Invented people sign in with a password each time; all others bring something that counts once.
        assert_eq!(verified.replay_keys.is_empty(), name == "demo", "{name}");
        assert!(
            verified
                .replay_keys
                .iter()
                .all(|key| key.until > candidate.now),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_same_answer_has_the_same_replay_keys_and_another_providers_never() {
    let mut seen = BTreeSet::new();
    for candidate in all().await {
        let first = finish(&candidate, &candidate.good).await.unwrap();
        let again = finish(&candidate, &candidate.good).await.unwrap();

        assert_eq!(first.replay_keys, again.replay_keys, "{}", candidate.name);
        for key in first.replay_keys {
            assert!(seen.insert(key.key), "{}", candidate.name);
        }
    }
}

#[tokio::test]
async fn a_state_that_another_provider_made_is_refused() {
    let candidates = all().await;
    for ours in &candidates {
        for other in candidates.iter().filter(|other| other.name != ours.name) {
            let state = other.departure.state.clone();
            let outcome = ours
                .provider
                .finish_login(state, ours.good.clone(), ours.now)
                .await;

            let error = outcome.unwrap_err();
            assert_eq!(
                code(&error),
                "state-of-another-provider",
                "{} of {}",
                ours.name,
                other.name
            );
        }
    }
}

#[tokio::test]
async fn an_answer_of_another_login_by_the_wrong_method_or_with_nothing_in_it_is_refused() {
    for candidate in all().await {
        let name = candidate.name;
        let other = match candidate.good.method {
            Method::Get => Method::Post,
            Method::Post => Method::Get,
        };
        let wrong_method = Answer {
            method: other,
            ..candidate.good.clone()
        };
        let empty = Answer {
            query: Vec::new(),
            body: Vec::new(),
            ..candidate.good.clone()
        };

        let error = finish(&candidate, &candidate.of_another_login)
            .await
            .unwrap_err();
        assert!(matches!(error, UpstreamError::Refused(_)), "{name}");
        assert_eq!(
            code(&candidate.provider.correlate(&wrong_method).unwrap_err()),
            "wrong-method",
            "{name}"
        );
        assert_eq!(
            code(&finish(&candidate, &wrong_method).await.unwrap_err()),
            "wrong-method",
            "{name}"
        );
        assert!(candidate.provider.correlate(&empty).is_err(), "{name}");
        assert!(finish(&candidate, &empty).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn giving_up_is_told_from_everything_else() {
    for candidate in all().await {
        if let Some(answer) = &candidate.cancelled {
            let error = finish(&candidate, answer).await.unwrap_err();

            assert!(
                matches!(error, UpstreamError::Cancelled),
                "{}: {error:?}",
                candidate.name
            );
        }
    }
}

#[tokio::test]
async fn nobody_leaves_for_a_level_that_is_not_reached() {
    for candidate in all().await {
        let mut ask = candidate.ask.clone();
        ask.minimum = Demand::new(IdentityLevel::StateHigh, LoginLevel::Strong);
        let reaches = candidate.provider.describe().can_meet(ask.minimum, false);

        let outcome = candidate.provider.start_login(&ask, candidate.now).await;

        assert_eq!(reaches, candidate.name == "nia");
        assert_eq!(
            matches!(outcome, Err(UpstreamError::LevelTooLow)),
            !reaches,
            "{}",
            candidate.name
        );
    }
}

#[tokio::test]
async fn nothing_of_a_person_is_in_what_a_log_would_show() {
    for candidate in all().await {
        let verified = finish(&candidate, &candidate.good).await.unwrap();

        let shown = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            candidate.provider,
            candidate.ask,
            candidate.departure.send,
            candidate.good,
            verified.assertion,
            verified.assertion.subject(),
            verified.assertion.upstream_session(),
        );

        for word in &candidate.personal {
            assert!(!shown.contains(word), "{}: {word}", candidate.name);
        }
        assert!(
            !shown.contains(verified.assertion.subject().as_str()) || candidate.name == "demo",
            "{}",
            candidate.name
        );
    }
}

#[tokio::test]
async fn what_nobody_signed_makes_no_event() {
    for candidate in all().await {
        for kind in [
            InboundKind::BackchannelLogout,
            InboundKind::Notification,
            InboundKind::Logout,
        ] {
            for body in [
                "",
                "logout_token=a.b.c",
                "notification_token=a.b.c",
                "SAMLRequest=x",
                "\u{0}",
            ] {
                let message = Inbound {
                    kind,
                    answer: Answer {
                        method: Method::Post,
                        query: Vec::new(),
                        body: body.as_bytes().to_vec(),
                        content_type: Some("application/x-www-form-urlencoded".to_owned()),
                        from: None,
                    },
                };

                let outcome = candidate.provider.receive(message, candidate.now).await;

                assert!(
                    matches!(outcome, Err(UpstreamError::Refused(_))),
                    "{} {kind:?} {body}",
                    candidate.name
                );
            }
        }
    }
}

#[tokio::test]
async fn a_provider_is_made_with_its_upstream_down_and_says_so_when_asked() {
    let now = crate::oidc::tests::op::now();
    for (name, provider) in configured(Environment::Test, &json!({})) {
        let provider = provider.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let ask = crate::nia::tests::world::ask();

        let outcome = provider.start_login(&ask, now).await;
        let findings = provider.check(now).await;

        // Data boxes are asked nothing before a browser leaves for them.
        assert_eq!(outcome.is_ok(), name == "isds", "{name}: {outcome:?}");
        assert!(
            matches!(outcome, Ok(_) | Err(UpstreamError::Unavailable(_))),
            "{name}: {outcome:?}"
        );
        let unreachable = |finding: &crate::Finding| {
            finding.severity == Severity::Broken && finding.code.ends_with(".unreachable")
        };
        assert!(findings.iter().any(unreachable), "{name}: {findings:?}");
    }
}

#[test]
fn a_provider_of_another_environment_or_a_sandbox_in_production_is_not_made() {
    for (name, provider) in configured(Environment::Test, &json!({ "environment": "sandbox" })) {
        assert_eq!(
            provider.err().map(|problem| problem.key).as_deref(),
            Some("environment"),
            "{name}"
        );
    }
    for (name, provider) in configured(Environment::Production, &json!({})) {
        let key = provider.err().map(|problem| problem.key);
        assert!(
            matches!(
                key.as_deref(),
                Some("issuer" | "metadata_url" | "portal_url")
            ),
            "{name}: {key:?}"
        );
    }
}

#[test]
fn officers_providers_are_never_for_citizens() {
    for (name, provider) in configured(Environment::Test, &json!({})) {
        let audience = provider.unwrap().describe().audience;

        assert_eq!(audience == Audience::Staff, name == "caais", "{name}");
    }
}

#[tokio::test]
async fn a_login_is_dated_by_the_upstream_or_not_at_all() {
    for candidate in all().await {
        let assertion = finish(&candidate, &candidate.good).await.unwrap().assertion;

        let tells_time = candidate.provider.describe().tells_time;
        assert_eq!(tells_time, candidate.name != "isds", "{}", candidate.name);
        assert_eq!(
            assertion.authenticated_at().is_some(),
            tells_time,
            "{}",
            candidate.name
        );
    }
}

#[tokio::test]
async fn nobody_leaves_for_a_login_of_some_age_where_none_has_an_age() {
    for candidate in all().await {
        let ask = Ask {
            max_age: Some(3_600),
            ..candidate.ask.clone()
        };

        let outcome = candidate.provider.start_login(&ask, candidate.now).await;

        assert_eq!(
            matches!(outcome, Err(UpstreamError::LevelTooLow)),
            candidate.name == "isds",
            "{}: {outcome:?}",
            candidate.name
        );
    }
}
