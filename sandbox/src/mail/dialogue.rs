//! One connection of an SMTP client, from the greeting to the farewell.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use openssl::ssl::SslAcceptor;

use super::command::{Command, Sender};
use super::fault::{Fault, Moment};
use super::sink::{Envelope, Sink};
use super::wire::{Letter, Line, Wire};
use crate::clock::Clock;

/// More recipients of one letter are not taken.
const RECIPIENTS: usize = 100;
/// Whoever makes so many mistakes is let go.
const MISTAKES: usize = 20;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
const SLOW: Duration = Duration::from_secs(30);
const GREETING: &str = "220 sandbox.example ESMTP takes everything and sends nothing on";

/// What a client has said so far.
#[derive(Debug, Default)]
struct State {
    greeted: bool,
    secured: bool,
    sender: Option<Sender>,
    recipients: Vec<String>,
    mistakes: usize,
}

impl State {
    fn forget_letter(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }
}

/// What to do after a command.
enum Next {
    Say(String),
    Read,
    StartTls,
    Leave(Option<&'static str>),
}

/// Speaks with one client until either has enough.
pub async fn hold(
    sink: &Sink,
    clock: &Clock,
    mut wire: Wire,
    peer: SocketAddr,
    tls: Option<&SslAcceptor>,
) -> io::Result<()> {
    match sink.fault(&peer.ip().to_string(), Moment::Greeting) {
        Some(Fault::Busy) => return wire.say("421 4.3.2 Too busy").await,
        Some(Fault::Silent) => {
            tokio::time::sleep(PATIENCE).await;
            return Ok(());
        }
        _ => wire.say(GREETING).await?,
    }

    let mut state = State::default();
    loop {
        let Ok(line) = tokio::time::timeout(PATIENCE, wire.line()).await else {
            return wire.say("421 4.4.2 Silent for too long").await;
        };
        let next = match line? {
            Line::End => return Ok(()),
            Line::Bad => Next::Say("500 5.5.2 Lines are short, UTF-8 and end with CRLF".to_owned()),
            Line::Text(line) => match Command::parse(&line) {
                Ok(command) => answer(sink, &mut state, tls.is_some(), command).await,
                Err(bad) => Next::Say(bad.reply().to_owned()),
            },
        };
        match next {
            Next::Say(reply) => {
                if reply.starts_with('5') {
                    state.mistakes += 1;
                }
                wire.say(&reply).await?;
                if state.mistakes > MISTAKES {
                    return wire.say("421 4.7.0 Too many mistakes").await;
                }
            }
            Next::Read => {
                wire.say("354 Go on, end with a dot on a line of its own")
                    .await?;
                let letter = tokio::time::timeout(PATIENCE, wire.letter(sink.max_size())).await;
                let Ok(letter) = letter else { return Ok(()) };
                match take(sink, clock, &mut state, letter?, peer).await {
                    Some(reply) => wire.say(&reply).await?,
                    None => return Ok(()),
                }
            }
            Next::StartTls => {
                let Some(acceptor) = tls else { return Ok(()) };
                wire.say("220 2.0.0 Ready for TLS").await?;
                let secured = tokio::time::timeout(PATIENCE, wire.start_tls(acceptor)).await;
                match secured {
                    Ok(Ok(secured)) => wire = secured,
                    Ok(Err(error)) => {
                        tracing::info!(%error, "mail.tls_refused");
                        return Ok(());
                    }
                    Err(_) => return Ok(()),
                }
                // RFC 3207, 4.2: nothing said before counts.
                state = State {
                    secured: true,
                    ..State::default()
                };
            }
            Next::Leave(reply) => {
                if let Some(reply) = reply {
                    wire.say(reply).await?;
                }
                return Ok(());
            }
        }
    }
}

async fn answer(sink: &Sink, state: &mut State, has_tls: bool, command: Command) -> Next {
    let say = |reply: &str| Next::Say(reply.to_owned());
    match command {
        Command::Ehlo => {
            state.greeted = true;
            state.forget_letter();
            let size = format!("250-SIZE {}", sink.max_size());
            let mut lines = vec!["250-sandbox.example at your service", "250-PIPELINING"];
            lines.push(&size);
            lines.extend(["250-8BITMIME", "250-SMTPUTF8", "250-ENHANCEDSTATUSCODES"]);
            if has_tls && !state.secured {
                lines.push("250-STARTTLS");
            }
            lines.push("250 HELP");
            Next::Say(lines.join("\r\n"))
        }
        Command::Helo => {
            state.greeted = true;
            state.forget_letter();
            say("250 sandbox.example at your service")
        }
        Command::Noop => say("250 2.0.0 Nothing done"),
        Command::Vrfy => say("252 2.5.2 Try and see"),
        Command::Rset => {
            state.forget_letter();
            say("250 2.0.0 Forgotten")
        }
        Command::Quit => Next::Leave(Some("221 2.0.0 Good bye")),
        Command::StartTls if !has_tls || state.secured => say("503 5.5.1 Not now"),
        Command::StartTls => match sink.fault("", Moment::StartTls) {
            Some(_) => say("454 4.7.0 TLS not available"),
            None => Next::StartTls,
        },
        _ if !state.greeted => say("503 5.5.1 Say EHLO first"),
        Command::Mail(_) if state.sender.is_some() => say("503 5.5.1 There is a sender already"),
        Command::Mail(sender) if sender.size.is_some_and(|size| size > sink.max_size()) => {
            say("552 5.3.4 Too large")
        }
        Command::Mail(sender) if !sender.utf8 && !sender.address.is_ascii() => {
            say("550 5.6.7 Ask for SMTPUTF8 first")
        }
        Command::Mail(sender) => {
            state.sender = Some(sender);
            say("250 2.1.0 Sender ok")
        }
        Command::Rcpt(recipient) => rcpt(sink, state, recipient).await,
        Command::Data if state.recipients.is_empty() => say("503 5.5.1 To whom?"),
        Command::Data => Next::Read,
    }
}

async fn rcpt(sink: &Sink, state: &mut State, recipient: String) -> Next {
    let say = |reply: &str| Next::Say(reply.to_owned());
    let Some(sender) = &state.sender else {
        return say("503 5.5.1 From whom?");
    };
    if !sender.utf8 && !recipient.is_ascii() {
        return say("553 5.6.7 Ask for SMTPUTF8 first");
    }
    if state.recipients.len() >= RECIPIENTS {
        return say("452 4.5.3 Too many recipients");
    }
    match sink.fault(&recipient, Moment::Rcpt) {
        Some(Fault::RcptLater) => return say("450 4.2.1 Mailbox unavailable, try later"),
        Some(Fault::RcptNever) => return say("550 5.1.1 No such mailbox"),
        Some(Fault::RcptFull) => return say("452 4.2.2 Mailbox full"),
        Some(Fault::RcptDrop) => return Next::Leave(None),
        Some(Fault::RcptSlow) => tokio::time::sleep(SLOW).await,
        _ => {}
    }
    state.recipients.push(recipient);
    say("250 2.1.5 Recipient ok")
}

/// The reply to a letter; none when the connection shall break.
async fn take(
    sink: &Sink,
    clock: &Clock,
    state: &mut State,
    letter: Letter,
    peer: SocketAddr,
) -> Option<String> {
    let envelope = Envelope {
        from: state.sender.take().unwrap_or_default().address,
        to: std::mem::take(&mut state.recipients),
        peer: peer.ip().to_canonical().to_string(),
        secured: state.secured,
        at: clock.now(),
    };
    let letter = match letter {
        Letter::End => return None,
        Letter::TooLarge => return Some("552 5.3.4 Too large".to_owned()),
        Letter::Whole(letter) => letter,
    };
    let fault = envelope
        .to
        .iter()
        .find_map(|recipient| sink.fault(recipient, Moment::Data));
    match fault {
        Some(Fault::DataLater) => return Some("451 4.3.0 Try later".to_owned()),
        Some(Fault::DataNever) => return Some("554 5.6.0 This letter is not taken".to_owned()),
        Some(Fault::DataDrop) => return None,
        _ => {}
    }
    let id = match sink.keep(&envelope, &letter) {
        Ok(id) => id,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "mail.not_kept");
            return Some("451 4.3.0 The disk refuses".to_owned());
        }
    };
    match fault {
        Some(Fault::DataDropAfter) => return None,
        Some(Fault::DataSlow) => tokio::time::sleep(SLOW).await,
        _ => {}
    }
    Some(format!("250 2.0.0 Kept as {id}"))
}
