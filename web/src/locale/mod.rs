//! The language of a page: what was chosen before, else what the browser asks for.
//!
//! A language is one of three values or nothing. What a request says is compared and forgotten,
//! so made-up languages cost no memory.

pub(crate) mod negotiate;
pub(crate) mod switch;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fluent_templates::LanguageIdentifier;
use fluent_templates::langid;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

pub use negotiate::MAX_HEADER;

/// A language we speak.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Czech, also for who asks for Slovak, and for everybody who asks for nothing we speak.
    #[default]
    Cs,
    /// English.
    En,
    /// German.
    De,
}

static CS: LanguageIdentifier = langid!("cs");
static EN: LanguageIdentifier = langid!("en");
static DE: LanguageIdentifier = langid!("de");

impl Locale {
    /// All of them, in the order of the language switch.
    pub const ALL: [Self; 3] = [Self::Cs, Self::En, Self::De];

    /// The code: `cs`, `en` or `de`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cs => "cs",
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language with exactly this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == code)
    }

    /// The first language we speak in a client's `ui_locales` (OpenID Connect Core 3.1.2.1).
    pub fn from_ui_locales(ui_locales: &str) -> Option<Self> {
        negotiate::ui_locales(ui_locales)
    }

    /// The language that fits an `Accept-Language` header best.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        negotiate::accept_language(header)
    }

    pub(crate) fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Cs => &CS,
            Self::En => &EN,
            Self::De => &DE,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get()
            .copied()
            .unwrap_or_else(|| negotiate::request(&parts.headers, None)))
    }
}
