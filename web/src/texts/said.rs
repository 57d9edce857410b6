//! A text being said.

use std::fmt;

use super::{Arg, Args, Texts, czech};
use crate::Locale;

/// A text in its language, with its values. Templates write it, and escape it like any value.
#[derive(Debug, Clone)]
#[must_use]
pub struct Said {
    texts: Texts,
    id: String,
    args: Args,
}

impl Said {
    pub(super) fn new(texts: Texts, id: &str) -> Self {
        Self {
            texts,
            id: id.to_owned(),
            args: Args::default(),
        }
    }

    /// Gives a value to a placeholder of the text.
    pub fn arg(mut self, name: &'static str, value: impl Arg) -> Self {
        self.args = self.args.and(name, value);
        self
    }

    /// Gives several.
    pub fn args(mut self, args: Args) -> Self {
        self.args.merge(args);
        self
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.texts.find(&self.id, &self.args) {
            Some(text) if self.texts.locale == Locale::Cs => f.write_str(&czech(&text)),
            Some(text) => f.write_str(&text),
            None => {
                tracing::warn!(text.id = self.id, "a text is missing");
                f.write_str(&self.id)
            }
        }
    }
}

impl Arg for Said {
    fn to_value(&self) -> super::Value {
        self.to_string().to_value()
    }
}
