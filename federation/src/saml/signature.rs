//! Signatures: one shape, an allow-list of algorithms, and keys that come from nowhere but our own trust.

use bergshamra::dsig::verify::verify_all_document;
use bergshamra::{DsigContext, KeysManager, VerifyResult};
use uppsala::{Document, NodeId};

use super::certificate::Certificate;
use super::layout::own_id;
use super::names::{DIGESTS, DSIG, ENVELOPED, EXC_C14N, OTHER_SIGNATURES, RSA_SIGNATURES};
use super::tree::Node;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// The certificates whose keys may sign, parsed once.
pub(crate) struct Trust {
    certificates: Vec<Certificate>,
    context: DsigContext,
}

/// Which signature algorithms are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithms {
    /// RSA PKCS#1 v1.5 with SHA-2.
    Rsa,
    /// Also ECDSA and RSA-PSS.
    General,
}

/// A signature in its right place: a direct child of the element it refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    signature: NodeId,
    parent: NodeId,
    key_info: Option<NodeId>,
}

impl Trust {
    /// Trust in these certificates and no others. None at all is no trust: then every signature is refused.
    pub(crate) fn new(certificates: Vec<Certificate>) -> Self {
        let mut keys = KeysManager::new();
        for certificate in &certificates {
            keys.add_key(certificate.verifying_key());
        }
        let context = DsigContext::new(keys)
            .with_trusted_keys_only(true)
            .with_strict_verification(true);
        Self {
            certificates,
            context,
        }
    }

    /// The certificates trusted.
    pub(crate) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Verifies all signatures of a document that stand at the given places, which must be all there are, the outermost
    /// first.
    ///
    /// The `KeyInfo` of a signature is taken out of the document before it is verified: it is outside of what that
    /// signature covers, and nothing in it may take part in choosing a key.
    pub(crate) fn verify(
        &self,
        document: &mut Document<'_>,
        places: &[Place],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if places.is_empty() || self.certificates.is_empty() {
            return Err(Refusal::SignatureMismatch);
        }
        let signatures = document.get_elements_by_tag_name_ns(DSIG, "Signature");
        if signatures.len() != places.len() {
            return Err(Refusal::SignatureMisplaced);
        }
        for place in places {
            if let Some(key_info) = place.key_info {
                document.detach(key_info);
            }
            let results = verify_all_document(&self.context, document)
                .map_err(|_| Refusal::SignatureUnprocessable)?;
            let result = signatures
                .iter()
                .zip(&results)
                .find(|(signature, _)| **signature == place.signature)
                .ok_or(Refusal::SignatureMisplaced)?
                .1;
            self.judge(result, place, now)?;
        }
        Ok(())
    }

    fn judge(&self, result: &VerifyResult, place: &Place, now: Timestamp) -> Result<(), Refusal> {
        let (signature_node, references, key_info) = match result {
            VerifyResult::Valid {
                signature_node,
                references,
                key_info,
            } => (signature_node, references, key_info),
            VerifyResult::Invalid { reason } => return Err(why_invalid(reason)),
        };
        let [reference] = references.as_slice() else {
            return Err(Refusal::SeveralReferences);
        };
        let covers_parent = *signature_node == place.signature
            && reference.resolved_node == Some(place.parent)
            && reference.digest_verified;
        if !covers_parent {
            return Err(Refusal::ReferenceNotParent);
        }
        let name = key_info
            .key_name
            .as_deref()
            .ok_or(Refusal::SignatureUnprocessable)?;
        self.valid_at(name, now)
    }

    /// Whether a certificate of the key that verified is valid now. A renewed certificate may carry the same key.
    pub(crate) fn valid_at(&self, fingerprint: &str, now: Timestamp) -> Result<(), Refusal> {
        let found = self
            .certificates
            .iter()
            .find(|certificate| certificate.fingerprint() == fingerprint);
        let key = found.ok_or(Refusal::SignatureUnprocessable)?.public_key();
        let valid = self
            .certificates
            .iter()
            .any(|certificate| certificate.public_key() == key && certificate.is_valid_at(now));
        if valid {
            Ok(())
        } else {
            Err(Refusal::CertificateOutOfDate)
        }
    }
}

/// The signature of an element, if it has one, with its shape and algorithms checked.
pub(crate) fn of(parent: Node<'_, '_>, allowed: Algorithms) -> Result<Option<Place>, Refusal> {
    let Some(signature) = parent
        .child(DSIG, "Signature")
        .map_err(|_| Refusal::TooManySignatures)?
    else {
        return Ok(None);
    };
    let id = own_id(parent)?;
    let key_info = check_signature(signature, id, allowed)?;
    Ok(Some(Place {
        signature: signature.id(),
        parent: parent.id(),
        key_info,
    }))
}

fn check_signature(
    signature: Node<'_, '_>,
    id: &str,
    allowed: Algorithms,
) -> Result<Option<NodeId>, Refusal> {
    only_attributes(signature, &["Id"])?;
    let children: Vec<_> = signature.children().collect();
    let (info, value, key_info) = match children.as_slice() {
        [info, value] => (info, value, None),
        [info, value, key_info] => (info, value, Some(key_info)),
        _ => return Err(Refusal::SignatureLayout),
    };
    let named = info.is(DSIG, "SignedInfo")
        && value.is(DSIG, "SignatureValue")
        && key_info.is_none_or(|key_info| key_info.is(DSIG, "KeyInfo"));
    if !named || value.text().is_none() {
        return Err(Refusal::SignatureLayout);
    }
    only_attributes(*value, &[])?;
    check_signed_info(*info, id, allowed)?;
    Ok(key_info.map(|key_info| key_info.id()))
}

