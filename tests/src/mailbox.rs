//! A mail server for tests: takes what it is given, does what it is told, and lets tests read.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Takes,
    /// Refuses every recipient for good.
    RefusesRecipients,
    /// Puts every recipient off.
    PutsOff,
    /// Takes the message and closes the connection without an answer.
    TakesSilently,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The recipient of the envelope.
    pub to: String,
    /// The sender of the envelope.
    pub from: String,
    /// Headers and body as sent.
    pub raw: String,
}

/// The mail server, on `127.0.0.1`.
#[derive(Debug)]
pub struct Mailbox {
    /// Its port.
    pub port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    manner: Arc<Mutex<Manner>>,
    news: Arc<Notify>,
    running: JoinHandle<()>,
}

impl Mailbox {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let manner = Arc::new(Mutex::new(Manner::Takes));
        let news: Arc<Notify> = Arc::default();
        let (keep, behave, bell) = (Arc::clone(&mails), Arc::clone(&manner), Arc::clone(&news));
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (keep, behave, bell) =
                    (Arc::clone(&keep), Arc::clone(&behave), Arc::clone(&bell));
                tokio::spawn(async move {
                    let manner = *behave.lock().unwrap();
                    // The other side may hang up at any moment.
                    let _ = talk(stream, manner, &keep, &bell).await;
                });
            }
        });
        Self {
            port,
            mails,
            manner,
            news,
            running,
        }
    }

    /// The section of a broker's configuration that sends here.
    pub fn section(&self) -> serde_json::Value {
        serde_json::json!({
            "host": "127.0.0.1", "port": self.port, "tls": "none", "from": "identita@vzorov.example",
        })
    }

    /// From now on it behaves so.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// What came so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// Waits until so many came, and gives them.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        loop {
            let next = self.news.notified();
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            next.await;
        }
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Mail {
    /// The words of the part that is text.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The part that is a page.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.replace("\r\n ", " ");
        let line = head.lines().find_map(|line| line.strip_prefix("Subject: "));
        line.unwrap_or_default()
            .split(' ')
            .map(|word| {
                let encoded = word
                    .strip_prefix("=?utf-8?b?")
                    .and_then(|word| word.strip_suffix("?="));
                match encoded {
                    Some(encoded) => String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap(),
                    None => word.to_owned(),
                }
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The eight digits of a code.
    pub fn code(&self) -> String {
        let text = self.text();
        text.lines()
            .map(str::trim)
            .find(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit()))
            .unwrap_or_else(|| panic!("no code in {text}"))
            .to_owned()
    }

    fn part(&self, kind: &str) -> String {
        let (_, rest) = self
            .raw
            .split_once(&format!("Content-Type: {kind}"))
            .unwrap_or_else(|| panic!("no {kind} in {}", self.raw));
        let (head, body) = rest.split_once("\r\n\r\n").unwrap();
        let body = body.split("\r\n--").next().unwrap_or_default();
        let encoding = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "))
            .unwrap_or("7bit");
        match encoding {
            "base64" => {
                let joined: String = body.split_whitespace().collect();
                String::from_utf8(STANDARD.decode(joined).unwrap()).unwrap()
            }
            "quoted-printable" => unquoted(body),
            _ => body.to_owned(),
        }
    }
}

/// RFC 2045, 6.7.
fn unquoted(body: &str) -> String {
    let body = body.replace("=\r\n", "");
    // A line may be broken where the text ends; the end of line itself belongs to the boundary.
    let body = body.strip_suffix('=').unwrap_or(&body);
    let mut octets = Vec::new();
    let mut rest = body.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            let hex = std::str::from_utf8(&hex).unwrap();
            octets.push(u8::from_str_radix(hex, 16).unwrap());
        } else {
            octets.push(byte);
        }
    }
    String::from_utf8(octets).unwrap()
}

async fn talk(
    stream: TcpStream,
    manner: Manner,
    keep: &Mutex<Vec<Mail>>,
    bell: &Notify,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to) = (String::new(), String::new());
    stream.write_all(b"220 posta.example\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.split([' ', ':', '\r']).next().unwrap_or_default() {
            "MAIL" => {
                from = inside(&line);
                "250 go on"
            }
            "RCPT" => {
                to = inside(&line);
                match manner {
                    Manner::RefusesRecipients => "550 no such user",
                    Manner::PutsOff => "450 later",
                    Manner::Takes | Manner::TakesSilently => "250 known",
                }
            }
            "DATA" => {
                stream.write_all(b"354 say it\r\n").await?;
                let raw = read_message(&mut stream).await?;
                let (from, to) = (from.clone(), to.clone());
                keep.lock().unwrap().push(Mail { to, from, raw });
                bell.notify_waiters();
                if manner == Manner::TakesSilently {
                    return Ok(());
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 posta.example",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn inside(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}

async fn read_message(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
