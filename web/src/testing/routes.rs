//! Every route is behind the policy.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt as _;

const EXPECTED: [&str; 5] = [
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cache-control",
    "x-request-id",
];

/// Asks each path, cross-site and not, and says which of them answers without the policy of
/// [`wrap`](crate::wrap): a route that was added after it. `exempt` are the paths that take
/// cross-site forms by design.
///
/// Variable parts are filled in by the caller: `/login/00000000-0000-0000-0000-000000000000`.
pub async fn route_findings(app: &Router, paths: &[&str], exempt: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for path in paths {
        for method in [Method::GET, Method::POST] {
            let (status, headers) = ask(app, method.clone(), path).await;
            let missing = EXPECTED.iter().filter(|name| !headers.contains_key(**name));
            findings.extend(missing.map(|name| format!("{method} {path} has no {name}")));
            let is_let_in = method == Method::POST && status != StatusCode::FORBIDDEN;
            if is_let_in && status != StatusCode::METHOD_NOT_ALLOWED && !exempt.contains(path) {
                findings.push(format!("POST {path} takes forms of other sites ({status})"));
            }
        }
    }
    findings
}

async fn ask(app: &Router, method: Method, path: &str) -> (StatusCode, HeaderMap) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::empty());
    match request {
        Ok(request) => match app.clone().oneshot(request).await {
            Ok(response) => (response.status(), response.headers().clone()),
            Err(never) => match never {},
        },
        Err(_) => (StatusCode::BAD_REQUEST, HeaderMap::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[tokio::test]
    async fn a_router_behind_the_policy_has_no_findings() {
        let paths = [
            "/",
            "/late",
            "/token",
            "/upstream/nia/answer",
            "/submit",
            "/jazyk",
        ];

        let findings =
            route_findings(&example::app(), &paths, &["/token", "/upstream/nia/answer"]).await;

        assert_eq!(findings, [""; 0]);
    }

    #[tokio::test]
    async fn a_route_added_afterwards_is_found() {
        let app = example::app().route("/late-comer", axum::routing::post(|| async {}));

        let findings = route_findings(&app, &["/late-comer"], &[]).await;

        assert!(
            findings
                .iter()
                .any(|finding| finding == "POST /late-comer takes forms of other sites (200 OK)")
        );
        assert!(
            findings
                .iter()
                .any(|finding| finding == "GET /late-comer has no content-security-policy")
        );
    }
}
