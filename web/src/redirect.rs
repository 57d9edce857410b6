//! Where a request may send the browser next: to a path of ours, or nowhere.

use axum::response::{IntoResponse, Redirect, Response};

const LONGEST: usize = 2000;

/// A path with an optional query on this very host, checked.
///
/// `//evil`, `\\evil`, `/\evil`, encoded forms of them, control characters and dot segments are no
/// local paths. The default is the home page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Checks what came in a form, a query or a cookie.
    pub fn parse(path: &str) -> Option<Self> {
        local_path(path).map(|path| Self(path.to_owned()))
    }

    /// The path as a `Location` header or a link takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LocalPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl IntoResponse for LocalPath {
    fn into_response(self) -> Response {
        Redirect::to(&self.0).into_response()
    }
}

/// `path` itself when it leads to a page of ours, see [`LocalPath`].
pub fn local_path(path: &str) -> Option<&str> {
    if path.len() > LONGEST || !is_local(path) {
        return None;
    }
    // Proxies and frameworks decode once more than one thinks.
    let once = percent_decoded(path_of(path));
    let twice = percent_decoded(&once);
    (is_local(&once) && is_local(&twice)).then_some(path)
}

fn is_local(path: &str) -> bool {
    let mut rest = path.bytes();
    rest.next() == Some(b'/')
        && rest.next().is_none_or(|second| second != b'/')
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !br#"\<>"`^{|}"#.contains(&byte))
        && !path_of(path).contains("//")
        && !path_of(path)
            .split(['/', ';'])
            .any(|segment| matches!(segment, "." | ".."))
}

fn path_of(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(value) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            // A letter with diacritics is fine in a path; what is not, is ASCII.
            decoded.push(if value.is_ascii() { value } else { b'x' });
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_ours_are_taken_as_they_are() {
        for path in [
            "/",
            "/podani/12?strana=2#dole",
            "/p%C5%99ehled",
            "/jazyk?back=//x",
            "/a:b@c",
        ] {
            assert_eq!(local_path(path), Some(path));
        }
    }

    #[test]
    fn portal_27_everything_that_leads_elsewhere_is_refused() {
        for path in [
            "",
            "evil",
            "//evil",
            "///evil",
            "\\\\evil",
            "/\\evil",
            "\\/evil",
            "https://evil",
            "javascript:alert(1)",
            "/%2fevil",
            "/%2Fevil",
            "/%5cevil",
            "/%255cevil",
            "/%252fevil",
            "/\tevil",
            "/%09/evil",
            "\t//evil",
            "/\n/evil",
            "/a/../..//evil",
            "/..//evil",
            "/%2e%2e//evil",
            "/..;/x",
            "/ evil",
            "/a b",
            "/é",
            "/a//b",
            "/\u{0}",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_refused_path_leads_home() {
        assert_eq!(LocalPath::parse("//evil").unwrap_or_default().as_str(), "/");
    }
}
