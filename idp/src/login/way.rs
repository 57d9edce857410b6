//! A way in, down to the place behind it that the person chooses: a provider, or one bank of Bank iD.

use std::fmt;

use chrono::{DateTime, Utc};
use federation::{Branch, UpstreamProvider};

use crate::upstream::logo::logo_of;

/// A way in that somebody chose. Written as `provider` or `provider:branch`, in a button and in the cookie that remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Name of the configuration entry. Nothing is known of it before it is looked up.
    pub(crate) provider: String,
    /// The place behind it, in the provider's words. Nothing is known of it before [`Way::is_offered`].
    pub(crate) branch: Option<String>,
}

impl Way {
    /// A provider, and the place behind it.
    pub(crate) fn of(provider: &str, branch: Option<String>) -> Self {
        Self {
            provider: provider.to_owned(),
            branch,
        }
    }

    /// Reads what was written. Names of configuration entries hold no colon.
    pub(crate) fn read(written: &str) -> Self {
        match written.split_once(':') {
            Some((provider, branch)) => Self::of(provider, Some(branch.to_owned())),
            None => Self::of(written, None),
        }
    }

    /// Whether the provider has such a place at this moment. A provider itself always has.
    pub(crate) async fn is_offered(
        &self,
        provider: &dyn UpstreamProvider,
        now: DateTime<Utc>,
    ) -> bool {
        match &self.branch {
            None => true,
            Some(branch) => provider
                .branches(now)
                .await
                .iter()
                .any(|offered| offered.id == *branch),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.provider)?;
        match &self.branch {
            Some(branch) => write!(f, ":{branch}"),
            None => Ok(()),
        }
    }
}

/// The places behind one way in, as a page offers them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The one that this browser used last, if it is still offered.
    pub(crate) known: Option<Place>,
    /// The others.
    pub(crate) others: Vec<Place>,
}

/// One place behind a way in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// What its button says to us, see [`Way`].
    pub(crate) value: String,
    /// Its name, as the provider writes it.
    pub(crate) name: String,
    /// Where its logo is on our own site, when one is at hand.
    pub(crate) logo: Option<String>,
}

impl Places {
    /// What a provider offers at this moment. Nothing, and nothing else is missing, where it has no list at hand.
    pub(crate) async fn of(
        provider: &dyn UpstreamProvider,
        known: Option<&Way>,
        now: DateTime<Utc>,
    ) -> Self {
        let id = &provider.describe().id;
        let known = known
            .filter(|way| way.provider == *id)
            .and_then(|way| way.branch.as_deref());
        let mut places = Self::default();
        for branch in provider.branches(now).await {
            let is_known = Some(branch.id.as_str()) == known;
            let place = Place::of(id, branch);
            if is_known {
                places.known = Some(place);
            } else {
                places.others.push(place);
            }
        }
        places
    }

    /// Whether there is nothing to offer.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_none() && self.others.is_empty()
    }
}

impl Place {
    fn of(provider: &str, branch: Branch) -> Self {
        let logo = branch.logo.map(|tag| logo_of(provider, &branch.id, &tag));
        Self {
            value: Way::of(provider, Some(branch.id)).to_string(),
            name: branch.name,
            logo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_was_written() {
        for way in [
            Way::of("bank_id", None),
            Way::of("bank_id", Some("7fd8a1d5".to_owned())),
            Way::of("bank_id", Some("a:b".to_owned())),
        ] {
            assert_eq!(Way::read(&way.to_string()), way);
        }
    }
}
