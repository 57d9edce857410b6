//! Values as the schema wants them.

use std::path::Path;

use figment::value::{Dict, Value};

use super::ConfigError;
use super::schema::Node;
use super::source::Source;

const FILE: &str = "_file";

impl Source {
    pub(super) fn mend(
        &self,
        value: &mut Value,
        node: &Node<'_>,
        path: &mut Vec<String>,
    ) -> Result<(), ConfigError> {
        match value {
            Value::Dict(_, dict) => self.mend_section(dict, node, path)?,
            Value::Array(_, items) => {
                if let Some(item) = node.items() {
                    items
                        .iter_mut()
                        .try_for_each(|value| self.mend(value, &item, path))?;
                }
            }
            // Variables are texts; where none is wanted, they are read like TOML.
            Value::String(_, text) if self.is_variable(path) && !node.takes("string") => {
                let Ok(read) = text.parse::<Value>();
                *value = read;
            }
            _ => {}
        }
        Ok(())
    }

    fn mend_section(
        &self,
        dict: &mut Dict,
        node: &Node<'_>,
        path: &mut Vec<String>,
    ) -> Result<(), ConfigError> {
        let keys: Vec<String> = dict.keys().cloned().collect();
        for key in keys {
            let known = node.property(&key);
            let stem = key.strip_suffix(FILE).filter(|stem| {
                known.is_none() && node.property(stem).is_some_and(|it| it.takes("string"))
            });
            path.push(key.clone());
            if let Some(stem) = stem {
                let content = self.content(dict, &key, stem, path)?;
                dict.remove(&key);
                dict.insert(stem.to_owned(), Value::from(content));
            } else if let (Some(node), Some(value)) =
                (known.or_else(|| node.values()), dict.get_mut(&key))
            {
                self.mend(value, &node, path)?;
            }
            path.pop();
        }
        Ok(())
    }

    fn content(
        &self,
        dict: &Dict,
        key: &str,
        stem: &str,
        path: &[String],
    ) -> Result<String, ConfigError> {
        let fault = |problem: String, remedy: &str| {
            self.placed(ConfigError::at(path.join("."), problem, remedy), path)
        };
        if dict.contains_key(stem) {
            return Err(fault(format!("`{stem}` is set too"), "Keep one of the two"));
        }
        let file = dict.get(key).and_then(Value::as_str).unwrap_or_default();
        match std::fs::read_to_string(Path::new(file)) {
            Ok(content) => Ok(content.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(fault(
                format!("the file `{file}` cannot be read ({error})"),
                "Create it with the value as its only content, and let the service's user read it",
            )),
        }
    }

    fn is_variable(&self, path: &[String]) -> bool {
        self.variable(path).is_some()
    }
}
