//! A connection that shows our certificate, and does not come about when the server never asked for it.

use std::{
    cell::Cell,
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    ClientConfig, RootCertStore, SignatureScheme,
    client::{ResolvesClientCert, Resumption},
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    sign::CertifiedKey,
};
use rustls_platform_verifier::Verifier;
use tower::{Layer, Service};

use super::{config::CertificateProblem, read::Read};

tokio::task_local! {
    /// Whether the server of the handshake that runs in this task asked for a certificate.
    static ASKED: Cell<bool>;
}

/// The server never asked who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server did not ask for our certificate")]
pub(crate) struct NotAsked;

/// TLS that shows our certificate. Sessions are not resumed: a resumed one asks for no certificate, and a certificate that
/// was replaced must not live on in one.
pub(crate) fn tls(
    read: &Read,
    extra: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<ClientConfig, CertificateProblem> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(CertificateProblem::Authorities)?;
    let builder = if read.authorities.is_empty() {
        let verifier = Verifier::new_with_extra_roots(extra.iter().cloned(), Arc::clone(provider))
            .map_err(CertificateProblem::Authorities)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        let mut roots = RootCertStore::empty();
        for authority in &read.authorities {
            roots
                .add(authority.clone())
                .map_err(CertificateProblem::Authorities)?;
        }
        builder.with_root_certificates(roots)
    };
    let mut config = builder.with_client_cert_resolver(Arc::new(Shown(Arc::clone(&read.key))));
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Shows the one certificate, and notes that it was asked for.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(
        &self,
        _authorities: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        // Outside of a connection of ours there is nobody to tell.
        let _ = ASKED.try_with(|asked| asked.set(true));
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Around the connector: a connection whose server did not ask is dropped before a request goes out on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MustAsk;

/// See [`MustAsk`].
#[derive(Debug, Clone)]
pub(crate) struct MustAskService<S>(S);

impl<S> Layer<S> for MustAsk {
    type Service = MustAskService<S>;

    fn layer(&self, inner: S) -> MustAskService<S> {
        MustAskService(inner)
    }
}

impl<S, R> Service<R> for MustAskService<S>
where
    S: Service<R, Error = Box<dyn Error + Send + Sync>>,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.0.call(request);
        Box::pin(ASKED.scope(Cell::new(false), async move {
            let connection = connecting.await?;
            if ASKED.with(Cell::get) {
                Ok(connection)
            } else {
                Err(NotAsked.into())
            }
        }))
    }
}
