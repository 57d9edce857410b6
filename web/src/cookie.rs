//! Cookies: host-only, `Secure`, `HttpOnly`, `SameSite=Lax`, or not at all.

use std::convert::Infallible;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};

const PREFIX: &str = "__Host-";
/// `__Host-` demands the path `/`.
const PREFIX_UNDER: &str = "__Secure-";

/// A cookie to send with a response: `(cookie::host(name, value), Redirect::to("/"))`.
///
/// It ends with the browser unless [`lasting`](Self::lasting) says otherwise.
#[derive(Clone)]
pub struct HostCookie {
    name: String,
    value: String,
    max_age: Option<i64>,
    path: Option<String>,
}

/// A cookie with the `__Host-` prefix: no subdomain can set or read it.
///
/// Browsers know no ports, so `name` begins with the program's name
/// (see [`Site::cookie_name`](crate::Site::cookie_name)). The value is a token of ours.
pub fn host(name: impl Into<String>, value: impl Into<String>) -> HostCookie {
    HostCookie {
        name: name.into(),
        value: value.into(),
        max_age: None,
        path: None,
    }
}

/// Removes a cookie that [`host`] made.
pub fn remove(name: impl Into<String>) -> HostCookie {
    host(name, "").lasting(chrono::Duration::zero())
}

/// The value of the cookie that [`host`] made under this name.
///
/// Two cookies of one name are a sign of tossing: then there is none.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    named(headers, PREFIX, name)
}

/// The value of the cookie that [`HostCookie::under`] keeps to some addresses. A subdomain could have set it: the value has to
/// prove itself.
pub fn value_under(headers: &HeaderMap, name: &str) -> Option<String> {
    named(headers, PREFIX_UNDER, name)
}

fn named(headers: &HeaderMap, prefix: &str, name: &str) -> Option<String> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| key.strip_prefix(prefix) == Some(name))
        .map(|(_, value)| value.to_owned());
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

impl HostCookie {
    /// Keeps the cookie when the browser is closed.
    #[must_use]
    pub fn lasting(mut self, span: chrono::Duration) -> Self {
        self.max_age = Some(span.num_seconds());
        self
    }

    /// Keeps the cookie to addresses under this path of ours, so that it does not go along with every request.
    #[must_use]
    pub fn under(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The value of the `Set-Cookie` header; `None` when name or value is not fit for one.
    pub fn header(&self) -> Option<HeaderValue> {
        let fit = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
        };
        let path = self.path.as_deref().unwrap_or("/");
        if !fit(&self.name) || self.name.contains('=') || !fit(&self.value) || !fit(path) {
            return None;
        }
        let age = self
            .max_age
            .map(|seconds| format!("; Max-Age={seconds}"))
            .unwrap_or_default();
        let prefix = match self.path {
            None => PREFIX,
            Some(_) => PREFIX_UNDER,
        };
        let Self { name, value, .. } = self;
        HeaderValue::try_from(format!(
            "{prefix}{name}={value}; Path={path}; Secure; HttpOnly; SameSite=Lax{age}"
        ))
        .ok()
    }
}

impl std::fmt::Debug for HostCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostCookie")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl IntoResponseParts for HostCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(value) = self.header() {
            response.headers_mut().append(SET_COOKIE, value);
        } else {
            tracing::error!(
                cookie.name = self.name,
                "a cookie with an impossible value was not set"
            );
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        headers
    }

    #[test]
    fn a_cookie_is_host_only_secure_unreadable_for_scripts_and_lax() {
        let cookie = host("city-idp-session", "abc_-1").lasting(chrono::Duration::days(1));

        assert_eq!(
            cookie.header().unwrap(),
            "__Host-city-idp-session=abc_-1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400"
        );
        assert_eq!(
            remove("a").header().unwrap(),
            "__Host-a=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }

    #[test]
    fn a_cookie_of_some_addresses_goes_nowhere_else_and_is_no_cookie_of_the_host() {
        let cookie = host("city-idp-login", "abc").under("/login/x");

        assert_eq!(
            cookie.header().unwrap(),
            "__Secure-city-idp-login=abc; Path=/login/x; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            host("a", "b").under("/x; Domain=evil.example").header(),
            None
        );
        let sent = headers(&["__Secure-city-idp-login=abc"]);
        assert_eq!(value(&sent, "city-idp-login"), None);
        assert_eq!(value_under(&sent, "city-idp-login").as_deref(), Some("abc"));
    }

    #[test]
    fn a_value_cannot_add_attributes_or_headers() {
        assert_eq!(host("a", "b; Domain=evil.example").header(), None);
        assert_eq!(host("a", "b\r\nX: y").header(), None);
        assert_eq!(host("a=b", "c").header(), None);
    }

    #[test]
    fn only_the_cookie_with_the_prefix_is_read() {
        assert_eq!(
            value(&headers(&["x=1; __Host-a=2", "b=3"]), "a").as_deref(),
            Some("2")
        );
        assert_eq!(value(&headers(&["a=2"]), "a"), None);
    }

    #[test]
    fn a_tossed_second_cookie_of_the_name_voids_both() {
        assert_eq!(value(&headers(&["__Host-a=1; __Host-a=2"]), "a"), None);
        assert_eq!(value(&headers(&["__Host-a=1", "__Host-a=2"]), "a"), None);
    }
}
