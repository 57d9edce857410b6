//! An element as XML.

use quick_xml::escape::escape;

use super::element::{Content, Element};

/// The element as XML, well-formed whatever its texts are: markup in them is escaped, and a character that XML cannot hold
/// becomes U+FFFD. Namespaces are declared where they change, without prefixes; an attribute keeps no namespace of its own.
pub(crate) fn write(element: &Element, around: &str, xml: &mut String) {
    xml.push('<');
    xml.push_str(&element.local);
    if element.namespace != around {
        push_attribute("xmlns", &element.namespace, xml);
    }
    for attribute in &element.attributes {
        push_attribute(&attribute.local, &attribute.value, xml);
    }
    xml.push('>');
    for content in &element.content {
        match content {
            Content::Element(child) => write(child, &element.namespace, xml),
            Content::Text(text) => xml.push_str(&escape(holdable(text))),
        }
    }
    xml.push_str("</");
    xml.push_str(&element.local);
    xml.push('>');
}

fn push_attribute(name: &str, value: &str, xml: &mut String) {
    xml.push(' ');
    xml.push_str(name);
    xml.push_str("=\"");
    xml.push_str(&escape(holdable(value)));
    xml.push('"');
}

fn holdable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if is_character(character) {
                character
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect()
}

/// XML 1.0, 2.2: what a document may hold at all.
pub(crate) fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
