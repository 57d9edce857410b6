//! Listening, TLS, stopping, metrics and health.

mod health;
mod limits;
mod metrics;
#[cfg(test)]
mod tests;
mod tls;

pub use health::{Readiness, health_routes};
pub use limits::Limits;
pub use metrics::{metrics_handle, metrics_routes};
pub use tls::tls_good_until;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Control, Handle};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{ConfigError, ServerConfig, TlsConfig};

/// A listener that serves one router until it is told to stop.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsConfig>,
    metrics: Option<TcpListener>,
    limits: Limits,
    grace: Duration,
}

/// Why a server could not start or go on.
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
    /// Serves a listener that is open already, without TLS and metrics.
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            tls: None,
            metrics: None,
            limits: Limits::default(),
            grace: Duration::from_secs(20),
        }
    }

    /// Opens the listeners of `[server]` and reads its certificate.
    pub fn bind(config: &ServerConfig) -> Result<Self, ConfigError> {
        Self::on(open("server.listen", config.listen)?, config)
    }

    /// Serves an open listener, and for the rest as `[server]` says: certificate, metrics, grace.
    pub fn on(listener: TcpListener, config: &ServerConfig) -> Result<Self, ConfigError> {
        config.tls.as_ref().map(tls::acceptable).transpose()?;
        let metrics = config
            .metrics_listen
            .map(|address| open("server.metrics_listen", address));
        Ok(Self {
            tls: config.tls.clone(),
            metrics: metrics.transpose()?,
            grace: Duration::from_secs(config.shutdown_seconds.into()),
            ..Self::new(listener)
        })
    }

    /// Ends TLS here.
    #[must_use]
    pub fn with_tls(mut self, config: Option<TlsConfig>) -> Self {
        self.tls = config;
        self
    }

    /// Serves `/metrics` on a listener of its own.
    #[must_use]
    pub fn with_metrics(mut self, listener: TcpListener) -> Self {
        self.metrics = Some(listener);
        self
    }

    /// Other limits for slow clients.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The address it listens on.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is ready, then lets running requests end.
    pub async fn run(
        self,
        router: Router,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let tls = self.tls.as_ref().map(tls::acceptable).transpose()?;
        let control = Control::new();
        let address = self.address()?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let server =
            axum_server::from_tcp(self.listener)?.handle(Handle::with_control(control.clone()));
        let server = self.limits.apply(server);
        let is_tls = tls.is_some();
        let serve = async {
            match tls {
                Some(tls) => {
                    let acceptor =
                        RustlsAcceptor::new(tls).handshake_timeout(self.limits.first_request);
                    server
                        .acceptor(acceptor.acceptor(NoDelayAcceptor::new()))
                        .serve(service)
                        .await
                }
                None => server.acceptor(NoDelayAcceptor::new()).serve(service).await,
            }
        };
        tokio::pin!(serve);
        let metrics = self
            .metrics
            .map(|listener| tokio::spawn(metrics::serve(listener)));

        tracing::info!(server.address = %address, server.tls = is_tls, "listening");
        let ended = tokio::select! {
            failed = &mut serve => failed,
            () = shutdown => {
                tracing::info!(server.connections = control.connection_count(), "stopping");
                control.graceful_shutdown(Some(self.grace));
                serve.await
            }
        };
        if let Some(metrics) = metrics {
            metrics.abort();
        }
        Ok(ended?)
    }
}

/// Ready when the process is asked to stop (SIGTERM or SIGINT).
pub async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be received; stop the process by force");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn open(key: &str, address: SocketAddr) -> Result<TcpListener, ConfigError> {
    TcpListener::bind(address).map_err(|error| {
        ConfigError::at(
            key,
            format!("`{address}` cannot be listened on ({error})"),
            "Choose an address of this machine and a port that no other program has",
        )
    })
}
