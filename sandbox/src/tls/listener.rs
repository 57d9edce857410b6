//! Accepts connections and shakes hands: each for itself, so that a slow one keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use openssl::ssl::{Ssl, SslAcceptor, SslRef, SslVerifyMode};
use openssl::x509::X509VerifyResult;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_openssl::SslStream;

use super::door::{ClientCertificate, Door, Peer};
use super::fault::{Fault, TlsFaults};
use super::wrong::Wrong;

/// Whoever has not shaken hands by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that wait for the server.
const WAITING: usize = 64;
/// Rest after the system could not accept, so that a lack of file handles does not burn the processor.
const REST: Duration = Duration::from_millis(100);

type Connection = (SslStream<TcpStream>, Peer);

/// How one door shakes hands, and how it does when told to do it wrong.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "an acceptor has none")]
pub struct Acceptors {
    /// As it should be.
    pub right: SslAcceptor,
    /// As it should not.
    pub wrong: Wrong,
    /// `tls` or `client_tls`
    pub door: &'static str,
    /// What shall go wrong next.
    pub faults: TlsFaults,
}

/// A listener whose connections have shaken hands already.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Connection>,
}

impl TlsListener {
    /// Starts accepting. With an acceptor that requires client certificates, every connection tells whose it is.
    pub fn start(listener: TcpListener, acceptors: Acceptors) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        tokio::spawn(accept(listener, acceptors, sender));
        Ok(Self { address, ready })
    }
}

impl Listener for TlsListener {
    type Io = SslStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> Connection {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer {
            address: self.address,
            door: Door::Tls,
        })
    }
}

async fn accept(listener: TcpListener, acceptors: Acceptors, sender: mpsc::Sender<Connection>) {
    loop {
        let accepted = tokio::select! {
            () = sender.closed() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let (acceptors, sender) = (acceptors.clone(), sender.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, shake_hands(stream, address, &acceptors))
                        .await
                    {
                        // The server is gone when nobody receives.
                        Ok(Ok(Some(connection))) => drop(sender.send(connection).await),
                        Ok(Ok(None)) => {}
                        Ok(Err(error)) => tracing::info!(%error, "tls.refused"),
                        Err(_) => tracing::info!("tls.too_slow"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "tls.not_accepted");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn shake_hands(
    stream: TcpStream,
    address: SocketAddr,
    acceptors: &Acceptors,
) -> Result<Option<Connection>, openssl::ssl::Error> {
    let fault = acceptors.faults.take(acceptors.door, |_| true);
    match fault {
        Some(Fault::Close) => return Ok(None),
        Some(Fault::Hang) => {
            tokio::time::sleep(HANDSHAKE).await;
            return Ok(None);
        }
        _ => {}
    }
    let wrong = fault.and_then(|fault| acceptors.wrong.acceptor(fault));
    let acceptor = wrong.unwrap_or(&acceptors.right);
    let mut stream = SslStream::new(Ssl::new(acceptor.context())?, stream)?;
    Pin::new(&mut stream).accept().await?;
    let door = door(stream.ssl());
    Ok(Some((stream, Peer { address, door })))
}

/// Whom the handshake let in. A resumed session brings the verdict of the first one along.
fn door(ssl: &SslRef) -> Door {
    let verdict = ssl.verify_result();
    match ssl.peer_certificate() {
        Some(certificate) if verdict == X509VerifyResult::OK => {
            Door::ClientTls(ClientCertificate::from(certificate))
        }
        None if !ssl.verify_mode().contains(SslVerifyMode::PEER) => Door::Tls,
        shown => {
            tracing::info!(tls.shown = shown.is_some(), tls.verdict = %verdict, "tls.stranger");
            Door::Stranger
        }
    }
}
