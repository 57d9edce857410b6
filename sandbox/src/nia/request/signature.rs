//! The three forms of a signature: beside the message, inside a posted one, and inside a deflated one.

use openssl::hash::MessageDigest;
use openssl::sign::Verifier;
use openssl::x509::X509;
use samael::crypto::{
    AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider as _, ReduceMode,
};

use super::super::names::{DSIG, RSA_SHA256, RSA_SHA384, RSA_SHA512};
use super::super::refusal::Refusal;
use super::carried::{Carried, Detached};
use crate::xml::{self, Element};

const ALLOWED: [AllowedSignatureAlgorithm; 3] = [
    AllowedSignatureAlgorithm::RsaSha256,
    AllowedSignatureAlgorithm::RsaSha384,
    AllowedSignatureAlgorithm::RsaSha512,
];

/// Whether the message is signed in any form.
pub fn is_signed(carried: &Carried, message: &Element) -> bool {
    carried.detached.is_some() || message.child(DSIG, "Signature").is_some()
}

/// Verifies the signature and returns only what it covers.
pub fn verify(
    carried: &Carried,
    message: &Element,
    certificates: &[X509],
) -> Result<Element, Refusal> {
    if let Some(detached) = &carried.detached {
        verify_detached(detached, certificates)?;
        return Ok(message.clone());
    }
    if message.child(DSIG, "Signature").is_none() {
        return Err(Refusal::Unsigned);
    }
    verify_enveloped(&carried.xml, message, certificates)
}

fn verify_detached(detached: &Detached, certificates: &[X509]) -> Result<(), Refusal> {
    let digest = match detached.algorithm.as_str() {
        RSA_SHA256 => MessageDigest::sha256(),
        RSA_SHA384 => MessageDigest::sha384(),
        RSA_SHA512 => MessageDigest::sha512(),
        other => return Err(Refusal::Algorithm(other.to_owned())),
    };
    let fits = certificates
        .iter()
        .any(|certificate| fits(detached, digest, certificate).unwrap_or(false));
    fits.then_some(()).ok_or(Refusal::Signature)
}

fn fits(
    detached: &Detached,
    digest: MessageDigest,
    certificate: &X509,
) -> Result<bool, openssl::error::ErrorStack> {
    let key = certificate.public_key()?;
    let mut verifier = Verifier::new(digest, &key)?;
    verifier.verify_oneshot(&detached.signature, &detached.octets)
}

fn verify_enveloped(
    text: &str,
    message: &Element,
    certificates: &[X509],
) -> Result<Element, Refusal> {
    check_algorithm(message)?;
    let certificates: Vec<CertificateDer> = certificates
        .iter()
        .filter_map(|certificate| certificate.to_der().ok())
        .map(CertificateDer::from)
        .collect();
    let mode = ReduceMode::ValidateAndMarkNoAncestors;
    let covered = Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        text,
        &certificates,
        mode,
        Some(&ALLOWED),
    )
    .map_err(|_| Refusal::Signature)?;
    let covered = xml::parse(&covered).map_err(|error| Refusal::Xml(error.to_string()))?;

    let whole = covered.is(&message.namespace, &message.name)
        && covered.attribute("ID") == message.attribute("ID");
    whole.then_some(covered).ok_or(Refusal::Coverage)
}

/// libxmlsec1 would refuse it too, only less readably.
fn check_algorithm(message: &Element) -> Result<(), Refusal> {
    for method in message.descendants(DSIG, "SignatureMethod") {
        let algorithm = method.attribute("Algorithm").unwrap_or_default();
        if ![RSA_SHA256, RSA_SHA384, RSA_SHA512].contains(&algorithm) {
            return Err(Refusal::Algorithm(algorithm.to_owned()));
        }
    }
    Ok(())
}
