//! Mandates as claims (identity core, section 5).

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::MandateName;
use crate::broker::Broker;
use crate::ids::OrganisationId;
use crate::storage::mandate::Mandate;

/// `acting_for`: the body for which the tokens speak, towards an organisation; `sub` stays the acting person.
pub(crate) fn acting_for(
    broker: &Broker,
    organisation: &OrganisationId,
    mandate: &Mandate,
) -> Value {
    let mut claim = body(broker, organisation, mandate);
    let more = json!({
        "source": mandate.source,
        "scope": mandate.scope,
        "level": mandate.level,
        "valid_until": mandate.valid_until.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    if let Value::Object(more) = more {
        claim.extend(more);
    }
    Value::Object(claim)
}

/// `may_act_for`: the bodies that the person may switch to, towards an organisation. `None` when there are none.
pub(crate) fn may_act_for(
    broker: &Broker,
    organisation: &OrganisationId,
    mandates: &[Mandate],
) -> Option<Value> {
    let bodies: Vec<Value> = mandates
        .iter()
        .map(|mandate| Value::Object(body(broker, organisation, mandate)))
        .collect();
    (!bodies.is_empty()).then_some(Value::Array(bodies))
}

fn body(broker: &Broker, organisation: &OrganisationId, mandate: &Mandate) -> Map<String, Value> {
    let name = MandateName::of(&broker.master_key, mandate.mandate_id, organisation);
    let members = [
        ("mandate_id", Some(json!(name))),
        ("type", Some(mandate.kind.as_str().into())),
        ("ico", mandate.ico.as_deref().map(Value::from)),
        ("name", Some(mandate.name.as_str().into())),
    ];
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
