//! What we write: verified by a foreign engine, and escaped. That it is valid: `official.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::super::message::{self, LogoutResponse};
use super::super::names::{RSA_SHA256, SAML, SAMLP};
use super::super::redirect::Query;
use super::super::signature::Trust;
use super::super::tree::{Node, parse};
use crate::departure::{Leave, Send};
use crate::fact::{FactKind, Wanted};
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::nia::tests::second_opinion::signed_by;
use crate::nia::tests::world::{PERSON, ask, asked_at, generic, nia, now, pair, request_id};
use crate::provider::UpstreamProvider;
use crate::saml::certificate::Certificate;
use crate::saml::scan::MESSAGE;
use crate::{Ask, UpstreamSession};

fn our_trust() -> Trust {
    Trust::new(vec![Certificate::parse(pair("sp").certificate()).unwrap()])
}

/// The message inside an address, after its detached signature was verified over the octets as they stand.
pub(super) fn carried(address: &Url) -> (String, Option<String>) {
    let query = Query::read(address.query().unwrap().as_bytes()).unwrap();
    query.verify(&our_trust(), now()).unwrap();
    (query.xml().unwrap(), query.relay_state.clone())
}

pub(super) async fn request(provider: &dyn UpstreamProvider, ask: &Ask) -> String {
    match provider.start_login(ask, asked_at()).await.unwrap().send {
        Send::Redirect(address) => carried(&address).0,
        Send::PostForm { fields, .. } => {
            String::from_utf8(STANDARD.decode(&fields[0].1).unwrap()).unwrap()
        }
    }
}

#[tokio::test]
async fn a_request_by_redirect_is_signed_over_its_exact_octets() {
    let departure = nia(&Value::Null)
        .start_login(&ask(), asked_at())
        .await
        .unwrap();

    let Send::Redirect(address) = departure.send else {
        panic!("NIA is asked by redirect unless configured otherwise")
    };
    assert_eq!(
        address.origin().ascii_serialization(),
        "https://nia.example.cz"
    );
    let names: Vec<_> = address
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(names, ["SAMLRequest", "RelayState", "SigAlg", "Signature"]);
    assert_eq!(address.query_pairs().nth(2).unwrap().1, RSA_SHA256);
    let (xml, relay_state) = carried(&address);
    assert_eq!(relay_state, Some(request_id()));
    assert_eq!(departure.correlation.as_str(), request_id());
    assert!(!xml.contains("Signature"), "{xml}");
}

#[tokio::test]
async fn a_request_by_post_carries_an_enveloped_signature_that_libxmlsec_accepts() {
    let xml = request(&nia(&json!({ "binding": "post" })), &ask()).await;

    assert!(signed_by("sp", &xml).is_some(), "{xml}");
}

#[tokio::test]
async fn who_may_come_by_no_old_login_authenticates_anew_as_saml_cannot_name_an_age() {
    let aged = Ask {
        max_age: Some(3_600),
        ..ask()
    };
    let providers: [Box<dyn UpstreamProvider>; 2] =
        [Box::new(nia(&Value::Null)), Box::new(generic("both"))];
    for provider in providers {
        for (ask, force) in [(&ask(), "false"), (&aged, "true")] {
            let xml = request(provider.as_ref(), ask).await;

            let document = parse(&xml, &MESSAGE).unwrap();
            let root = Node::root(&document).unwrap();
            assert_eq!(root.attribute("ForceAuthn"), Some(force));
        }
    }
}

#[tokio::test]
async fn a_request_says_who_asks_for_what_at_which_level() {
    let mut ask = ask();
    ask.force = true;
    ask.minimum = Demand::new(IdentityLevel::StateHigh, LoginLevel::Multi);
    ask.wanted = vec![
        Wanted {
            kind: FactKind::AgeOver,
            required: false,
        },
        Wanted {
            kind: FactKind::Email,
            required: true,
        },
    ];

    let xml = request(&nia(&Value::Null), &ask).await;

    let document = parse(&xml, &MESSAGE).unwrap();
    let root = Node::root(&document).unwrap();
    assert_eq!(root.attribute("ForceAuthn"), Some("true"));
    assert_eq!(root.attribute("IssueInstant"), Some("2026-11-24T09:16:00Z"));
    assert_eq!(
        root.attribute("Destination"),
        Some("https://nia.example.cz/FPSTS/saml2/basic")
    );
    assert_eq!(
        root.attribute("AssertionConsumerServiceURL"),
        Some("https://id.example.cz/upstream/nia/answer")
    );
    let issuer = root.child(SAML, "Issuer").unwrap().unwrap().text();
    assert_eq!(
        issuer.as_deref(),
        Some("https://id.example.cz/upstream/nia/metadata")
    );
    let asked: Vec<_> = root
        .descendants()
        .filter(|node| node.name().1 == "RequestedAttribute")
        .map(|node| {
            (
                node.attribute("Name").unwrap(),
                node.attribute("isRequired").unwrap(),
                node.children().next().and_then(Node::text),
            )
        })
        .collect();
    assert!(asked.contains(&(
        "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier",
        "true",
        None
    )));
    assert!(asked.contains(&("http://www.stork.gov.eu/1.0/eMail", "true", None)));
    assert!(asked.contains(&(
        "http://www.stork.gov.eu/1.0/isAgeOver",
        "false",
        Some("18".to_owned())
    )));
    let context = root.child(SAMLP, "RequestedAuthnContext").unwrap().unwrap();
    assert_eq!(context.attribute("Comparison"), Some("minimum"));
    assert_eq!(
        context.children().next().unwrap().text().as_deref(),
        Some("http://eidas.europa.eu/LoA/high")
    );
}

