//! One question of a form that is answered by picking.

use std::fmt::Display;

use super::Field;

/// Answers to pick from, with the question, its hint and its error, for the macro `ui::choices`.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The id of the group, where error summaries lead.
    pub id: &'static str,
    /// The name the answers are sent under.
    pub name: &'static str,
    /// The question.
    pub label: String,
    /// What helps to answer it.
    pub hint: Option<String>,
    /// What to mend.
    pub error: Option<String>,
    /// One answer, not several.
    pub is_single: bool,
    /// What there is to pick.
    pub options: Vec<Choice>,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// Its words.
    pub label: String,
    /// It is picked already.
    pub is_picked: bool,
}

impl Choices {
    /// A question with one answer.
    pub fn one(name: &'static str, label: impl Display) -> Self {
        Self {
            id: name,
            name,
            label: label.to_string(),
            hint: None,
            error: None,
            is_single: true,
            options: Vec::new(),
        }
    }

    /// A question with any number of answers.
    pub fn many(name: &'static str, label: impl Display) -> Self {
        Self {
            is_single: false,
            ..Self::one(name, label)
        }
    }

    /// What helps to answer it.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// One answer more.
    #[must_use]
    pub fn option(
        mut self,
        value: impl Into<String>,
        label: impl Display,
        is_picked: bool,
    ) -> Self {
        self.options.push(Choice {
            value: value.into(),
            label: label.to_string(),
            is_picked,
        });
        self
    }

    /// For the summary of what to mend, beside fields.
    pub fn summary(&self) -> Field {
        Field::new(self.name, &self.label)
            .id(self.id)
            .error(self.error.as_ref())
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
