//! The configuration reference, made from the types that read it.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::schema::Node;

/// The reference of a configuration as Markdown: each section with its keys, their types, defaults
/// and effects.
pub fn reference<T: JsonSchema>(env_prefix: &str) -> String {
    let schema = schemars::schema_for!(T).to_value();
    let mut out = format!(
        "A key `key` of section `[a.b]` can be overridden by the environment variable \
         `{env_prefix}__A__B__KEY`. Each text key also exists as `key_file`: its value is then the content of that \
         file. Unknown keys stop the start.\n"
    );
    section(&mut out, &Node::root(&schema), "", 0);
    out
}

fn section(out: &mut String, node: &Node<'_>, path: &str, depth: u8) {
    let keys = keys(node);
    let (sections, plain): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| is_section(&key.node));
    let title = if path.is_empty() {
        "Top level".to_owned()
    } else {
        format!("`[{path}]`")
    };
    if !plain.is_empty() {
        let _ = write!(out, "\n## {title}\n");
        if let Some(text) = description(node).filter(|_| !path.is_empty()) {
            let _ = write!(out, "\n{text}\n");
        }
        out.push_str("\n| Key | Type | Default | Effect |\n|---|---|---|---|\n");
        for key in &plain {
            let effect = description(&key.node).unwrap_or_default();
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} |",
                key.name,
                key.kind(),
                key.default(),
                effect.replace('|', "\\|")
            );
        }
    }
    for key in sections.iter().filter(|_| depth < 8) {
        let inner = if path.is_empty() {
            key.name.clone()
        } else {
            format!("{path}.{}", key.name)
        };
        match key.node.values() {
            Some(values) if is_section(&values) => {
                section(out, &values, &format!("{inner}.NAME"), depth + 1);
            }
            _ => section(out, &key.node, &inner, depth + 1),
        }
    }
}

struct Key<'s> {
    name: String,
    node: Node<'s>,
    required: bool,
    default: Option<&'s Json>,
    only_with: Option<String>,
    /// The words it can be, where each kind of the section has its own.
    words: Vec<String>,
}

impl Key<'_> {
    fn kind(&self) -> String {
        if self.words.is_empty() {
            kind(&self.node)
        } else {
            self.words.join(", ")
        }
    }

    fn default(&self) -> String {
        let only = self
            .only_with
            .as_ref()
            .map(|with| format!(" (with {with})"))
            .unwrap_or_default();
        match self.default {
            Some(Json::Null) => format!("none{only}"),
            Some(default) => format!("`{default}`{only}"),
            None if self.required => format!("**required**{only}"),
            None => format!("none{only}"),
        }
    }
}

/// The keys of a section. Of several kinds of one section (`kind = "nia"`) all keys, each with its kind.
fn keys<'s>(node: &Node<'s>) -> Vec<Key<'s>> {
    let mut keys: Vec<Key<'s>> = Vec::new();
    for schema in node.alternatives() {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
            continue;
        };
        let only_with = properties
            .iter()
            .find_map(|(name, of)| Some(format!("`{name} = {}`", of.get("const")?)));
        for (name, of) in properties {
            let word = of.get("const").map(|word| format!("`{word}`"));
            if let Some(known) = keys.iter_mut().find(|key| key.name == *name) {
                known.words.extend(word);
                continue;
            }
            let Some(node) = node.property(name) else {
                continue;
            };
            let required = schema
                .get("required")
                .and_then(Json::as_array)
                .is_some_and(|list| list.iter().any(|one| one == name));
            let only_with = only_with.clone().filter(|_| of.get("const").is_none());
            let words = word.into_iter().collect();
            keys.push(Key {
                name: name.clone(),
                node,
                required,
                default: of.get("default"),
                only_with,
                words,
            });
        }
    }
    keys
}

/// Something with keys of its own, or a map of such things. A map of plain values is a key like others.
fn is_section(node: &Node<'_>) -> bool {
    let has_keys = |schema: &&Json| schema.get("properties").is_some();
    node.alternatives().iter().any(has_keys) || node.values().is_some_and(|of| is_section(&of))
}

fn kind(node: &Node<'_>) -> String {
    let words: Vec<String> = node
        .alternatives()
        .iter()
        .flat_map(|schema| {
            let listed = schema
                .get("enum")
                .and_then(Json::as_array)
                .into_iter()
                .flatten();
            schema.get("const").into_iter().chain(listed)
        })
        .filter(|word| !word.is_null())
        .map(|word| format!("`{word}`"))
        .collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let format = node
        .alternatives()
        .iter()
        .find_map(|schema| schema.get("format")?.as_str());
    match format {
        Some("uri") => return "address".to_owned(),
        Some("network") => return "network".to_owned(),
        _ => {}
    }
    if let Some(items) = node.items() {
        return format!("list of {}", kind(&items));
    }
    if let Some(values) = node.values() {
        return format!("table of {}", kind(&values));
    }
    let names = [
        ("string", "text"),
        ("integer", "whole number"),
        ("number", "number"),
        ("boolean", "true or false"),
    ];
    names
        .iter()
        .find(|(kind, _)| node.takes(kind))
        .map_or("value", |(_, name)| name)
        .to_owned()
}

fn description(node: &Node<'_>) -> Option<String> {
    let text = node
        .alternatives()
        .iter()
        .find_map(|schema| schema.get("description")?.as_str())?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
