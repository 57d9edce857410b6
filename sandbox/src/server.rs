//! The router, and what is the same for every answer.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{Redirect, Response};
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join_all};
use openssl::ssl::SslAcceptor;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::{Config, ListensAt};
use crate::error::StartError;
use crate::nia::logout::signout;
use crate::nia::{consent, login, metadata, reply, sso};
use crate::tls::{self, TlsConfig, TlsListener, door, main_door};
use crate::world::World;
use crate::{ares, assets, bank_id, caais, controls, isds, mail, page};

/// Larger requests are not read.
const MAX_BODY: usize = 512 * 1024;
/// How long a stop waits for answers under way.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs the sandbox until the process is told to stop.
pub async fn serve(config: &Config) -> Result<(), StartError> {
    let doors = Doors::open(config).await?;
    let addresses = config.addresses_at(&doors.at);
    let at = doors.at;
    let world = World::new(config, addresses)?;
    tell_addresses(config, &at)?;
    tracing::info!(
        address = %at.plain, tls.address = at.tls.map(tracing::field::display),
        client_tls.address = at.client_tls.map(tracing::field::display), base_url = world.base_url(), "sandbox.started"
    );

    let (stop, stopping) = watch::channel(false);
    let serving = doors.serve(&world, &stopping)?;
    let told = async move {
        told_to_stop().await;
        stop.send_replace(true);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = try_join_all(serving) => { served.map_err(StartError::Server)?; }
        () = patience(stopping) => {}
        () = told => {}
    }
    tracing::info!("sandbox.stopped");
    Ok(())
}

/// Everything that listens.
struct Doors {
    at: ListensAt,
    plain: TcpListener,
    plain_tls: Option<RustlsConfig>,
    tls: Vec<TlsDoor>,
    smtp: Option<(TcpListener, Option<SslAcceptor>)>,
}

/// A door with TLS that does not listen yet.
struct TlsDoor {
    name: &'static str,
    listener: TcpListener,
    acceptor: SslAcceptor,
    wrong: tls::Wrong,
}

impl Doors {
    async fn open(config: &Config) -> Result<Self, StartError> {
        let mut at = config.asked();
        let plain = listen("listen", &mut at.plain).await?;
        let plain_tls = config.server.tls.as_ref();
        let plain_tls = plain_tls.map(main_door::Files::read).transpose()?;
        let mut doors = Vec::new();
        if let Some(config) = &config.tls {
            let wrong = tls::Wrong::make(&config.ca, config.ca_key.as_deref())?;
            if let Some(address) = &mut at.tls {
                doors.push(TlsDoor {
                    name: "tls",
                    listener: listen("tls.listen", address).await?,
                    acceptor: config.acceptor()?,
                    wrong: wrong.clone(),
                });
            }
            if let Some(address) = &mut at.client_tls {
                doors.push(TlsDoor {
                    name: "client_tls",
                    listener: listen("tls.client_listen", address).await?,
                    acceptor: config.client_acceptor()?,
                    wrong,
                });
            }
        }
        let smtp = match &mut at.smtp {
            Some(address) => {
                let acceptor = config.tls.as_ref().map(TlsConfig::acceptor).transpose()?;
                Some((listen("mail.listen", address).await?, acceptor))
            }
            None => None,
        };
        Ok(Self {
            at,
            plain,
            plain_tls,
            tls: doors,
            smtp,
        })
    }

    /// One server a door; each ends after it was told to stop and its answers are out.
    fn serve(
        self,
        world: &World,
        stopping: &watch::Receiver<bool>,
    ) -> Result<Vec<BoxFuture<'static, std::io::Result<()>>>, StartError> {
        let router = router(world.clone());
        let stopped = || {
            let mut stopping = stopping.clone();
            async move { drop(stopping.wait_for(|stopping| *stopping).await) }
        };
        let mut serving = Vec::new();
        if let Some(tls) = self.plain_tls {
            let main = main_door::serve(self.plain, tls, router.clone(), stopped());
            serving.push(main.boxed());
        } else {
            let service = router
                .clone()
                .into_make_service_with_connect_info::<SocketAddr>();
            let plain = axum::serve(self.plain, service).with_graceful_shutdown(stopped());
            serving.push(plain.into_future().boxed());
        }
        for door in self.tls {
            let acceptors = tls::Acceptors {
                right: door.acceptor,
                wrong: door.wrong,
                door: door.name,
                faults: world.tls_faults().clone(),
            };
            let listener =
                TlsListener::start(door.listener, acceptors).map_err(StartError::Server)?;
            let service = router
                .clone()
                .layer(middleware::from_fn(door::tell))
                .into_make_service_with_connect_info::<door::Peer>();
            let tls = axum::serve(listener, service).with_graceful_shutdown(stopped());
            serving.push(tls.into_future().boxed());
        }
        if let Some((listener, acceptor)) = self.smtp {
            let taking = mail::server::serve(listener, world.clone(), acceptor, stopping.clone());
            serving.push(taking.map(Ok).boxed());
        }
        Ok(serving)
    }
}

/// Listens at the address, and notes there which port was free when 0 was asked for.
async fn listen(key: &'static str, address: &mut SocketAddr) -> Result<TcpListener, StartError> {
    let refused = |source| StartError::Listen {
        key,
        address: *address,
        source,
    };
    let listener = TcpListener::bind(*address).await.map_err(refused)?;
    *address = listener.local_addr().map_err(StartError::Server)?;
    Ok(listener)
}

/// Whoever asked for a free port reads here which one it was. A door that is not there leaves no file of a former run.
fn tell_addresses(config: &Config, at: &ListensAt) -> Result<(), StartError> {
    let files = [
        ("tls_address", at.tls),
        ("client_tls_address", at.client_tls),
        ("smtp_address", at.smtp),
        // The last: whoever sees it finds the others.
        ("address", Some(at.plain)),
    ];
    for (name, address) in files {
        let path: PathBuf = config.data_dir.join(name);
        let told = match address {
            Some(address) => std::fs::write(&path, format!("{address}\n")),
            None if path.exists() => std::fs::remove_file(&path),
            None => Ok(()),
        };
        told.map_err(|source| StartError::File { path, source })?;
    }
    Ok(())
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
        .merge(bank_id::router())
        .merge(isds::router())
        .merge(ares::router())
        .merge(caais::router())
        .merge(controls::router(world.clone()))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(door::turn_away))
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
        (HeaderName::from_static("x-sandbox"), "not the real one"),
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

#[cfg(test)]
mod tests;
