//! Sentences with links in them.

use std::fmt;

use askama::filters::{Html, HtmlSafe, escape};

use super::{Args, Texts};

/// A text whose placeholders stand for HTML: `t.rich("error-call").link("phone", "tel:…", "380 …")`.
///
/// The text itself is escaped, what fills the placeholders is built here and escaped too.
#[derive(Debug, Clone)]
#[must_use]
pub struct Rich {
    texts: Texts,
    id: String,
    args: Args,
    pieces: Vec<String>,
}

// Fluent formats marks instead of the pieces; nobody types these.
const OPEN: char = '\u{F8F0}';
const CLOSE: char = '\u{F8F1}';

impl Rich {
    pub(super) fn new(texts: Texts, id: &str) -> Self {
        Self {
            texts,
            id: id.to_owned(),
            args: Args::default(),
            pieces: Vec::new(),
        }
    }

    /// A plain value.
    pub fn arg(mut self, name: &'static str, value: impl super::Arg) -> Self {
        self.args = self.args.and(name, value);
        self
    }

    /// A link.
    pub fn link(
        self,
        name: &'static str,
        href: impl fmt::Display,
        label: impl fmt::Display,
    ) -> Self {
        let html = format!("<a href=\"{}\">{}</a>", escaped(href), escaped(label));
        self.piece(name, html)
    }

    /// Emphasis.
    pub fn strong(self, name: &'static str, text: impl fmt::Display) -> Self {
        self.piece(name, format!("<strong>{}</strong>", escaped(text)))
    }

    /// A code or a number that must not break.
    pub fn code(self, name: &'static str, text: impl fmt::Display) -> Self {
        self.piece(
            name,
            format!("<span class=\"nowrap\">{}</span>", escaped(text)),
        )
    }

    fn piece(mut self, name: &'static str, html: String) -> Self {
        self.args = self
            .args
            .and(name, format!("{OPEN}{}{CLOSE}", self.pieces.len()));
        self.pieces.push(html);
        self
    }
}

impl fmt::Display for Rich {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.texts.with(&self.id, self.args.clone()).to_string();
        for part in text.split(CLOSE) {
            let (before, piece) = part.split_once(OPEN).unwrap_or((part, ""));
            write!(f, "{}", escaped(before))?;
            if let Some(html) = piece.parse().ok().and_then(|at: usize| self.pieces.get(at)) {
                f.write_str(html)?;
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Rich {}

fn escaped(text: impl fmt::Display) -> String {
    match escape(text, Html) {
        Ok(safe) => safe.to_string(),
        Err(never) => match never {},
    }
}
