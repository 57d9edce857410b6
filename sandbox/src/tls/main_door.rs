//! `[server.tls]`: the main door ends TLS itself, by rustls as broker and portal do. No fault is played there.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::error::StartError;

/// The main door, `listen`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MainDoor {
    /// With which certificate it ends TLS. Default: it does not.
    #[serde(default)]
    pub tls: Option<Files>,
}

/// Certificate and key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Certificate chain, PEM, the server's own first.
    pub cert_file: PathBuf,
    /// Private key, PEM.
    pub key_file: PathBuf,
}

impl Files {
    /// TLS 1.3 and 1.2.
    pub fn read(&self) -> Result<RustlsConfig, StartError> {
        let chain = CertificateDer::pem_file_iter(&self.cert_file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unfit(&self.cert_file, "server.tls.cert_file", &error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key_file)
            .map_err(|error| unfit(&self.key_file, "server.tls.key_file", &error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| unfit(&self.cert_file, "server.tls", &error))?;
        Ok(RustlsConfig::from_config(Arc::new(config)))
    }
}

/// Serves until `stopped`, and then what is under way.
pub async fn serve(
    listener: TcpListener,
    config: RustlsConfig,
    router: Router,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let handle = Handle::new();
    let server = axum_server::from_tcp_rustls(listener.into_std()?, config)?.handle(handle.clone());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        stopped.await;
        handle.graceful_shutdown(None);
    });
    server.serve(service).await
}

fn unfit(file: &Path, key: &'static str, problem: &dyn std::fmt::Display) -> StartError {
    StartError::ServerTls {
        file: file.to_owned(),
        key,
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn the_main_door_speaks_tls_until_it_is_told_to_stop() {
        let folder = std::env::temp_dir().join(format!("sandbox-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = Files {
            cert_file: folder.join("cert.pem"),
            key_file: folder.join("key.pem"),
        };
        std::fs::write(&files.cert_file, made.cert.pem()).unwrap();
        std::fs::write(&files.key_file, made.signing_key.serialize_pem()).unwrap();
        let config = files.read().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://localhost:{}/",
            listener.local_addr().unwrap().port()
        );
        let router = Router::new().route("/", get(async || "here"));
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, config, router, async {
            let _ = stopped.await;
        }));

        let certificate = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([certificate])
            .build()
            .unwrap();
        let said = client.get(&url).send().await.unwrap().text().await.unwrap();
        drop(client);
        stop.send(()).unwrap();

        assert_eq!(said, "here");
        served.await.unwrap().unwrap();
    }

    #[test]
    fn files_that_do_not_serve_are_named_with_their_key() {
        let files = Files {
            cert_file: "nowhere.pem".into(),
            key_file: "nowhere.key".into(),
        };

        let refused = files.read().unwrap_err().to_string();

        assert!(
            refused.contains("nowhere.pem") && refused.contains("`server.tls.cert_file`"),
            "{refused}"
        );
    }
}
