//! The list of all errors a person or a client can see.

use std::fmt::Write as _;

use axum::http::StatusCode;

use crate::Texts;

/// One visible error. Its texts are the Fluent messages `{texts}-title`, `{texts}-what` and
/// `{texts}-help` (what the help desk does about it).
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorKind {
    /// Stable code, as `LOG-102`; people read it out on the telephone.
    pub code: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// Code of the protocol, where one applies.
    pub oauth: Option<&'static str>,
    /// What the Fluent ids begin with.
    pub texts: &'static str,
    /// When it happens, for the reference.
    pub cause: &'static str,
}

impl ErrorKind {
    /// The ids of its texts.
    pub fn text_ids(&self) -> [String; 3] {
        ["title", "what", "help"].map(|part| format!("{}-{part}", self.texts))
    }
}

/// Declares a crate's visible errors and the list of them:
///
/// ```
/// web::catalogue! {
///     /// What can go wrong while logging in.
///     pub static CATALOGUE;
///
///     /// The login is older than an hour.
///     LOGIN_EXPIRED = "LOG-102", GONE, "err-log-102";
///     /// No way in reaches the level that the client demands.
///     UNMET = "LOG-103", BAD_REQUEST, "err-log-103", oauth "unmet_authentication_requirements";
/// }
///
/// assert_eq!(CATALOGUE.len(), 2);
/// assert_eq!(UNMET.oauth, Some("unmet_authentication_requirements"));
/// ```
#[macro_export]
macro_rules! catalogue {
    (
        $(#[doc = $list_doc:literal])*
        $vis:vis static $list:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:ident = $code:literal, $status:ident, $texts:literal $(, oauth $oauth:literal)?;
        )+
    ) => {
        $(
            $(#[doc = $doc])+
            $vis static $name: $crate::ErrorKind = $crate::ErrorKind {
                code: $code,
                status: $crate::http::StatusCode::$status,
                oauth: $crate::catalogue!(@oauth $($oauth)?),
                texts: $texts,
                cause: concat!($($doc),+),
            };
        )+

        $(#[doc = $list_doc])*
        $vis static $list: &[&$crate::ErrorKind] = &[$(&$name),+];
    };
    (@oauth) => { None };
    (@oauth $oauth:literal) => { Some($oauth) };
}

/// Markdown for `docs/reference/errors.md`: every error with its texts in one language.
pub fn reference(texts: Texts, kinds: &[&ErrorKind]) -> String {
    let mut out = "| Code | Status | Protocol | When | The person reads | The help desk |\n|---|---|---|---|---|---|\n".to_owned();
    for kind in kinds {
        let [title, what, help] = kind
            .text_ids()
            .map(|id| {
                let text = texts.text(&id).arg("provider", "…").arg("case", "…");
                text.to_string()
            })
            .map(|text| text.replace('|', "\\|"));
        let oauth = kind
            .oauth
            .map(|code| format!("`{code}`"))
            .unwrap_or_default();
        let (code, status, cause) = (kind.code, kind.status.as_u16(), kind.cause.trim());
        let _ = writeln!(
            out,
            "| {code} | {status} | {oauth} | {cause} | **{title}.** {what} | {help} |"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Locale;
    use crate::problem::CATALOGUE;

    #[test]
    fn the_reference_has_a_line_for_each_error() {
        let reference = reference(Texts::of_web(Locale::En), CATALOGUE);

        assert_eq!(reference.lines().count(), CATALOGUE.len() + 2);
        assert!(reference.contains(
            "| WEB-404 | 404 |  | No route answers this address. | **We do not have this page.**"
        ));
    }
}
