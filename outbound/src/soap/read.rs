//! Octets to an element, strictly and within limits.

use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    name::ResolveResult,
};

use super::{
    element::{Attribute, Content, Element},
    write::is_character,
};

/// How large a message may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets of the whole message.
    pub octets: usize,
    /// Levels of elements.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 256 * 1024,
            depth: 32,
            elements: 1_000,
            attributes: 32,
        }
    }
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Octets that are not UTF-8, or a declaration of another encoding.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It breaks the rules of XML or of its namespaces.
    #[error("it is not well-formed XML")]
    NotWellFormed,
    /// A document type: the door to entities, files and addresses.
    #[error("it has a document type")]
    Doctype,
    /// A processing instruction (SOAP 1.1, 3).
    #[error("it has a processing instruction")]
    ProcessingInstruction,
    /// An entity that is none of the five of XML.
    #[error("it has an entity of its own")]
    Entity,
    /// More octets than [`Limits::octets`].
    #[error("it is too large")]
    TooLarge,
    /// More levels than [`Limits::depth`].
    #[error("its elements are nested too deeply")]
    TooDeep,
    /// More elements than [`Limits::elements`], or attributes than [`Limits::attributes`].
    #[error("it has too many elements or attributes")]
    TooMany,
    /// No SOAP 1.1 envelope with a body.
    #[error("it is no SOAP 1.1 envelope")]
    NotSoap,
    /// A header that must be understood, which we do not.
    #[error("it has a header that must be understood")]
    MustUnderstand,
    /// A body with no element or with several.
    #[error("its body does not hold exactly one element")]
    NotOneEntry,
    /// A status of 500 without a fault.
    #[error("its status says that it failed, and it holds no fault")]
    NoFault,
}

/// Refuses a `Content-Type` that names an encoding other than UTF-8.
pub(crate) fn is_utf8(content_type: Option<&str>) -> Result<(), Malformed> {
    let parameters = content_type.unwrap_or_default().split(';').skip(1);
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        {
            return Err(Malformed::NotUtf8);
        }
    }
    Ok(())
}

/// Reads a whole document.
pub(crate) fn document(octets: &[u8], limits: &Limits) -> Result<Element, Malformed> {
    if octets.len() > limits.octets {
        return Err(Malformed::TooLarge);
    }
    let text = std::str::from_utf8(octets).map_err(|_| Malformed::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.chars().all(is_character) {
        return Err(Malformed::NotWellFormed);
    }

    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree {
        limits,
        open: Vec::new(),
        root: None,
        elements: 0,
    };
    let mut first = true;
    loop {
        match reader.read_event().map_err(|_| Malformed::NotWellFormed)? {
            Event::Decl(declaration) if first => match declaration.encoding() {
                None => {}
                Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => {}
                Some(_) => return Err(Malformed::NotUtf8),
            },
            Event::Start(start) => tree.begin(element(&start, &reader, limits)?)?,
            Event::End(_) => tree.end()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let referred = match reference.resolve_char_ref() {
                    Ok(Some(character)) if is_character(character) => character.to_string(),
                    Ok(None) => resolve_predefined_entity(&reference)
                        .ok_or(Malformed::Entity)?
                        .to_owned(),
                    _ => return Err(Malformed::NotWellFormed),
                };
                tree.text(&referred)?;
            }
            Event::Comment(_) => {}
            Event::DocType(_) => return Err(Malformed::Doctype),
            Event::PI(_) => return Err(Malformed::ProcessingInstruction),
            Event::Decl(_) | Event::Empty(_) => return Err(Malformed::NotWellFormed),
            Event::Eof => return tree.finish(),
        }
        first = false;
    }
}

/// A start tag as an element without content.
fn element(
    start: &BytesStart<'_>,
    reader: &NsReader<&[u8]>,
    limits: &Limits,
) -> Result<Element, Malformed> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let mut element = Element {
        namespace: namespace_name(&namespace)?,
        local: local.as_ref().to_owned(),
        ..Element::default()
    };
    for (at, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| Malformed::NotWellFormed)?;
        if at >= limits.attributes {
            return Err(Malformed::TooMany);
        }
        if attribute.value.contains('<') {
            return Err(Malformed::NotWellFormed);
        }
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|_| Malformed::Entity)?;
        if !value.chars().all(is_character) {
            return Err(Malformed::NotWellFormed);
        }
        let attribute = Attribute {
            namespace: namespace_name(&namespace)?,
            local: local.as_ref().to_owned(),
            value: value.into_owned(),
        };
        let given = element.attribute_of(&attribute.namespace, &attribute.local);
        if given.is_some() {
            return Err(Malformed::NotWellFormed);
        }
        element.attributes.push(attribute);
    }
    Ok(element)
}

fn namespace_name(resolved: &ResolveResult<'_>) -> Result<String, Malformed> {
    match resolved {
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unknown(_) => Err(Malformed::NotWellFormed),
    }
}

/// The document as far as it was read.
struct Tree<'l> {
    limits: &'l Limits,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree<'_> {
    fn begin(&mut self, element: Element) -> Result<(), Malformed> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Malformed::TooMany);
        }
        if self.open.len() >= self.limits.depth {
            return Err(Malformed::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(Malformed::NotWellFormed);
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Malformed> {
        let element = self.open.pop().ok_or(Malformed::NotWellFormed)?;
        match self.open.last_mut() {
            Some(parent) => parent.content.push(Content::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        match self.open.last_mut() {
            Some(parent) => parent.content.push(Content::Text(text.to_owned())),
            None if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err(Malformed::NotWellFormed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, Malformed> {
        match self.root {
            Some(root) if self.open.is_empty() => Ok(root),
            _ => Err(Malformed::NotWellFormed),
        }
    }
}
