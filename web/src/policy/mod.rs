//! What holds for every answer of a program, put on last.

mod client;
mod headers;
mod observe;
mod pages;

pub use client::ClientAddress;
pub(crate) use pages::View;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::timeout::TimeoutLayer;

use crate::config::{Network, ServerConfig};
use crate::locale::switch;
use crate::page::Site;
use crate::problem::{FOREIGN_FORM, INTERNAL};
use crate::{Clock, Problem, Random, assets};

/// What [`wrap`] needs to know.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) site: Arc<Site>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) cross_site: &'static [&'static str],
    pub(crate) json: &'static [&'static str],
    pub(crate) body_limit: usize,
    pub(crate) timeout: Duration,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) page_of_form: fn(&str) -> Option<String>,
}

impl Policy {
    /// The strict one: 64 KiB bodies, 30 seconds, no form from another site.
    pub fn new(site: Arc<Site>, clock: Clock, random: Random) -> Self {
        Self {
            site,
            clock,
            random,
            cross_site: &[],
            json: &[],
            body_limit: 64 * 1024,
            timeout: Duration::from_secs(30),
            trusted_proxies: Vec::new(),
            page_of_form: |_| None,
        }
    }

    /// Paths that take POSTs from other sites by design and protect themselves:
    /// `/oauth2/token`, `/upstream/*`.
    #[must_use]
    pub fn cross_site(mut self, paths: &'static [&'static str]) -> Self {
        self.cross_site = paths;
        self
    }

    /// Paths that machines call: their errors are JSON.
    #[must_use]
    pub fn json(mut self, paths: &'static [&'static str]) -> Self {
        self.json = paths;
        self
    }

    /// How large a body may be. A route may have a smaller or larger limit of its own
    /// (`axum::extract::DefaultBodyLimit`).
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long a request may take, its body included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Time limit and trusted proxies of `[server]`.
    #[must_use]
    pub fn server(self, config: &ServerConfig) -> Self {
        self.timeout(Duration::from_secs(config.request_timeout_seconds.into()))
            .trusted_proxies(config.trusted_proxies.clone())
    }

    /// Which page shows the form that is sent to a path, where the path alone says so: the way on when a failure may pass,
    /// since a link cannot send the form again.
    #[must_use]
    pub fn page_of_form(mut self, page: fn(&str) -> Option<String>) -> Self {
        self.page_of_form = page;
        self
    }

    /// Whose `X-Forwarded-For` counts.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: Vec<Network>) -> Self {
        self.trusted_proxies = networks;
        self
    }
}

/// Puts the policy on a finished router: nothing may be added afterwards, or it would be without.
///
/// From the outside in: request id, log span and metrics; compression; security headers and
/// `no-store`; language, shell and our pages for every failure; caught panics; time limit; CSRF;
/// body limit. It also adds `/assets/…`, `/favicon.ico` and the language switch `/jazyk`.
pub fn wrap(router: Router, policy: Policy) -> Router {
    let (timeout, body_limit) = (policy.timeout, policy.body_limit);
    let csrf = csrf(&policy);
    let policy = Arc::new(policy);

    router
        .merge(assets::routes())
        .merge(switch::routes())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(policy.clone(), observe::observe))
                .layer(compression())
                .layer(from_fn_with_state(policy.clone(), headers::secure))
                .layer(from_fn_with_state(policy, pages::write))
                .layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| {
                    panicked(&*panic)
                }))
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::REQUEST_TIMEOUT,
                    timeout,
                ))
                .layer(csrf)
                .layer(DefaultBodyLimit::max(body_limit)),
        )
}

/// Forms come from our own pages. Our public address counts as ours also behind a proxy that
/// rewrites `Host`; another port of the same host does not.
fn csrf(policy: &Policy) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    let exempt = policy.cross_site;
    let origin = policy.site.public_url().origin().ascii_serialization();
    let layer = CsrfLayer::new();
    layer
        .clone()
        .add_trusted_origin(&origin)
        .unwrap_or(layer)
        .with_insecure_bypass(move |_, uri| is_listed(exempt, uri.path()))
        .with_rejection_response(|_| Problem::new(&FOREIGN_FORM).into_response())
}

/// Whether a list of paths, some ending in `/*`, contains a path.
fn is_listed(list: &[&str], path: &str) -> bool {
    list.iter().any(|listed| match listed.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => *listed == path,
    })
}

type OfPages = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Pages only: assets are compressed already, and what machines fetch is small.
fn compression() -> CompressionLayer<And<SizeAbove, OfPages>> {
    let of_pages: OfPages = |_, _, headers, _| {
        headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(1024).and(of_pages))
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic");
    Problem::new(&INTERNAL).because(message).into_response()
}

#[cfg(test)]
mod tests;
