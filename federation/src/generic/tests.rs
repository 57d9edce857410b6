//! A general provider: answers of pysaml2, which nobody here wrote, and what a configuration must say.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::GenericSaml;
use crate::departure::Send;
use crate::environment::Environment;
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::{
    Keys, ask, base, form, merged, now, outbound, request_id, testdata,
};
use crate::provider::UpstreamProvider;
use crate::registry::{ConfigProblem, Place};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/generic/testdata/pysaml2")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn built(options: &Value) -> Result<GenericSaml, ConfigProblem> {
    let base = base();
    let place = Place {
        id: "university",
        environment: Environment::Test,
        base_url: &base,
    };
    let usual = json!({
        "environment": "test",
        "title": { "cs": "Univerzita", "en": "University" },
        "metadata_file": folder().join("idp-metadata.xml"),
        "idp_entity_id": "https://idp.example.cz/metadata",
        "encryption": "optional",
        "attribute": { "given_name": "urn:oid:2.5.4.42", "family_name": "urn:oid:2.5.4.4", "email": "urn:oid:0.9.2342.19200300.100.1.3" },
        "required": ["family_name"],
        "level": { "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport": { "identity": "town", "login": "single" } },
    });
    GenericSaml::new(
        &place,
        &serde_json::from_value(merged(usual, options)).unwrap(),
        &outbound(),
        Keys::one(),
    )
}

/// Ours, as pysaml2 read it. The files are written anew on demand.
fn assert_kept(name: &str, text: &str) {
    if std::env::var_os("CITY_WRITE_TESTDATA").is_some() {
        std::fs::write(folder().join(name), text).unwrap();
    }
    assert_eq!(
        read(name),
        text,
        "{name}: run with CITY_WRITE_TESTDATA=1, then testdata/make.py"
    );
}

#[tokio::test]
async fn what_pysaml2_reads_is_what_we_write() {
    let provider = built(&Value::Null).unwrap_or_else(|_| built(&json!({ "metadata_file": testdata("metadata/active.xml"), "idp_entity_id": "urn:microsoft:cgg2010:fpsts" })).unwrap());

    assert_kept(
        "sp-metadata.xml",
        std::str::from_utf8(&provider.published()[0].body).unwrap(),
    );
    let Send::Redirect(address) = provider.start_login(&ask(), now()).await.unwrap().send else {
        panic!("asked by redirect")
    };
    assert_kept("request.query", address.query().unwrap());
}