#[tokio::test]
async fn a_request_asks_for_nothing_that_nobody_wants() {
    let names = |xml: &str| -> Vec<String> {
        let document = parse(xml, &MESSAGE).unwrap();
        let root = Node::root(&document).unwrap();
        root.descendants()
            .filter(|node| node.name().1 == "RequestedAttribute")
            .map(|node| {
                let name = node.attribute("Name").unwrap();
                name.rsplit('/').next().unwrap().to_owned()
            })
            .collect()
    };
    let identity = [
        "PersonIdentifier",
        "CurrentGivenName",
        "CurrentFamilyName",
        "DateOfBirth",
    ];

    let usual = names(&request(&nia(&Value::Null), &ask()).await);
    let more = names(&request(&nia(&json!({ "optional": ["phone"] })), &ask()).await);

    assert_eq!(usual, identity);
    assert_eq!(more[..4], identity);
    assert_eq!(more[4..], ["phonenumber"]);
}

#[tokio::test]
async fn every_value_in_a_message_is_escaped() {
    let evil = "urn:x\"><evil a='&";
    let xml = request(&nia(&json!({ "entity_id": evil })), &ask()).await;

    let document = parse(&xml, &MESSAGE).unwrap();

    let root = Node::root(&document).unwrap();
    assert_eq!(
        root.child(SAML, "Issuer")
            .unwrap()
            .unwrap()
            .text()
            .as_deref(),
        Some(evil)
    );
    assert!(root.descendants().all(|node| node.name().1 != "evil"));
}

#[tokio::test]
async fn a_logout_request_names_the_session_and_is_signed() {
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
        .await
        .unwrap()
        .unwrap();

    let Send::Redirect(address) = departure.send else {
        panic!("NIA's logout is by redirect")
    };
    let (xml, relay_state) = carried(&address);
    assert_eq!(relay_state.as_deref(), Some(departure.correlation.as_str()));
    let document = parse(&xml, &MESSAGE).unwrap();
    let root = Node::root(&document).unwrap();
    assert_eq!(root.attribute("ID"), Some(departure.correlation.as_str()));
    assert_eq!(
        root.child(SAML, "NameID")
            .unwrap()
            .unwrap()
            .text()
            .as_deref(),
        Some(PERSON)
    );
    assert_eq!(
        root.child(SAMLP, "SessionIndex")
            .unwrap()
            .unwrap()
            .text()
            .as_deref(),
        Some("_9f8e<&>")
    );
}

#[tokio::test]
async fn no_logout_is_started_where_none_is_configured() {
    let session = UpstreamSession {
        name_id: PERSON.to_owned(),
        format: None,
        index: None,
        hint: None,
        renewal: None,
    };
    let leave = Leave {
        seed: [9; 32],
        locale: "cs",
    };

    assert!(
        nia(&json!({ "logout": false }))
            .start_logout(&session, &leave, now())
            .await
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_logout_response_is_signed() {
    let response = LogoutResponse {
        id: "_r",
        issued: "2026-11-24T09:16:05Z",
        destination: "https://nia.example.cz/FPSTS/saml2/basic",
        issuer: "https://id.example.cz/upstream/nia/metadata",
        signature: None,
        in_response_to: "_c0ffee",
    };

    let xml = message::signed(response, &pair("sp")).unwrap();

    assert!(signed_by("sp", &xml).is_some(), "{xml}");
}

#[test]
fn our_metadata_are_signed_and_the_same_each_time() {
    for (options, uses) in [
        (
            Value::Null,
            ["signing", "signing", "encryption", "encryption"].as_slice(),
        ),
        (
            json!({ "keys": "two" }),
            ["signing", "encryption"].as_slice(),
        ),
    ] {
        let nia = nia(&options);

        let documents = nia.published();

        assert_eq!(documents, nia.published());
        let xml = String::from_utf8(documents[0].body.clone()).unwrap();
        let signer = if options.is_null() {
            "sp"
        } else {
            "sp-signing"
        };
        assert!(signed_by(signer, &xml).is_some(), "{xml}");
        let document = parse(&xml, &MESSAGE).unwrap();
        let root = Node::root(&document).unwrap();
        assert_eq!(
            root.attribute("entityID"),
            Some("https://id.example.cz/upstream/nia/metadata")
        );
        let told: Vec<_> = root
            .descendants()
            .filter(|node| node.name().1 == "KeyDescriptor")
            .filter_map(|node| node.attribute("use"))
            .collect();
        assert_eq!(told, uses);
    }
}

#[tokio::test]
async fn a_general_provider_is_asked_for_the_classes_that_meet_the_demand() {
    let generic = generic("both");
    let mut ask = ask();
    ask.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Single);

    let xml = request(&generic, &ask).await;

    assert!(
        xml.contains("Comparison=\"exact\"")
            && xml.contains("http://eidas.europa.eu/LoA/substantial"),
        "{xml}"
    );
    assert!(!xml.contains("Extensions"), "{xml}");
    ask.minimum = Demand::new(IdentityLevel::State, LoginLevel::Single);
    assert!(matches!(
        generic.start_login(&ask, asked_at()).await,
        Err(crate::UpstreamError::LevelTooLow)
    ));
}
