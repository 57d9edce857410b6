//! The envelope around a message (SOAP 1.1, 4).

use super::{
    Fault,
    element::{Content, Element},
    read::Malformed,
    write::write,
};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SHOWN: usize = 300;

/// The message in its envelope, as octets to send.
pub(crate) fn around(message: &Element) -> String {
    let body = Element {
        content: vec![Content::Element(message.clone())],
        ..Element::new(ENVELOPE, "Body")
    };
    let mut xml = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    write(&Element::new(ENVELOPE, "Envelope").with(body), "", &mut xml);
    xml
}

/// The one element inside the envelope's body.
///
/// 1. The root is `Envelope` of SOAP 1.1; inside are an optional `Header` and then one `Body`, nothing else.
/// 2. No header demands to be understood: we understand none.
/// 3. The body holds exactly one element. Two would leave the choice to the reader.
pub(crate) fn inside(envelope: Element) -> Result<Element, Malformed> {
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(Malformed::NotSoap);
    }
    let mut parts = into_children(envelope).into_iter().peekable();
    if let Some(header) = parts.next_if(|part| part.is(ENVELOPE, "Header")) {
        let demands = |entry: &Element| {
            entry
                .attribute_of(ENVELOPE, "mustUnderstand")
                .is_some_and(|value| value.trim() != "0")
        };
        if header.children().any(demands) {
            return Err(Malformed::MustUnderstand);
        }
    }
    let body = parts.next().filter(|part| part.is(ENVELOPE, "Body"));
    let (Some(body), None) = (body, parts.next()) else {
        return Err(Malformed::NotSoap);
    };
    let mut entries = into_children(body).into_iter();
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        _ => Err(Malformed::NotOneEntry),
    }
}

/// The fault, when the element is one. Its parts have no namespace in SOAP 1.1; some services give them the envelope's.
pub(crate) fn fault(entry: &Element) -> Option<Fault> {
    if !entry.is(ENVELOPE, "Fault") {
        return None;
    }
    let part = |name: &str| {
        let found = entry.children().find(|child| child.local == name);
        let text = found.and_then(Element::text).unwrap_or_default();
        text.trim().chars().take(SHOWN).collect::<String>()
    };
    let code = part("faultcode");
    let code = match code.split_once(':') {
        Some((prefix, local)) if !prefix.contains(' ') => local.to_owned(),
        _ => code,
    };
    Some(Fault {
        code,
        text: part("faultstring"),
    })
}

fn into_children(element: Element) -> Vec<Element> {
    element
        .content
        .into_iter()
        .filter_map(|content| match content {
            Content::Element(child) => Some(child),
            Content::Text(_) => None,
        })
        .collect()
}
