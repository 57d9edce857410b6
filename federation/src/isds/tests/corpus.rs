//! The committed answers and what must come of each, as `testdata/make.py` listed them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::world::{SESSION, built, day, depart, finish, for_departure, provider, testdata, word};
use crate::answer::Verified;
use crate::body::Body;
use crate::environment::Environment;
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::provider::{UpstreamError, UpstreamProvider as _};

/// One answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) expect: String,
    #[serde(default)]
    pub(super) attack: Vec<String>,
    #[serde(default)]
    config: Value,
    #[serde(default)]
    minimum: Option<IdentityLevel>,
    #[serde(default)]
    pad: usize,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    subject_of_one_login: bool,
    #[serde(default)]
    identity: Option<IdentityLevel>,
    #[serde(default)]
    facts: usize,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    birth_date: Option<String>,
    #[serde(default)]
    self_stated: bool,
    #[serde(default = "yes")]
    linkable: bool,
    #[serde(default)]
    previous: Vec<String>,
    #[serde(default)]
    acting_for: Option<Body>,
}

fn yes() -> bool {
    true
}

/// All answers.
pub(super) fn all() -> Vec<Case> {
    serde_json::from_slice(&testdata("cases.json")).unwrap()
}

/// A query that a browser comes back with, and the refusal it meets before anybody is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    pub(super) query: String,
    pub(super) expect: String,
}

/// All queries.
pub(super) fn queries() -> Vec<Query> {
    serde_json::from_slice(&testdata("queries.json")).unwrap()
}

/// The codes of refusals that an answer or a query here shows.
pub(crate) fn shown() -> BTreeSet<String> {
    let answers = all().into_iter().map(|case| case.expect);
    let queries = queries().into_iter().map(|query| query.expect);
    answers.chain(queries).collect()
}

impl Case {
    /// The answer's octets, with a mark where the login's number belongs.
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut octets = testdata(&format!("{}.xml", self.name));
        octets.resize(octets.len() + self.pad, b' ');
        octets
    }

    /// Brings the answer to a provider.
    pub(super) async fn run(&self) -> Result<Verified, UpstreamError> {
        let provider = provider(&self.config);
        let minimum = match self.minimum {
            Some(identity) => Demand::new(identity, LoginLevel::Single),
            None => Demand::NONE,
        };
        let departure = depart(&provider, minimum).await;
        finish(
            &provider,
            &departure,
            &for_departure(&self.octets(), &departure),
        )
    }

    /// Brings the answer and says what came that should not.
    pub(super) async fn check(&self) -> Result<(), String> {
        let problem = match (self.run().await, self.expect.as_str()) {
            (Ok(verified), "accepted") => self.differs(&verified),
            (Err(error), expected) if word(&error) == expected => None,
            (Ok(_), _) => Some("it was accepted".to_owned()),
            (Err(error), _) => Some(word(&error).to_owned()),
        };
        match problem {
            None => Ok(()),
            Some(problem) => Err(format!(
                "{}: {} was expected; {problem}",
                self.name, self.expect
            )),
        }
    }

    fn differs(&self, verified: &Verified) -> Option<String> {
        let assertion = &verified.assertion;
        let identity = self.identity.unwrap_or(IdentityLevel::Contact);
        let subject = assertion.subject().as_str();
        let previous: Vec<_> = assertion
            .previous_subjects()
            .iter()
            .map(|subject| subject.as_str().to_owned())
            .collect();
        let text = |kind| {
            find(assertion.facts(), kind).and_then(|fact| fact.value.as_text().map(str::to_owned))
        };
        let birth =
            find(assertion.facts(), FactKind::BirthDate).and_then(|fact| fact.value.as_date());
        let standing = assertion.facts().iter().all(|fact| {
            let vouched = fact.kind != FactKind::Email && !self.self_stated;
            (fact.standing == Standing::Vouched) == vouched
        });
        let checks = [
            (
                "levels",
                assertion.levels() == Levels::new(identity, LoginLevel::Single),
            ),
            (
                "subject",
                self.subject
                    .as_deref()
                    .is_none_or(|expected| expected == subject),
            ),
            (
                "subject of one login",
                !self.subject_of_one_login || subject.contains(":once:"),
            ),
            ("no secret in the subject", !subject.contains(SESSION)),
            ("linkable", assertion.is_linkable() == self.linkable),
            ("previous subjects", previous == self.previous),
            ("facts", assertion.facts().len() == self.facts),
            ("standing", standing),
            (
                "family name",
                text(FactKind::FamilyName) == self.family_name,
            ),
            (
                "given name",
                self.given_name.is_none() || text(FactKind::GivenName) == self.given_name,
            ),
            (
                "birth date",
                self.birth_date
                    .as_deref()
                    .is_none_or(|date| birth == Some(day(date))),
            ),
            (
                "acting for",
                assertion.acting_for() == self.acting_for.as_ref(),
            ),
            ("no eIDAS level", assertion.acr().is_none()),
            ("replay", verified.replay_keys.len() == 1),
        ];
        let wrong: Vec<_> = checks
            .into_iter()
            .filter(|(_, good)| !good)
            .map(|(what, _)| what)
            .collect();
        (!wrong.is_empty())
            .then(|| format!("{wrong:?} of {subject} with {:?}", assertion.acting_for()))
    }
}

