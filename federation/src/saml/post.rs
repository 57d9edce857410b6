//! The HTTP-POST binding: a form with one message, base64 of the XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scan::MESSAGE;
use crate::answer::{Answer, Method};
use crate::refusal::Refusal;

/// The largest body we look at.
const BODY_LIMIT: usize = 256 * 1024;
/// The longest RelayState the binding allows.
pub(crate) const RELAY_STATE_LIMIT: usize = 80;

/// A message from a form.
pub(crate) struct Posted {
    /// The XML.
    pub(crate) xml: String,
    /// What came along.
    pub(crate) relay_state: Option<String>,
}

/// Reads the one field of that name.
pub(crate) fn read(answer: &Answer, field: &'static str) -> Result<Posted, Refusal> {
    let relay_state = relay_state(answer)?;
    let mut message = None;
    for (name, value) in answer.fields() {
        if name == "SAMLRequest" || name == "SAMLResponse" {
            if message.is_some() {
                return Err(Refusal::ParameterRepeated);
            }
            message = Some((name == field, value.into_owned()));
        }
    }
    let (_, encoded) = message
        .filter(|(expected, _)| *expected)
        .ok_or(Refusal::MessageMissing)?;
    Ok(Posted {
        xml: decode(&encoded)?,
        relay_state,
    })
}

/// Whether a form has a field of that name, without looking further.
pub(crate) fn has(answer: &Answer, field: &str) -> bool {
    answer.body.len() <= BODY_LIMIT && answer.fields().iter().any(|(name, _)| name == field)
}

/// The RelayState of a form, at most one.
pub(crate) fn relay_state(answer: &Answer) -> Result<Option<String>, Refusal> {
    if answer.method != Method::Post {
        return Err(Refusal::WrongMethod);
    }
    if !answer.is_form() {
        return Err(Refusal::NotAForm);
    }
    if answer.body.len() > BODY_LIMIT {
        return Err(Refusal::TooLarge);
    }
    let fields = answer.fields();
    let mut values = fields.iter().filter(|(name, _)| name == "RelayState");
    let first = values.next().map(|(_, value)| value.to_string());
    if values.next().is_some() {
        return Err(Refusal::ParameterRepeated);
    }
    if first
        .as_ref()
        .is_some_and(|value| value.len() > RELAY_STATE_LIMIT)
    {
        return Err(Refusal::RelayStateMalformed);
    }
    Ok(first)
}

/// Base64 of the standard alphabet, in one piece or in lines, of UTF-8 text.
pub(crate) fn decode(encoded: &str) -> Result<String, Refusal> {
    let compact: String = encoded
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    let octets = STANDARD.decode(compact).map_err(|_| Refusal::BadBase64)?;
    if octets.len() > MESSAGE.octets {
        return Err(Refusal::TooLarge);
    }
    String::from_utf8(octets).map_err(|_| Refusal::NotUtf8)
}

/// How we write a message into a form.
pub(crate) fn encode(xml: &str) -> String {
    STANDARD.encode(xml)
}
