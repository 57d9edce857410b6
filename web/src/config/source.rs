//! A file with environment variables over it.

use std::path::{Path, PathBuf};

use figment::Provider as _;
use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Tag, Value};
use serde_json::Value as Json;

use super::ConfigError;
use super::schema::Node;

/// Where values come from, kept to name the place of a fault.
pub(super) struct Source {
    pub(super) file: PathBuf,
    pub(super) variables: Vec<Variable>,
}

/// An environment variable that overrides a key.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) path: Vec<String>,
    value: String,
}

impl Source {
    pub(super) fn new(
        file: &Path,
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let prefix = format!("{prefix}__");
        let variables = variables.into_iter().filter_map(|(name, value)| {
            let path = name
                .strip_prefix(&prefix)?
                .split("__")
                .map(str::to_lowercase)
                .collect();
            Some(Variable { name, path, value })
        });
        Self {
            file: file.to_owned(),
            variables: variables.collect(),
        }
    }

    /// The values, with variables in their place, texts turned to what the schema wants, and
    /// `…_file` keys replaced by what the files hold.
    pub(super) fn read(&self, schema: &Json) -> Result<Value, ConfigError> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| {
            let remedy = "Name an existing file with --config, and let the service's user read it";
            ConfigError::whole(format!("the file cannot be read ({error})"), remedy)
                .in_file(&self.file)
        })?;
        let data = Toml::string(&text)
            .data()
            .map_err(|error| self.explain(&error))?;
        let mut values = data.into_values().next().unwrap_or_default();
        for variable in &self.variables {
            put(&mut values, variable)?;
        }
        let mut value = Value::Dict(Tag::Default, values);
        self.mend(&mut value, &Node::root(schema), &mut Vec::new())?;
        Ok(value)
    }
}

/// The variable's value at its place, in sections made as needed.
fn put(values: &mut Dict, variable: &Variable) -> Result<(), ConfigError> {
    let misplaced = || {
        ConfigError::at(
            variable.path.join("."),
            "a variable overrides what is no section",
            "Check the variable's name",
        )
        .in_place(&variable.name)
    };
    let (last, sections) = variable.path.split_last().ok_or_else(misplaced)?;
    let mut at = values;
    for section in sections {
        let entry = at
            .entry(same_key(at, section))
            .or_insert_with(|| Value::from(Dict::new()));
        let Value::Dict(_, dict) = entry else {
            return Err(misplaced());
        };
        at = dict;
    }
    at.insert(same_key(at, last), Value::from(variable.value.as_str()));
    Ok(())
}

/// Variables have no hyphens and no case: `BUILDING_PERMITS` means `building-permits` where that stands.
fn same_key(dict: &Dict, wanted: &str) -> String {
    let plain = |key: &str| key.to_lowercase().replace('-', "_");
    dict.keys()
        .find(|key| plain(key) == plain(wanted))
        .cloned()
        .unwrap_or_else(|| wanted.to_owned())
}
