//! `provenance`: through whom the plain claims of an answer came, and when. Plain claims show the strongest source there is; what
//! nobody vouches for has one, too, and its owner wants to see it.
//!
//! `{ "email": { "provider": "nia", "time": "2026-11-24T09:16:05Z" }, … }`, one member for each claim of the answer that is made of a
//! fact. Without `provider` the person told it to us directly. Claims that are not in the answer are not spoken of.

use std::collections::BTreeSet;

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::catalogue::CLAIMS;
use crate::storage::fact::Fact;

/// What to say of these claims. `kind_of` tells the kind of the provider with that name.
pub(super) fn provenance<'a>(
    told: &BTreeSet<&str>,
    facts: &'a [Fact],
    kind_of: impl Fn(&'a str) -> &'a str,
) -> Option<Value> {
    let mut members = Map::new();
    for claim in CLAIMS.iter().filter(|claim| told.contains(claim.name)) {
        // The first of a kind is what the claim shows.
        let fact = claim
            .fact
            .and_then(|kind| facts.iter().find(|fact| fact.kind == kind));
        let Some(fact) = fact else {
            continue;
        };
        let at = match &fact.source {
            Some(source) => source.verified_at,
            None => fact.recorded_at,
        };
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut member = Map::from_iter([("time".to_owned(), at.into())]);
        let through = fact
            .source
            .as_ref()
            .and_then(|source| source.provider.as_deref());
        if let Some(provider) = through {
            member.insert("provider".to_owned(), kind_of(provider).into());
        }
        members.insert(claim.name.to_owned(), Value::Object(member));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use federation::{FactKind, FactValue, Standing};
    use serde_json::json;

    use super::super::person::tests::fact;
    use super::*;

    #[test]
    fn each_claim_of_the_answer_tells_through_whom_and_when_and_no_other_is_spoken_of() {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let mut facts = [
            fact(
                FactKind::Email,
                text("jana@posta.example"),
                Standing::SelfStated,
                1,
            ),
            fact(
                FactKind::Phone,
                text("+420601000417"),
                Standing::SelfStated,
                1,
            ),
            fact(FactKind::Nickname, text("Jani"), Standing::SelfStated, 1),
        ];
        facts[2].source = None;
        let said = |told: &[&str]| {
            let told = told.iter().copied().collect();
            provenance(
                &told,
                &facts,
                |provider| if provider == "nia" { "state" } else { "?" },
            )
        };

        assert_eq!(
            said(&["email", "email_verified", "nickname", "name"]),
            Some(json!({
                "email": { "provider": "state", "time": "2027-01-15T08:00:00Z" },
                "nickname": { "time": "2027-01-15T08:00:05Z" },
            }))
        );
        assert_eq!(said(&["name", "sub"]), None);
    }
}
