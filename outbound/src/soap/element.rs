//! An element of a message, with what is inside.

/// An element of a message, with what is inside. Built by [`Element::new`] and [`Element::with`], read by the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    pub(crate) namespace: String,
    pub(crate) local: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) content: Vec<Content>,
}

/// An attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The namespace, empty for an attribute without a prefix.
    pub namespace: String,
    /// The name.
    pub local: String,
    /// The value.
    pub value: String,
}

/// What stands inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Element(Element),
    Text(String),
}

impl Element {
    /// An empty element of that namespace (empty for none) and name.
    pub fn new(namespace: &str, local: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            ..Self::default()
        }
    }

    /// The element with one more inside.
    #[must_use]
    pub fn with(mut self, child: Self) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// The element with an empty-namespace attribute.
    #[must_use]
    pub fn with_attribute(mut self, local: &str, value: &str) -> Self {
        self.attributes.push(Attribute {
            namespace: String::new(),
            local: local.to_owned(),
            value: value.to_owned(),
        });
        self
    }

    /// The element with text inside.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        self.content.push(Content::Text(text.to_owned()));
        self
    }

    /// The namespace, empty for none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name without its prefix.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Whether the element has that name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_of("", local)
    }

    /// The value of an attribute of a namespace.
    pub fn attribute_of(&self, namespace: &str, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.namespace == namespace && attribute.local == local)
            .map(|attribute| attribute.value.as_str())
    }

    /// The elements directly inside.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(element) => Some(element),
            Content::Text(_) => None,
        })
    }

    /// The elements of that name in this element's namespace, directly inside.
    pub fn children_named<'e>(&'e self, local: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children()
            .filter(move |child| child.is(&self.namespace, local))
    }

    /// The whole text of an element that has nothing but text inside. `None` when it has an element inside.
    pub fn text(&self) -> Option<String> {
        let mut whole = String::new();
        for content in &self.content {
            match content {
                Content::Text(text) => whole.push_str(text),
                Content::Element(_) => return None,
            }
        }
        Some(whole)
    }
}
