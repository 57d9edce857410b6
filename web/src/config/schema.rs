//! Asking a JSON schema what a key may be.

use serde_json::Value as Json;

/// A place in a schema, with references resolved and alternatives laid side by side.
#[derive(Debug, Clone)]
pub(super) struct Node<'s> {
    root: &'s Json,
    alternatives: Vec<&'s Json>,
}

impl<'s> Node<'s> {
    pub(super) fn root(schema: &'s Json) -> Self {
        Self {
            root: schema,
            alternatives: Vec::new(),
        }
        .at(schema)
    }

    fn at(&self, schema: &'s Json) -> Self {
        let mut node = Self {
            root: self.root,
            alternatives: Vec::new(),
        };
        node.collect(schema, 0);
        node
    }

    fn collect(&mut self, schema: &'s Json, depth: u8) {
        if depth > 16 {
            return;
        }
        self.alternatives.push(schema);
        let target = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|path| self.root.pointer(path.strip_prefix('#')?));
        let groups = ["anyOf", "oneOf", "allOf"]
            .into_iter()
            .filter_map(|group| schema.get(group)?.as_array())
            .flatten();
        for next in target.into_iter().chain(groups) {
            self.collect(next, depth + 1);
        }
    }

    /// All schemas that describe this place.
    pub(super) fn alternatives(&self) -> &[&'s Json] {
        &self.alternatives
    }

    /// The key of this name.
    pub(super) fn property(&self, name: &str) -> Option<Self> {
        let found = self
            .alternatives
            .iter()
            .find_map(|schema| schema.get("properties")?.get(name))?;
        Some(self.at(found))
    }

    /// What the values of a map are.
    pub(super) fn values(&self) -> Option<Self> {
        let found = self.alternatives.iter().find_map(|schema| {
            schema
                .get("additionalProperties")
                .filter(|map| map.is_object())
        })?;
        Some(self.at(found))
    }

    /// What the items of a list are.
    pub(super) fn items(&self) -> Option<Self> {
        let found = self
            .alternatives
            .iter()
            .find_map(|schema| schema.get("items"))?;
        Some(self.at(found))
    }

    /// Whether the place takes this JSON type.
    pub(super) fn takes(&self, kind: &str) -> bool {
        self.alternatives
            .iter()
            .any(|schema| match schema.get("type") {
                Some(Json::String(one)) => one == kind,
                Some(Json::Array(several)) => several.iter().any(|one| one == kind),
                _ => {
                    kind == "string"
                        && (schema.get("const").is_some_and(Json::is_string)
                            || schema.get("enum").is_some())
                }
            })
    }
}
