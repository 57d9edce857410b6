//! Discovery and keys of a provider: fetched when first needed, the last good copies kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outbound::{Fetched, Guard, JSON, LastGood, Outbound, OutboundError, Target};
use url::Url;

use super::jwk::KeySet;
use super::metadata::{self, Metadata, Rules};
use crate::finding::Finding;
use crate::provider::{Timestamp, UpstreamError};

/// However many messages come with a key we do not know, the key set is fetched once in this time.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_mins(1);
/// How old copies may become before newer ones are looked for.
const REFRESH: Duration = Duration::from_hours(1);

/// One provider's documents.
pub(crate) struct Source {
    discovery_url: Url,
    rules: Arc<Rules>,
    target: Target,
    /// Userinfo fails by itself: what else the provider does well must not hide it.
    claims: Target,
    discovery: LastGood<Metadata>,
    /// The key set, and the address it came from: a new discovery document may name another.
    keys: Mutex<Option<(Url, LastGood<KeySet>)>>,
}

/// Who brings a signature by a key that we do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bringer {
    /// The provider's own token endpoint, in answer to a login of ours: worth a look each time.
    TokenEndpoint,
    /// Anybody.
    Anybody,
}

impl Source {
    /// The documents of the provider at the issuer in `rules`. Nothing is fetched yet.
    pub(crate) fn new(
        provider: &str,
        rules: Rules,
        outbound: &Outbound,
    ) -> Result<Self, url::ParseError> {
        // Discovery 4.1: a final slash of the issuer is removed first.
        let discovery_url = Url::parse(&format!(
            "{}/.well-known/openid-configuration",
            rules.issuer.trim_end_matches('/')
        ))?;
        let target = outbound.target(provider);
        let rules = Arc::new(rules);
        let expected = Arc::clone(&rules);
        let id = provider.to_owned();
        let discovery = LastGood::new(
            target.clone(),
            discovery_url.clone(),
            Guard::Operator,
            REFRESH,
            move |fetched, _| {
                metadata::read(&fetched.body, &expected).map_err(|problem| {
                    tracing::error!(provider.id = id, error = %problem, "a discovery document is refused");
                    problem.into()
                })
            },
        )
        .expecting(JSON)
        .kept()
        .bounded();
        Ok(Self {
            discovery_url,
            rules,
            target,
            claims: outbound.target(&format!("{provider}.userinfo")),
            discovery,
            keys: Mutex::default(),
        })
    }

    /// The discovery document.
    pub(crate) async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, UpstreamError> {
        self.discovery.get(now).await.map_err(unavailable)
    }

    /// The provider's keys.
    pub(crate) async fn keys(
        &self,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, UpstreamError> {
        let set = self.key_set(metadata.jwks_uri().url());
        set.get(now).await.map_err(unavailable)
    }

    /// Newer keys than these, when a signature is by none of them.
    pub(crate) async fn newer_keys(
        &self,
        metadata: &Metadata,
        seen: &Arc<KeySet>,
        bringer: Bringer,
        now: Timestamp,
    ) -> Option<Arc<KeySet>> {
        let set = self.key_set(metadata.jwks_uri().url());
        let newer = match bringer {
            Bringer::TokenEndpoint => set.refresh(now).await.ok()?,
            Bringer::Anybody => set.get_within(UNKNOWN_KEY_INTERVAL, now).await.ok()?,
        };
        (!Arc::ptr_eq(&newer, seen)).then_some(newer)
    }

    /// The way requests to the provider leave.
    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    /// The way questions about a person leave.
    pub(crate) const fn claims(&self) -> &Target {
        &self.claims
    }

    /// Whose word an address is: the operator's at the configured issuer's own origin, else the document's.
    pub(crate) fn guard(&self, url: &Url) -> Guard {
        if url.origin() == self.discovery_url.origin() {
            Guard::Operator
        } else {
            Guard::Foreign
        }
    }

    /// Fetches and judges both documents without keeping them.
    pub(crate) async fn check(&self) -> (Vec<Finding>, Option<(Metadata, KeySet)>) {
        let url = &self.discovery_url;
        let fetched = match self.fetch(url).await {
            Ok(fetched) => fetched,
            Err(finding) => return (vec![finding], None),
        };
        let metadata = match metadata::read(&fetched.body, &self.rules) {
            Ok(metadata) => metadata,
            Err(problem) => {
                let message = format!("{url}: {problem}.");
                return (vec![Finding::broken("oidc.discovery", message)], None);
            }
        };
        let mut findings = vec![Finding::fine(
            "oidc.discovery",
            format!("{url} is reachable and in order."),
        )];
        let url = metadata.jwks_uri().url().clone();
        let keys = match self
            .fetch(&url)
            .await
            .map(|fetched| KeySet::read(&fetched.body))
        {
            Ok(Ok(keys)) => keys,
            Ok(Err(problem)) => {
                findings.push(Finding::broken("oidc.keys", format!("{url}: {problem}.")));
                return (findings, None);
            }
            Err(finding) => {
                findings.push(finding);
                return (findings, None);
            }
        };
        findings.push(Finding::fine(
            "oidc.keys",
            format!("{url} holds {} keys for signatures.", keys.len()),
        ));
        (findings, Some((metadata, keys)))
    }

    async fn fetch(&self, url: &Url) -> Result<Fetched, Finding> {
        let fetched = self.target.get(url, self.guard(url)).await;
        fetched.and_then(Fetched::successful).map_err(|error| {
            let cause = std::error::Error::source(&error)
                .map(|cause| format!(" ({cause})"))
                .unwrap_or_default();
            Finding::broken("oidc.unreachable", format!("{url}: {error}{cause}."))
        })
    }

    fn key_set(&self, address: &Url) -> LastGood<KeySet> {
        let mut held = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some((known, keys)) if known == address => keys.clone(),
            _ => {
                let keys = LastGood::new(
                    self.target.clone(),
                    address.clone(),
                    self.guard(address),
                    REFRESH,
                    |fetched, _| KeySet::read(&fetched.body).map_err(Into::into),
                )
                .kept()
                .bounded();
                *held = Some((address.clone(), keys.clone()));
                keys
            }
        }
    }
}

/// Nothing usable came: another day may help.
pub(crate) fn unavailable(error: OutboundError) -> UpstreamError {
    UpstreamError::Unavailable(error.into())
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("discovery", &self.discovery_url.as_str())
            .finish_non_exhaustive()
    }
}
