//! `oidcc-config-certification-test-plan`, as far as an `http` issuer goes.

use figment::providers::{Format as _, Toml};

use super::*;

pub(super) async fn discovery(broker: &TestBroker) -> Answer {
    Answer::of(
        http()
            .get(broker.at("/.well-known/openid-configuration"))
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn the_document_is_json_and_names_the_issuer_it_was_read_from() {
    let broker = start().await;

    let answer = discovery(&broker).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text("issuer"), broker.issuer());
    for (name, value) in answer.json.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(
                value
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("{}/oauth2/", broker.issuer())),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn the_document_offers_what_basic_requires_and_no_request_objects() {
    let broker = start().await;

    let document = discovery(&broker).await.json;

    let has =
        |member: &str, value: &str| document[member].as_array().unwrap().contains(&value.into());
    assert!(has("id_token_signing_alg_values_supported", "RS256"));
    assert!(has("scopes_supported", "openid") && has("response_types_supported", "code"));
    assert!(
        has("subject_types_supported", "pairwise")
            && has("code_challenge_methods_supported", "S256")
    );
    assert!(has(
        "acr_values_supported",
        "http://eidas.europa.eu/LoA/substantial"
    ));
    assert!(
        document
            .get("request_object_signing_alg_values_supported")
            .is_none()
    );
    for refused in [
        "request_parameter_supported",
        "request_uri_parameter_supported",
    ] {
        assert_eq!(document[refused], false);
    }
    for offered in [
        "claims_parameter_supported",
        "authorization_response_iss_parameter_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ] {
        assert_eq!(document[offered], true, "{offered}");
    }
}

#[tokio::test]
async fn the_conformance_account_holds_every_claim_that_the_document_names() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/conformance.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let shipped: Value = figment::Figment::from(Toml::string(&text))
        .extract()
        .unwrap();
    let broker = configured(json!({ "provider": { "demo": shipped["provider"]["demo"] } })).await;
    let scope = "openid profile email address phone city.identity";
    let mut browser = Browser::new();
    let login = browser
        .open(&broker.authorize("portal", &[("scope", scope)]))
        .await;
    let page = broker
        .sign_in(&mut browser, &login, ("0001", "conformance"))
        .await;
    let tokens = broker.redeem("portal", &page.query("code").unwrap()).await;
    let request = http()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let told = Answer::of(request.send().await.unwrap()).await.json;
    let id_token = tests::broker::claims_of(tokens["id_token"].as_str().unwrap());

    let document = discovery(&broker).await.json;

    let names = document["claims_supported"].as_array().unwrap();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let name = name.as_str().unwrap();
        assert!(
            told.get(name).or_else(|| id_token.get(name)).is_some(),
            "{name} in {told} {id_token}"
        );
    }
}

#[tokio::test]
async fn every_key_has_a_kid_of_its_own_and_no_private_part() {
    let broker = start().await;

    let jwks = jwks(&broker).await;

    let keys = jwks["keys"].as_array().unwrap();
    let kids: BTreeSet<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(kids.len(), keys.len());
    let types: BTreeSet<&str> = keys
        .iter()
        .map(|key| key["kty"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["EC", "OKP", "RSA"].into());
    for key in keys {
        assert!(
            ["d", "p", "q", "dp", "dq", "qi", "k"]
                .iter()
                .all(|member| key.get(member).is_none())
        );
    }
}

#[tokio::test]
async fn spoofed_host_headers_change_nothing() {
    let broker = start().await;
    let request = http()
        .get(broker.at("/.well-known/openid-configuration"))
        .header("host", "evil.test")
        .header("forwarded", "host=evil.test;proto=https")
        .header("x-forwarded-host", "evil.test")
        .header("x-forwarded-proto", "https");

    let answer = Answer::of(request.send().await.unwrap()).await;

    assert_eq!(answer.text("issuer"), broker.issuer());
    assert!(!answer.body.contains("evil.test"));
}
