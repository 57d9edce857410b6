//! Messages that NIA's test environment really sent, when they are at hand.

use std::path::PathBuf;

use serde_json::Value;

use super::corpus::code;
use super::world::{ask, asked_at, form, now, provider, read, request_id};
use crate::inbound::{Inbound, InboundKind};
use crate::saml::certificate::Certificate;
use crate::saml::scan::MESSAGE;
use crate::saml::tree::{Node, parse};

#[cfg(official)]
const FOLDER: &str = env!("CITY_SHARED_FOLDER");
#[cfg(not(official))]
const FOLDER: &str = "";

/// A folder of official schemas or captured messages, which `build.rs` found. A test that asks for one is ignored where they
/// are not at hand.
pub(crate) fn shared(name: &str) -> PathBuf {
    let folder = PathBuf::from(FOLDER).join(name);
    assert!(folder.is_dir(), "{} is missing", folder.display());
    folder
}

#[tokio::test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
async fn captured_answers_fail_only_because_pretty_printing_broke_their_signature() {
    let folder = shared("samples/nia");
    let nia = provider("nia", &Value::Null);
    for name in ["dummy_idp_response.xml", "fail_idp_response.xml"] {
        let xml = std::fs::read(folder.join(name)).unwrap();
        let departure = nia.start_login(&ask(), asked_at()).await.unwrap();

        let error = nia
            .finish_login(
                departure.state,
                form("SAMLResponse", &xml, &request_id()),
                now(),
            )
            .await
            .unwrap_err();

        assert_eq!(code(&error), "digest-mismatch", "{name}");
    }
}

/// The committed documents have the captured layout: the same elements with the same prefixes and attributes.
#[test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
fn our_documents_are_built_like_the_captured_ones() {
    let folder = shared("samples/nia");
    let captured = std::fs::read_to_string(folder.join("dummy_idp_response.xml")).unwrap();

    assert_eq!(
        outline(&String::from_utf8(read("valid.xml")).unwrap()),
        outline(&captured)
    );
}

#[test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
fn the_captured_certificates_are_readable() {
    let folder = shared("samples/nia");
    let text = std::fs::read_to_string(folder.join("tnia.crt")).unwrap();

    let certificate = Certificate::from_pem(&text).unwrap();

    assert!(
        certificate.common_name().contains("FPSTS"),
        "{certificate:?}"
    );
}

/// The captured logout response is for another provider's address; everything before that is read.
#[tokio::test]
#[cfg_attr(
    not(official),
    ignore = "the official schemas and captured messages are not at hand"
)]
async fn the_captured_logout_response_fails_only_because_it_is_addressed_to_somebody_else() {
    let folder = shared("samples/nia");
    let xml = std::fs::read(folder.join("dummy_idp_logout_response.xml")).unwrap();
    let message = Inbound {
        kind: InboundKind::Logout,
        answer: form("SAMLResponse", &xml, "state"),
    };

    let error = provider("nia", &Value::Null)
        .receive(message, now())
        .await
        .unwrap_err();

    assert_eq!(code(&error), "destination-wrong");
}

/// Start tags without values: names with prefixes, attribute names, declared prefixes.
fn outline(xml: &str) -> Vec<String> {
    let document = parse(xml, &MESSAGE).unwrap();
    let root = Node::root(&document).unwrap();
    let describe = |node: Node<'_, '_>| {
        let attributes: Vec<_> = node.attributes().map(|(_, local, _)| local).collect();
        let declared: Vec<_> = node
            .declarations()
            .map(|(prefix, name)| format!("{prefix}={name}"))
            .collect();
        format!("{:?} {attributes:?} {declared:?}", node.name())
    };
    root.descendants().map(describe).collect()
}