#[tokio::test]
async fn answers_of_pysaml2_bring_the_person() {
    for (name, options) in [
        ("both", json!({ "signed": "both" })),
        ("response", json!({ "signed": "response" })),
        ("assertion", json!({ "signed": "assertion" })),
        (
            "sealed",
            json!({ "signed": "both", "encryption": "required" }),
        ),
    ] {
        let provider = built(&options).unwrap();
        let departure = provider.start_login(&ask(), now()).await.unwrap();
        let answer = form(
            "SAMLResponse",
            read(&format!("{name}.xml")).as_bytes(),
            &request_id(),
        );

        let verified = provider
            .finish_login(departure.state, answer, now())
            .await
            .unwrap_or_else(|error| panic!("{name}: {}", code(&error)));

        let assertion = verified.assertion;
        assert_eq!(assertion.subject().as_str(), "7c1f0e5a-zofie", "{name}");
        assert_eq!(
            assertion.levels(),
            Levels::new(IdentityLevel::Town, LoginLevel::Single),
            "{name}"
        );
        assert_eq!(assertion.acr(), None, "{name}");
        assert_eq!(
            assertion.realm().as_str(),
            "saml:test:https://idp.example.cz/metadata",
            "{name}"
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
        assert_eq!(assertion.facts(), expected, "{name}");
    }
}

#[tokio::test]
async fn an_attribute_can_identify_the_person() {
    let provider = built(
        &json!({ "signed": "both", "subject_attribute": "urn:oid:1.3.6.1.4.1.5923.1.1.1.6" }),
    )
    .unwrap();
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    let answer = form("SAMLResponse", read("both.xml").as_bytes(), &request_id());

    let verified = provider
        .finish_login(departure.state, answer, now())
        .await
        .unwrap();

    assert_eq!(verified.assertion.subject().as_str(), "zofie@example.cz");
}

#[tokio::test]
async fn what_the_configuration_demands_is_demanded() {
    for (name, options, refusal) in [
        (
            "response",
            json!({ "signed": "both" }),
            "assertion-unsigned",
        ),
        (
            "assertion",
            json!({ "signed": "both" }),
            "response-unsigned",
        ),
        (
            "both",
            json!({ "encryption": "required" }),
            "assertion-not-encrypted",
        ),
        (
            "both",
            json!({ "required": ["birth_date"], "attribute": { "birth_date": "urn:x" } }),
            "required-attribute-missing",
        ),
        (
            "both",
            json!({ "level": { "urn:other": { "identity": "town", "login": "single" } } }),
            "level-unknown",
        ),
        (
            "both",
            json!({ "name_id_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" }),
            "name-id-format-wrong",
        ),
        (
            "both",
            json!({ "subject_attribute": "urn:x" }),
            "person-identifier-missing",
        ),
        // 3DES, which pysaml2 takes unless it is patched.
        ("sealed-by-default", json!({}), "cipher-forbidden"),
        (
            "both",
            json!({ "audience": "https://other.example.cz" }),
            "audience-wrong",
        ),
    ] {
        let provider = built(&options).unwrap();
        let departure = provider.start_login(&ask(), now()).await.unwrap();
        let answer = form(
            "SAMLResponse",
            read(&format!("{name}.xml")).as_bytes(),
            &request_id(),
        );

        let error = provider
            .finish_login(departure.state, answer, now())
            .await
            .unwrap_err();

        assert_eq!(code(&error), refusal, "{name} {options}");
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    let file = folder().join("idp-metadata.xml");
    for (options, key) in [
        (json!({ "level": {} }), "level"),
        (
            json!({ "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" }),
            "name_id_format",
        ),
        (json!({ "required": ["phone"] }), "required"),
        (
            json!({ "attribute": { "address": "urn:x", "family_name": "urn:y" } }),
            "attribute",
        ),
        (json!({ "skew_seconds": 301 }), "skew_seconds"),
        (json!({ "max_age_seconds": 0 }), "max_age_seconds"),
        (json!({ "refresh_minutes": 0 }), "refresh_minutes"),
        (json!({ "environment": "sandbox" }), "environment"),
        (json!({ "metadata_file": null }), "metadata_url"),
        (
            json!({ "metadata_file": "/nowhere/metadata.xml" }),
            "metadata_file",
        ),
        (
            json!({ "idp_entity_id": "https://other.example.cz" }),
            "metadata_file",
        ),
        (
            json!({ "metadata_file": null, "metadata_url": "https://idp.example.cz/metadata" }),
            "certificate",
        ),
        (
            json!({ "metadata_file": null, "metadata_url": "http://idp.example.cz/metadata", "certificate": { "active": { "fingerprint": "0".repeat(64) } } }),
            "metadata_url",
        ),
        (
            json!({ "metadata_file": file, "metadata_url": "https://idp.example.cz/metadata" }),
            "metadata_url",
        ),
        (
            json!({ "certificate": { "active": { "fingerprint": "abc" } } }),
            "certificate.active",
        ),
        (
            json!({ "certificate": { "active": {} } }),
            "certificate.active",
        ),
        (
            json!({ "certificate": { "next": { "file": "/nowhere.pem" } } }),
            "certificate.next",
        ),
        (
            json!({ "certificate": { "next": { "pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" } } }),
            "certificate.next",
        ),
    ] {
        let problem = built(&options).unwrap_err();

        assert_eq!(problem.key, key, "{options}: {problem}");
        assert_eq!(problem.provider, "university");
        assert!(!problem.remedy.is_empty());
    }
}
