//! A small tree of an XML document, for reading what others send.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use quick_xml::{XmlVersion, escape};
use thiserror::Error;

/// Deeper documents are not read.
const MAX_DEPTH: usize = 48;

/// Why a text is not read as XML.
#[derive(Debug, Error)]
pub enum XmlError {
    /// Not well-formed.
    #[error("not well-formed XML: {0}")]
    Malformed(String),
    /// Carries a document type, an entity or a processing instruction.
    #[error("contains {0}")]
    Forbidden(&'static str),
}

/// An element with its namespace resolved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    /// Namespace URI, empty for none.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Attributes by their name as written, namespace declarations left out.
    pub attributes: Vec<(String, String)>,
    /// Child elements.
    pub children: Vec<Element>,
    /// Text directly inside, joined.
    pub text: String,
}

impl Element {
    /// Whether this is the named element.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first child of that name.
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    /// All children of that name.
    pub fn children_named<'e>(
        &'e self,
        namespace: &'e str,
        name: &'e str,
    ) -> impl Iterator<Item = &'e Element> {
        self.children
            .iter()
            .filter(move |child| child.is(namespace, name))
    }

    /// All elements of that name at any depth, this one included.
    pub fn descendants<'e>(&'e self, namespace: &'e str, name: &'e str) -> Vec<&'e Element> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(element) = waiting.pop() {
            if element.is(namespace, name) {
                found.push(element);
            }
            waiting.extend(element.children.iter().rev());
        }
        found
    }
}

/// Reads a document. Document types, entities and processing instructions are refused.
pub fn parse(text: &str) -> Result<Element, XmlError> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;

    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(malformed)?;
        let namespace = resolved(&namespace)?;
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(XmlError::Forbidden("too many levels of elements"));
                }
                open.push(element(namespace, &start)?);
            }
            Event::Empty(start) => close(&mut open, &mut root, element(namespace, &start)?)?,
            Event::End(_) => {
                let element = open
                    .pop()
                    .ok_or_else(|| malformed("an end without a start"))?;
                close(&mut open, &mut root, element)?;
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(malformed)? {
                    Some(character) => character.to_string(),
                    None => escape::resolve_predefined_entity(&reference.into_inner())
                        .ok_or(XmlError::Forbidden("an entity"))?
                        .to_owned(),
                };
                append(&mut open, &character)?;
            }
            Event::DocType(_) => return Err(XmlError::Forbidden("a document type")),
            Event::PI(_) => return Err(XmlError::Forbidden("a processing instruction")),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }

    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(malformed("it ends early")),
    }
}

fn resolved(namespace: &ResolveResult<'_>) -> Result<String, XmlError> {
    match namespace {
        ResolveResult::Bound(Namespace(uri)) => Ok((*uri).to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(_) => Err(malformed("a prefix without a namespace")),
    }
}

fn element(namespace: String, start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let mut element = Element {
        namespace,
        name: start.local_name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        if attribute.key.as_namespace_binding().is_none() {
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(malformed)?;
            element
                .attributes
                .push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
    }
    Ok(element)
}

fn close(
    open: &mut [Element],
    root: &mut Option<Element>,
    element: Element,
) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(malformed("two roots")),
    }
    Ok(())
}

fn append(open: &mut [Element], text: &str) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(parent) => parent.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(malformed("text outside the root")),
    }
    Ok(())
}

fn malformed(error: impl std::fmt::Display) -> XmlError {
    XmlError::Malformed(format!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_attributes_and_text_are_read() {
        let root = parse(r#"<?xml version="1.0"?><a:r xmlns:a="urn:a" x="1 &amp; 2"><c xmlns="urn:b">A&#x26;B<!-- no -->C</c></a:r>"#).unwrap();

        assert!(root.is("urn:a", "r"));
        assert_eq!(root.attribute("x"), Some("1 & 2"));
        assert_eq!(root.child("urn:b", "c").unwrap().text, "A&BC");
    }

    #[test]
    fn what_could_pull_in_more_is_refused() {
        assert!(matches!(
            parse("<!DOCTYPE r><r/>"),
            Err(XmlError::Forbidden(_))
        ));
        assert!(matches!(parse("<r>&x;</r>"), Err(XmlError::Forbidden(_))));
        assert!(matches!(
            parse("<r><?x y?></r>"),
            Err(XmlError::Forbidden(_))
        ));
    }

    #[test]
    fn half_a_document_is_refused() {
        for text in [
            "", "<r>", "<r/><r/>", "<r></q>", "<p:r/>", "text", "<r/>text",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
