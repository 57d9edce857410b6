//! The house's one HTTP client.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use reqwest::{Certificate, Client, ClientBuilder, header::HeaderValue, redirect};
use rustls::{
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{
    breaker::{Breaker, BreakerSettings},
    config::{ConfigProblem, OutboundConfig},
    guard::{AddressGuard, Guard},
    mutual::{self, ClientCertificateConfig, Identities, Identity, MustAsk, UnknownCertificate},
    network::Network,
    resolve::{GuardedResolver, Lookup, SystemLookup},
    shelf::Shelf,
    target::Target,
};

/// The house's one HTTP client. Cheap to clone; clones share connections and breakers.
#[derive(Clone)]
pub struct Outbound {
    inner: Arc<Inner>,
}

/// Builds an [`Outbound`] whose name resolution or clock is not the system's, or that has a shelf.
#[derive(Debug)]
pub struct OutboundBuilder {
    config: OutboundConfig,
    lookup: Arc<dyn Lookup>,
    now: Now,
    shelf: Option<Kept>,
}

/// The shelf for documents that outlive the process.
#[derive(Clone)]
struct Kept(Arc<dyn Shelf>);

/// The time, as breakers see it.
#[derive(Clone)]
pub(crate) struct Now(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

struct Inner {
    config: OutboundConfig,
    now: Now,
    clients: Clients,
    identities: Identities,
    lookup: Arc<dyn Lookup>,
    shelf: Option<Kept>,
    authorities: Vec<CertificateDer<'static>>,
    breakers: Mutex<HashMap<Arc<str>, Arc<Breaker>>>,
}

/// A client with its guard. Two kinds of address never share a connection: what was opened for the operator must not carry
/// a request that a client chose.
pub(crate) struct Guarded {
    pub(crate) guard: AddressGuard,
    pub(crate) client: Client,
}

/// A client for each kind of address.
pub(crate) struct Clients {
    operator: Guarded,
    foreign: Guarded,
}

impl Outbound {
    /// A client with the system's resolver and clock.
    pub fn new(config: &OutboundConfig) -> Result<Self, ConfigProblem> {
        Self::builder(config).build()
    }

    /// Begins a client with a resolver or clock of its own.
    pub fn builder(config: &OutboundConfig) -> OutboundBuilder {
        OutboundBuilder {
            config: config.clone(),
            lookup: Arc::new(SystemLookup),
            now: Now(Arc::new(Utc::now)),
            shelf: None,
        }
    }

    /// The target of that name. The same name is the same breaker, and one row in the metrics: take names from configuration
    /// (`nia`, `client.library`), never from a request.
    pub fn target(&self, name: &str) -> Target {
        self.target_paused(name, self.inner.config.breaker())
    }

    /// The target of that name, tried again after `pause` at the latest instead of `breaker_pause_ms`: for one system next
    /// door that people wait for, and that bears a request a second while it is down. The first call for a name counts.
    pub fn target_tried_after(&self, name: &str, pause: Duration) -> Target {
        let usual = self.inner.config.breaker();
        let pause = usual.pause.min(pause);
        self.target_paused(name, BreakerSettings { pause, ..usual })
    }

    /// The target of that name, which stands beside the system it is named after: that the system can do without it. Whether it is
    /// left alone says nothing of the system ([`Self::holds_back`]). The first call for a name counts.
    pub fn target_aside(&self, name: &str) -> Target {
        let usual = self.inner.config.breaker();
        self.target_paused(
            name,
            BreakerSettings {
                is_aside: true,
                ..usual
            },
        )
    }

    /// The breakers of a system and its parts: of the targets asked for so far, the one of that name and those whose name goes
    /// on with a full stop (`bank_id`, `bank_id.token`). Whether each holds requests back at the moment.
    pub fn breakers_of(&self, name: &str) -> BTreeMap<String, bool> {
        let now = self.now();
        let breakers = self
            .inner
            .breakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        breakers
            .iter()
            .filter(|(target, _)| is_part(target, name))
            .map(|(target, breaker)| (target.to_string(), breaker.holds_back(now)))
            .collect()
    }

    /// Whether requests to a system, or to one of its parts that it cannot do without, are held back at the moment. Once the pause is
    /// over the next one goes through, so nobody has to be told to go elsewhere any more.
    pub fn holds_back(&self, name: &str) -> bool {
        let now = self.now();
        let breakers = self
            .inner
            .breakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        breakers.iter().any(|(target, breaker)| {
            is_part(target, name) && !breaker.is_aside() && breaker.holds_back(now)
        })
    }

    fn target_paused(&self, name: &str, settings: BreakerSettings) -> Target {
        let mut breakers = self
            .inner
            .breakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name: Arc<str> = Arc::from(name);
        let breaker = breakers
            .entry(Arc::clone(&name))
            .or_insert_with(|| Arc::new(Breaker::new(settings)));
        let breaker = Arc::clone(breaker);
        Target {
            outbound: self.clone(),
            name,
            breaker,
            identity: None,
        }
    }

    /// The target of that name, to whose servers we show a certificate of `[outbound.client_certificate]`. It talks to the
    /// certificate's hosts alone.
    pub fn target_with(&self, name: &str, certificate: &str) -> Result<Target, UnknownCertificate> {
        let identity = self
            .inner
            .identities
            .get(certificate)
            .ok_or_else(|| UnknownCertificate(certificate.to_owned()))?;
        Ok(Target {
            identity: Some(Arc::clone(identity)),
            ..self.target(name)
        })
    }

    pub(crate) fn config(&self) -> &OutboundConfig {
        &self.inner.config
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.now.0)()
    }

    /// Where documents outlive the process, if anywhere.
    pub(crate) fn shelf(&self) -> Option<&Arc<dyn Shelf>> {
        self.inner.shelf.as_ref().map(|Kept(shelf)| shelf)
    }

    /// How names are resolved, for what is not HTTP.
    pub(crate) fn lookup(&self) -> &Arc<dyn Lookup> {
        &self.inner.lookup
    }

    /// The operator's own authorities, for what is not HTTP.
    pub(crate) fn authorities(&self) -> &[CertificateDer<'static>] {
        &self.inner.authorities
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.inner.clients
    }
}

impl Clients {
    pub(crate) fn guarded(&self, guard: Guard) -> &Guarded {
        match guard {
            Guard::Operator => &self.operator,
            Guard::Foreign => &self.foreign,
        }
    }
}

/// Whether a target is the system of that name or a part of it (`bank_id`, `bank_id.token`).
fn is_part(target: &str, name: &str) -> bool {
    let part = target.strip_prefix(name);
    part.is_some_and(|part| part.is_empty() || part.starts_with('.'))
}

impl OutboundBuilder {
    /// Resolves names another way.
    #[must_use]
    pub fn lookup(self, lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup, ..self }
    }

    /// Tells breakers the time another way.
    #[must_use]
    pub fn now(self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            now: Now(Arc::new(now)),
            ..self
        }
    }

    /// Keeps documents there, see [`crate::LastGood::kept`].
    #[must_use]
    pub fn shelf(self, shelf: Arc<dyn Shelf>) -> Self {
        Self {
            shelf: Some(Kept(shelf)),
            ..self
        }
    }

    /// Reads the certificates and builds the client.
    pub fn build(self) -> Result<Outbound, ConfigProblem> {
        let config = self.config;
        check_values(&config)?;
        let allow = config
            .allow
            .iter()
            .map(|network| network.parse())
            .collect::<Result<Vec<Network>, _>>()?;
        let authorities = read_authorities(&config)?;

        let clients = |tls: &dyn Fn(ClientBuilder) -> ClientBuilder| {
            let guarded = |guard| {
                let guard = AddressGuard {
                    guard,
                    allow: allow.clone(),
                };
                let resolver = GuardedResolver {
                    lookup: Arc::clone(&self.lookup),
                    guard: guard.clone(),
                };
                let builder = Client::builder()
                    .dns_resolver(Arc::new(resolver))
                    .no_proxy()
                    .redirect(redirect::Policy::none())
                    .referer(false)
                    .connect_timeout(config.connect_timeout())
                    .user_agent(&config.user_agent);
                let client = tls(builder).build().map_err(ConfigProblem::Client)?;
                Ok::<_, ConfigProblem>(Guarded { guard, client })
            };
            Ok::<_, ConfigProblem>(Clients {
                operator: guarded(Guard::Operator)?,
                foreign: guarded(Guard::Foreign)?,
            })
        };

        let mut certificates = Vec::new();
        for authority in &authorities {
            certificates.push(Certificate::from_der(authority).map_err(ConfigProblem::Client)?);
        }
        let anonymous = clients(&|builder| builder.tls_certs_merge(certificates.clone()))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut identities = Identities::new();
        for (name, section) in &config.client_certificate {
            let identity = identity(name, section, &authorities, &provider, &clients)?;
            let now = (self.now.0)();
            let validity = identity.shown(now).validity;
            if !validity.holds(now) {
                tracing::error!(
                    certificate.name = name,
                    certificate.not_before = %validity.not_before,
                    certificate.not_after = %validity.not_after,
                    "our client certificate does not hold now; what needs it is not asked until a valid one is in its place"
                );
            }
            identities.insert(name.clone(), Arc::new(identity));
        }
        Ok(Outbound {
            inner: Arc::new(Inner {
                config,
                now: self.now,
                clients: anonymous,
                identities,
                lookup: self.lookup,
                shelf: self.shelf,
                authorities,
                breakers: Mutex::default(),
            }),
        })
    }
}

