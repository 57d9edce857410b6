//! lettre, which is the town's own client, sends to the sink: what it sends is what must be understood.

use std::path::PathBuf;
use std::sync::Arc;

use lettre::message::header::ContentType;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error, response::Response};
use lettre::{AsyncTransport as _, Message, Tokio1Executor};
use tokio::net::TcpListener;

use super::dialogue::hold;
use super::fault::Fault;
use super::letter::Letter as Decoded;
use super::wire::Wire;
use super::{MailConfig, Sink};
use crate::clock::Clock;
use crate::faults::Pending;
use crate::often::Often;
use crate::tls::{self, Wrong};

/// A sink that listens, and a client for it.
struct Post {
    sink: Arc<Sink>,
    folder: PathBuf,
    port: u16,
}

impl Post {
    async fn open(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("city-sandbox-{}-lettre-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let sink = Sink::open(&MailConfig::default(), &folder).unwrap();
        let sink = Arc::new(sink);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wrong = Wrong::make(&PathBuf::new(), None).unwrap();
        let served = Arc::clone(&sink);
        tokio::spawn(async move {
            let acceptor = wrong.acceptor(tls::fault::Fault::Stranger).unwrap();
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                let wire = Wire::new(Box::new(stream));
                drop(hold(&served, &Clock::default(), wire, peer, Some(acceptor)).await);
            }
        });
        Self { sink, folder, port }
    }

    async fn send(&self, tls: Tls, recipients: &[&str]) -> Result<Response, Error> {
        let client = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
            .port(self.port)
            .tls(tls)
            .build();
        let mut letter = Message::builder()
            .from("Město <identita@town.example>".parse().unwrap())
            .subject("Ověření e-mailu")
            .header(ContentType::TEXT_PLAIN);
        for recipient in recipients {
            letter = letter.to(recipient.parse().unwrap());
        }
        let text = "Dobrý den,\r\n.\r\n..\r\nměsto\r\n".to_owned();
        client.send(letter.body(text).unwrap()).await
    }

    fn set(&self, fault: Fault, of: &str) {
        self.sink.faults.set(Pending {
            fault,
            of: Some(of.to_owned()),
            often: Often::times(Some(1)),
        });
    }

    fn letters(&self) -> Vec<Decoded> {
        let kept = self.sink.list(None).unwrap();
        kept.iter().map(Decoded::from).collect()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[tokio::test]
async fn a_letter_of_lettre_is_understood_with_and_without_tls() {
    let post = Post::open("letter").await;
    let tls = TlsParameters::builder("127.0.0.1".to_owned())
        .dangerous_accept_invalid_certs(true)
        .build()
        .unwrap();

    post.send(Tls::None, &["a@example.cz"]).await.unwrap();
    post.send(Tls::Required(tls), &["a@example.cz", "b@example.cz"])
        .await
        .unwrap();

    let letters = post.letters();
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        assert_eq!(letter.subject, "Ověření e-mailu");
        assert_eq!(letter.from, "Město <identita@town.example>");
        assert_eq!(letter.text, "Dobrý den,\r\n.\r\n..\r\nměsto\r\n");
    }
    assert!(letters[0].envelope.secured && !letters[1].envelope.secured);
    assert_eq!(letters[0].envelope.to, ["a@example.cz", "b@example.cz"]);
}

#[tokio::test]
async fn lettre_tells_a_mailbox_that_is_gone_from_one_that_is_busy() {
    let post = Post::open("faults").await;

    post.set(Fault::RcptNever, "a@example.cz");
    let gone = post.send(Tls::None, &["a@example.cz"]).await.unwrap_err();
    post.set(Fault::DataLater, "a@example.cz");
    let busy = post.send(Tls::None, &["a@example.cz"]).await.unwrap_err();
    post.set(Fault::RcptDrop, "a@example.cz");
    let broken = post.send(Tls::None, &["a@example.cz"]).await.unwrap_err();

    assert!(gone.is_permanent() && busy.is_transient());
    assert!(!broken.is_permanent() && !broken.is_transient());
    assert!(post.letters().is_empty());
}
