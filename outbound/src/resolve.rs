//! Names to addresses, with the guard between: what is resolved here is what is connected to.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::guard::AddressGuard;

/// Finds the addresses of a host name. Replaceable, so that a test can play a name server that changes its mind.
#[async_trait]
pub trait Lookup: fmt::Debug + Send + Sync {
    /// All addresses of the name, at least one.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0))
            .await?
            .map(|address| address.ip())
            .collect())
    }
}

/// Resolves for the HTTP client, and refuses a name as soon as one of its addresses is refused: a name that is public and
/// private at once is an attack or a mistake.
#[derive(Debug)]
pub(crate) struct GuardedResolver {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) guard: AddressGuard,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        let guard = self.guard.clone();
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            for address in &addresses {
                guard.check_resolved(name.as_str(), *address)?;
            }
            let addresses: Addrs = Box::new(
                addresses
                    .into_iter()
                    .map(|address| SocketAddr::new(address, 0)),
            );
            Ok(addresses)
        })
    }
}
