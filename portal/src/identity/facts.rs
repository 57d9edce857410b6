//! The facts of `/moje-identita`: every value with who vouches for it, how strongly and since when.

use chrono::{DateTime, Utc};

use super::claims::{Claims, Provenance, Values, Verified};
use super::level::IdentityLevel;

/// One fact as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is.
    pub kind: Kind,
    /// Its value; a date stays ISO 8601 until the page formats it.
    pub value: String,
    /// Who vouches for it.
    pub source: Source,
}

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Given and family name.
    Name,
    /// Date of birth.
    BirthDate,
    /// Place of birth.
    BirthPlace,
    /// Nationalities.
    Nationalities,
    /// Titles before the name.
    TitlePrefix,
    /// Titles after the name.
    TitleSuffix,
    /// Marital status.
    MaritalStatus,
    /// Whether the person is of age: `true` or `false`.
    Majority,
    /// Whether a court limited what they may decide alone: `true` or `false`.
    LimitedLegalCapacity,
    /// Address.
    Address,
    /// E-mail.
    Email,
    /// Telephone.
    Phone,
}

/// Who vouches for a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A verification record.
    Verified {
        /// By whose rules.
        framework: Framework,
        /// Whose record was looked at, when known.
        record: Option<String>,
        /// The level the record gives.
        level: Option<IdentityLevel>,
        /// When it was checked.
        at: Option<DateTime<Utc>>,
    },
    /// The person said so and proved it (a code sent there), through this and then.
    Proven(Provenance),
    /// The person said so, through this and then.
    Stated(Provenance),
}

/// Who stands behind a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framework {
    /// The state, by NIA.
    State,
    /// A data box.
    DataBox,
    /// A bank.
    Bank,
    /// A counter of the town.
    Town,
    /// A source the town has an agreement with.
    Agreement,
    /// Nobody: a made-up person of a sandbox.
    Demo,
    /// Something this portal does not know; its name is shown.
    Other(String),
}

impl Kind {
    /// Fluent id of the label.
    pub fn text(self) -> &'static str {
        match self {
            Self::Name => "fact-name",
            Self::BirthDate => "fact-birth-date",
            Self::BirthPlace => "fact-birth-place",
            Self::Nationalities => "fact-nationalities",
            Self::TitlePrefix => "fact-title-prefix",
            Self::TitleSuffix => "fact-title-suffix",
            Self::MaritalStatus => "fact-marital-status",
            Self::Majority => "fact-majority",
            Self::LimitedLegalCapacity => "fact-limited-legal-capacity",
            Self::Address => "fact-address",
            Self::Email => "fact-email",
            Self::Phone => "fact-phone",
        }
    }

    /// The claims that it is made of, the first that is there first.
    const fn claims(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["family_name", "given_name"],
            Self::BirthDate => &["birthdate"],
            Self::BirthPlace => &["place_of_birth"],
            Self::Nationalities => &["nationalities"],
            Self::TitlePrefix => &["title_prefix"],
            Self::TitleSuffix => &["title_suffix"],
            Self::MaritalStatus => &["maritalstatus"],
            Self::Majority => &["majority"],
            Self::LimitedLegalCapacity => &["limited_legal_capacity"],
            Self::Address => &["address"],
            Self::Email => &["email"],
            Self::Phone => &["phone_number"],
        }
    }

    fn of(self, values: &Values) -> Option<String> {
        match self {
            Self::Name => values.full_name(),
            Self::BirthDate => values.birthdate.clone(),
            Self::BirthPlace => values.place_of_birth.clone(),
            Self::Nationalities => values.nationalities.clone(),
            Self::TitlePrefix => values.title_prefix.clone(),
            Self::TitleSuffix => values.title_suffix.clone(),
            Self::MaritalStatus => values.marital_status.clone(),
            Self::Majority => values.majority.map(|so| so.to_string()),
            Self::LimitedLegalCapacity => values.limited_legal_capacity.map(|so| so.to_string()),
            Self::Address => values.address.clone(),
            Self::Email => values.email.clone(),
            Self::Phone => values.phone_number.clone(),
        }
    }
}

