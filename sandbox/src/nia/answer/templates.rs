//! The XML we send, as templates: prefixes and default namespaces are NIA's, and there is no `ds:` among them.
//!
//! Templates are written in lines for people; on the wire there is one line, as NIA sends it.

use askama::Template;

use super::draft::AttributeDraft;
use crate::error::Failure;

/// `Signature`, with or without its values.
#[derive(Debug, Template)]
#[template(path = "nia/xml/signature.xml")]
pub struct SignatureTemplate<'a> {
    /// `ID` of the signed element.
    pub id: &'a str,
    /// Algorithm.
    pub signature_method: &'a str,
    /// Algorithm.
    pub digest_method: &'a str,
    /// base64
    pub digest: &'a str,
    /// base64
    pub value: &'a str,
    /// base64
    pub certificate: &'a str,
}

/// `Response`
#[derive(Debug, Template)]
#[template(path = "nia/xml/response.xml")]
pub struct Response<'a> {
    /// `ID`
    pub id: &'a str,
    /// `IssueInstant`
    pub issued_at: &'a str,
    /// `Destination`
    pub destination: &'a str,
    /// `InResponseTo`
    pub in_response_to: Option<&'a str>,
    /// `Issuer`
    pub issuer: &'a str,
    /// Markup: the signature.
    pub signature: &'a str,
    /// Markup: `Extensions`, which NIA does not send.
    pub extensions: &'a str,
    /// `StatusCode`
    pub status: &'a str,
    /// The nested `StatusCode`
    pub second_status: Option<&'a str>,
    /// Markup inside `StatusDetail`, which NIA does not send.
    pub status_detail: &'a str,
    /// Markup: the assertions.
    pub assertions: &'a str,
}

/// `Assertion`
#[derive(Debug, Template)]
#[template(path = "nia/xml/assertion.xml")]
pub struct Assertion<'a> {
    /// `ID`
    pub id: &'a str,
    /// `IssueInstant`
    pub issued_at: &'a str,
    /// `Issuer`
    pub issuer: &'a str,
    /// Markup: the signature.
    pub signature: &'a str,
    /// `NameID`
    pub name_id: &'a str,
    /// Its format.
    pub name_id_format: &'a str,
    /// `InResponseTo`
    pub in_response_to: Option<&'a str>,
    /// `NotOnOrAfter`
    pub not_on_or_after: &'a str,
    /// `Recipient`
    pub recipient: &'a str,
    /// `Conditions`
    pub has_conditions: bool,
    /// `NotBefore`
    pub not_before: &'a str,
    /// `Audience`
    pub audience: Option<&'a str>,
    /// Markup inside `Advice`, which NIA does not send.
    pub advice: &'a str,
    /// `AttributeStatement`
    pub attributes: &'a [AttributeDraft],
    /// `AuthnInstant`
    pub authenticated_at: &'a str,
    /// `SessionIndex`
    pub session_index: &'a str,
    /// `SubjectLocality`
    pub client_address: &'a str,
    /// `AuthnContextClassRef`
    pub context_class: &'a str,
}

/// `EncryptedAssertion`
#[derive(Debug, Template)]
#[template(path = "nia/xml/encrypted_assertion.xml")]
pub struct EncryptedAssertion<'a> {
    /// Algorithm of the content.
    pub cipher: &'a str,
    /// Algorithm of the key.
    pub transport: &'a str,
    /// Digest of OAEP.
    pub digest: Option<&'a str>,
    /// Mask of OAEP.
    pub mask: Option<&'a str>,
    /// Who issued the certificate.
    pub issuer_name: &'a str,
    /// Its number there.
    pub serial_number: &'a str,
    /// base64
    pub key: &'a str,
    /// base64
    pub content: &'a str,
}

/// Writes a template as one line. Lines that begin with a tag are joined to the line before, others by a space.
pub fn write(template: &impl Template) -> Result<String, Failure> {
    let text = template.render()?;
    let mut line = String::with_capacity(text.len());
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        if !(line.is_empty()
            || part.starts_with('<')
            || part.starts_with("/>")
            || part.starts_with('>'))
        {
            line.push(' ');
        }
        line.push_str(part);
    }
    Ok(line)
}
