//! The router, and what is the same for every answer.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{Redirect, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Config;
use crate::error::StartError;
use crate::nia::logout::signout;
use crate::nia::{consent, login, metadata, reply, sso};
use crate::world::World;
use crate::{assets, controls, page};

/// Larger requests are not read.
const MAX_BODY: usize = 512 * 1024;
/// How long a stop waits for answers under way.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs the sandbox until the process is told to stop.
pub async fn serve(config: &Config, listener: TcpListener) -> Result<(), StartError> {
    let address = listener.local_addr().map_err(StartError::Server)?;
    let base_url = config.public_url_at(address);
    let world = World::new(config, &base_url)?;
    tell_address(config, address)?;
    tracing::info!(%address, base_url, "sandbox.started");

    let (stop, stopping) = watch::channel(false);
    let told = async move {
        told_to_stop().await;
        stop.send_replace(true);
    };
    let service = router(world).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(told);
    tokio::select! {
        served = serving.into_future() => served.map_err(StartError::Server)?,
        () = patience(stopping) => {}
    }
    tracing::info!("sandbox.stopped");
    Ok(())
}

/// Whoever asked for a free port reads here which one it was.
fn tell_address(config: &Config, address: SocketAddr) -> Result<(), StartError> {
    let path = config.data_dir.join("address");
    std::fs::write(&path, format!("{address}\n"))
        .map_err(|source| StartError::File { path, source })
}

/// Slow readers get a moment to finish, not forever.
async fn patience(mut stopping: watch::Receiver<bool>) {
    let told = stopping.wait_for(|stopping| *stopping).await.is_ok();
    if told {
        tokio::time::sleep(PATIENCE).await;
    } else {
        std::future::pending::<()>().await;
    }
}

/// All addresses.
pub fn router(world: World) -> Router {
    let metadata = get(metadata::get);
    Router::new()
        .route("/", get(|| async { Redirect::to("/_sandbox/") }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/assets/{file}", get(assets::get))
        .route(metadata::PATH, metadata.clone())
        .route(metadata::LOWER_CASE_PATH, metadata)
        .route("/FPSTS/saml2/basic", get(sso::get).post(sso::post))
        .route("/FPSTS/login/{visit}", get(login::get).post(login::post))
        .route(
            "/FPSTS/consent/{visit}",
            get(consent::get).post(consent::post),
        )
        .route("/FPSTS/answer/{visit}", get(reply::get))
        .route("/FPSTS/signout", get(signout::get))
        .merge(controls::router(world.clone()))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(guard))
        .with_state(world)
}

/// One log line a request, and headers no answer goes without.
async fn guard(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str)
        .to_owned();
    let mut response = next.run(request).await;
    tracing::info!(http.method = %method, http.path = path, http.status = response.status().as_u16(), "http");

    let fixed = [
        (header::CONTENT_SECURITY_POLICY, page::POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With a stricter policy browsers would send `Origin: null`, which the real NIA does not make them do.
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-sandbox"), "not the real NIA"),
    ];
    for (name, value) in fixed {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn told_to_stop() {
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
