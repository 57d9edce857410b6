//! The stylesheet, the mark and the one script: it sends forms that a person would only have to click through.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// `GET /assets/{file}`
pub async fn get(Path(file): Path<String>) -> Response {
    let (kind, content) = match file.as_str() {
        "sandbox.css" => (
            "text/css; charset=utf-8",
            include_str!("../assets/sandbox.css"),
        ),
        "submit.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../assets/submit.js"),
        ),
        "mark.svg" => ("image/svg+xml", include_str!("../assets/mark.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        content,
    )
        .into_response()
}
