//! Stylesheets, fonts, images and the one script, under an address that changes with their content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use aws_lc_rs::digest::{Context, SHA256};
use axum::Router;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

struct Asset {
    content_type: &'static str,
    plain: Cow<'static, [u8]>,
    gzip: Option<Vec<u8>>,
}

struct Assets {
    hash: String,
    by_name: BTreeMap<Cow<'static, str>, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let by_name: BTreeMap<_, _> = Files::iter()
        .filter(|name| !name.ends_with(".md"))
        .filter_map(|name| Some((name.clone(), Asset::new(&name, Files::get(&name)?.data))))
        .collect();
    let mut content = Context::new(&SHA256);
    for (name, asset) in &by_name {
        content.update(name.as_bytes());
        content.update(&asset.plain);
    }
    let digest = content.finish();
    let hash = digest
        .as_ref()
        .iter()
        .take(8)
        .fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    Assets { hash, by_name }
});

/// The address of an asset, as `/assets/3f2a…/city.css`. All share one hash, so that a stylesheet
/// finds its fonts beside it.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.hash)
}

/// The names of all assets.
pub fn names() -> impl Iterator<Item = &'static str> {
    ASSETS.by_name.keys().map(AsRef::as_ref)
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/assets/{hash}/{*name}", get(asset))
        .route("/favicon.ico", get(favicon))
}

async fn asset(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    // While two versions run side by side, a page of one may ask the other.
    let cache = if hash == ASSETS.hash {
        FOREVER
    } else {
        ASK_AGAIN
    };
    answer(&name, cache, &headers)
}

async fn favicon(headers: HeaderMap) -> Response {
    answer("mark.svg", "public, max-age=86400", &headers)
}

fn answer(name: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.by_name.get(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let common = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, cache)];
    let accepts_gzip = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.split(';').next().map(str::trim) == Some("gzip"));
    match &asset.gzip {
        Some(gzip) if accepts_gzip => (
            common,
            [(CONTENT_ENCODING, "gzip"), (VARY, "accept-encoding")],
            gzip.as_slice(),
        )
            .into_response(),
        Some(_) => (common, [(VARY, "accept-encoding")], asset.plain.as_ref()).into_response(),
        None => (common, asset.plain.as_ref()).into_response(),
    }
}

impl Asset {
    fn new(name: &str, plain: Cow<'static, [u8]>) -> Self {
        let (content_type, is_text) = match name.rsplit('.').next() {
            Some("css") => ("text/css; charset=utf-8", true),
            Some("js") => ("text/javascript; charset=utf-8", true),
            Some("svg") => ("image/svg+xml", true),
            Some("woff2") => ("font/woff2", false),
            Some("png") => ("image/png", false),
            _ => ("application/octet-stream", false),
        };
        let gzip = if is_text { gzipped(&plain).ok() } else { None };
        Self {
            content_type,
            plain,
            gzip,
        }
    }
}

fn gzipped(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_finds_what_it_names() {
        let css = String::from_utf8(ASSETS.by_name["city.css"].plain.to_vec()).unwrap();
        let named: Vec<&str> = css
            .split("url(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();

        assert_eq!(named.len(), 4);
        assert!(
            named.iter().all(|name| ASSETS.by_name.contains_key(*name)),
            "{named:?}"
        );
    }

    #[test]
    fn notes_for_us_are_not_served() {
        assert!(names().all(|name| !name.contains("README")));
    }

    #[tokio::test]
    async fn an_old_address_serves_what_there_is_now_but_is_not_kept() {
        let app = crate::example::app();
        let request = axum::http::Request::get("/assets/old/mark.svg")
            .body(axum::body::Body::empty())
            .unwrap();

        let response = crate::example::ask(app, request).await;

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CACHE_CONTROL], ASK_AGAIN);
    }
}
