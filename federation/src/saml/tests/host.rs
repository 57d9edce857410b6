//! A host of metadata that says what it is told to say.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// A host on a free port of this machine.
pub(super) struct Host {
    pub(super) url: Url,
    body: Arc<Mutex<Vec<u8>>>,
    asked: Arc<AtomicUsize>,
}

impl Host {
    pub(super) async fn saying(body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!(
            "http://{}/metadata.xml",
            listener.local_addr().unwrap()
        ))
        .unwrap();
        let host = Self {
            url,
            body: Arc::new(Mutex::new(body)),
            asked: Arc::default(),
        };
        let (body, asked) = (Arc::clone(&host.body), Arc::clone(&host.asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (body, asked) = (Arc::clone(&body), Arc::clone(&asked));
                tokio::spawn(async move {
                    let mut request = vec![0; 4096];
                    if stream.read(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    let body = body.lock().unwrap().clone();
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        host
    }

    /// A host nobody answers at.
    pub(super) fn away() -> Self {
        Self {
            url: Url::parse("http://127.0.0.1:1/metadata.xml").unwrap(),
            body: Arc::default(),
            asked: Arc::default(),
        }
    }

    pub(super) fn say(&self, body: Vec<u8>) {
        *self.body.lock().unwrap() = body;
    }

    /// How often anybody asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
