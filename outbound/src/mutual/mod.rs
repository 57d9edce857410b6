//! Mutual TLS: certificates of ours, shown to the servers they are meant for.
//!
//! A certificate is configured once under a name (`[outbound.client_certificate.<name>]`) with the hosts it may be shown to.
//! [`crate::Outbound::target_with`] gives a target that presents it. Such a target keeps connections of its own, speaks TLS
//! only, resumes no session, and **refuses a server that does not ask for the certificate** before anything is sent: what we
//! say to such a server is meant for one that knows who we are.

mod config;
mod connect;
mod read;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use url::Url;

pub use config::{CertificateProblem, ClientCertificateConfig};
pub(crate) use connect::{MustAsk, NotAsked, tls};
pub(crate) use read::read;

use crate::{client::Clients, guard::Forbidden};

/// From when until when a certificate of ours holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: DateTime<Utc>,
    /// The last moment.
    pub not_after: DateTime<Utc>,
}

/// There is no `[outbound.client_certificate.<name>]` of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no [outbound.client_certificate.{0}]")]
pub struct UnknownCertificate(pub String);

/// One of our certificates, with the clients that present it.
pub(crate) struct Identity {
    pub(crate) hosts: Vec<String>,
    pub(crate) validity: Validity,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) clients: Clients,
    /// The one that follows.
    pub(crate) next: Option<Box<Identity>>,
}

impl Validity {
    /// Whether it holds at that moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

impl Identity {
    /// The one that is shown at that moment: the one that follows once the first has ended, and itself holds.
    pub(crate) fn shown(&self, now: DateTime<Utc>) -> &Self {
        match &self.next {
            Some(next) if self.validity.not_after < now && next.validity.holds(now) => next,
            _ => self,
        }
    }

    /// From when until when there is one to show, without a gap.
    pub(crate) fn shown_within(&self) -> Validity {
        match &self.next {
            Some(next) if next.validity.not_before <= self.validity.not_after => Validity {
                not_before: self.validity.not_before,
                not_after: self.validity.not_after.max(next.validity.not_after),
            },
            _ => self.validity,
        }
    }

    /// Whether the certificate is meant for that host, and TLS is spoken there.
    pub(crate) fn is_meant_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let named = |ours: &String| ours.eq_ignore_ascii_case(host);
        url.scheme() == "https" && self.hosts.iter().any(named)
    }

    /// Judges whether this certificate may be shown there, and whether it still says anything.
    pub(crate) fn check(&self, url: &Url, now: DateTime<Utc>) -> Result<(), Forbidden> {
        if !self.is_meant_for(url) {
            return Err(Forbidden::CertificateElsewhere {
                host: url.host_str().unwrap_or_default().to_owned(),
            });
        }
        let validity = self.shown(now).validity;
        if !validity.holds(now) {
            return Err(Forbidden::CertificateOutOfDate {
                not_before: validity.not_before,
                not_after: validity.not_after,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("hosts", &self.hosts)
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// All identities by name.
pub(crate) type Identities = std::collections::BTreeMap<String, Arc<Identity>>;
