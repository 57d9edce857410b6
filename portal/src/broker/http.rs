//! The library's HTTP client, through `outbound`: its limits, its breaker, no redirects.

use std::future::Future;
use std::pin::Pin;

use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use openidconnect::http::{self, HeaderMap, HeaderName};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use outbound::{Guard, OutboundError, Request, Target};
use url::Url;

/// Carries the library's requests to the broker.
#[derive(Debug, Clone)]
pub(super) struct Http {
    target: Target,
}

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The library asked for something that is no address.
    #[error("not an address")]
    Address(#[from] url::ParseError),
    /// It could not be sent, or no usable answer came.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The answer cannot be handed back.
    #[error("not an HTTP answer")]
    Answer(#[from] http::Error),
}

impl Http {
    pub(super) fn new(target: Target) -> Self {
        Self { target }
    }

    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string())?;
        let mut sending = match head.method {
            http::Method::POST => Request::post(&url, Guard::Operator).body(FORM, body),
            _ => Request::get(&url, Guard::Operator),
        };
        for name in [ACCEPT, AUTHORIZATION] {
            if let Some(value) = header(&head.headers, &name) {
                sending = sending.header(
                    if name == ACCEPT {
                        "accept"
                    } else {
                        "authorization"
                    },
                    value,
                );
            }
        }
        let fetched = self.target.send(sending).await?;
        let mut answer = http::Response::builder().status(fetched.status.as_u16());
        if let Some(content_type) = &fetched.content_type {
            answer = answer.header(CONTENT_TYPE, content_type);
        }
        Ok(answer.body(fetched.body.to_vec())?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The only kind of body a client of a provider sends.
const FORM: &str = "application/x-www-form-urlencoded";
