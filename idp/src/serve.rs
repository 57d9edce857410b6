//! Serving: the policy of all answers around the router, and the workers beside it.

use std::{future::Future, time::Duration};

use axum::Router;
use web::{
    Policy,
    serve::{Readiness, ServeError, Server, health_routes},
};

use crate::{Broker, router, workers};

/// The finished application.
pub fn app(broker: &Broker) -> Router {
    let server = &broker.config.server;
    let policy = Policy::new(
        broker.site.clone(),
        broker.clock.clone(),
        broker.random.clone(),
    )
    .cross_site(router::CROSS_SITE)
    .json(router::JSON)
    .page_of_form(router::page_of_form)
    .timeout(Duration::from_secs(server.request_timeout_seconds.into()))
    .trusted_proxies(server.trusted_proxies.clone());
    let router = router::router(broker.clone()).merge(health_routes(readiness(broker)));
    web::wrap(router, policy)
}

/// Serves until `shutdown` is ready; running requests and workers end first.
pub async fn serve(
    broker: Broker,
    server: Server,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let workers = workers::start(&broker);
    let served = server.run(app(&broker), shutdown).await;
    workers.stop().await;
    broker.db.close().await;
    served
}

fn readiness(broker: &Broker) -> Readiness {
    let (db, short_lived) = (broker.db.clone(), broker.short_lived.clone());
    Readiness::new()
        .check("database", move || {
            let db = db.clone();
            async move { db.ping().await.is_ok() }
        })
        .check("short_lived", move || {
            let short_lived = short_lived.clone();
            async move { short_lived.ping().await.is_ok() }
        })
}
