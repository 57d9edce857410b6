//! The citizens' portal: an ordinary OpenID Connect client of the broker, with no privileges of its own.

pub mod broker;
pub mod check;
pub mod config;
pub mod docs;
pub mod errors;
pub mod housekeeping;
pub mod identity;
pub mod login;
pub mod logout;
pub mod pages;
pub mod portal;
pub mod router;
pub mod session;
pub mod storage;
mod texts;

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use web::page::Site;
use web::serve::{ServeError, Server};
use web::{Clock, Policy, Random};

pub use config::Config;
pub use portal::{Portal, StartError};
pub use texts::TEXTS;

/// Why the portal stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its listener failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Serves the portal on a listener until `stop` is ready.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    random: Random,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Stopped> {
    let portal = Portal::start(&config, clock, random).await?;
    let routes = router::router(&portal, policy(&config, &portal));
    let mut server = Server::new(listener).with_tls(config.server.tls.clone());
    if let Some(address) = config.server.metrics_listen {
        server = server.with_metrics(TcpListener::bind(address).map_err(ServeError::Io)?);
    }
    tracing::info!(server.listen = %config.server.listen, server.public_url = %config.server.public_url, "city-portal serves");
    let housekeeping = tokio::spawn(housekeeping::run(portal.clone()));
    let result = server.run(routes, stop).await;
    housekeeping.abort();
    portal.db().close().await;
    Ok(result?)
}

/// The rules of every answer.
pub fn policy(config: &Config, portal: &Portal) -> Policy {
    Policy::new(
        site(config),
        portal.clock().clone(),
        portal.random().clone(),
    )
    .timeout(Duration::from_secs(u64::from(
        config.server.request_timeout_seconds,
    )))
    .trusted_proxies(config.server.trusted_proxies.clone())
}

/// The portal as its pages present it.
pub fn site(config: &Config) -> Arc<Site> {
    Site::new(
        "city-portal",
        "brand",
        &TEXTS,
        config.server.public_url.clone(),
        config.town.clone(),
    )
    .shared()
}
