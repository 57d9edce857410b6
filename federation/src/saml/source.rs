//! Where a provider's metadata come from: a file of the operator's, or an address that is fetched again and again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outbound::{Guard, LastGood, Outbound, Request, Target};
use url::Url;

use super::config::{MetadataPlace, check_address};
use super::metadata::{MetadataProblem, Partner, Rules};
use super::scan::METADATA;
use crate::finding::Finding;
use crate::provider::{Timestamp, UpstreamError};
use crate::registry::{ConfigProblem, Place};

/// However many answers come with a key we do not know, the metadata are fetched once in this time.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_mins(5);
/// How long a source that failed is left alone.
const RETRY: Duration = Duration::from_mins(1);

/// The provider's metadata, the last good copy of them.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file, read at the start.
    File(Arc<Partner>),
    /// An address.
    Address(Box<Fetched>),
}

/// Metadata at an address.
pub(crate) struct Fetched {
    url: Url,
    target: Target,
    rules: Arc<Rules>,
    copy: LastGood<Partner>,
    /// What the newest check saw: the next one is held against it.
    looked: Mutex<Option<Arc<Partner>>>,
    /// The time of the newest use, for the checks of what is fetched in the background.
    clock: Arc<Mutex<Timestamp>>,
}

impl Source {
    /// The source that the configuration names: a file, which is read now, or an address, which is not contacted yet.
    pub(crate) fn configured(
        place: &Place<'_>,
        metadata: &MetadataPlace<'_>,
        rules: Rules,
        refresh: Duration,
        outbound: &Outbound,
    ) -> Result<Self, ConfigProblem> {
        match (metadata.url, metadata.file) {
            (Some(url), None) => {
                check_address(place, "metadata_url", url)?;
                if rules.pins.is_empty() {
                    return Err(place.problem(
                        "certificate",
                        "metadata from an address need a pinned signing certificate",
                        "Add certificate.active with the provider's signing certificate or its fingerprint.",
                    ));
                }
                Ok(Self::address(place.id, url, refresh, rules, outbound))
            }
            (None, Some(file)) => {
                let remedy = "Put the provider's metadata there.";
                let octets = std::fs::read(file).map_err(|error| {
                    place.problem(
                        "metadata_file",
                        format!("{} cannot be read: {error}", file.display()),
                        remedy,
                    )
                })?;
                Self::file(&octets, &rules).map_err(|problem| {
                    place.problem(
                        "metadata_file",
                        format!("{}: {problem}", file.display()),
                        remedy,
                    )
                })
            }
            _ => Err(place.problem(
                "metadata_url",
                "exactly one of metadata_url and metadata_file is wanted",
                "Give one of them.",
            )),
        }
    }

    /// A file's contents. Whether they are still valid is asked at each use.
    fn file(octets: &[u8], rules: &Rules) -> Result<Self, MetadataProblem> {
        Partner::read(octets, rules, Timestamp::MIN_UTC)
            .map(|partner| Self::File(Arc::new(partner)))
    }

    /// The origins a browser may be sent to: the configured ones, else those a file names.
    pub(crate) fn origins(&self, configured: &[String]) -> Vec<String> {
        match self {
            Self::File(partner) if configured.is_empty() => {
                let mut origins: Vec<String> = partner
                    .login
                    .iter()
                    .chain(&partner.logout)
                    .flat_map(|service| [&service.location, &service.response_location])
                    .map(|url| url.origin().ascii_serialization())
                    .collect();
                origins.sort();
                origins.dedup();
                origins
            }
            _ => configured.to_vec(),
        }
    }

    /// An address of the operator's, fetched at the first use.
    pub(super) fn address(
        provider: &str,
        url: &Url,
        refresh: Duration,
        rules: Rules,
        outbound: &Outbound,
    ) -> Self {
        let rules = Arc::new(rules);
        let clock = Arc::new(Mutex::new(Timestamp::MIN_UTC));
        let target = outbound.target(provider);
        let copy = {
            let (rules, clock, provider) =
                (Arc::clone(&rules), Arc::clone(&clock), provider.to_owned());
            LastGood::new(target.clone(), url.clone(), Guard::Operator, refresh, move |fetched, former: Option<&Partner>| {
                let now = *clock.lock().unwrap_or_else(PoisonError::into_inner);
                let read = Partner::read(&fetched.body, &rules, now).map_err(|problem| {
                    tracing::error!(provider.id = provider, error = %problem, "new metadata are refused, the last good ones stay in use");
                    problem
                })?;
                let read = read.after(former, now);
                for change in read.news_of(now) {
                    tracing::warn!(provider.id = provider, "the provider's metadata have changed: {change}");
                }
                Ok(read)
            })
            .at_most(METADATA.octets)
            .retry_after(RETRY)
            .kept()
        };
        Self::Address(Box::new(Fetched {
            url: url.clone(),
            target,
            rules,
            copy,
            looked: Mutex::default(),
            clock,
        }))
    }

