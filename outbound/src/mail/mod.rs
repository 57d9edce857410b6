//! Mail: one message to one person, by SMTP to the house's own mail server, which delivers it further.
//!
//! The server's address is the operator's and passes the address guard like every other. Each sending is one connection:
//! connect, TLS, log in, sender, recipient, message. What a failure means depends on how far that went ([`MailError`]):
//! before the message everything can be tried again, a refusal of the recipient or of the message is final, and silence
//! after the message leaves nobody knowing.

mod address;
mod config;
mod error;
mod letter;
mod session;

pub use address::{MailAddress, NoAddress};
pub use config::{MailConfig, MailProblem, MailTls};
pub use error::MailError;
pub use letter::Letter;

use std::{net::SocketAddr, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::{Guard, Outbound, Target, Unavailable, meter};

/// Sends mail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    config: MailConfig,
    from: MailAddress,
    envelope_sender: MailAddress,
    from_name: String,
    hello: ClientId,
    domain: String,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
}

impl Mailer {
    /// Makes a sender of `[mail]`. `from_name` stands for people beside the address when the section names nobody;
    /// `host` is our own public name, for the greeting and for Message-IDs. Contacts nobody.
    pub fn new(
        config: &MailConfig,
        outbound: &Outbound,
        from_name: &str,
        host: &str,
    ) -> Result<Self, MailProblem> {
        config.check()?;
        let from = config.sender()?;
        let envelope_sender = config.envelope_sender(&from)?;
        let tls = match config.tls {
            MailTls::None => None,
            MailTls::Starttls | MailTls::Tls => {
                let builder = TlsParameters::builder(config.host.clone());
                let with_own = outbound
                    .authorities()
                    .iter()
                    .try_fold(builder, |builder, der| {
                        Certificate::from_der(der.to_vec())
                            .map(|it| builder.add_root_certificate(it))
                    })
                    .and_then(lettre::transport::smtp::client::TlsParametersBuilder::build);
                Some(with_own.map_err(MailProblem::Tls)?)
            }
        };
        let credentials = match (&config.username, &config.password) {
            (Some(username), Some(password)) => Some(Credentials::new(
                username.clone(),
                password.expose_secret().to_owned(),
            )),
            _ => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                target: outbound.target("mail"),
                from,
                envelope_sender,
                from_name: config
                    .from_name
                    .clone()
                    .unwrap_or_else(|| from_name.to_owned()),
                hello: ClientId::Domain(host.to_owned()),
                domain: host.to_owned(),
                tls,
                credentials,
                config: config.clone(),
            }),
        })
    }

    /// Sends one message to one person. `id` becomes the Message-ID: the same message keeps it when it is sent again.
    pub async fn send(
        &self,
        letter: &Letter,
        to: &MailAddress,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), MailError> {
        let began = Instant::now();
        let result = self.send_guarded(letter, to, id, now).await;
        let outcome = result.as_ref().err().map_or("ok", MailError::outcome);
        meter::exchange(self.inner.target.name(), outcome, began);
        result
    }

    /// Greets the server and logs in, for `check`; sends nothing.
    pub async fn greet(&self) -> Result<(), MailError> {
        let addresses = self.addresses().await?;
        session::greet(&self.inner, &addresses).await
    }

    async fn send_guarded(
        &self,
        letter: &Letter,
        to: &MailAddress,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), MailError> {
        let inner = &*self.inner;
        let message = letter.message(inner, to, id, now)?;
        if message.len() > inner.config.max_bytes {
            return Err(MailError::TooLarge {
                limit: inner.config.max_bytes,
            });
        }
        let addresses = self.addresses().await?;
        let outbound = &inner.target.outbound;
        let permit = inner
            .target
            .breaker
            .admit(outbound.now())
            .map_err(|_| MailError::unavailable(Unavailable::Paused))?;
        let result = session::deliver(inner, &addresses, to, &message).await;
        match &result {
            Err(MailError::Unavailable { .. } | MailError::Unknown { .. }) => {
                if permit.failed(outbound.now()) {
                    tracing::warn!(
                        target.name = "mail",
                        "the mail server is left alone for a while"
                    );
                }
            }
            // It answers: whether it takes this message is another matter.
            _ => permit.succeeded(),
        }
        result
    }

    /// Where the server is, past the guard: what is judged is what is connected to.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, MailError> {
        let inner = &*self.inner;
        let outbound = &inner.target.outbound;
        let guard = &outbound.clients().guarded(Guard::Operator).guard;
        let port = inner.config.port();
        let url = Url::parse(&format!("http://{}:{port}/", inner.config.written_host()))
            .map_err(|_| MailError::unavailable(Unavailable::Connect))?;
        guard.check_url(&url)?;
        let ips = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            _ => {
                let found = outbound.lookup().lookup(&inner.config.host);
                let found = tokio::time::timeout(inner.config.connect_timeout(), found).await;
                let ips = match found {
                    Ok(Ok(ips)) => ips,
                    Ok(Err(error)) => return Err(MailError::connect(error)),
                    Err(_) => return Err(MailError::unavailable(Unavailable::TimedOut)),
                };
                for ip in &ips {
                    guard.check_resolved(&inner.config.host, *ip)?;
                }
                ips
            }
        };
        Ok(ips
            .into_iter()
            .map(|ip| SocketAddr::new(ip, port))
            .collect())
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
