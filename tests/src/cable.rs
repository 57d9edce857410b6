//! A cable between us and a server, to pull, to plug in again, to leave hanging, or to lose an answer in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server as long as it is whole.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    loses_an_answer: Arc<AtomicBool>,
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
        let cable = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(watch::channel(State::Whole).0),
            loses_an_answer: Arc::default(),
        };
        let server = server.to_owned();
        let (state, loses) = (Arc::clone(&cable.state), Arc::clone(&cable.loses_an_answer));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(carry(near, server, state.subscribe(), Arc::clone(&loses)));
            }
        });
        cable
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

    /// Lets the server do what it is asked next, and breaks the connection instead of carrying the answer.
    pub fn lose_an_answer(&self) {
        self.loses_an_answer.store(true, Ordering::SeqCst);
    }
}

async fn carry(
    mut near: TcpStream,
    server: String,
    mut state: watch::Receiver<State>,
    loses: Arc<AtomicBool>,
) {
    let Ok(mut far) = TcpStream::connect(server).await else {
        return;
    };
    // Both ends stay open as long as the cable hangs.
    let (mut asks, mut answered) = near.split();
    let (mut answers, mut asked) = far.split();
    let never = AtomicBool::new(false);
    if *state.borrow() == State::Whole {
        tokio::select! {
            () = copy(&mut asks, &mut asked, &never) => return,
            () = copy(&mut answers, &mut answered, &loses) => return,
            _ = state.wait_for(|state| *state != State::Whole) => {}
        }
    }
    let _the_cable_is_gone = state.wait_for(|state| *state != State::Hanging).await;
}

async fn copy(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, loses: &AtomicBool) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        match from.read(&mut bytes).await {
            Ok(read) if read > 0 && !loses.swap(false, Ordering::SeqCst) => {
                if to.write_all(&bytes[..read]).await.is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}
