//! SOAP 1.1 as servers of the state speak it: one child in the body, document and literal.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use quick_xml::escape::escape;

use crate::xml::{self, Element, XmlError};

/// The namespace of the envelope.
pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The media type of SOAP 1.1.
pub const TEXT_XML: &str = "text/xml; charset=utf-8";

/// Why a request is answered with a fault.
#[derive(Debug, thiserror::Error)]
pub enum SoapError {
    /// Not XML, or XML with what could pull in more.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// Not UTF-8.
    #[error("the body is not UTF-8")]
    Encoding,
    /// Not an envelope of SOAP 1.1 with one element in its body.
    #[error("this is not a SOAP 1.1 envelope with one element in its body")]
    Envelope,
    /// Not for this endpoint.
    #[error("the operation {0} is not served here")]
    Operation(String),
    /// An element is missing, doubled or of a wrong shape.
    #[error("{0} is missing or malformed")]
    Content(&'static str),
}

/// The one element in the body of a request.
pub fn request(body: &[u8]) -> Result<Element, SoapError> {
    let text = std::str::from_utf8(body).map_err(|_| SoapError::Encoding)?;
    let envelope = xml::parse(text.trim_start_matches('\u{feff}'))?;
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(SoapError::Envelope);
    }
    let mut bodies = envelope.children_named(ENVELOPE, "Body");
    match (bodies.next(), bodies.next()) {
        (Some(body), None) => match body.children.as_slice() {
            [operation] => Ok(operation.clone()),
            _ => Err(SoapError::Envelope),
        },
        _ => Err(SoapError::Envelope),
    }
}

/// An envelope around the XML of a body. Prefixes change from answer to answer, as nobody may rely on them.
pub fn envelope(body: &str, variety: u64) -> String {
    let prefix = match variety % 3 {
        0 => "SOAP-ENV",
        1 => "soapenv",
        _ => "S",
    };
    format!(
        "<{prefix}:Envelope xmlns:{prefix}=\"{ENVELOPE}\"><{prefix}:Header/><{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>"
    )
}

/// The XML of a fault for a body.
pub fn fault_body(code: &str, text: &str) -> String {
    format!(
        "<f:Fault xmlns:f=\"{ENVELOPE}\"><faultcode>{}</faultcode><faultstring>{}</faultstring></f:Fault>",
        escape(code),
        escape(text)
    )
}

/// An answer with a status and the XML of its body.
pub fn answer(status: StatusCode, body: &str, variety: u64) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, TEXT_XML)],
        envelope(body, variety),
    )
        .into_response()
}

/// A fault, which is always HTTP 500 unless the whole service is away.
pub fn fault(status: StatusCode, code: &str, text: &str) -> Response {
    answer(status, &fault_body(code, text), 1)
}

impl SoapError {
    /// The fault that says so: the sender is to blame.
    pub fn into_fault(self) -> Response {
        tracing::info!(error = %self, "soap.refused");
        fault(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SOAP-ENV:Client",
            &self.to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(body: &str) -> String {
        format!("<e:Envelope xmlns:e=\"{ENVELOPE}\"><e:Body>{body}</e:Body></e:Envelope>")
    }

    #[test]
    fn the_one_element_in_the_body_is_the_request() {
        let found = request(wrapped("<q xmlns='urn:x'>1</q>").as_bytes()).unwrap();

        assert!(found.is("urn:x", "q"));
    }

    #[test]
    fn every_answer_is_an_envelope_whatever_its_prefix() {
        for variety in 0..3 {
            let text = envelope("<q xmlns='urn:x'/>", variety);
            assert!(request(text.as_bytes()).unwrap().is("urn:x", "q"), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            wrapped(""),
            wrapped("<a/><b/>"),
            format!("<!DOCTYPE e>{}", wrapped("<a/>")),
            wrapped("<a/>").replace(ENVELOPE, "http://www.w3.org/2003/05/soap-envelope"),
            format!(
                "<e:Envelope xmlns:e=\"{ENVELOPE}\"><e:Body><a/></e:Body><e:Body><b/></e:Body></e:Envelope>"
            ),
            "<a/>".to_owned(),
            "SOAP".to_owned(),
        ] {
            assert!(request(text.as_bytes()).is_err(), "{text}");
        }
        assert!(matches!(request(b"\xff\xfe"), Err(SoapError::Encoding)));
    }
}
