//! One request as a caller describes it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use reqwest::{
    Method,
    header::{HeaderValue, InvalidHeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::guard::Guard;

/// How a request proves who we are.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Not at all, or inside the body.
    #[default]
    None,
    /// `client_secret_basic`: both parts form-encoded first (RFC 6749 2.3.1).
    Basic {
        /// The client id.
        id: String,
        /// The client secret.
        secret: SecretString,
    },
    /// HTTP Basic as it is (RFC 7617), for services that know nothing of OAuth.
    PlainBasic {
        /// The user name, without a colon.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A bearer token (RFC 6750 2.1).
    Bearer(SecretString),
}

/// One request. [`Request::get`] and [`Request::post`] begin it; the rest narrows it.
#[derive(Clone)]
pub struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) guard: Guard,
    pub(crate) auth: Auth,
    pub(crate) accept: &'a [&'a str],
    pub(crate) body: Option<(&'static str, Bytes)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) max_bytes: Option<usize>,
    pub(crate) faults: bool,
}

impl<'a> Request<'a> {
    /// A `GET`.
    pub fn get(url: &'a Url, guard: Guard) -> Self {
        Self::new(Method::GET, url, guard)
    }

    /// A `POST`, with an empty body unless one is given.
    pub fn post(url: &'a Url, guard: Guard) -> Self {
        Self::new(Method::POST, url, guard)
    }

    /// How we prove who we are.
    #[must_use]
    pub fn auth(self, auth: Auth) -> Self {
        Self { auth, ..self }
    }

    /// The only content types that are taken for an answer (see [`crate::is_media_type`]); any other counts as a failure of
    /// the target. Judged on successful answers only: an error page may look as it likes.
    #[must_use]
    pub fn expecting(self, accept: &'a [&'a str]) -> Self {
        Self { accept, ..self }
    }

    /// A form as body.
    #[must_use]
    pub fn form<K: AsRef<str>, V: AsRef<str>>(self, fields: &[(K, V)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Any other body.
    #[must_use]
    pub fn body(self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            body: Some((content_type, body.into())),
            ..self
        }
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Takes a status of 500 for an answer when its content type is one that is expected: SOAP sends its faults so (SOAP 1.1,
    /// 6.2). Any other status of 500 and above stays a failure.
    #[must_use]
    pub fn expecting_faults(self) -> Self {
        Self {
            faults: true,
            ..self
        }
    }

    /// A size limit of this request's own.
    #[must_use]
    pub fn max_bytes(self, limit: usize) -> Self {
        Self {
            max_bytes: Some(limit),
            ..self
        }
    }

    fn new(method: Method, url: &'a Url, guard: Guard) -> Self {
        Self {
            method,
            url,
            guard,
            auth: Auth::None,
            accept: &[],
            body: None,
            headers: Vec::new(),
            max_bytes: None,
            faults: false,
        }
    }
}

impl Auth {
    /// The `Authorization` header, marked so that no log shows it.
    pub(crate) fn header(&self) -> Result<Option<HeaderValue>, InvalidHeaderValue> {
        let text = match self {
            Self::None => return Ok(None),
            Self::Basic { id, secret } => {
                format!(
                    "Basic {}",
                    STANDARD.encode(format!(
                        "{}:{}",
                        form_encoded(id),
                        form_encoded(secret.expose_secret())
                    ))
                )
            }
            Self::PlainBasic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
        };
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// Shows where a request goes, and none of what it carries.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_secret_basic_is_form_encoded_before_base64() {
        let auth = Auth::Basic {
            id: "building permits".to_owned(),
            secret: SecretString::from("a:b%c"),
        };

        let header = auth.header().unwrap().unwrap();

        assert_eq!(
            header.to_str().unwrap(),
            format!("Basic {}", STANDARD.encode("building+permits:a%3Ab%25c"))
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn plain_basic_is_encoded_as_it_is() {
        let auth = Auth::PlainBasic {
            user: "ExtWS".to_owned(),
            password: SecretString::from("T01-a+b/c%"),
        };

        let header = auth.header().unwrap().unwrap();

        assert_eq!(
            header.to_str().unwrap(),
            format!("Basic {}", STANDARD.encode("ExtWS:T01-a+b/c%"))
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn a_request_does_not_show_its_secrets_in_logs() {
        let url = Url::parse("https://bank.example/token?code=hidden-code").unwrap();
        let request = Request::post(&url, Guard::Operator)
            .auth(Auth::Bearer(SecretString::from("hidden-token")))
            .form(&[("refresh_token", "hidden-refresh")]);

        let shown = format!("{request:?}");

        assert!(!shown.contains("hidden"), "{shown}");
    }
}
