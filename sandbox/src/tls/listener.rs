//! Accepts connections and shakes hands: each for itself, so that a slow one keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use openssl::ssl::{Ssl, SslAcceptor};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_openssl::SslStream;

use super::door::{ClientCertificate, Door, Peer};

/// Whoever has not shaken hands by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that wait for the server.
const WAITING: usize = 64;
/// Rest after the system could not accept, so that a lack of file handles does not burn the processor.
const REST: Duration = Duration::from_millis(100);

type Connection = (SslStream<TcpStream>, Peer);

/// A listener whose connections have shaken hands already.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Connection>,
}

impl TlsListener {
    /// Starts accepting. With an acceptor that requires client certificates, every connection tells whose it is.
    pub fn start(listener: TcpListener, acceptor: SslAcceptor) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        tokio::spawn(accept(listener, acceptor, sender));
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

async fn accept(listener: TcpListener, acceptor: SslAcceptor, sender: mpsc::Sender<Connection>) {
    loop {
        let accepted = tokio::select! {
            () = sender.closed() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, shake_hands(stream, address, &acceptor))
                        .await
                    {
                        // The server is gone when nobody receives.
                        Ok(Ok(connection)) => drop(sender.send(connection).await),
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
    acceptor: &SslAcceptor,
) -> Result<Connection, openssl::ssl::Error> {
    let mut stream = SslStream::new(Ssl::new(acceptor.context())?, stream)?;
    Pin::new(&mut stream).accept().await?;
    let door = stream
        .ssl()
        .peer_certificate()
        .map_or(Door::Tls, |certificate| {
            Door::ClientTls(ClientCertificate::from(certificate))
        });
    Ok((stream, Peer { address, door }))
}
