//! Patience with slow clients.

use std::time::Duration;

use axum_server::{Address, Server};

/// How long a client may take for what is not its request's work. The time for a request, its body
/// included, is limited by the [`Policy`](crate::Policy).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The TLS handshake, and then the first request's head.
    pub first_request: Duration,
    /// Until the head of the next request on the same connection is there.
    pub next_request: Duration,
}

const HEAD_BYTES: usize = 64 * 1024;
const HEADER_LIST_BYTES: u32 = 32 * 1024;
const STREAMS: u32 = 100;

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_request: Duration::from_secs(10),
            next_request: Duration::from_secs(75),
        }
    }
}

impl Limits {
    pub(super) fn apply<A: Address, Acceptor>(
        self,
        server: Server<A, Acceptor>,
    ) -> Server<A, Acceptor> {
        let mut server = server.first_request_timeout(self.first_request);
        let builder = server.http_builder();
        builder
            .http1()
            .header_read_timeout(self.next_request)
            .max_buf_size(HEAD_BYTES);
        builder
            .http2()
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADER_LIST_BYTES)
            .keep_alive_interval(self.next_request)
            .keep_alive_timeout(self.first_request);
        server
    }
}
