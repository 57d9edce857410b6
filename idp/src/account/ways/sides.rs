//! The two sides of a proposed link, as its page names them.

use federation::{Assertion, FactKind, FactValue};
use web::Texts;

use crate::broker::Broker;
use crate::identity::Likeness;
use crate::storage::fact::Fact;
use crate::storage::verification::Verification;
use crate::words;

/// One side.
pub(super) struct Side {
    pub(super) heading: String,
    pub(super) name: Option<String>,
    pub(super) born: Option<String>,
    pub(super) email: Option<String>,
    pub(super) level: Option<words::Level>,
    pub(super) source: Option<String>,
    pub(super) when: String,
}

impl Side {
    /// The account that is signed in, or another one that came up.
    pub(super) fn of_account(
        broker: &Broker,
        t: Texts,
        facts: &[Fact],
        proofs: &[Verification],
        when: String,
    ) -> Self {
        let value = |kind| {
            let fact = facts.iter().find(|fact| fact.kind == kind)?;
            Some(words::fact_value(t, kind, &fact.value))
        };
        let name = facts
            .iter()
            .find(|fact| fact.kind == FactKind::FamilyName)
            .map(|fact| words::provenance(broker, t, fact).text);
        Self {
            heading: t.text("link-side-account").to_string(),
            name: words::person(facts),
            born: value(FactKind::BirthDate),
            email: value(FactKind::Email),
            level: proofs
                .first()
                .map(|proof| words::Level::of(t, proof.identity_level)),
            source: name,
            when,
        }
    }

    /// What the provider said just now.
    pub(super) fn of_assertion(
        broker: &Broker,
        t: Texts,
        provider: &str,
        assertion: &Assertion,
    ) -> Self {
        let fact = |kind| {
            assertion
                .facts()
                .iter()
                .find(|fact| fact.kind == kind)
                .map(|fact| &fact.value)
        };
        let name: Vec<String> = [FactKind::GivenName, FactKind::FamilyName]
            .into_iter()
            .filter_map(|kind| fact(kind).and_then(FactValue::as_text))
            .map(words::display_name)
            .collect();
        Self {
            heading: words::provider(broker, t, provider),
            name: (!name.is_empty()).then(|| name.join(" ")),
            born: fact(FactKind::BirthDate)
                .map(|value| words::fact_value(t, FactKind::BirthDate, value)),
            email: None,
            level: Some(words::Level::of(t, assertion.levels().identity)),
            source: None,
            when: match assertion.authenticated_at() {
                Some(at) => t
                    .text("link-side-proved")
                    .arg("time", t.time(at))
                    .to_string(),
                None => t.text("link-side-untold").to_string(),
            },
        }
    }
}

/// What comparing the two came to, as a notice.
pub(super) struct Compared {
    pub(super) tone: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

impl Compared {
    pub(super) const fn of(likeness: Likeness) -> Self {
        match likeness {
            Likeness::Equal => Self {
                tone: "ok",
                title: "link-equal-title",
                text: "link-compared-text",
            },
            Likeness::Similar => Self {
                tone: "info",
                title: "link-similar-title",
                text: "link-similar-text",
            },
            _ => Self {
                tone: "info",
                title: "link-fills-title",
                text: "link-fills-text",
            },
        }
    }
}