impl Framework {
    fn parse(name: &str) -> Self {
        match name {
            "eidas" => Self::State,
            "agreement" => Self::Agreement,
            "demo" => Self::Demo,
            "isds" => Self::DataBox,
            "cz_aml" => Self::Bank,
            other if other.starts_with("cz_") => Self::Town,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Source {
    fn of(record: &Verified) -> Self {
        let framework = Framework::parse(&record.trust_framework);
        let level = match (&framework, record.assurance_level.as_deref()) {
            (Framework::State, Some("low")) => Some(IdentityLevel::Contact),
            (Framework::State, Some("substantial")) => Some(IdentityLevel::State),
            (Framework::State, Some("high")) => Some(IdentityLevel::StateHigh),
            (Framework::DataBox | Framework::Bank | Framework::Town, _) => {
                Some(IdentityLevel::Town)
            }
            // An unknown level is no level, never rounded.
            (
                Framework::State | Framework::Agreement | Framework::Demo | Framework::Other(_),
                _,
            ) => None,
        };
        Self::Verified {
            framework,
            record: record.record.clone(),
            level,
            at: record.time,
        }
    }

    fn rank(&self) -> (Option<IdentityLevel>, Option<DateTime<Utc>>) {
        match self {
            Self::Verified { level, at, .. } => (*level, *at),
            Self::Proven(_) | Self::Stated(_) => (None, None),
        }
    }
}

/// Lists the facts in the order of the page. Of the same value the strongest and newest source is shown; two
/// records that differ are both shown; what nobody vouches for appears only where no record speaks of it.
pub fn list(claims: &Claims) -> Vec<Fact> {
    ORDER
        .into_iter()
        .flat_map(|kind| facts_of(kind, claims))
        .collect()
}

fn facts_of(kind: Kind, claims: &Claims) -> Vec<Fact> {
    let mut verified: Vec<Fact> = claims
        .verified
        .iter()
        .filter_map(|record| {
            Some(Fact {
                kind,
                value: kind.of(&record.values)?,
                source: Source::of(record),
            })
        })
        .collect();
    verified.sort_by_key(|fact| std::cmp::Reverse(fact.source.rank()));

    let mut facts: Vec<Fact> = Vec::new();
    for mut fact in verified {
        // The register writes names in capitals; people read them as the broker shows them.
        if kind == Kind::Name
            && let Some(shown) = kind.of(&claims.plain)
            && shown.to_lowercase() == fact.value.to_lowercase()
        {
            fact.value = shown;
        }
        if !facts.iter().any(|shown| shown.value == fact.value) {
            facts.push(fact);
        }
    }
    if facts.is_empty() {
        let proven = match kind {
            Kind::Email => claims.email_proven,
            Kind::Phone => claims.phone_proven,
            _ => false,
        };
        let mut names = kind.claims().iter();
        let through = names
            .find_map(|name| claims.provenance.get(*name))
            .cloned()
            .unwrap_or_default();
        let source = if proven {
            Source::Proven(through)
        } else {
            Source::Stated(through)
        };
        facts.extend(kind.of(&claims.plain).map(|value| Fact {
            kind,
            value,
            source,
        }));
    }
    facts
}

const ORDER: [Kind; 12] = [
    Kind::Name,
    Kind::TitlePrefix,
    Kind::TitleSuffix,
    Kind::BirthDate,
    Kind::BirthPlace,
    Kind::Nationalities,
    Kind::MaritalStatus,
    Kind::Majority,
    Kind::LimitedLegalCapacity,
    Kind::Address,
    Kind::Email,
    Kind::Phone,
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(
        framework: &str,
        level: &str,
        time: &str,
        claims: serde_json::Value,
    ) -> serde_json::Value {
        let mut record = json!({"verification": {"trust_framework": framework, "assurance_level": level, "time": time}});
        record["claims"] = claims;
        record
    }

    #[test]
    fn the_strongest_source_of_the_same_value_is_shown() {
        let claims = Claims::from_userinfo(&json!({"verified_claims": [
            record("cz_krumlov", "medium", "2026-10-01T08:00:00Z", json!({"birthdate": "1984-05-14"})),
            record("eidas", "high", "2026-03-12T08:00:00Z", json!({"birthdate": "1984-05-14"})),
        ]}));

        let facts = list(&claims);

        assert_eq!(facts.len(), 1);
        assert!(matches!(
            &facts[0].source,
            Source::Verified {
                framework: Framework::State,
                level: Some(IdentityLevel::StateHigh),
                ..
            }
        ));
    }

    #[test]
    fn two_records_that_differ_are_both_shown() {
        let claims = Claims::from_userinfo(&json!({"verified_claims": [
            record("cz_krumlov", "medium", "2026-10-01T08:00:00Z", json!({"family_name": "Dvořáková"})),
            record("eidas", "high", "2026-03-12T08:00:00Z", json!({"family_name": "Nová"})),
        ]}));

        let values: Vec<String> = list(&claims).into_iter().map(|fact| fact.value).collect();

        assert_eq!(values, ["Nová", "Dvořáková"]);
    }

    #[test]
    fn a_stated_value_is_shown_only_where_no_record_speaks() {
        let claims = Claims::from_userinfo(&json!({
            "given_name": "Jana", "email": "jana@posta.example", "email_verified": true, "phone_number": "+420601000417",
            "provenance": {"phone_number": {"provider": "nia", "time": "2026-03-12T08:00:00Z"}, "given_name": {"provider": "nia"}},
            "verified_claims": [record("eidas", "substantial", "2026-03-12T08:00:00Z", json!({"given_name": "JANA"}))]
        }));

        let facts = list(&claims);

        assert_eq!(
            facts
                .iter()
                .map(|fact| fact.value.as_str())
                .collect::<Vec<_>>(),
            ["Jana", "jana@posta.example", "+420601000417"]
        );
        assert_eq!(facts[1].source, Source::Proven(Provenance::default()));
        assert_eq!(
            facts[2].source,
            Source::Stated(claims.provenance["phone_number"].clone())
        );
    }

    #[test]
    fn an_unknown_assurance_is_no_level() {
        let claims = Claims::from_userinfo(&json!({"verified_claims": [
            record("eidas", "excellent", "2026-03-12T08:00:00Z", json!({"given_name": "Jana"})),
        ]}));

        assert!(matches!(
            &list(&claims)[0].source,
            Source::Verified { level: None, .. }
        ));
    }
}
