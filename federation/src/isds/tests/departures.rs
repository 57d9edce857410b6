//! How a browser leaves, and which ones that come back are let near ISDS at all.

use serde_json::json;
use url::Url;

use super::super::app_token;
use super::world::{
    SESSION, ask, back_from, depart, finish, for_departure, now, outbound_until, provider,
    returned, testdata, word,
};
use crate::answer::{Answer, Method};
use crate::assertion::UpstreamSession;
use crate::departure::{Correlation, Leave, ProviderState, Send};
use crate::environment::Environment;
use crate::inbound::{Event, Inbound, InboundKind};
use crate::isds::Isds;
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::provider::{UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::Place;

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn isds_a03_a_browser_leaves_with_our_id_and_a_number_and_nothing_else() {
    let provider = provider(&json!({ "ats_id": "A:1" }));

    let departure = depart(&provider, Demand::NONE).await;

    let Send::Redirect(url) = &departure.send else {
        panic!("{departure:?}")
    };
    let number = departure.correlation.as_str();
    assert!(app_token::is_ours(number));
    assert_eq!(url.origin().ascii_serialization(), "http://127.0.0.1:8402");
    assert_eq!(url.path(), "/as/login");
    assert_eq!(
        pairs(url),
        [
            ("atsId".to_owned(), "A:1".to_owned()),
            ("appToken".to_owned(), number.to_owned())
        ]
    );
    assert_eq!(provider.describe().origins, ["http://127.0.0.1:8402"]);
}

#[tokio::test]
async fn what_isds_cannot_do_is_not_begun() {
    let provider = provider(&json!({}));
    let mut anew = ask(Demand::NONE);
    anew.force = true;
    let mut young = ask(Demand::NONE);
    young.max_age = Some(u64::MAX);
    let multi = ask(Demand::new(IdentityLevel::Contact, LoginLevel::Multi));
    let state = ask(Demand::new(IdentityLevel::State, LoginLevel::Single));

    for ask in [anew, young, multi, state] {
        let error = provider.start_login(&ask, now()).await.unwrap_err();
        assert!(matches!(error, UpstreamError::LevelTooLow), "{error:?}");
    }
    let town = ask(Demand::new(IdentityLevel::Town, LoginLevel::Single));
    assert!(provider.start_login(&town, now()).await.is_ok());
    let box_alone = super::world::provider(&json!({ "profile": "box" }));
    assert!(matches!(
        box_alone.start_login(&town, now()).await,
        Err(UpstreamError::LevelTooLow)
    ));
}

#[tokio::test]
async fn isds_a05_nobody_leaves_while_our_certificate_has_ended() {
    let base = Url::parse("https://id.town.example/").unwrap();
    let place = Place {
        id: "isds",
        environment: Environment::Production,
        base_url: &base,
    };
    let config =
        json!({ "environment": "production", "ats_id": "A", "client_certificate": "isds" });
    let config = serde_json::from_value(config).unwrap();
    let provider = Isds::new(&place, &config, &outbound_until(2025)).unwrap();

    let error = provider
        .start_login(&ask(Demand::NONE), now())
        .await
        .unwrap_err();

    assert!(
        matches!(error, UpstreamError::Misconfigured(_)),
        "{error:?}"
    );
}

#[tokio::test]
async fn isds_b04_a_number_that_is_not_ours_is_refused_before_anybody_is_asked() {
    let provider = provider(&json!({}));
    for query in [
        "",
        "481516234200000042481516234200000042",
        "-81516234200000042",
        "x",
    ] {
        let query = format!("sessionId={SESSION}&appToken={query}");
        let error = provider.correlate(&returned(&query)).unwrap_err();
        assert_eq!(word(&error), "app-token-malformed", "{query}");
    }
    let twice =
        format!("sessionId={SESSION}&appToken=481516234200000042&appToken=481516234200000042");
    let error = provider.correlate(&returned(&twice)).unwrap_err();
    assert_eq!(word(&error), "parameter-repeated");
}

#[tokio::test]
async fn isds_b06_a_session_that_cannot_be_one_is_refused_before_anybody_is_asked() {
    let provider = provider(&json!({}));
    let long = "a".repeat(129);
    for session in ["short", "%3Cx%3E345678", "12345678%00", &long] {
        let query = format!("sessionId={session}&appToken=481516234200000042");
        let error = provider.correlate(&returned(&query)).unwrap_err();
        assert_eq!(word(&error), "session-id-malformed", "{query}");
    }
}

#[tokio::test]
async fn a_query_that_isds_does_not_make_is_refused_before_anybody_is_asked() {
    let provider = provider(&json!({}));
    let number = "481516234200000042";
    let long = "a".repeat(129);
    let flood = "a".repeat(10_000);
    let cases = [
        (format!("sessionId={SESSION}"), Refusal::AppTokenMissing),
        (
            format!("sessionId={SESSION}&appToken="),
            Refusal::AppTokenMalformed,
        ),
        (
            format!("sessionId={SESSION}&appToken=-81516234200000042"),
            Refusal::AppTokenMalformed,
        ),
        (
            format!("sessionId={SESSION}&appToken=148151623420000004200"),
            Refusal::AppTokenMalformed,
        ),
        (
            format!("sessionId={SESSION}&appToken={number}&appToken={number}"),
            Refusal::ParameterRepeated,
        ),
        (format!("appToken={number}"), Refusal::SessionIdMissing),
        (
            format!("sessionId=short&appToken={number}"),
            Refusal::SessionIdMalformed,
        ),
        (
            format!("sessionId=%3Cx%3E345678&appToken={number}"),
            Refusal::SessionIdMalformed,
        ),
        (
            format!("sessionId=12345678%00&appToken={number}"),
            Refusal::SessionIdMalformed,
        ),
        (
            format!("sessionId={long}&appToken={number}"),
            Refusal::SessionIdMalformed,
        ),
        (
            format!("sessionId={flood}&appToken={number}"),
            Refusal::TooLarge,
        ),
        (
            format!("sessionId={SESSION}&sessionId={SESSION}&appToken={number}"),
            Refusal::ParameterRepeated,
        ),
    ];

    for (query, refusal) in cases {
        let error = provider.correlate(&returned(&query)).unwrap_err();
        assert_eq!(word(&error), refusal.code(), "{query}");
    }
    let posted = Answer {
        method: Method::Post,
        ..returned(&format!("sessionId={SESSION}&appToken={number}"))
    };
    let error = provider.correlate(&posted).unwrap_err();
    assert_eq!(word(&error), "wrong-method");
    let good = returned(&format!("x=1&sessionId={SESSION}&appToken={number}"));
    let Correlation(found) = provider.correlate(&good).unwrap();
    assert_eq!(found, number);
}

#[tokio::test]
async fn an_answer_belongs_to_the_departure_it_names_and_to_this_provider() {
    let provider = provider(&json!({}));
    let departure = depart(&provider, Demand::NONE).await;
    let other = returned(&format!("sessionId={SESSION}&appToken=481516234200000042"));

    let swapped = provider
        .finish_login(departure.state.clone(), other, now())
        .await
        .unwrap_err();
    assert_eq!(word(&swapped), "state-of-another-provider");

    let foreign = ProviderState::keep(&json!({ "state": "x" })).unwrap();
    let error = provider
        .finish_login(foreign, back_from(&departure), now())
        .await
        .unwrap_err();
    assert_eq!(word(&error), "state-of-another-provider");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_an_outage() {
    let provider = provider(&json!({}));
    let departure = depart(&provider, Demand::NONE).await;

    let error = provider
        .finish_login(departure.state.clone(), back_from(&departure), now())
        .await
        .unwrap_err();

    assert_eq!(word(&error), "unavailable");
}

#[tokio::test]
async fn a_session_at_isds_is_remembered_by_its_digest() {
    let provider = provider(&json!({}));
    let departure = depart(&provider, Demand::NONE).await;
    let octets = for_departure(&testdata("holder.xml"), &departure);

    let verified = finish(&provider, &departure, &octets).unwrap();

    let [key] = verified.replay_keys.as_slice() else {
        panic!("{verified:?}")
    };
    assert!(key.key.starts_with("isds:") && !key.key.contains(SESSION));
    assert!(verified.assertion.upstream_session().is_none());
    let shown = format!("{verified:?} {provider:?}");
    for secret in [SESSION, "T01-5d0f6b1c", "Nov", "fo00001"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn isds_f03_a_browser_is_logged_out_there_only_when_the_address_is_configured() {
    let session = UpstreamSession {
        name_id: "fo00001:PRIMARY".to_owned(),
        format: None,
        index: None,
        hint: None,
        renewal: None,
    };
    let leave = Leave {
        seed: [9; 32],
        locale: "cs",
    };
    let without = provider(&json!({}));
    assert!(
        without
            .start_logout(&session, &leave, now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(!without.describe().logout);

    let with = provider(&json!({ "logout_url": "http://127.0.0.1:8402/as/processLogout" }));
    let departure = with
        .start_logout(&session, &leave, now())
        .await
        .unwrap()
        .unwrap();

    let Send::Redirect(url) = &departure.send else {
        panic!("{departure:?}")
    };
    let back = format!(
        "https://id.town.example/upstream/isds/logout?state={}",
        departure.correlation.as_str()
    );
    assert_eq!(
        pairs(url),
        [
            ("atsId".to_owned(), "ATS-1".to_owned()),
            ("uri".to_owned(), back.clone())
        ]
    );
    let message = Inbound {
        kind: InboundKind::Logout,
        answer: returned(Url::parse(&back).unwrap().query().unwrap()),
    };
    let (events, _) = with.receive(message, now()).await.unwrap();
    assert!(matches!(
        events.as_slice(),
        [Event::LogoutReturned { correlation }] if *correlation == departure.correlation
    ));
    let nothing = Inbound {
        kind: InboundKind::Logout,
        answer: returned("state=<x>"),
    };
    let error = with.receive(nothing, now()).await.unwrap_err();
    assert_eq!(word(&error), "message-missing");
}
