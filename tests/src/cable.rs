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

#[derive(Clone, Copy, Debug)]
struct State {
    /// Counts up with each pull and hang: what was connected before shares its fate.
    generation: u64,
    connected_before: Fate,
    connecting_now: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Whole,
    Broken,
    Hanging,
}

impl Cable {
    /// Lays a cable to `server` (`127.0.0.1:6379`).
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cable = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(watch::channel(State::NEW).0),
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
        self.state.send_modify(|state| state.befalls(Fate::Broken));
    }

    /// Keeps all connections open and carries nothing any more.
    pub fn hang(&self) {
        self.state.send_modify(|state| state.befalls(Fate::Hanging));
    }

    /// Carries new connections again. Those that broke are lost, and those that hung hang on.
    pub fn mend(&self) {
        self.state
            .send_modify(|state| state.connecting_now = Fate::Whole);
    }

    /// Lets the server do what it is asked next, and breaks the connection instead of carrying the answer.
    pub fn lose_an_answer(&self) {
        self.loses_an_answer.store(true, Ordering::SeqCst);
    }
}

impl State {
    const NEW: Self = Self {
        generation: 0,
        connected_before: Fate::Whole,
        connecting_now: Fate::Whole,
    };

    fn befalls(&mut self, fate: Fate) {
        *self = Self {
            generation: self.generation + 1,
            connected_before: fate,
            connecting_now: fate,
        };
    }
}

async fn carry(
    mut near: TcpStream,
    server: String,
    mut state: watch::Receiver<State>,
    loses: Arc<AtomicBool>,
) {
    let begun = *state.borrow();
    let Ok(mut far) = TcpStream::connect(server).await else {
        return;
    };
    let (mut asks, mut answered) = near.split();
    let (mut answers, mut asked) = far.split();
    let never = AtomicBool::new(false);
    if begun.connecting_now == Fate::Whole {
        tokio::select! {
            biased;
            _ = state.wait_for(|state| state.generation > begun.generation) => {}
            () = copy(&mut asks, &mut asked, &never) => return,
            () = copy(&mut answers, &mut answered, &loses) => return,
        }
    }
    if begun.connecting_now != Fate::Broken {
        // Both ends stay open as long as it hangs.
        let _broken_at_last = state
            .wait_for(|state| {
                state.generation > begun.generation && state.connected_before == Fate::Broken
            })
            .await;
    }
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
