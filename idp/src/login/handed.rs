//! What a request would hand over, item by item, in words: the rows of the information page.

use federation::FactKind;
use web::Texts;

use super::situation::items;
use crate::broker::Broker;
use crate::claims::catalogue;
use crate::clients::Client;
use crate::oidc::request::AuthorizationRequest;
use crate::storage::consent::ConsentContent;
use crate::storage::fact::Fact;
use crate::words::{self, Provenance};

/// The rows of the page.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    /// Without these the service logs nobody in.
    pub(crate) needed: Vec<Row>,
    /// These the person may add.
    pub(crate) optional: Vec<Row>,
}

/// One row: what, its value now, and where that comes from.
#[derive(Debug)]
pub(crate) struct Row {
    /// Scope or `claim:…`; the value of the row's box.
    pub(crate) item: String,
    /// What it is.
    pub(crate) name: String,
    /// The values now; empty when we hold none.
    pub(crate) values: Vec<Value>,
    /// The person chose it before.
    pub(crate) is_chosen: bool,
}

/// A value and its source.
#[derive(Debug)]
pub(crate) struct Value {
    /// The value as people read it.
    pub(crate) text: String,
    /// Where it comes from.
    pub(crate) source: Provenance,
}

/// Scopes in the order of the page.
const ORDER: [&str; 6] = [
    "profile",
    "city.identity",
    "email",
    "phone",
    "address",
    "city.residence",
];

/// What the request would hand over.
pub(crate) fn handed(
    broker: &Broker,
    t: Texts,
    request: &AuthorizationRequest,
    client: &Client,
    facts: &[Fact],
    before: Option<&ConsentContent>,
) -> Handed {
    let mut handed = Handed::default();
    let mut items: Vec<String> = items(request)
        .into_iter()
        .filter(|item| !is_silent(item))
        .collect();
    items.sort_by_key(|item| {
        ORDER
            .iter()
            .position(|scope| scope == item)
            .unwrap_or(ORDER.len())
    });
    for item in items {
        let is_chosen = before.is_some_and(|before| before.allowed.contains(&item));
        let values = values(broker, t, &kinds(&item), facts);
        let row = Row {
            name: name(t, &item),
            values,
            is_chosen,
            item,
        };
        if is_optional(&row.item, client) {
            handed.optional.push(row);
        } else {
            handed.needed.push(row);
        }
    }
    handed
}

/// Whether the person may leave an item out: the client's registration says so.
pub(crate) fn is_optional(item: &str, client: &Client) -> bool {
    client.optional_scopes.contains(item)
}

/// Said elsewhere on the page, or nothing that people need to hear of.
fn is_silent(item: &str) -> bool {
    matches!(item, "openid" | "offline_access")
        || item.starts_with("claim:") && kinds(item).is_empty() && item != "claim:verified_claims"
}

/// The facts an item is made from.
fn kinds(item: &str) -> Vec<FactKind> {
    match item.strip_prefix("claim:") {
        Some("name") => vec![FactKind::GivenName, FactKind::FamilyName],
        Some("verified_claims") => vec![
            FactKind::GivenName,
            FactKind::FamilyName,
            FactKind::BirthDate,
        ],
        Some("email_verified") => vec![FactKind::Email],
        Some("phone_number_verified") => vec![FactKind::Phone],
        Some(name) => catalogue::CLAIMS
            .iter()
            .filter(|claim| claim.name == name)
            .filter_map(|claim| claim.fact)
            .collect(),
        None => catalogue::scope(item)
            .map(|scope| scope.facts.to_vec())
            .unwrap_or_default(),
    }
}

fn name(t: Texts, item: &str) -> String {
    if let Some(claim) = item.strip_prefix("claim:") {
        return words::claim_name(t, claim);
    }
    let id = format!("scope-{}", item.replace('.', "-"));
    if t.has(&id) {
        t.text(&id).to_string()
    } else {
        item.to_owned()
    }
}

/// The best value of each kind; given and family name make one.
fn values(broker: &Broker, t: Texts, kinds: &[FactKind], facts: &[Fact]) -> Vec<Value> {
    let best = |kind| facts.iter().find(|fact| fact.kind == kind);
    let mut values = Vec::new();
    for kind in kinds {
        let Some(fact) = best(*kind) else { continue };
        let mut text = words::fact_value(t, *kind, &fact.value);
        match kind {
            FactKind::GivenName if kinds.contains(&FactKind::FamilyName) => {
                if let Some(family) = best(FactKind::FamilyName) {
                    text = format!(
                        "{text} {}",
                        words::fact_value(t, FactKind::FamilyName, &family.value)
                    );
                }
            }
            FactKind::FamilyName
                if kinds.contains(&FactKind::GivenName) && best(FactKind::GivenName).is_some() =>
            {
                continue;
            }
            _ => {}
        }
        values.push(Value {
            text,
            source: words::provenance(broker, t, fact),
        });
    }
    values
}
