//! What a provider's metadata say now and did not say before (the alarm "metadata change").
//!
//! A signature that holds makes a change trusted at once. That nobody ordered it, only people know; so they are told, with old and new.

use chrono::TimeDelta;

use super::certificate::Certificate;
use super::metadata::{Partner, Service};
use crate::provider::Timestamp;

/// How long a change stays news: an operator who is away for a weekend still finds it.
const NEWS: TimeDelta = TimeDelta::days(7);

/// A change and when it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// When it was seen first.
    pub(crate) at: Timestamp,
    /// Sentences with old and new.
    pub(crate) what: Vec<String>,
}

impl Partner {
    /// The same, told what it was before. News that are not old stay.
    pub(crate) fn after(self, former: Option<&Self>, now: Timestamp) -> Self {
        let Some(former) = former else {
            return self;
        };
        let what = differences(former, &self);
        let news = if what.is_empty() {
            former.news.clone().filter(|news| now - news.at < NEWS)
        } else {
            Some(News { at: now, what })
        };
        Self { news, ..self }
    }

    /// What changed just now.
    pub(crate) fn news_of(&self, now: Timestamp) -> &[String] {
        self.news
            .as_ref()
            .filter(|news| news.at == now)
            .map_or(&[], |news| &news.what)
    }
}

fn differences(former: &Partner, new: &Partner) -> Vec<String> {
    let mut what = Vec::new();
    for (verb, these, those) in [
        ("It announces", new, former),
        ("It no longer announces", former, new),
    ] {
        let unknown = certificates(these).filter(|one| {
            !certificates(those).any(|other| other.fingerprint() == one.fingerprint())
        });
        what.extend(unknown.map(|certificate| {
            let (name, fingerprint) = (certificate.common_name(), certificate.fingerprint());
            format!("{verb} the signing certificate {name} (SHA-256 {fingerprint}).")
        }));
    }
    for (name, before, after) in [
        ("logins", &former.login, &new.login),
        ("logouts", &former.logout, &new.logout),
    ] {
        let (before, after) = (addresses(before), addresses(after));
        if before != after {
            what.push(format!(
                "Its addresses for {name} were {before} and are {after}."
            ));
        }
    }
    what
}

/// Those that are trusted, and those that would be if somebody pinned them.
fn certificates(partner: &Partner) -> impl Iterator<Item = &Certificate> {
    let trusted = partner.trust.certificates().iter();
    let further = partner.unpinned.iter().filter(|one| {
        let mut trusted = partner.trust.certificates().iter();
        !trusted.any(|other| other.fingerprint() == one.fingerprint())
    });
    trusted.chain(further)
}

fn addresses(services: &[Service]) -> String {
    let mut addresses: Vec<String> = services
        .iter()
        .map(|service| {
            let binding = if service.redirect { "redirect" } else { "post" };
            if service.location == service.response_location {
                format!("{} ({binding})", service.location)
            } else {
                format!(
                    "{} ({binding}, answers to {})",
                    service.location, service.response_location
                )
            }
        })
        .collect();
    addresses.sort();
    if addresses.is_empty() {
        "none".to_owned()
    } else {
        addresses.join(", ")
    }
}
