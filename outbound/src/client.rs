//! The house's one HTTP client.

use std::{
    collections::HashMap,
    fmt, fs,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use reqwest::{Certificate, Client, header::HeaderValue, redirect};

use crate::{
    breaker::Breaker,
    config::{ConfigProblem, OutboundConfig},
    guard::{AddressGuard, Guard},
    network::Network,
    resolve::{GuardedResolver, Lookup, SystemLookup},
    target::Target,
};

/// The house's one HTTP client. Cheap to clone; clones share connections and breakers.
#[derive(Clone)]
pub struct Outbound {
    inner: Arc<Inner>,
}

/// Builds an [`Outbound`] whose name resolution or clock is not the system's.
#[derive(Debug)]
pub struct OutboundBuilder {
    config: OutboundConfig,
    lookup: Arc<dyn Lookup>,
    now: Now,
}

/// The time, as breakers see it.
#[derive(Clone)]
pub(crate) struct Now(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

struct Inner {
    config: OutboundConfig,
    now: Now,
    operator: Guarded,
    foreign: Guarded,
    breakers: Mutex<HashMap<Arc<str>, Arc<Breaker>>>,
}

/// A client with its guard. Two kinds of address never share a connection: what was opened for the operator must not carry
/// a request that a client chose.
pub(crate) struct Guarded {
    pub(crate) guard: AddressGuard,
    pub(crate) client: Client,
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
        }
    }

    /// The target of that name. The same name is the same breaker, and one row in the metrics: take names from configuration
    /// (`nia`, `client.library`), never from a request.
    pub fn target(&self, name: &str) -> Target {
        let mut breakers = self
            .inner
            .breakers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name: Arc<str> = Arc::from(name);
        let settings = self.inner.config.breaker();
        let breaker = breakers
            .entry(Arc::clone(&name))
            .or_insert_with(|| Arc::new(Breaker::new(settings)));
        let breaker = Arc::clone(breaker);
        Target {
            outbound: self.clone(),
            name,
            breaker,
        }
    }

    pub(crate) fn config(&self) -> &OutboundConfig {
        &self.inner.config
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.now.0)()
    }

    pub(crate) fn guarded(&self, guard: Guard) -> &Guarded {
        match guard {
            Guard::Operator => &self.inner.operator,
            Guard::Foreign => &self.inner.foreign,
        }
    }
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

        let guarded = |guard| {
            let guard = AddressGuard {
                guard,
                allow: allow.clone(),
            };
            let resolver = GuardedResolver {
                lookup: Arc::clone(&self.lookup),
                guard: guard.clone(),
            };
            let client = Client::builder()
                .dns_resolver(Arc::new(resolver))
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .connect_timeout(config.connect_timeout())
                .user_agent(&config.user_agent)
                .tls_certs_merge(authorities.clone())
                .build()
                .map_err(ConfigProblem::Client)?;
            Ok::<_, ConfigProblem>(Guarded { guard, client })
        };
        let (operator, foreign) = (guarded(Guard::Operator)?, guarded(Guard::Foreign)?);
        Ok(Outbound {
            inner: Arc::new(Inner {
                config,
                now: self.now,
                operator,
                foreign,
                breakers: Mutex::default(),
            }),
        })
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
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

fn read_authorities(config: &OutboundConfig) -> Result<Vec<Certificate>, ConfigProblem> {
    let mut authorities = Vec::new();
    for file in &config.extra_ca_files {
        let pem = fs::read(file).map_err(|cause| ConfigProblem::UnreadableCa {
            file: file.clone(),
            cause,
        })?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .map_err(|_| ConfigProblem::NoCertificate { file: file.clone() })?;
        if certificates.is_empty() {
            return Err(ConfigProblem::NoCertificate { file: file.clone() });
        }
        authorities.extend(certificates);
    }
    Ok(authorities)
}
