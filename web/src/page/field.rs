//! One line of a form.

use std::fmt::Display;

/// A labelled input with its hint and its error, for the macro `ui::field`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The id of the input, where error summaries lead.
    pub id: &'static str,
    /// The name it is sent under.
    pub name: &'static str,
    /// `text`, `password`, `email`, `tel`.
    pub kind: &'static str,
    /// The label.
    pub label: String,
    /// What helps to fill it in.
    pub hint: Option<String>,
    /// What is typed already; never a password.
    pub value: String,
    /// What to mend.
    pub error: Option<String>,
    /// What browsers may fill in (HTML 4.10.18.7).
    pub autocomplete: &'static str,
    /// It may stay empty.
    pub is_optional: bool,
}

impl Field {
    /// A text field; `name` is its id too.
    pub fn new(name: &'static str, label: impl Display) -> Self {
        Self {
            id: name,
            name,
            kind: "text",
            label: label.to_string(),
            hint: None,
            value: String::new(),
            error: None,
            autocomplete: "off",
            is_optional: false,
        }
    }

    /// Another id than the name.
    #[must_use]
    pub fn id(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// Another type of input.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// What helps to fill it in.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// What is typed already.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What to mend: says what to do and what we got.
    #[must_use]
    pub fn error(mut self, error: Option<impl Display>) -> Self {
        self.error = error.map(|error| error.to_string());
        self
    }

    /// What browsers may fill in: `username`, `current-password`, `email`.
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// It may stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The ids of hint and error.
    pub fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-h", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-e", self.id));
        [hint, error]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The ids and errors of the fields to mend, for the macro `ui::errors`.
pub fn wrong(fields: &[Field]) -> Vec<(&'static str, &str)> {
    fields
        .iter()
        .filter_map(|field| Some((field.id, field.error.as_deref()?)))
        .collect()
}
