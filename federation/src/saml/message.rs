//! Messages we write, from templates that escape every value, and the enveloped signature on them.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::dsig::sign::sign_owned;
use bergshamra::{DsigContext, KeysManager};

use super::keys::{KeyUse, PublishedKey, SamlKeyPair, UnusableKey};

/// A message that can carry an enveloped signature.
pub(crate) trait Signable: Template {
    /// The identifier the signature refers to.
    fn id(&self) -> &str;

    /// Where the signature goes.
    fn put(&mut self, signature: String);
}

/// A request to log a person in.
#[derive(Template)]
#[template(path = "saml/authn_request.xml")]
pub(crate) struct AuthnRequest<'m> {
    pub(crate) id: &'m str,
    pub(crate) issued: &'m str,
    pub(crate) destination: &'m str,
    pub(crate) answer_address: &'m str,
    pub(crate) force: bool,
    pub(crate) issuer: &'m str,
    pub(crate) signature: Option<String>,
    pub(crate) eidas: Option<EidasExtensions>,
    pub(crate) name_id_format: Option<&'m str>,
    pub(crate) comparison: &'static str,
    pub(crate) classes: Vec<&'m str>,
}

/// The eIDAS part of a request: what kind of service asks, for which attributes.
#[derive(Debug, Clone)]
pub(crate) struct EidasExtensions {
    pub(crate) sp_type: &'static str,
    pub(crate) attributes: Vec<RequestedAttribute>,
}

/// One attribute asked for.
#[derive(Debug, Clone)]
pub(crate) struct RequestedAttribute {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) value: Option<u8>,
}

/// A request to end a session.
#[derive(Template)]
#[template(path = "saml/logout_request.xml")]
pub(crate) struct LogoutRequest<'m> {
    pub(crate) id: &'m str,
    pub(crate) issued: &'m str,
    pub(crate) destination: &'m str,
    pub(crate) issuer: &'m str,
    pub(crate) signature: Option<String>,
    pub(crate) format: &'m str,
    pub(crate) name_id: &'m str,
    pub(crate) session_index: Option<&'m str>,
}

/// The answer to a request to end a session.
#[derive(Template)]
#[template(path = "saml/logout_response.xml")]
pub(crate) struct LogoutResponse<'m> {
    pub(crate) id: &'m str,
    pub(crate) issued: &'m str,
    pub(crate) destination: &'m str,
    pub(crate) issuer: &'m str,
    pub(crate) signature: Option<String>,
    pub(crate) in_response_to: &'m str,
}

/// Our metadata.
#[derive(Template)]
#[template(path = "saml/metadata.xml")]
pub(crate) struct Metadata<'m> {
    pub(crate) id: &'m str,
    pub(crate) entity_id: &'m str,
    pub(crate) signature: String,
    pub(crate) sp_type: Option<&'static str>,
    pub(crate) assertions_signed: bool,
    pub(crate) keys: Vec<MetadataKey>,
    pub(crate) logout_address: Option<&'m str>,
    pub(crate) name_id_format: Option<&'m str>,
    pub(crate) answer_address: &'m str,
}

/// One key of our metadata.
#[derive(Debug, Clone)]
pub(crate) struct MetadataKey {
    pub(crate) key_use: &'static str,
    pub(crate) certificate: String,
    pub(crate) encrypts: bool,
}

#[derive(Template)]
#[template(path = "saml/signature.xml")]
struct Signature<'m> {
    id: &'m str,
    certificate: &'m str,
}

/// The message as XML without a signature.
pub(crate) fn plain(message: &impl Template) -> Result<String, UnusableKey> {
    message
        .render()
        .map_err(|_| UnusableKey("the message cannot be written"))
}

/// The message as XML with an enveloped signature.
pub(crate) fn signed(mut message: impl Signable, key: &SamlKeyPair) -> Result<String, UnusableKey> {
    let certificate = STANDARD.encode(key.certificate());
    let signature = plain(&Signature {
        id: message.id(),
        certificate: &certificate,
    })?;
    message.put(signature);
    let mut keys = KeysManager::new();
    keys.add_key(key.signing_key().clone());
    sign_owned(&DsigContext::new(keys), plain(&message)?)
        .map_err(|_| UnusableKey("the key cannot sign"))
}

/// The keys as metadata lists them: signing keys first, a key for both purposes twice.
pub(crate) fn metadata_keys(published: &[PublishedKey]) -> Vec<MetadataKey> {
    let listed = |encrypts: bool, excluded: KeyUse| {
        published
            .iter()
            .filter(move |key| key.key_use != excluded)
            .map(move |key| MetadataKey {
                key_use: if encrypts { "encryption" } else { "signing" },
                certificate: STANDARD.encode(&key.certificate),
                encrypts,
            })
    };
    listed(false, KeyUse::Encryption)
        .chain(listed(true, KeyUse::Signing))
        .collect()
}

impl Signable for AuthnRequest<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn put(&mut self, signature: String) {
        self.signature = Some(signature);
    }
}

impl Signable for LogoutRequest<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn put(&mut self, signature: String) {
        self.signature = Some(signature);
    }
}

impl Signable for LogoutResponse<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn put(&mut self, signature: String) {
        self.signature = Some(signature);
    }
}

impl Signable for Metadata<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn put(&mut self, signature: String) {
        self.signature = signature;
    }
}
