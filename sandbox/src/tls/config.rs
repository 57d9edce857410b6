//! `[tls]`: where the sandbox speaks TLS, and with which certificates.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod, SslVerifyMode};
use openssl::x509::X509Name;
use serde::Deserialize;
use url::Url;

use crate::error::StartError;

/// Without the section there is no TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Where everybody is served. Default: nowhere; port 0 takes a free one.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// Where a client certificate of `ca` is required. Default: nowhere; port 0 takes a free one.
    #[serde(default)]
    pub client_listen: Option<SocketAddr>,
    /// The address others reach `listen` at, without a path. Default: `https://` and the address.
    #[serde(default)]
    pub public_url: Option<Url>,
    /// The address others reach `client_listen` at, without a path. Default: `https://` and the address.
    #[serde(default)]
    pub client_public_url: Option<Url>,
    /// How `client_listen` refuses who has no certificate, or one that `ca` did not issue or that is not good now.
    /// Default: `handshake`.
    #[serde(default)]
    pub client_refusal: ClientRefusal,
    /// The sandbox's certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// The key of it, PEM.
    pub key: PathBuf,
    /// Whose client certificates are taken, PEM.
    pub ca: PathBuf,
    /// The key of it, PEM: certificates that are wrong on purpose are then only wrong in one thing. Default: none.
    #[serde(default)]
    pub ca_key: Option<PathBuf>,
}

/// How the door with client certificates refuses; both were seen at the real services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientRefusal {
    /// By an alert of TLS.
    #[default]
    Handshake,
    /// By HTTP 401 in JSON to every call.
    Json,
}

impl TlsConfig {
    /// TLS 1.2 or newer, for everybody.
    pub fn acceptor(&self) -> Result<SslAcceptor, StartError> {
        Ok(self.builder()?.build())
    }

    /// TLS 1.2 or newer, for holders of a certificate that `ca` issued for clients. With refusals in JSON all others
    /// shake hands as well, and OpenSSL keeps for each connection what was wrong.
    pub fn client_acceptor(&self) -> Result<SslAcceptor, StartError> {
        let mut builder = self.builder()?;
        let refused = |source| failed(&self.ca, source);
        builder.set_ca_file(&self.ca).map_err(refused)?;
        builder.set_client_ca_list(X509Name::load_client_ca_file(&self.ca).map_err(refused)?);
        match self.client_refusal {
            ClientRefusal::Handshake => {
                builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
            }
            ClientRefusal::Json => builder.set_verify_callback(SslVerifyMode::PEER, |_, _| true),
        }
        Ok(builder.build())
    }

    fn builder(&self) -> Result<SslAcceptorBuilder, StartError> {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())
            .map_err(|source| failed(&self.certificate, source))?;
        builder
            .set_certificate_chain_file(&self.certificate)
            .map_err(|source| failed(&self.certificate, source))?;
        builder
            .set_private_key_file(&self.key, SslFiletype::PEM)
            .and_then(|()| builder.check_private_key())
            .map_err(|source| failed(&self.key, source))?;
        // OpenSSL resumes no session that is not bound to a context.
        builder
            .set_session_id_context(b"city-sandbox")
            .map_err(|source| failed(&self.certificate, source))?;
        Ok(builder)
    }
}

fn failed(path: &Path, source: ErrorStack) -> StartError {
    StartError::Tls {
        path: path.to_owned(),
        source,
    }
}
