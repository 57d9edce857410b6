//! Headers of every response.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Policy;
use crate::Allow;

/// The same for all. `same-origin` and not `no-referrer`: with the latter browsers send
/// `Origin: null` with our own forms.
const FIXED: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
];
const TWO_YEARS: &str = "max-age=63072000";

/// Adds what a handler did not set itself: a document for machines may say it can be cached.
pub(super) async fn secure(
    State(policy): State<Arc<Policy>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let allow = response
        .extensions_mut()
        .remove::<Allow>()
        .unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        // Who says less of where a browser was may.
        let says_nothing = name == REFERRER_POLICY
            && headers
                .get(&name)
                .is_some_and(|value| value == "no-referrer");
        if !says_nothing {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.insert(CONTENT_SECURITY_POLICY, allow.header());
    if policy.site.is_https() {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TWO_YEARS),
        );
    }
    keep_private(headers);
    response
}

/// Whatever does not say that it is public belongs to one person.
fn keep_private(headers: &mut HeaderMap) {
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
