//! The logos of banks (reference of Bank iD, section 10): fetched in the background by us, so that no bank hears of a visitor of
//! ours before they choose it. Nothing waits for a logo, and nothing is missing without one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use outbound::{Guard, LastGood, Target};
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

use super::banks::Bank;
use crate::picture::Picture;
use crate::provider::{Branch, Timestamp};

/// How old a logo may become before a newer one is looked for.
const REFRESH: Duration = Duration::from_hours(24);
/// How long one that failed is left alone.
const RETRY: Duration = Duration::from_hours(1);
/// Octets of a logo.
const LARGEST: usize = 64 * 1024;

/// Where logos come from, and those at hand.
pub(super) struct Logos {
    target: Target,
    /// Of the issuer: its address may be a private one, as the operator wrote it.
    own: String,
    allowed: Vec<String>,
    held: Mutex<BTreeMap<String, (Url, LastGood<Picture>)>>,
    /// Held while somebody fetches: one logo after the other.
    fetching: Arc<AsyncMutex<()>>,
}

impl Logos {
    /// Logos at these origins, or else at the issuer's alone. Nothing is fetched yet.
    pub(super) fn new(target: Target, issuer: &Url, origins: &[Url]) -> Self {
        let own = issuer.origin().ascii_serialization();
        let allowed = match origins {
            [] => vec![own.clone()],
            origins => {
                let origins = origins.iter();
                origins
                    .map(|url| url.origin().ascii_serialization())
                    .collect()
            }
        };
        Self {
            target,
            own,
            allowed,
            held: Mutex::default(),
            fetching: Arc::default(),
        }
    }

    /// The banks with the logos at hand. Those that are missing or old are fetched meanwhile, for the next page.
    pub(super) fn beside(&self, banks: &[Bank], now: Timestamp) -> Vec<Branch> {
        let mut wanted = Vec::new();
        let beside = |bank: &Bank| {
            let logo = self.of(bank);
            let at_hand = logo.as_ref().and_then(LastGood::peek);
            let is_old = at_hand.as_ref().is_none_or(|(_, at)| now - *at >= OLD);
            wanted.extend(logo.filter(|_| is_old));
            Branch {
                id: bank.id.clone(),
                name: bank.name.clone(),
                logo: at_hand.map(|(picture, _)| picture.tag.clone()),
            }
        };
        let branches = banks.iter().map(beside).collect();
        self.fetch(wanted, now);
        branches
    }

    /// The logo of a bank, fetched now if none is at hand: another process of ours may have shown its address.
    pub(super) async fn get(&self, bank: &Bank, now: Timestamp) -> Option<Arc<Picture>> {
        let logo = self.of(bank)?;
        match logo.get(now).await {
            Ok(picture) => Some(picture),
            Err(error) => {
                tracing::debug!(error = %error, "there is no logo of a bank");
                None
            }
        }
    }

    /// Origins at which banks have their logos and none is allowed.
    pub(super) fn elsewhere(&self, banks: &[Bank]) -> BTreeSet<String> {
        let without = banks.iter().filter(|bank| self.address(bank).is_none());
        let urls = without.flat_map(|bank| &bank.logos);
        urls.map(|url| url.origin().ascii_serialization()).collect()
    }

    /// Where the logo of a bank is: the first address that is allowed.
    fn address<'b>(&self, bank: &'b Bank) -> Option<&'b Url> {
        bank.logos.iter().find(|url| {
            let origin = url.origin().ascii_serialization();
            self.allowed.contains(&origin)
        })
    }

    fn of(&self, bank: &Bank) -> Option<LastGood<Picture>> {
        let address = self.address(bank)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, logo)) = held.get(&bank.id)
            && known == address
        {
            return Some(logo.clone());
        }
        let guard = if address.origin().ascii_serialization() == self.own {
            Guard::Operator
        } else {
            Guard::Foreign
        };
        let logo = LastGood::new(
            self.target.clone(),
            address.clone(),
            guard,
            REFRESH,
            |fetched, _| Picture::read(&fetched.body).map_err(Into::into),
        )
        .retry_after(RETRY)
        .at_most(LARGEST)
        .kept();
        held.insert(bank.id.clone(), (address.clone(), logo.clone()));
        Some(logo)
    }

    fn fetch(&self, logos: Vec<LastGood<Picture>>, now: Timestamp) {
        if logos.is_empty() {
            return;
        }
        let Ok(turn) = Arc::clone(&self.fetching).try_lock_owned() else {
            return;
        };
        tokio::spawn(async move {
            for logo in logos {
                if let Err(error) = logo.get(now).await {
                    tracing::debug!(error = %error, "there is no logo of a bank");
                }
            }
            drop(turn);
        });
    }
}

const OLD: TimeDelta = TimeDelta::hours(24);

impl std::fmt::Debug for Logos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logos")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}
