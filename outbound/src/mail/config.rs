//! `[mail]`: the mail server that takes our mail.

use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::MailAddress;

/// `[mail]`: the mail server that takes our mail. Without the section nothing is sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Name or address of the mail server. No default.
    pub host: String,
    /// Its port. Default: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// `tls` from the first octet, `starttls` after the greeting (refused when the server does not offer it), or `none`
    /// for a server on this machine. Default: `tls`.
    #[serde(default)]
    pub tls: MailTls,
    /// Name to log in with. Default: none, we do not log in.
    #[serde(default)]
    pub username: Option<String>,
    /// Password to log in with; also as `password_file`. Default: none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// The address our mail comes from. No default.
    pub from: String,
    /// The name beside that address. Default: the town's name.
    #[serde(default)]
    pub from_name: Option<String>,
    /// Where the mail server reports what it could not deliver. Default: the value of `from`.
    #[serde(default)]
    pub envelope_sender: Option<String>,
    /// Milliseconds a connection may take to come about. Default: 5000.
    #[serde(default = "connect_timeout")]
    pub connect_timeout_ms: u64,
    /// Milliseconds a whole sending may take. Default: 30000.
    #[serde(default = "total_timeout")]
    pub total_timeout_ms: u64,
    /// Bytes a message may have. Default: 262144 (256 KiB).
    #[serde(default = "max_bytes")]
    pub max_bytes: usize,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// TLS from the first octet (RFC 8314, 3.3).
    #[default]
    Tls,
    /// TLS after the greeting, and nothing without it (RFC 3207).
    Starttls,
    /// None: for a server on the same machine.
    None,
}

/// What is wrong with `[mail]`. The text names the key and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum MailProblem {
    /// A value cannot stand.
    #[error("mail.{key} {problem}. {remedy}")]
    Value {
        /// The key as written in the file.
        key: &'static str,
        /// What is wrong.
        problem: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The TLS library refuses what it was given.
    #[error("mail: TLS cannot be set up with the certificates of [outbound] and of the system")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl MailConfig {
    /// Checks everything that can be checked without the server.
    pub fn check(&self) -> Result<(), MailProblem> {
        let host_is_good =
            !self.host.is_empty() && url::Host::parse(self.written_host().as_str()).is_ok();
        if !host_is_good {
            return Err(value(
                "host",
                "is not a host",
                "Give the name of the mail server",
            ));
        }
        let from = self.sender()?;
        self.envelope_sender(&from)?;
        if let Some(name) = &self.from_name
            && (name.is_empty() || name.chars().any(char::is_control))
        {
            return Err(value(
                "from_name",
                "is empty or has control characters",
                "Give a name on one line, or leave it out",
            ));
        }
        if self.username.is_some() != self.password.is_some() {
            return Err(value(
                "password",
                "and username belong together",
                "Give both, or neither",
            ));
        }
        if self.username.is_some() && self.tls == MailTls::None {
            return Err(value(
                "tls",
                "is none, and the password would be sent in the open",
                "Use tls or starttls, or give no username",
            ));
        }
        if self.connect_timeout_ms == 0 || self.total_timeout_ms == 0 {
            return Err(value(
                "total_timeout_ms",
                "or connect_timeout_ms is 0",
                "Leave it out for the default",
            ));
        }
        Ok(())
    }

    /// The port in force.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Tls => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        })
    }

    /// The host as an address writes it: IPv6 in brackets.
    pub(super) fn written_host(&self) -> String {
        if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }

    pub(super) fn sender(&self) -> Result<MailAddress, MailProblem> {
        MailAddress::parse(&self.from).map_err(|_| {
            value(
                "from",
                "is not an e-mail address",
                "Write it like identita@mesto.example; the name goes to from_name",
            )
        })
    }

    pub(super) fn envelope_sender(&self, from: &MailAddress) -> Result<MailAddress, MailProblem> {
        match &self.envelope_sender {
            None => Ok(from.clone()),
            Some(text) => MailAddress::parse(text).map_err(|_| {
                value(
                    "envelope_sender",
                    "is not an e-mail address",
                    "Write it like vraceni@mesto.example",
                )
            }),
        }
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(super) fn total_timeout(&self) -> Duration {
        Duration::from_millis(self.total_timeout_ms)
    }
}

impl MailProblem {
    /// The key under `[mail]`, what is wrong and what to do, for the one message of a refused start.
    pub fn parts(&self) -> (&'static str, String, &'static str) {
        match self {
            Self::Value {
                key,
                problem,
                remedy,
            } => (key, (*problem).to_owned(), remedy),
            Self::Tls(_) => (
                "tls",
                self.to_string(),
                "Correct [outbound] extra_ca_files, or install the system's certificates",
            ),
        }
    }
}

const fn value(key: &'static str, problem: &'static str, remedy: &'static str) -> MailProblem {
    MailProblem::Value {
        key,
        problem,
        remedy,
    }
}

const fn connect_timeout() -> u64 {
    5_000
}

const fn total_timeout() -> u64 {
    30_000
}

const fn max_bytes() -> usize {
    256 * 1024
}
