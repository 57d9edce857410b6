//! A local SMTP server that does what its script says, and keeps what it was sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use crate::mail::MailTls;

/// What the server does at one step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Says this line.
    Say(&'static str),
    /// Says nothing and keeps the connection.
    Silence,
    /// Closes the connection.
    Close,
}

/// What it does at each step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) greeting: Act,
    pub(super) auth: Act,
    pub(super) mail: Act,
    pub(super) rcpt: Act,
    pub(super) data: Act,
    pub(super) taken: Act,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            greeting: Act::Say("220 posta.example"),
            auth: Act::Say("235 welcome"),
            mail: Act::Say("250 go on"),
            rcpt: Act::Say("250 known"),
            data: Act::Say("354 say it"),
            taken: Act::Say("250 taken"),
        }
    }
}

/// What it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) commands: Vec<String>,
    pub(super) messages: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Server {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(super) fn start(script: Script) -> Self {
        Self::run(script, None)
    }

    /// With a certificate that signs itself; gives it as a file.
    pub(super) fn start_tls(script: Script, when: MailTls) -> (Self, PathBuf) {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let server = Self::run(script, Some((when, Arc::new(tls))));
        let name = format!("mail-{}-{}.pem", std::process::id(), server.port);
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, certified.cert.pem()).unwrap();
        (server, file)
    }

    fn run(script: Script, tls: Option<(MailTls, Arc<ServerConfig>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let keep = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (keep, tls) = (Arc::clone(&keep), tls.clone());
                std::thread::spawn(move || {
                    // The client may hang up at any moment: that is what is being tested.
                    let _ = serve(stream.unwrap(), script, tls, &keep);
                });
            }
        });
        Self { port, seen }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    script: Script,
    tls: Option<(MailTls, Arc<ServerConfig>)>,
    seen: &Mutex<Seen>,
) -> std::io::Result<()> {
    match tls {
        None => talk(stream, script, "250 8BITMIME", true, seen).map(drop),
        Some((MailTls::Starttls, tls)) => {
            let stream = talk(stream, script, "250 STARTTLS", true, seen)?;
            let connection = ServerConnection::new(tls).unwrap();
            let secured = StreamOwned::new(connection, stream);
            talk(secured, script, "250 AUTH PLAIN LOGIN", false, seen).map(drop)
        }
        Some((_, tls)) => {
            let connection = ServerConnection::new(tls).unwrap();
            let secured = StreamOwned::new(connection, stream);
            talk(secured, script, "250 AUTH PLAIN LOGIN", true, seen).map(drop)
        }
    }
}

/// Talks until the client leaves, or until it asks for TLS: then the connection is given back.
fn talk<S: Read + Write>(
    stream: S,
    script: Script,
    offers: &str,
    greets: bool,
    seen: &Mutex<Seen>,
) -> std::io::Result<S> {
    let mut stream = BufReader::new(stream);
    if greets {
        act(&mut stream, script.greeting)?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        seen.lock().unwrap().commands.push(line.clone());
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_uppercase();
        match verb.as_str() {
            "EHLO" => say(&mut stream, &format!("250-posta.example\r\n{offers}"))?,
            "STARTTLS" => {
                say(&mut stream, "220 begin")?;
                return Ok(stream.into_inner());
            }
            "AUTH" => act(&mut stream, script.auth)?,
            "MAIL" => act(&mut stream, script.mail)?,
            "RCPT" => act(&mut stream, script.rcpt)?,
            "DATA" => {
                act(&mut stream, script.data)?;
                if matches!(script.data, Act::Say(text) if text.starts_with("354")) {
                    let message = read_message(&mut stream)?;
                    seen.lock().unwrap().messages.push(message);
                    act(&mut stream, script.taken)?;
                }
            }
            "QUIT" => say(&mut stream, "221 bye")?,
            _ => say(&mut stream, "502 unknown")?,
        }
    }
}

fn act<S: Read + Write>(stream: &mut BufReader<S>, act: Act) -> std::io::Result<()> {
    match act {
        Act::Say(text) => say(stream, text),
        Act::Close => Err(std::io::ErrorKind::ConnectionAborted.into()),
        Act::Silence => {
            // Until the client loses patience.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest)?;
            Err(std::io::ErrorKind::UnexpectedEof.into())
        }
    }
}

fn say<S: Read + Write>(stream: &mut BufReader<S>, text: &str) -> std::io::Result<()> {
    stream
        .get_mut()
        .write_all(format!("{text}\r\n").as_bytes())?;
    stream.get_mut().flush()
}

fn read_message<S: Read>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