/// Reads one certificate of ours and builds the clients that show it.
fn identity(
    name: &str,
    section: &ClientCertificateConfig,
    authorities: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
    clients: &dyn Fn(&dyn Fn(ClientBuilder) -> ClientBuilder) -> Result<Clients, ConfigProblem>,
) -> Result<Identity, ConfigProblem> {
    let problem = |problem| ConfigProblem::ClientCertificate {
        name: name.to_owned(),
        problem,
    };
    let next = match section.next().map_err(problem)? {
        Some(next) => Some(Box::new(
            identity(name, &next, authorities, provider, clients)
                .map_err(ConfigProblem::of_next)?,
        )),
        None => None,
    };
    let read = mutual::read(section, provider).map_err(problem)?;
    let tls = mutual::tls(&read, authorities, provider).map_err(problem)?;
    Ok(Identity {
        hosts: section.hosts.clone(),
        validity: read.validity,
        certificate: read.certificate.clone(),
        clients: clients(&|builder| {
            builder
                .tls_backend_preconfigured(tls.clone())
                .connector_layer(MustAsk)
                .https_only(true)
        })?,
        next,
    })
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now")
    }
}

fn check_values(config: &OutboundConfig) -> Result<(), ConfigProblem> {
    let zero = [
        ("connect_timeout_ms", config.connect_timeout_ms == 0),
        ("total_timeout_ms", config.total_timeout_ms == 0),
        ("max_bytes", config.max_bytes == 0),
        ("breaker_opens_after", config.breaker_opens_after == 0),
        ("last_good_days", config.last_good_days == 0),
    ];
    if let Some((key, _)) = zero.into_iter().find(|(_, zero)| *zero) {
        return Err(ConfigProblem::Value {
            key,
            remedy: "must be at least 1; leave it out for the default",
        });
    }
    if HeaderValue::from_str(&config.user_agent).is_err() {
        return Err(ConfigProblem::Value {
            key: "user_agent",
            remedy: "must be plain text on one line",
        });
    }
    Ok(())
}

fn read_authorities(
    config: &OutboundConfig,
) -> Result<Vec<CertificateDer<'static>>, ConfigProblem> {
    let mut authorities = Vec::new();
    for file in &config.extra_ca_files {
        let pem = fs::read(file).map_err(|cause| ConfigProblem::UnreadableCa {
            file: file.clone(),
            cause,
        })?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ConfigProblem::NoCertificate { file: file.clone() })?;
        if certificates.is_empty() {
            return Err(ConfigProblem::NoCertificate { file: file.clone() });
        }
        authorities.extend(certificates);
    }
    Ok(authorities)
}
