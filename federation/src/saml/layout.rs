//! Where things may stand in a document: identifiers, signatures, assertions, encrypted data.
//!
//! Every wrapping attack needs a second assertion, a second identifier or a signature somewhere else. This pass walks
//! the whole document once and refuses each of these before any signature is looked at, so that afterwards there is
//! one place for everything and no search by name.

use std::collections::HashSet;

use super::names::{DSIG, SAML, SAMLP, XENC, XENC11, XML, XMLNS};
use super::tree::Node;
use crate::refusal::Refusal;

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `samlp:Response` with one assertion, plain or encrypted.
    Response,
    /// A `saml:Assertion` that was encrypted, as a document of its own.
    Assertion,
    /// A message without an assertion: logout request and response.
    Message,
    /// Metadata.
    Metadata,
}

/// Walks the document and refuses what stands in the wrong place.
pub(crate) fn check(root: Node<'_, '_>, kind: Kind) -> Result<(), Refusal> {
    let mut ids = HashSet::new();
    let mut assertions = 0_usize;
    for node in root.descendants() {
        check_namespaces(node)?;
        check_id(node, kind, &mut ids)?;
        let at_root = node.id() == root.id();
        match node.name() {
            (DSIG, "Signature") => check_signature_place(root, node, kind)?,
            (SAML, "Assertion") if at_root && kind == Kind::Assertion => {}
            (SAML, "Assertion" | "EncryptedAssertion") => {
                let in_response =
                    kind == Kind::Response && node.parent().map(Node::id) == Some(root.id());
                if !in_response {
                    return Err(Refusal::AssertionMisplaced);
                }
                assertions += 1;
                if assertions > 1 {
                    return Err(Refusal::SeveralAssertions);
                }
            }
            (SAMLP, "Response") if !(at_root && kind == Kind::Response) => {
                return Err(Refusal::UnexpectedElement);
            }
            (SAML, "EncryptedID" | "EncryptedAttribute") | (SAMLP, "NewEncryptedID") => {
                return Err(Refusal::EncryptionMisplaced);
            }
            (XENC | XENC11, local) if kind != Kind::Metadata => {
                check_encryption_place(node, local)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The identifier of a signed element.
pub(crate) fn own_id<'d>(node: Node<'d, '_>) -> Result<&'d str, Refusal> {
    node.attribute("ID")
        .filter(|id| super::id::is_name(id))
        .ok_or(Refusal::MalformedId)
}

/// A namespace nobody uses visibly is not part of what exclusive canonicalisation signs, so anybody may change its name.
/// Canonicalisers differ in what they do with a name that is no absolute URI; here it is refused.
fn check_namespaces(node: Node<'_, '_>) -> Result<(), Refusal> {
    for (prefix, name) in node.declarations() {
        let reserved = prefix == "xml" || prefix == "xmlns" || name == XML || name == XMLNS;
        if reserved || !is_absolute_uri(name) {
            return Err(Refusal::StrangeNamespace);
        }
    }
    Ok(())
}

/// The characters and the shape of an absolute URI (RFC 3986), without taking it apart any further.
fn is_absolute_uri(name: &str) -> bool {
    let Some((scheme, rest)) = name.split_once(':') else {
        return false;
    };
    let scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let plain = rest
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c));
    let mut escapes = rest.split('%').skip(1);
    let escaped = escapes
        .all(|text| text.len() >= 2 && text.bytes().take(2).all(|octet| octet.is_ascii_hexdigit()));
    scheme && plain && escaped && rest.matches('#').count() <= 1
}

/// One identifier attribute per vocabulary: `ID` in SAML, `Id` in XML Signature and XML Encryption. Verification looks
/// identifiers up by the local name alone, so every other attribute of such a name is refused wherever it stands.
fn check_id(node: Node<'_, '_>, kind: Kind, ids: &mut HashSet<String>) -> Result<(), Refusal> {
    for (namespace, local, value) in node.attributes() {
        let like_an_id =
            local.eq_ignore_ascii_case("id") || local.eq_ignore_ascii_case("assertionid");
        if !like_an_id {
            continue;
        }
        let ours = match node.name().0 {
            SAML | SAMLP => local == "ID",
            DSIG | XENC => local == "Id",
            _ => kind == Kind::Metadata && (local == "ID" || local == "Id"),
        };
        if !ours || namespace.is_some() {
            return Err(Refusal::ForeignIdAttribute);
        }
        if !super::id::is_name(value) {
            return Err(Refusal::MalformedId);
        }
        if !ids.insert(value.to_owned()) {
            return Err(Refusal::DuplicateId);
        }
    }
    Ok(())
}

fn check_signature_place(
    root: Node<'_, '_>,
    node: Node<'_, '_>,
    kind: Kind,
) -> Result<(), Refusal> {
    let parent = node.parent().ok_or(Refusal::SignatureMisplaced)?;
    let on_root = parent.id() == root.id();
    let on_assertion = kind == Kind::Response
        && parent.is(SAML, "Assertion")
        && parent.parent().map(Node::id) == Some(root.id());
    if !on_root && !on_assertion {
        return Err(Refusal::SignatureMisplaced);
    }
    if parent.children_named(DSIG, "Signature").count() > 1 {
        return Err(Refusal::TooManySignatures);
    }
    Ok(())
}

fn check_encryption_place(node: Node<'_, '_>, local: &str) -> Result<(), Refusal> {
    let parent = node.parent();
    let inside = |namespace, name| parent.is_some_and(|parent| parent.is(namespace, name));
    let in_its_place = match local {
        "EncryptedData" => inside(SAML, "EncryptedAssertion"),
        "EncryptedKey" => {
            inside(DSIG, "KeyInfo")
                && parent
                    .and_then(Node::parent)
                    .is_some_and(|data| data.is(XENC, "EncryptedData"))
        }
        _ => {
            inside(XENC, "EncryptedData")
                || inside(XENC, "EncryptedKey")
                || inside(XENC, "CipherData")
                || inside(XENC, "EncryptionMethod")
        }
    };
    if in_its_place {
        Ok(())
    } else {
        Err(Refusal::EncryptionMisplaced)
    }
}