    /// The metadata at hand.
    pub(crate) async fn get(&self, now: Timestamp) -> Result<Arc<Partner>, UpstreamError> {
        let partner = match self {
            Self::File(partner) => Arc::clone(partner),
            Self::Address(fetched) => {
                fetched.tell(now);
                fetched
                    .copy
                    .get(now)
                    .await
                    .map_err(|error| UpstreamError::Unavailable(error.into()))?
            }
        };
        still_valid(partner, now)
    }

    /// Newer metadata than these, when an answer has a key that they do not know. Asked often, it fetches rarely.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<Partner>,
        now: Timestamp,
    ) -> Option<Arc<Partner>> {
        let Self::Address(fetched) = self else {
            return None;
        };
        fetched.tell(now);
        let newer = fetched
            .copy
            .get_within(UNKNOWN_KEY_INTERVAL, now)
            .await
            .ok()?;
        (!Arc::ptr_eq(&newer, seen)).then_some(newer)
    }

    /// Fetches and judges the metadata without keeping them.
    pub(crate) async fn check(&self, now: Timestamp) -> (Vec<Finding>, Option<Arc<Partner>>) {
        let (mut findings, partner) = match self {
            Self::File(partner) => (
                vec![Finding::fine(
                    "saml.metadata",
                    "The metadata file is in order.",
                )],
                Some(Arc::clone(partner)),
            ),
            Self::Address(fetched) => fetched.check(now).await,
        };
        if let Some(end) = partner.as_ref().and_then(|partner| partner.valid_until) {
            findings.push(super::check::until(
                "saml.metadata-expires",
                "The metadata",
                end,
                now,
            ));
        }
        (findings, partner)
    }
}

impl Fetched {
    fn tell(&self, now: Timestamp) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock = now.max(*clock);
    }

    /// What metadata that are looked at now are held against.
    fn former(&self) -> Option<Arc<Partner>> {
        let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let looked = looked.clone();
        looked.or_else(|| self.copy.peek().map(|(partner, _)| partner))
    }

    async fn check(&self, now: Timestamp) -> (Vec<Finding>, Option<Arc<Partner>>) {
        let url = &self.url;
        let request = Request::get(url, Guard::Operator).max_bytes(METADATA.octets);
        let fetched = match self
            .target
            .send(request)
            .await
            .and_then(outbound::Fetched::successful)
        {
            Ok(fetched) => fetched,
            Err(error) => {
                let cause = std::error::Error::source(&error)
                    .map(|cause| format!(" ({cause})"))
                    .unwrap_or_default();
                return (
                    vec![Finding::broken(
                        "saml.unreachable",
                        format!("{url}: {error}{cause}."),
                    )],
                    None,
                );
            }
        };
        match Partner::read(&fetched.body, &self.rules, now) {
            Ok(partner) => {
                let partner = Arc::new(partner.after(self.former().as_deref(), now));
                *self.looked.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&partner));
                let mut findings = vec![Finding::fine(
                    "saml.metadata",
                    format!("{url} is reachable and in order."),
                )];
                findings.extend(partner.news.as_ref().map(super::check::changed));
                (findings, Some(partner))
            }
            Err(problem) => (
                vec![Finding::broken(
                    "saml.metadata",
                    format!("{url}: {problem}."),
                )],
                None,
            ),
        }
    }
}

fn still_valid(partner: Arc<Partner>, now: Timestamp) -> Result<Arc<Partner>, UpstreamError> {
    if partner.valid_until.is_some_and(|end| end <= now) {
        return Err(UpstreamError::Unavailable(MetadataProblem::Expired.into()));
    }
    Ok(partner)
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}
