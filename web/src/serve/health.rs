//! `/healthz` says that the process lives, `/readyz` whether it can do its work.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

const PATIENCE: Duration = Duration::from_secs(2);

/// The checks behind `/readyz`.
#[derive(Clone, Default)]
pub struct Readiness(Vec<(&'static str, Check)>);

/// What both answer.
#[derive(Debug, Serialize)]
struct Report {
    status: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    checks: BTreeMap<&'static str, &'static str>,
}

impl Readiness {
    /// No checks: ready as soon as it lives.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: `check("database", move || { let db = db.clone(); async move { db.ping().await.is_ok() } })`.
    #[must_use]
    pub fn check<F>(
        mut self,
        name: &'static str,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        self.0.push((name, Arc::new(move || Box::pin(check()))));
        self
    }

    async fn report(&self) -> (StatusCode, Json<Report>) {
        let mut checks = BTreeMap::new();
        for (name, check) in &self.0 {
            let well = tokio::time::timeout(PATIENCE, check())
                .await
                .unwrap_or(false);
            checks.insert(*name, if well { "ok" } else { "failing" });
        }
        let is_ready = checks.values().all(|state| *state == "ok");
        let (code, status) = if is_ready {
            (StatusCode::OK, "ready")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        };
        (code, Json(Report { status, checks }))
    }
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The two routes. `/readyz` answers 503 while a check fails or takes over two seconds, and names it.
pub fn health_routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    let alive = || async {
        Json(Report {
            status: "alive",
            checks: BTreeMap::new(),
        })
    };
    Router::new().route("/healthz", get(alive)).route(
        "/readyz",
        get(move || async move { readiness.report().await }),
    )
}
