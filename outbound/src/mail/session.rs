//! One connection to the mail server, step by step, so that a failure says how far it went.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use lettre::transport::smtp::{
    Error,
    authentication::Mechanism,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Quit, Rcpt},
    response::Response,
};
use tokio::time::{Instant, timeout_at};

use super::{Inner, MailAddress, MailError, MailTls};
use crate::Unavailable;

/// Hands a message over.
pub(super) async fn deliver(
    mailer: &Inner,
    addresses: &[SocketAddr],
    to: &MailAddress,
    message: &[u8],
) -> Result<(), MailError> {
    let until = Instant::now() + mailer.config.total_timeout();
    let prepared = timeout_at(until, prepare(mailer, addresses, to)).await;
    let mut connection = prepared.unwrap_or(Err(MailError::unavailable(Unavailable::TimedOut)))?;
    // From here on the server may have the whole message.
    let answer = timeout_at(until, connection.message(message)).await;
    let result = match answer {
        Err(_) => Err(MailError::Unknown { cause: None }),
        Ok(answer) => taken(answer),
    };
    farewell(connection).await;
    result
}

/// Greets and logs in.
pub(super) async fn greet(mailer: &Inner, addresses: &[SocketAddr]) -> Result<(), MailError> {
    let until = Instant::now() + mailer.config.total_timeout();
    let opened = timeout_at(until, open(mailer, addresses)).await;
    let connection = opened.unwrap_or(Err(MailError::unavailable(Unavailable::TimedOut)))?;
    farewell(connection).await;
    Ok(())
}

/// Everything before the message.
async fn prepare(
    mailer: &Inner,
    addresses: &[SocketAddr],
    to: &MailAddress,
) -> Result<AsyncSmtpConnection, MailError> {
    let mut connection = open(mailer, addresses).await?;
    let sender = Mail::new(Some(mailer.envelope_sender.parsed()), Vec::new());
    let answer = connection.command(sender).await;
    // A refused sender is our configuration's fault, not the recipient's.
    said(answer, &[250]).map_err(|error| match error {
        MailError::Refused { .. } => MailError::not_accepted("the sender", Some(Arc::new(error))),
        other => other,
    })?;
    let recipient = Rcpt::new(to.parsed(), Vec::new());
    said(connection.command(recipient).await, &[250, 251])?;
    said(connection.command(Data).await, &[354])?;
    Ok(connection)
}

/// Connects, by TLS as configured, and logs in.
async fn open(mailer: &Inner, addresses: &[SocketAddr]) -> Result<AsyncSmtpConnection, MailError> {
    let config = &mailer.config;
    let at_once = mailer.tls.clone().filter(|_| config.tls == MailTls::Tls);
    let connected = AsyncSmtpConnection::connect_tokio1(
        addresses,
        Some(config.connect_timeout()),
        &mailer.hello,
        at_once,
        None,
    );
    let mut connection = connected.await.map_err(not_now)?;
    if let Some(tls) = mailer
        .tls
        .clone()
        .filter(|_| config.tls == MailTls::Starttls)
    {
        if !connection.can_starttls() {
            connection.abort().await;
            return Err(MailError::not_accepted("STARTTLS is not offered", None));
        }
        connection
            .starttls(tls, &mailer.hello)
            .await
            .map_err(not_now)?;
    }
    if let Some(credentials) = &mailer.credentials {
        let answer = connection
            .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
            .await;
        said(answer, &[235]).map_err(|error| match error {
            MailError::Refused { .. } => {
                MailError::not_accepted("name or password", Some(Arc::new(error)))
            }
            other => other,
        })?;
    }
    Ok(connection)
}

/// An answer before the message. The status must be the very one that belongs here: an answer that was slipped in before
/// TLS would shift all later ones by one.
fn said(answer: Result<Response, Error>, expected: &[u16]) -> Result<(), MailError> {
    let response = answer.map_err(not_now)?;
    let code = u16::from(response.code());
    if expected.contains(&code) {
        return Ok(());
    }
    Err(MailError::not_accepted("its answers are out of step", None))
}

/// The answer to the message.
fn taken(answer: Result<Response, Error>) -> Result<(), MailError> {
    match answer {
        Ok(response) if u16::from(response.code()) == 250 => Ok(()),
        Ok(_) => Err(MailError::Unknown { cause: None }),
        Err(error) => Err(by_status(&error).unwrap_or_else(|| MailError::Unknown {
            cause: Some(Arc::new(error)),
        })),
    }
}

/// A failure while nothing was handed over.
fn not_now(error: Error) -> MailError {
    if let Some(refusal) = by_status(&error) {
        return refusal;
    }
    if error.is_client() {
        return MailError::not_accepted("what we need is not offered", Some(Arc::new(error)));
    }
    let why = if error.is_timeout() {
        Unavailable::TimedOut
    } else if error.is_response() {
        Unavailable::Broken
    } else {
        Unavailable::Connect
    };
    MailError::Unavailable {
        why,
        cause: Some(Arc::new(error)),
    }
}

fn by_status(error: &Error) -> Option<MailError> {
    let code = u16::from(error.status()?);
    if error.is_permanent() {
        Some(MailError::Refused { code })
    } else {
        Some(MailError::PutOff { code })
    }
}

/// Says good-bye, if that does not take long: everything is settled.
async fn farewell(mut connection: AsyncSmtpConnection) {
    let _ = tokio::time::timeout(FAREWELL, connection.command(Quit)).await;
}

const FAREWELL: Duration = Duration::from_millis(500);
