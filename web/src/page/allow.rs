//! What one page may do beyond the strict policy of all pages.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::response::{IntoResponseParts, ResponseParts};
use url::Url;

/// Permissions of one page, given with its response: `(Allow::forms_to(origins), page(&…))`.
///
/// Browsers hold a form's `form-action` against the whole chain of redirects behind it. So a page
/// that starts a login names the origins where the chain can lead: the client's redirect URI and
/// the providers.
#[derive(Debug, Clone, Default)]
pub struct Allow {
    forms: Vec<String>,
    script: bool,
    picture: bool,
}

/// What a picture of somebody else's may do when it is opened by itself: nothing, as somebody from nowhere.
const PICTURE: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

impl Allow {
    /// Forms of this page may end at these addresses.
    pub fn forms_to<'u>(urls: impl IntoIterator<Item = &'u Url>) -> Self {
        Self {
            forms: urls.into_iter().map(source).collect(),
            ..Self::default()
        }
    }

    /// This is no page but a picture that somebody else drew: an SVG opened by itself would be a document of our site.
    pub fn picture() -> Self {
        Self {
            picture: true,
            ..Self::default()
        }
    }

    /// The page loads our own script files.
    #[must_use]
    pub fn script(mut self) -> Self {
        self.script = true;
        self
    }

    /// The header of this page; most pages have the same.
    pub(crate) fn header(&self) -> HeaderValue {
        static STRICT: LazyLock<Option<HeaderValue>> = LazyLock::new(|| value(&Allow::default()));
        if self.picture {
            return HeaderValue::from_static(PICTURE);
        }
        let own = if self.forms.is_empty() && !self.script {
            STRICT.clone()
        } else {
            value(self)
        };
        own.or_else(|| STRICT.clone())
            .unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }

    fn content_security_policy(&self) -> String {
        let mut forms = self.forms.clone();
        forms.sort();
        forms.dedup();
        let forms = forms
            .iter()
            .fold(String::new(), |list, origin| format!("{list} {origin}"));
        let script = if self.script { "'self'" } else { "'none'" };
        format!(
            "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src {script}; \
             form-action 'self'{forms}; frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

impl IntoResponseParts for Allow {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.extensions_mut().insert(self);
        Ok(response)
    }
}

fn value(allow: &Allow) -> Option<HeaderValue> {
    HeaderValue::try_from(allow.content_security_policy()).ok()
}

/// An origin for the web, a scheme for a native application's own (`com.example.app:`).
fn source(url: &Url) -> String {
    match url.origin() {
        origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
        url::Origin::Opaque(_) => format!("{}:", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_post_nowhere_else_and_run_nothing() {
        let policy = Allow::default().content_security_policy();

        assert!(policy.contains("default-src 'none'"));
        assert!(policy.contains("script-src 'none'"));
        assert!(policy.contains("form-action 'self';"));
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn only_origins_get_into_the_policy() {
        let urls = [
            "https://a.example/cb?x='unsafe-inline';script-src *",
            "https://a.example/b",
            "com.app:/cb",
            "http://127.0.0.1:8402/",
        ]
        .map(|url| Url::parse(url).unwrap());

        let policy = Allow::forms_to(&urls).script().content_security_policy();

        assert!(
            policy.contains("form-action 'self' com.app: http://127.0.0.1:8402 https://a.example;"),
            "{policy}"
        );
        assert!(policy.contains("script-src 'self'"));
    }
}
