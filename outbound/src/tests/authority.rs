//! An authority of the test's own, and a TLS server that asks who comes.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use url::Url;

/// An authority that issues certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate and its key, PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
    der: CertificateDer<'static>,
}

/// Files in a folder of the test's own, gone when the test is over.
pub(crate) struct Folder(PathBuf);

/// How a TLS server of the test behaves.
pub(crate) struct TlsServer {
    /// Where it listens, with `localhost` as host.
    pub(crate) url: Url,
    received: Arc<Mutex<Vec<String>>>,
    peers: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for that host or person, valid until the end of that year.
    pub(crate) fn issue(&self, name: &str, until: i32) -> Issued {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
        }
    }
}

impl Issued {
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let folder = std::env::temp_dir().join(format!(
            "outbound-{}-{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::SeqCst)
        ));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.0.join(name);
        std::fs::write(&file, content).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl TlsServer {
    /// A server that shows that certificate, asks for one of `clients` when given, and answers every request alike.
    pub(crate) fn start(shown: &Issued, clients: Option<&Authority>, answer: &str) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::try_from(KeyPair::from_pem(&shown.key).unwrap().serialize_der());
        let tls = builder
            .with_single_cert(vec![shown.der.clone()], key.unwrap())
            .unwrap();

        let (tls, listener) = (Arc::new(tls), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let peers = Arc::new(Mutex::new(Vec::new()));
        let (keep, know, answer) = (Arc::clone(&received), Arc::clone(&peers), answer.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                let mut octets = [0; 4096];
                // A client that does not trust us, or whom we do not trust, ends here.
                let Ok(length) = stream.read(&mut octets) else {
                    let _ = stream.flush();
                    continue;
                };
                if length == 0 {
                    continue;
                }
                let request = String::from_utf8_lossy(&octets[..length]).into_owned();
                keep.lock().unwrap().push(request);
                if let Some(certificates) = stream.conn.peer_certificates() {
                    know.lock().unwrap().push(certificates[0].to_vec());
                }
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        Self {
            url: Url::parse(&format!("https://localhost:{port}/asws")).unwrap(),
            received,
            peers,
        }
    }

    /// The same server by another name of this machine.
    pub(crate) fn url_at(&self, host: &str) -> Url {
        let mut url = self.url.clone();
        url.set_host(Some(host)).unwrap();
        url
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// The certificates that clients showed.
    pub(crate) fn peers(&self) -> Vec<Vec<u8>> {
        self.peers.lock().unwrap().clone()
    }
}
