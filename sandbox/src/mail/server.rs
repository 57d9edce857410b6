//! Listens for SMTP.

use std::time::Duration;

use openssl::ssl::SslAcceptor;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::dialogue;
use super::wire::Wire;
use crate::world::World;

/// Rest after the system could not accept.
const REST: Duration = Duration::from_millis(100);

/// Takes mail until told to stop. Letters that are not whole by then are not kept; the client sends them again.
pub async fn serve(
    listener: TcpListener,
    world: World,
    tls: Option<SslAcceptor>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (world, tls) = (world.clone(), tls.clone());
                tokio::spawn(async move {
                    let wire = Wire::new(Box::new(stream));
                    let (sink, clock) = (world.mail(), world.clock());
                    if let Err(error) = dialogue::hold(sink, clock, wire, peer, tls.as_ref()).await
                    {
                        tracing::info!(%error, "mail.broken_off");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "mail.not_accepted");
                tokio::time::sleep(REST).await;
            }
        }
    }
}
