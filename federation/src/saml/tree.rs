//! A parsed document, read strictly: exact names, attributes without a namespace, text without elements inside.

use uppsala::{Document, NodeId, NodeKind, Parser};

use super::scan::{Limits, scan};
use crate::refusal::Refusal;

/// Parses a document that passed the limits. There is one parser for everything that is verified and read.
pub(crate) fn parse<'t>(text: &'t str, limits: &Limits) -> Result<Document<'t>, Refusal> {
    scan(text, limits)?;
    Parser::new()
        .with_forbid_dtd(true)
        .with_forbid_entities(true)
        .with_max_depth(
            u32::try_from(limits.depth)
                .unwrap_or(u32::MAX)
                .saturating_add(2),
        )
        .parse(text)
        .map_err(|_| Refusal::NotWellFormed)
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d, 't> {
    doc: &'d Document<'t>,
    id: NodeId,
}

impl<'d, 't> Node<'d, 't> {
    /// The document's root element.
    pub(crate) fn root(doc: &'d Document<'t>) -> Result<Self, Refusal> {
        let id = doc.document_element().ok_or(Refusal::NotWellFormed)?;
        Ok(Self { doc, id })
    }

    /// The element's place in the document.
    pub(crate) const fn id(self) -> NodeId {
        self.id
    }

    /// The namespace and the local name.
    pub(crate) fn name(self) -> (&'d str, &'d str) {
        self.doc.element(self.id).map_or(("", ""), |element| {
            (
                element.name.namespace_uri.as_deref().unwrap_or_default(),
                &*element.name.local_name,
            )
        })
    }

    /// Whether the element has that name.
    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.name() == (namespace, local)
    }

    /// The value of an attribute without a namespace.
    pub(crate) fn attribute(self, local: &str) -> Option<&'d str> {
        self.attribute_of(None, local)
    }

    /// The value of an attribute of a namespace.
    pub(crate) fn attribute_of(self, namespace: Option<&str>, local: &str) -> Option<&'d str> {
        let element = self.doc.element(self.id)?;
        let found = element
            .attributes
            .iter()
            .find(|attribute| attribute.name.matches(namespace, local));
        found.map(|attribute| &*attribute.value)
    }

    /// All attributes: namespace, local name, value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (Option<&'d str>, &'d str, &'d str)> {
        self.doc.element(self.id).into_iter().flat_map(|element| {
            element.attributes.iter().map(|attribute| {
                (
                    attribute.name.namespace_uri.as_deref(),
                    &*attribute.name.local_name,
                    &*attribute.value,
                )
            })
        })
    }

    /// The namespaces declared on the element: prefix and name.
    pub(crate) fn declarations(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        self.doc.element(self.id).into_iter().flat_map(|element| {
            element
                .namespace_declarations
                .iter()
                .map(|(prefix, name)| (&**prefix, &**name))
        })
    }

    /// The elements directly inside.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let doc = self.doc;
        doc.children_iter(self.id)
            .filter(move |id| doc.element(*id).is_some())
            .map(move |id| Self { doc, id })
    }

    /// The elements of a name directly inside.
    pub(crate) fn children_named(
        self,
        namespace: &'d str,
        local: &'d str,
    ) -> impl Iterator<Item = Self> {
        self.children()
            .filter(move |child| child.is(namespace, local))
    }

    /// The one element of a name directly inside; a second one is refused.
    pub(crate) fn child(self, namespace: &'d str, local: &'d str) -> Result<Option<Self>, Refusal> {
        let mut found = self.children_named(namespace, local);
        let first = found.next();
        if found.next().is_some() {
            Err(Refusal::RepeatedElement)
        } else {
            Ok(first)
        }
    }

    /// The element and everything below it, in document order.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> {
        let doc = self.doc;
        std::iter::once(self.id)
            .chain(
                doc.descendants(self.id)
                    .into_iter()
                    .filter(move |id| *id != self.id),
            )
            .filter(move |id| doc.element(*id).is_some())
            .map(move |id| Self { doc, id })
    }

    /// The parent element.
    pub(crate) fn parent(self) -> Option<Self> {
        let id = self.doc.parent(self.id)?;
        self.doc.element(id).map(|_| Self { doc: self.doc, id })
    }

    /// The whole text of an element that has nothing but text inside. `None` when it has anything else.
    pub(crate) fn text(self) -> Option<String> {
        let mut text = String::new();
        for id in self.doc.children_iter(self.id) {
            match self.doc.node_kind(id) {
                Some(NodeKind::Text(part)) => text.push_str(part),
                _ => return None,
            }
        }
        Some(text)
    }
}
