//! What the demo provider does, and the smallest contract every provider keeps.

use chrono::{TimeZone, Utc};

use super::*;
use crate::departure::Purpose;

const CONFIG: &str = r#"{
    "environment": "sandbox",
    "account": { "0001": { "password": "conformance", "given_name": "Jana", "birth_date": "1985-04-12" } }
}"#;

fn demo() -> Demo {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "demo",
        environment: Environment::Sandbox,
        base_url: &base,
    };
    Demo::new(&place, &serde_json::from_str(CONFIG).unwrap()).unwrap()
}

fn ask() -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("http://localhost:8400/upstream/demo/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [1; 32],
    }
}

fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 0, 0).unwrap()
}

fn answer(body: &str) -> Answer {
    Answer {
        method: Method::Post,
        query: Vec::new(),
        body: body.as_bytes().to_vec(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        from: None,
    }
}

#[tokio::test]
async fn the_right_password_brings_the_person() {
    let demo = demo();
    let departure = demo.start_login(&ask(), now()).await.unwrap();
    let form = format!(
        "state={}&login-username=0001&login-password=conformance",
        departure.correlation.as_str()
    );

    let verified = demo
        .finish_login(departure.state, answer(&form), now())
        .await
        .unwrap();

    assert_eq!(verified.assertion.subject().as_str(), "0001");
    assert_eq!(
        verified.assertion.levels(),
        Levels::new(IdentityLevel::Town, LoginLevel::Single)
    );
    assert_eq!(verified.assertion.facts().len(), 2);
    assert_eq!(verified.assertion.acr(), None);
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_repeated_field_are_refused() {
    let demo = demo();
    let departure = demo.start_login(&ask(), now()).await.unwrap();
    let state = departure.correlation.as_str();
    for (form, refusal) in [
        (
            format!("state={state}&login-username=0001&login-password=wrong"),
            Refusal::WrongCredentials,
        ),
        (
            format!("state={state}&login-username=0002&login-password=conformance"),
            Refusal::WrongCredentials,
        ),
        (
            format!(
                "state={state}&login-username=0001&login-username=0001&login-password=conformance"
            ),
            Refusal::ParameterRepeated,
        ),
        (
            format!("state=_{state}&login-username=0001&login-password=conformance"),
            Refusal::StateOfAnotherProvider,
        ),
        ("login-username=0001".to_owned(), Refusal::RelayStateMissing),
    ] {
        let error = demo
            .finish_login(departure.state.clone(), answer(&form), now())
            .await
            .unwrap_err();

        assert!(
            matches!(error, UpstreamError::Refused(given) if given == refusal),
            "{form}: {error:?}"
        );
    }
}

#[tokio::test]
async fn cancelling_is_not_a_refusal() {
    let demo = demo();
    let departure = demo.start_login(&ask(), now()).await.unwrap();
    let form = format!("state={}&login-cancel=", departure.correlation.as_str());

    let error = demo
        .finish_login(departure.state, answer(&form), now())
        .await
        .unwrap_err();

    assert!(matches!(error, UpstreamError::Cancelled));
}

#[tokio::test]
async fn a_level_it_cannot_reach_is_refused_before_leaving() {
    let mut ask = ask();
    ask.minimum = Demand::new(IdentityLevel::State, LoginLevel::Single);

    assert!(matches!(
        demo().start_login(&ask, now()).await,
        Err(UpstreamError::LevelTooLow)
    ));
}

#[test]
fn invented_people_exist_only_in_the_sandbox() {
    let base = Url::parse("https://id.example.cz").unwrap();
    let place = Place {
        id: "demo",
        environment: Environment::Production,
        base_url: &base,
    };
    let mut config: DemoConfig = serde_json::from_str(CONFIG).unwrap();

    assert_eq!(Demo::new(&place, &config).unwrap_err().key, "environment");
    config.environment = Environment::Production;
    assert_eq!(Demo::new(&place, &config).unwrap_err().key, "kind");
}
