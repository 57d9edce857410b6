//! A cable between us and a server, to pull, to plug in again, or to leave hanging: everything goes in and nothing comes
//! out.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server as long as it is whole.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    Pulled,
    Hanging,
}

impl Cable {
    /// Lays a cable to `server` (`127.0.0.1:6379`).
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::channel(State::Whole).0);
        let server = server.to_owned();
        let changes = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, server.clone(), changes.subscribe()));
            }
        });
        Self { address, state }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks all connections, and each new one at once.
    pub fn pull(&self) {
        self.state.send_replace(State::Pulled);
    }

    /// Keeps all connections open and carries nothing any more.
    pub fn hang(&self) {
        self.state.send_replace(State::Hanging);
    }

    /// Carries new connections again. Those that hung or broke are lost.
    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }
}

async fn carry(mut near: TcpStream, server: String, mut state: watch::Receiver<State>) {
    if *state.borrow() == State::Whole {
        let Ok(mut far) = TcpStream::connect(server).await else {
            return;
        };
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => return,
            _ = state.wait_for(|state| *state != State::Whole) => {}
        }
    }
    let _the_cable_is_gone = state.wait_for(|state| *state != State::Hanging).await;
}
