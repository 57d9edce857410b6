//! A local HTTP server that behaves as badly as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// Sends this text and closes.
    Send(String),
    /// Sends the head of an answer, then one byte at a time for ever.
    Trickle,
    /// Accepts the request and says nothing.
    Silence,
    /// Closes the connection in the middle of the answer.
    Break,
    /// Announces so many bytes and begins to send them.
    Announce(usize),
    /// Sends so many bytes in pieces, without announcing how many.
    Pour(usize),
}

/// A local HTTP server. It keeps what it was sent.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        Self::start_at("127.0.0.1:0", behaviour).await
    }

    pub(crate) async fn start_at(address: &str, behaviour: Behaviour) -> Self {
        Self::listening(TcpListener::bind(address).await.unwrap(), behaviour)
    }

    /// Two that share a port, at two addresses of this machine.
    pub(crate) async fn pair_at(addresses: [&str; 2], behaviour: Behaviour) -> [Self; 2] {
        let [one, other] = addresses;
        // What is free at one address may be taken at the other: then another port is drawn.
        for _ in 0..100 {
            let first = TcpListener::bind((one, 0)).await.unwrap();
            let port = first.local_addr().unwrap().port();
            match TcpListener::bind((other, port)).await {
                Ok(second) => {
                    return [first, second]
                        .map(|listener| Self::listening(listener, behaviour.clone()));
                }
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}"),
            }
        }
        panic!("a hundred ports that were free at {one} are taken at {other}");
    }

    fn listening(listener: TcpListener, behaviour: Behaviour) -> Self {
        let address = listener.local_addr().unwrap();
        let behaviour = Arc::new(Mutex::new(behaviour));
        let received = Arc::new(Mutex::new(Vec::new()));
        let (behave, keep) = (Arc::clone(&behaviour), Arc::clone(&received));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (behave, keep) = (Arc::clone(&behave), Arc::clone(&keep));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    keep.lock().unwrap().push(request);
                    let behaviour = behave.lock().unwrap().clone();
                    // The client may hang up at any moment: that is what is being tested.
                    let _ = behaviour.answer(&mut stream).await;
                });
            }
        });
        Self {
            address,
            behaviour,
            received,
        }
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}/document", self.address)).unwrap()
    }

    pub(crate) fn url_at(&self, host: &str) -> Url {
        Url::parse(&format!("http://{host}:{}/document", self.address.port())).unwrap()
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub(crate) fn requests(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    pub(crate) fn last_request(&self) -> String {
        self.received.lock().unwrap().last().unwrap().clone()
    }
}

impl Behaviour {
    pub(crate) fn json(body: &str) -> Self {
        Self::typed("application/json", body)
    }

    pub(crate) fn typed(content_type: &str, body: &str) -> Self {
        let length = body.len();
        Self::Send(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Send(format!(
            "HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    pub(crate) fn redirect(to: &Url) -> Self {
        Self::Send(format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    async fn answer(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Self::Send(text) => stream.write_all(text.as_bytes()).await?,
            Self::Trickle => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
                    .await?;
                let mut beat = tokio::time::interval(Duration::from_millis(20));
                loop {
                    beat.tick().await;
                    stream.write_all(b" ").await?;
                }
            }
            Self::Silence => std::future::pending().await,
            Self::Break => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                    .await?;
            }
            Self::Announce(bytes) => {
                stream
                    .write_all(
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n").as_bytes(),
                    )
                    .await?;
                stream.write_all(&vec![b' '; *bytes]).await?;
            }
            Self::Pour(bytes) => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await?;
                let piece = vec![b' '; 4096];
                for _ in 0..bytes / piece.len() {
                    stream.write_all(b"1000\r\n").await?;
                    stream.write_all(&piece).await?;
                    stream.write_all(b"\r\n").await?;
                }
                stream.write_all(b"0\r\n\r\n").await?;
            }
        }
        stream.shutdown().await
    }
}

/// Reads a request with its body. `None` when the client hung up before it was complete.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.ok()?;
        if length == 0 {
            return None;
        }
        read.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |n| n.parse().unwrap());
            if body.len() >= announced {
                return Some(text.into_owned());
            }
        }
    }
}
