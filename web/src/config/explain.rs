//! From serde's faults to messages for an administrator. Values are not repeated: they may be secrets.

use figment::error::{Actual, Error, Kind};

use super::ConfigError;
use super::source::{Source, Variable};

impl Source {
    pub(super) fn explain(&self, error: &Error) -> ConfigError {
        let mut path = error.path.clone();
        let (problem, remedy) = match &error.kind {
            Kind::MissingField(name) => {
                path.push(name.to_string());
                (
                    "it is missing".to_owned(),
                    "Add it; the configuration reference says what it takes".to_owned(),
                )
            }
            Kind::UnknownField(name, known) => {
                if path.last() != Some(name) {
                    path.push(name.clone());
                }
                ("there is no such key".to_owned(), unknown(name, known))
            }
            Kind::UnknownVariant(name, known) => (
                format!("`{name}` is not a known value"),
                unknown(name, known),
            ),
            Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => (
                format!("{} stands where {expected} is expected", a_kind_of(actual)),
                "Correct the value".to_owned(),
            ),
            Kind::Message(message) => {
                (first_and_last_line(message), "Correct the value".to_owned())
            }
            other => (other.to_string(), "Correct the value".to_owned()),
        };
        let fault = if path.is_empty() {
            ConfigError::whole(problem, remedy)
        } else {
            ConfigError::at(path.join("."), problem, remedy)
        };
        self.placed(fault, &path)
    }

    /// Names the variable that set this key, else the file.
    pub(super) fn placed(&self, error: ConfigError, path: &[String]) -> ConfigError {
        match self.variable(path) {
            Some(variable) => error.in_place(format!("(environment variable {})", variable.name)),
            None => error.in_file(&self.file),
        }
    }

    pub(super) fn variable(&self, path: &[String]) -> Option<&Variable> {
        let same = |one: &String, other: &String| {
            one.to_lowercase().replace('-', "_") == other.replace('-', "_")
        };
        self.variables.iter().find(|variable| {
            variable.path.len() == path.len()
                && path
                    .iter()
                    .zip(&variable.path)
                    .all(|(one, other)| same(one, other))
        })
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "Remove it".to_owned();
    }
    let near = known.iter().find(|known| is_near(name, known));
    match near {
        Some(near) => format!("Did you mean `{near}`? Known are: {}", known.join(", ")),
        None => format!("Use one of: {}", known.join(", ")),
    }
}

/// One letter added, missing or changed, or two swapped.
fn is_near(one: &str, other: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let longer = a.len().max(b.len());
    a.len().abs_diff(b.len()) <= 1 && longer > 3 && same_start + same_end + 2 >= longer
}

fn a_kind_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) => "a whole number",
        Actual::Float(_) => "a decimal number",
        Actual::Char(_) | Actual::Str(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a section",
        _ => "something else",
    }
}

/// TOML's message quotes the faulty line between its place and its reason.
fn first_and_last_line(message: &str) -> String {
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => format!("{}: {}", first.trim_end_matches(':'), last.trim()),
        (first, _) => first.unwrap_or_default().to_owned(),
    }
}
