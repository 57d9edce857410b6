//! Listening, TLS, stopping, metrics and health.

mod health;

pub use health::{Readiness, health_routes};

use std::future::Future;
use std::net::TcpListener;

use axum::Router;

use crate::config::{ConfigError, ServerConfig, TlsConfig};

/// A listener that serves one router until it is told to stop.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsConfig>,
    metrics: Option<TcpListener>,
}

/// Why a server could not start or run on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Certificate or key.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The sockets.
    #[error("the server could not go on")]
    Io(#[from] std::io::Error),
}

impl Server {
    /// Serves a listener that is open already.
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            tls: None,
            metrics: None,
        }
    }

    /// Opens the listeners of `[server]`.
    pub fn bind(config: &ServerConfig) -> Result<Self, ConfigError> {
        let _ = config;
        todo!()
    }

    /// Ends TLS here.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<TlsConfig>) -> Self {
        self.tls = tls;
        self
    }

    /// Serves `/metrics` on a listener of its own.
    #[must_use]
    pub fn with_metrics(mut self, listener: TcpListener) -> Self {
        self.metrics = Some(listener);
        self
    }

    /// The address people reach.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is ready, then lets running requests end.
    pub async fn run(
        self,
        router: Router,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let _ = (router, self.tls, self.metrics);
        shutdown.await;
        todo!()
    }
}

/// Ready when the process is asked to stop (SIGTERM or SIGINT).
pub async fn stop_signal() {
    todo!()
}