fn find(facts: &[Fact], kind: FactKind) -> Option<&Fact> {
    facts.iter().find(|fact| fact.kind == kind)
}

#[tokio::test]
async fn the_address_of_a_holder_comes_in_words_and_as_a_code() {
    let holder = all()
        .into_iter()
        .find(|case| case.name == "holder")
        .unwrap();

    let verified = holder.run().await.unwrap();

    let facts = verified.assertion.facts();
    let Some(FactValue::Address(address)) = find(facts, FactKind::Address).map(|fact| &fact.value)
    else {
        panic!("{facts:?}")
    };
    assert_eq!(address.house.as_deref(), Some("12/5"));
    assert_eq!(address.street.as_deref(), Some("Dlouhá"));
    assert_eq!(address.post_code.as_deref(), Some("38101"));
    assert_eq!(address.post_name.as_deref(), Some("Český Krumlov"));
    assert_eq!(address.country, None);
    let Some(FactValue::RuianAddress(codes)) =
        find(facts, FactKind::RuianAddress).map(|fact| &fact.value)
    else {
        panic!("{facts:?}")
    };
    assert_eq!(codes.address_point_code.as_deref(), Some("21732342"));
}

/// The reference, 4.2: `adState`, without which an address is at home.
#[tokio::test]
async fn the_address_of_a_holder_abroad_keeps_its_country() {
    let cases = all();
    let holder = cases.iter().find(|case| case.name == "holder-abroad");

    let verified = holder.unwrap().run().await.unwrap();

    let address = find(verified.assertion.facts(), FactKind::Address).map(|fact| &fact.value);
    let Some(FactValue::Address(address)) = address else {
        panic!("{address:?}")
    };
    assert_eq!(address.post_name.as_deref(), Some("Linz"));
    assert_eq!(
        address.country.map(crate::country::Country::code),
        Some("AT")
    );
}

/// The same person in the same box is one subject, whatever else changed; another environment is another realm. Our subjects are made
/// from no key, so there is none to change.
#[tokio::test]
async fn isds_d16_a_subject_is_the_same_each_time_and_another_environments_is_another() {
    let of = |name: &str| all().into_iter().find(|case| case.name == name).unwrap();
    let first = of("holder").run().await.unwrap().assertion;

    for again in [
        "holder",
        "holder-names-apart",
        "holder-not-identified",
        "holder-box-closed",
        "holder-abroad",
    ] {
        let again = of(again).run().await.unwrap().assertion;
        assert_eq!(
            (again.realm(), again.subject()),
            (first.realm(), first.subject())
        );
    }
    let production = built(Environment::Production, &json!({})).unwrap();
    let test = built(Environment::Test, &json!({})).unwrap();
    let realms = [production, test].map(|provider| provider.describe().realm.clone());
    assert!(realms[0] != realms[1] && !realms.contains(first.realm()));
}

#[test]
fn production_does_not_start_where_nothing_ties_a_login_to_its_browser() {
    let alone = json!({ "without_app_token": "only_departure" });
    let both = json!({ "without_app_token": "only_departure", "require_app_token": false });

    assert!(built(Environment::Production, &alone).is_ok());
    assert!(built(Environment::Test, &both).is_ok());
    let refused = built(Environment::Production, &both)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("require_app_token"), "{refused}");
}

#[tokio::test]
async fn users_of_a_company_without_identifiers_are_told_apart_and_never_linked() {
    let of = |name: &str| all().into_iter().find(|case| case.name == name).unwrap();

    let first = of("company-without-user-id").run().await.unwrap();
    let again = of("company-without-user-id").run().await.unwrap();
    let alone = of("box-alone").run().await.unwrap();

    assert_eq!(first.assertion.subject(), again.assertion.subject());
    assert!(
        first
            .assertion
            .subject()
            .as_str()
            .starts_with("po00001:weak:")
    );
    assert_ne!(first.assertion.subject(), alone.assertion.subject());
    for verified in [first, alone] {
        assert!(!verified.assertion.is_linkable());
    }
}
