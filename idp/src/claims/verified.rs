//! `verified_claims` (OpenID Identity Assurance 1.0): who vouched for what, when, under which rules.
//!
//! One element per proof, never mixed; in it only what was asked; values exactly as vouched. A constraint that cannot be
//! met leaves the element out.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use federation::{FactKind, Standing as Backing};
use serde_json::{Map, Value, json};

use super::person::plain;
use crate::{
    acr::Eidas,
    ids::VerificationId,
    storage::fact::{Fact, Source},
};

/// The facts that a claim inside `verified_claims` is made from; `None` when there is no such claim.
pub(crate) fn facts_of(name: &str) -> Option<&'static [FactKind]> {
    match name {
        "given_name" => Some(&[FactKind::GivenName]),
        "family_name" => Some(&[FactKind::FamilyName]),
        "middle_name" => Some(&[FactKind::MiddleName]),
        "birthdate" => Some(&[FactKind::BirthDate]),
        "place_of_birth" => Some(&[FactKind::BirthPlace, FactKind::BirthCountry]),
        "address" => Some(&[FactKind::Address]),
        "title_prefix" => Some(&[FactKind::TitlePrefix]),
        "title_suffix" => Some(&[FactKind::TitleSuffix]),
        "nationalities" => Some(&[FactKind::Nationalities]),
        "maritalstatus" => Some(&[FactKind::MaritalStatus]),
        "majority" => Some(&[FactKind::Majority]),
        "limited_legal_capacity" => Some(&[FactKind::LimitedLegalCapacity]),
        _ => None,
    }
}

/// Whether whoever may read `verified_claims` may read this one there: it says who somebody is. Anything else needs the approval and
/// the consent that it needs outside.
pub(crate) fn is_of_identity(name: &str) -> bool {
    matches!(
        name,
        "given_name" | "family_name" | "middle_name" | "birthdate" | "place_of_birth"
    )
}

/// The element or elements that answer the requests; `None` when nothing can be said.
pub(super) fn verified_claims(
    requests: &[Map<String, Value>],
    facts: &[Fact],
    now: DateTime<Utc>,
) -> Option<Value> {
    let proofs = by_proof(facts, now);
    let mut elements: Vec<Value> = requests
        .iter()
        .flat_map(|request| {
            proofs
                .values()
                .filter_map(move |(source, facts)| element(request, source, facts, now))
        })
        .collect();
    match elements.len() {
        0 => None,
        1 => elements.pop(),
        _ => Some(Value::Array(elements)),
    }
}

/// Vouched facts by the proof they came with, those of proofs that count.
fn by_proof(facts: &[Fact], now: DateTime<Utc>) -> BTreeMap<VerificationId, (&Source, Vec<&Fact>)> {
    let mut proofs: BTreeMap<VerificationId, (&Source, Vec<&Fact>)> = BTreeMap::new();
    for fact in facts
        .iter()
        .filter(|fact| fact.standing == Backing::Vouched)
    {
        let counts = |source: &&Source| source.valid_until.is_none_or(|end| now < end);
        if let Some(source) = fact.source.as_ref().filter(counts) {
            proofs
                .entry(source.verification_id)
                .or_insert_with(|| (source, Vec::new()))
                .1
                .push(fact);
        }
    }
    proofs
}

fn element(
    request: &Map<String, Value>,
    source: &Source,
    facts: &[&Fact],
    now: DateTime<Utc>,
) -> Option<Value> {
    let verification = verification(request.get("verification")?.as_object()?, source, now)?;
    let mut claims = Map::new();
    for (name, wanted) in request.get("claims")?.as_object()? {
        match claim(name, facts).filter(|value| allows(wanted, value)) {
            Some(value) => drop(claims.insert(name.clone(), value)),
            None if is_condition(wanted) => return None,
            None => {}
        }
    }
    (!claims.is_empty()).then(|| json!({ "verification": verification, "claims": claims }))
}

