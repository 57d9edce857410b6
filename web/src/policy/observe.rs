//! One log line and two metrics for each request. Paths are logged as routes, never with their values.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::Policy;

const REQUEST_ID: &str = "x-request-id";

pub(super) async fn observe(
    State(policy): State<Arc<Policy>>,
    request: Request,
    next: Next,
) -> Response {
    let id = u64::from_be_bytes(policy.random.bytes());
    let id = format!("{id:016x}");
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let method = known(request.method());
    let span = tracing::info_span!(
        crate::log::REQUEST,
        request.id = id,
        http.method = method,
        http.route = route
    );

    async move {
        let start = Instant::now();
        let mut response = next.run(request).await;
        let (took, status) = (start.elapsed(), response.status().as_u16());
        if let Ok(id) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let labels = [
            ("route", route.clone()),
            ("method", method.to_owned()),
            ("status", status.to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_seconds", "route" => route.clone())
            .record(took.as_secs_f64());
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if is_noise(&route) {
            tracing::debug!(http.status = status, http.micros = micros, "answered");
        } else {
            tracing::info!(http.status = status, http.micros = micros, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// A client may make up methods; labels may not grow with them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn is_noise(route: &str) -> bool {
    route.starts_with("/assets/") || matches!(route, "/healthz" | "/readyz" | "/favicon.ico")
}
