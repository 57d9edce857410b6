//! Pages: rendered from templates, in Czech, each marked as not being the real thing.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Failure;

/// Everything is ours and there is no inline script or style.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                          form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For pages whose form leaves the house: browsers hold `form-action` against every redirect that follows too,
/// and where those lead is the receiver's business.
pub const LEAVING_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                                  form-action http: https:; base-uri 'none'; frame-ancestors 'none'";

/// A page that says why a message was not processed.
#[derive(Debug, Template)]
#[template(path = "nia/error.html")]
pub struct ErrorPage {
    /// `erc`
    pub code: u16,
    /// In Czech.
    pub reason: String,
}

/// A page that only tells something.
#[derive(Debug, Template)]
#[template(path = "nia/message.html")]
pub struct MessagePage {
    /// Heading.
    pub title: &'static str,
    /// One sentence.
    pub text: &'static str,
    /// Where to go on.
    pub link: Option<(&'static str, String)>,
}

/// A page.
pub fn page(template: &impl Template) -> Response {
    with_status(StatusCode::OK, template)
}

/// A page with a status of its own.
pub fn with_status(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (
            status,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            html,
        )
            .into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// A page whose form leaves the house.
pub fn leaving(template: &impl Template) -> Response {
    let mut response = page(template);
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(LEAVING_POLICY),
    );
    response
}