/// What is asked about the proof, all of it met.
fn verification(asked: &Map<String, Value>, source: &Source, now: DateTime<Utc>) -> Option<Value> {
    // Every element names its framework, asked or not (IDA, 5.4.2).
    let framework = Value::from(source.trust_framework.as_deref()?);
    let mut said = Map::new();
    if !allows(
        asked.get("trust_framework").unwrap_or(&Value::Null),
        &framework,
    ) {
        return None;
    }
    said.insert("trust_framework".to_owned(), framework);
    for (name, wanted) in asked.iter().filter(|(name, _)| *name != "trust_framework") {
        let value = match name.as_str() {
            "assurance_level" => assurance_level(source),
            "time" => {
                verified_at(source).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true).into())
            }
            "verification_process" => source.process.clone().map(Value::from),
            "evidence" => Some(evidence(source)),
            _ => None,
        };
        let met = value.as_ref().is_some_and(|value| match name.as_str() {
            "time" => verified_at(source).is_some_and(|at| is_recent(wanted, at, now)),
            "evidence" => evidence_allows(wanted, value),
            _ => allows(wanted, value),
        });
        match value {
            Some(value) if met => drop(said.insert(name.clone(), value)),
            // What we do not know is left out, unless it was a condition.
            None if !constrained(wanted) => {}
            _ => return None,
        }
    }
    Some(Value::Object(said))
}

/// When the person was verified. Under the law against money laundering that was once, at the bank, and a login verifies nothing anew.
fn verified_at(source: &Source) -> Option<DateTime<Utc>> {
    match source.trust_framework.as_deref() {
        Some("cz_aml") => source.checked_at,
        _ => Some(source.verified_at),
    }
}

fn claim(name: &str, facts: &[&Fact]) -> Option<Value> {
    let kind = facts_of(name)?.first()?;
    let fact = facts.iter().find(|fact| fact.kind == *kind)?;
    match kind {
        FactKind::BirthPlace => {
            let country = facts
                .iter()
                .find(|fact| fact.kind == FactKind::BirthCountry);
            let mut place = Map::new();
            place.insert("locality".to_owned(), plain(&fact.value)?);
            if let Some(country) = country.and_then(|fact| plain(&fact.value)) {
                place.insert("country".to_owned(), country);
            }
            Some(Value::Object(place))
        }
        _ => plain(&fact.value),
    }
}

fn assurance_level(source: &Source) -> Option<Value> {
    let level = source.assurance.as_deref()?;
    let name = match Eidas::parse(level)? {
        Eidas::Low => "low",
        Eidas::Substantial => "substantial",
        Eidas::High => "high",
    };
    Some(name.into())
}

fn evidence(source: &Source) -> Value {
    match source.method.as_str() {
        "counter" => json!([{ "type": "document" }]),
        _ => json!([{ "type": "electronic_record" }]),
    }
}

/// `null` allows everything, `value` one, `values` several (IDA, 6.3).
fn allows(wanted: &Value, value: &Value) -> bool {
    let one = wanted.get("value").is_none_or(|one| one == value);
    let several = wanted
        .get("values")
        .and_then(Value::as_array)
        .is_none_or(|several| several.contains(value));
    one && several
}

/// Whether an element without this claim is none (IDA, 5.5.2).
pub(super) fn is_condition(wanted: &Value) -> bool {
    let essential = wanted.get("essential").and_then(Value::as_bool);
    essential.unwrap_or_default() || constrained(wanted)
}

fn constrained(wanted: &Value) -> bool {
    ["value", "values", "max_age"]
        .iter()
        .any(|member| wanted.get(member).is_some())
}

/// `max_age`: seconds that may have passed since the proof.
fn is_recent(wanted: &Value, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    match wanted.get("max_age") {
        None => true,
        Some(seconds) => seconds
            .as_i64()
            .is_some_and(|seconds| (now - at).num_seconds() <= seconds),
    }
}

/// A list of evidence asked for is met when each kind in it is one that we have.
fn evidence_allows(wanted: &Value, held: &Value) -> bool {
    let Some(wanted) = wanted.as_array() else {
        return true;
    };
    let held = held.as_array().map(Vec::as_slice).unwrap_or_default();
    wanted.iter().all(|wanted| {
        let kind = wanted.get("type").unwrap_or(&Value::Null);
        held.iter().any(|held| match kind {
            Value::String(name) => held.get("type").and_then(Value::as_str) == Some(name),
            _ => held.get("type").is_some_and(|held| allows(kind, held)),
        })
    })
}

#[cfg(test)]
mod tests {
    use federation::FactValue;