fn check_signed_info(info: Node<'_, '_>, id: &str, allowed: Algorithms) -> Result<(), Refusal> {
    only_attributes(info, &[])?;
    if info.children_named(DSIG, "Reference").count() != 1 {
        return Err(Refusal::SeveralReferences);
    }
    let children: Vec<_> = info.children().collect();
    let [canonicalization, method, reference] = children.as_slice() else {
        return Err(Refusal::SignatureLayout);
    };
    let named = canonicalization.is(DSIG, "CanonicalizationMethod")
        && method.is(DSIG, "SignatureMethod")
        && reference.is(DSIG, "Reference");
    if !named {
        return Err(Refusal::SignatureLayout);
    }
    if algorithm(*canonicalization)? != EXC_C14N {
        return Err(Refusal::CanonicalizationForbidden);
    }
    only_prefix_list(*canonicalization, Refusal::CanonicalizationForbidden)?;
    let signed_by = algorithm(*method)?;
    let general = allowed == Algorithms::General && OTHER_SIGNATURES.contains(&signed_by);
    if !RSA_SIGNATURES.contains(&signed_by) && !general {
        return Err(Refusal::SignatureAlgorithmForbidden);
    }
    if method.children().next().is_some() {
        return Err(Refusal::SignatureLayout);
    }
    check_reference(*reference, id)
}

fn check_reference(reference: Node<'_, '_>, id: &str) -> Result<(), Refusal> {
    only_attributes(reference, &["URI"])?;
    if reference
        .attribute("URI")
        .and_then(|uri| uri.strip_prefix('#'))
        != Some(id)
    {
        return Err(Refusal::ReferenceNotParent);
    }
    let children: Vec<_> = reference.children().collect();
    let [transforms, method, value] = children.as_slice() else {
        return Err(Refusal::SignatureLayout);
    };
    let named = transforms.is(DSIG, "Transforms")
        && method.is(DSIG, "DigestMethod")
        && value.is(DSIG, "DigestValue");
    if !named || value.text().is_none() || method.children().next().is_some() {
        return Err(Refusal::SignatureLayout);
    }
    only_attributes(*transforms, &[])?;
    only_attributes(*value, &[])?;
    check_transforms(*transforms)?;
    if DIGESTS.contains(&algorithm(*method)?) {
        Ok(())
    } else {
        Err(Refusal::DigestAlgorithmForbidden)
    }
}

fn check_transforms(transforms: Node<'_, '_>) -> Result<(), Refusal> {
    let children: Vec<_> = transforms.children().collect();
    let [enveloped, exclusive] = children.as_slice() else {
        return Err(Refusal::TransformForbidden);
    };
    let named = enveloped.is(DSIG, "Transform") && exclusive.is(DSIG, "Transform");
    if !named || algorithm(*enveloped)? != ENVELOPED || algorithm(*exclusive)? != EXC_C14N {
        return Err(Refusal::TransformForbidden);
    }
    if enveloped.children().next().is_some() {
        return Err(Refusal::TransformForbidden);
    }
    only_prefix_list(*exclusive, Refusal::TransformForbidden)
}

/// The `Algorithm` of a method, which must be its only attribute: verification looks it up by the local name alone.
fn algorithm<'d>(method: Node<'d, '_>) -> Result<&'d str, Refusal> {
    only_attributes(method, &["Algorithm"])?;
    method
        .attribute("Algorithm")
        .ok_or(Refusal::SignatureLayout)
}

/// Exclusive canonicalisation may name prefixes to treat inclusively, and nothing else.
fn only_prefix_list(method: Node<'_, '_>, refusal: Refusal) -> Result<(), Refusal> {
    for (at, parameter) in method.children().enumerate() {
        let harmless = at == 0
            && parameter.is(EXC_C14N, "InclusiveNamespaces")
            && parameter.children().next().is_none()
            && parameter.attribute("PrefixList").is_some();
        if !harmless {
            return Err(refusal);
        }
        only_attributes(parameter, &["PrefixList"])?;
    }
    Ok(())
}

fn only_attributes(node: Node<'_, '_>, known: &[&str]) -> Result<(), Refusal> {
    let strange = node
        .attributes()
        .any(|(namespace, local, _)| namespace.is_some() || !known.contains(&local));
    if strange {
        Err(Refusal::SignatureLayout)
    } else {
        Ok(())
    }
}

/// Sorts the library's words; they decide about nothing but the code of the refusal.
fn why_invalid(reason: &str) -> Refusal {
    if reason.starts_with("Reference digest failed") {
        Refusal::DigestMismatch
    } else if reason.starts_with("signature value verification failed")
        || reason.contains("no trusted key")
    {
        Refusal::SignatureMismatch
    } else {
        Refusal::SignatureUnprocessable
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust")
            .field("certificates", &self.certificates)
            .finish_non_exhaustive()
    }
}
