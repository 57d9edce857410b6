//! A general SAML provider: plain assertions in a signed response, by OpenSSL. Its documents are written in canonical form, so
//! what is signed is what stands there.

use std::path::PathBuf;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use openssl::asn1::Asn1Time;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::{X509, X509Name};
use serde_json::{Value, json};
use tests::broker::TestBroker;
use tests::engines;
use url::Url;

const ENTITY: &str = "https://idp.univerzita.example/metadata";
const CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The provider: a file of metadata, and answers.
pub(super) struct SamlTwin {
    metadata: PathBuf,
}

impl SamlTwin {
    /// Writes its metadata.
    pub(super) fn new() -> Self {
        let metadata = engines::folder().join("idp-metadata.xml");
        let certificate = STANDARD.encode(CERTIFICATE.to_der().unwrap());
        let text = format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"{DSIG}\" entityID=\"{ENTITY}\">\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"{SAMLP}\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo>\
             <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
             Location=\"https://idp.univerzita.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
        );
        std::fs::write(&metadata, text).unwrap();
        Self { metadata }
    }

    /// `[provider]` of a broker whose only way in it is, as `university`.
    pub(super) fn only_way_in(&self) -> Value {
        json!({ "demo": null, "university": {
            "kind": "saml", "environment": "sandbox", "title": { "cs": "Univerzita" }, "metadata_file": self.metadata,
            "idp_entity_id": ENTITY, "signed": "response", "encryption": "optional", "logout": false,
            "attribute": { "given_name": "urn:oid:2.5.4.42", "family_name": "urn:oid:2.5.4.4" },
            "level": { CLASS: { "identity": "town", "login": "single" } },
        } })
    }

    /// The form that answers the request in an address.
    pub(super) fn answers(broker: &TestBroker, asked: &Url) -> Vec<(String, String)> {
        Self::form(broker, asked, Ending::In)
    }

    /// The same of a person who gave up there.
    pub(super) fn cancels(broker: &TestBroker, asked: &Url) -> Vec<(String, String)> {
        Self::form(broker, asked, Ending::Cancelled)
    }

    /// The same where the provider itself does not work, and says so.
    pub(super) fn fails(broker: &TestBroker, asked: &Url) -> Vec<(String, String)> {
        Self::form(broker, asked, Ending::Failed)
    }

    /// The same with a status that it did not sign, and no assertion.
    pub(super) fn says_unsigned(
        broker: &TestBroker,
        asked: &Url,
        status: &'static str,
    ) -> Vec<(String, String)> {
        Self::form(broker, asked, Ending::Unsigned(status))
    }

    fn form(broker: &TestBroker, asked: &Url, ending: Ending) -> Vec<(String, String)> {
        let (_, relay_state) = asked
            .query_pairs()
            .find(|(name, _)| name == "RelayState")
            .unwrap();
        let document = Document {
            request: &relay_state,
            to: &broker.at("/upstream/university/answer"),
            audience: &broker.at("/upstream/university/metadata"),
            now: broker.clock.now(),
            ending,
        };
        vec![
            (
                "SAMLResponse".to_owned(),
                STANDARD.encode(match ending {
                    Ending::Unsigned(_) => document.with(""),
                    _ => document.signed(),
                }),
            ),
            ("RelayState".to_owned(), relay_state.into_owned()),
        ]
    }
}

/// A response about Žofie Řehořová.
struct Document<'d> {
    /// The identifier of the request, which is its relay state, too.
    request: &'d str,
    to: &'d str,
    audience: &'d str,
    now: DateTime<Utc>,
    ending: Ending,
}

/// How a login there ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    In,
    Cancelled,
    Failed,
    Unsigned(&'static str),
}

impl Document<'_> {
    /// The document; the signature goes in between issuer and status.
    fn with(&self, signature: &str) -> String {
        let Self {
            request,
            to,
            audience,
            ..
        } = self;
        let at = |minutes| {
            (self.now + Duration::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Secs, true)
        };
        let (now, end) = (at(0), at(10));
        let attribute = |name: &str, value: &str| {
            format!(
                "<saml:Attribute Name=\"{name}\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">\
                 <saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
            )
        };
        let attributes = [
            attribute("urn:oid:2.5.4.42", "Žofie"),
            attribute("urn:oid:2.5.4.4", "Řehořová"),
        ]
        .concat();
        let status = |code: &str, inside: &str| {
            format!(
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\">{inside}</samlp:StatusCode>"
            )
        };
        let status = match self.ending {
            Ending::In => status("Success", ""),
            Ending::Cancelled => status("Responder", &status("AuthnFailed", "")),
            Ending::Failed => status("Responder", ""),
            Ending::Unsigned(code) => status(code, ""),
        };
        let assertion = format!(
            "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{request}-a\" IssueInstant=\"{now}\" Version=\"2.0\">\
             <saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject>\
             <saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">7c1f0e5a-zofie</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
             InResponseTo=\"{request}\" NotOnOrAfter=\"{end}\" Recipient=\"{to}\"></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"{now}\" NotOnOrAfter=\"{end}\">\
             <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{now}\" SessionIndex=\"_session\"><saml:AuthnContext>\
             <saml:AuthnContextClassRef>{CLASS}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        );
        let assertion = if self.ending == Ending::In {
            assertion.as_str()
        } else {
            ""
        };
        format!(
            "<samlp:Response xmlns:samlp=\"{SAMLP}\" Destination=\"{to}\" ID=\"{request}-r\" InResponseTo=\"{request}\" \
             IssueInstant=\"{now}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"{SAML}\">{ENTITY}</saml:Issuer>{signature}\
             <samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
        )
    }

    fn signed(&self) -> String {
        let digest = hash(MessageDigest::sha256(), self.with("").as_bytes()).unwrap();
        let digest = STANDARD.encode(digest);
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"{DSIG}\"><ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#{}-r\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"{EXC_C14N}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            self.request
        );
        let mut signer = Signer::new(MessageDigest::sha256(), &KEY).unwrap();
        signer.update(info.as_bytes()).unwrap();
        let value = STANDARD.encode(signer.sign_to_vec().unwrap());
        self.with(&format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        ))
    }
}

static KEY: LazyLock<PKey<Private>> =
    LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());

static CERTIFICATE: LazyLock<X509> = LazyLock::new(|| {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "idp.univerzita.example")
        .unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(&KEY).unwrap();
    let day = |text| Asn1Time::from_str(text).unwrap();
    certificate.set_not_before(&day("20200101000000Z")).unwrap();
    certificate.set_not_after(&day("20400101000000Z")).unwrap();
    certificate.sign(&KEY, MessageDigest::sha256()).unwrap();
    certificate.build()
});
