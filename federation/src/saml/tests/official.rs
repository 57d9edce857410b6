//! Every message we write, held against the official schemas.

use std::process::Command;

use serde_json::{Value, json};

use super::super::message::{self, LogoutResponse};
use super::messages::{carried, request};
use crate::UpstreamSession;
use crate::departure::{Leave, Send};
use crate::fact::{FactKind, Wanted};
use crate::nia::tests::samples::shared;
use crate::nia::tests::world::{PERSON, ask, generic, nia, now, pair};
use crate::provider::UpstreamProvider;

const PROTOCOL: &str = "saml-schema-protocol-2.0.xsd";
const METADATA: &str = "saml-schema-metadata-2.0.xsd";

/// Judged by libxml2.
fn assert_valid(what: &str, xml: &str, schema: &str) {
    let folder = shared("schemas");
    let file = std::env::temp_dir().join(format!("federation-{}-{what}.xml", std::process::id()));
    std::fs::write(&file, xml).unwrap();
    let judged = Command::new("xmllint")
        .env("XML_CATALOG_FILES", folder.join("catalog.xml"))
        .args(["--nonet", "--noout", "--schema"])
        .arg(folder.join("saml").join(schema))
        .arg(&file)
        .output()
        .expect("the xmllint tool is missing: apt-get install libxml2-utils");
    std::fs::remove_file(&file).unwrap();
    assert!(
        judged.status.success(),
        "{what}: {}\n{xml}",
        String::from_utf8_lossy(&judged.stderr)
    );
}

#[tokio::test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
async fn every_request_is_valid() {
    let mut asks = ask();
    asks.force = true;
    asks.wanted = [FactKind::AgeOver, FactKind::Email]
        .map(|kind| Wanted {
            kind,
            required: true,
        })
        .to_vec();
    for (what, provider) in [
        (
            "redirect",
            Box::new(nia(&Value::Null)) as Box<dyn UpstreamProvider>,
        ),
        ("post", Box::new(nia(&json!({ "binding": "post" })))),
        ("generic", Box::new(generic("both"))),
    ] {
        let plain = request(provider.as_ref(), &ask()).await;
        assert_valid(&format!("{what}-plain"), &plain, PROTOCOL);
        let full = request(provider.as_ref(), &asks).await;
        assert_valid(&format!("{what}-full"), &full, PROTOCOL);
    }
}

#[tokio::test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
async fn every_message_about_logout_is_valid() {
    let session = UpstreamSession {
        name_id: PERSON.to_owned(),
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
        index: Some("_9f8e<&>".to_owned()),
        hint: None,
        renewal: None,
    };
    let leave = Leave {
        seed: [9; 32],
        locale: "cs",
    };
    let departure = nia(&Value::Null)
        .start_logout(&session, &leave, now())
        .await;
    let Send::Redirect(address) = departure.unwrap().unwrap().send else {
        panic!("NIA's logout is by redirect")
    };
    assert_valid("logout-request", &carried(&address).0, PROTOCOL);

    let response = LogoutResponse {
        id: "_r",
        issued: "2026-11-24T09:16:05Z",
        destination: "https://nia.example.cz/FPSTS/saml2/basic",
        issuer: "https://id.example.cz/upstream/nia/metadata",
        signature: None,
        in_response_to: "_c0ffee",
    };
    let response = message::signed(response, &pair("sp")).unwrap();
    assert_valid("logout-response", &response, PROTOCOL);
}

#[test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
fn our_metadata_are_valid_with_one_key_and_with_two() {
    for (what, options) in [
        ("metadata-one", Value::Null),
        ("metadata-two", json!({ "keys": "two" })),
    ] {
        for document in nia(&options).published() {
            let xml = String::from_utf8(document.body).unwrap();
            assert_valid(what, &xml, METADATA);
        }
    }
}