    use super::super::person::tests::{at, fact};
    use super::*;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write json! in place"
    )]
    fn asked(request: Value) -> Option<Value> {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let facts = [
            fact(FactKind::GivenName, text("JANA"), Backing::Vouched, 1),
            fact(FactKind::FamilyName, text("NOVÁKOVÁ"), Backing::Vouched, 1),
            fact(FactKind::FamilyName, text("SVOBODOVÁ"), Backing::Vouched, 2),
            fact(FactKind::Address, text("told"), Backing::SelfStated, 1),
        ];
        verified_claims(&[request.as_object().unwrap().clone()], &facts, at(100))
    }

    #[test]
    fn a_proof_that_has_run_out_says_nothing() {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let mut facts = [fact(FactKind::GivenName, text("JANA"), Backing::Vouched, 1)];
        let request = json!({ "verification": {}, "claims": { "given_name": null } });
        let said = |facts: &[Fact]| {
            verified_claims(&[request.as_object().unwrap().clone()], facts, at(100))
        };
        assert!(said(&facts).is_some());

        facts[0].source.as_mut().unwrap().valid_until = Some(at(100));

        assert_eq!(said(&facts), None);
    }

    #[test]
    fn one_element_a_proof_with_only_what_was_asked() {
        let given = asked(
            json!({ "verification": { "trust_framework": null }, "claims": { "given_name": null } }),
        );
        let family = asked(
            json!({ "verification": { "assurance_level": null }, "claims": { "family_name": null } }),
        );

        assert_eq!(
            given.unwrap(),
            json!({ "verification": { "trust_framework": "eidas" }, "claims": { "given_name": "JANA" } })
        );
        let family = family.unwrap();
        assert_eq!(family[0]["claims"], json!({ "family_name": "NOVÁKOVÁ" }));
        assert_eq!(family[1]["claims"], json!({ "family_name": "SVOBODOVÁ" }));
        assert_eq!(family[0]["verification"]["assurance_level"], "substantial");
    }

    #[test]
    fn time_and_evidence_are_said_when_asked() {
        let said = asked(json!({
            "verification": { "trust_framework": { "value": "eidas" }, "time": { "max_age": 100 },
                              "evidence": [{ "type": { "value": "electronic_record" } }] },
            "claims": { "given_name": null },
        }))
        .unwrap();

        assert_eq!(said["verification"]["time"], "2027-01-15T08:00:00Z");
        assert_eq!(
            said["verification"]["evidence"],
            json!([{ "type": "electronic_record" }])
        );
    }

    /// Reference of Bank iD, 6.5: the bank verified the person once, and says when, or does not.
    #[test]
    fn a_bank_tells_when_it_verified_and_the_login_is_not_that_moment() {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let mut facts = [fact(FactKind::GivenName, text("JANA"), Backing::Vouched, 1)];
        let source = facts[0].source.as_mut().unwrap();
        source.trust_framework = Some("cz_aml".to_owned());
        source.process = Some("45317054".to_owned());
        let said = |facts: &[Fact], time: Value| {
            let request = json!({
                "verification": { "time": time, "verification_process": null }, "claims": { "given_name": null },
            });
            verified_claims(&[request.as_object().unwrap().clone()], facts, at(100))
        };

        let unknown = said(&facts, Value::Null).unwrap();
        assert_eq!(
            unknown["verification"],
            json!({ "trust_framework": "cz_aml", "verification_process": "45317054" })
        );
        assert_eq!(said(&facts, json!({ "max_age": 1_000_000 })), None);

        facts[0].source.as_mut().unwrap().checked_at = Some(at(-1_000));
        let known = said(&facts, json!({ "max_age": 1_100 })).unwrap();
        assert_eq!(known["verification"]["time"], "2027-01-15T07:43:20Z");
        assert_eq!(said(&facts, json!({ "max_age": 1_099 })), None);
    }

    #[test]
    fn a_constraint_that_cannot_be_met_leaves_the_element_out() {
        for verification in [
            json!({ "trust_framework": { "value": "cz_town" } }),
            json!({ "assurance_level": { "values": ["high"] } }),
            json!({ "time": { "max_age": 99 } }),
            json!({ "evidence": [{ "type": { "value": "document" } }] }),
            json!({ "verification_process": { "value": "x" } }),
        ] {
            assert_eq!(
                asked(json!({ "verification": verification, "claims": { "given_name": null } })),
                None
            );
        }
        assert_eq!(
            asked(json!({ "verification": {}, "claims": { "given_name": { "value": "PETRA" } } })),
            None
        );
        assert_eq!(
            asked(json!({ "verification": {}, "claims": { "address": null } })),
            None
        );
    }
}
