//! What a request would hand over, in words: the rows of the information page.

use federation::FactKind;
use web::Texts;

use super::situation::items;
use crate::broker::Broker;
use crate::claims::{catalogue, verified};
use crate::clients::Client;
use crate::oidc::request::AuthorizationRequest;
use crate::storage::consent::ConsentContent;
use crate::storage::fact::Fact;
use crate::words::{self, Provenance};

/// The rows of the page.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    /// What goes to the service in any case, each fact once.
    pub(crate) needed: Vec<Row>,
    /// What would go as well, if we had it: names in one list.
    pub(crate) missing: String,
    /// By whom, when and at what level facts were verified goes with them.
    pub(crate) proof: bool,
    /// By which way and how strongly the person logged in.
    pub(crate) way: bool,
    /// What the person may add.
    pub(crate) optional: Vec<Choice>,
}

/// A fact, its value now, and where that comes from.
#[derive(Debug)]
pub(crate) struct Row {
    /// What it is.
    pub(crate) name: String,
    /// The value as people read it.
    pub(crate) text: String,
    /// Where it comes from.
    pub(crate) source: Provenance,
}

/// Something the person may add.
#[derive(Debug)]
pub(crate) struct Choice {
    /// The scope; the value of its box.
    pub(crate) item: String,
    /// What it is.
    pub(crate) name: String,
    /// Its facts; empty when we hold none.
    pub(crate) facts: Vec<Row>,
    /// The person chose it before.
    pub(crate) is_chosen: bool,
}

/// What the request would hand over.
pub(crate) fn handed(
    broker: &Broker,
    t: Texts,
    request: &AuthorizationRequest,
    client: &Client,
    facts: &[Fact],
    before: Option<&ConsentContent>,
) -> Handed {
    let (optional, needed): (Vec<String>, Vec<String>) = items(request)
        .into_iter()
        .partition(|item| is_optional(item, client));
    let (held, missing) = rows(broker, t, &Kinds::of(&needed), facts);
    let choice = |item: String| Choice {
        name: name(t, &item),
        facts: rows(broker, t, &Kinds::of(std::slice::from_ref(&item)), facts).0,
        is_chosen: before.is_some_and(|before| before.allowed.contains(&item)),
        item,
    };
    Handed {
        needed: held,
        missing: missing.join(", "),
        proof: needed
            .iter()
            .any(|item| matches!(item.as_str(), "city.identity" | "claim:verified_claims")),
        way: needed.iter().any(|item| {
            matches!(
                item.as_str(),
                "city.identity"
                    | "claim:login_provider"
                    | "claim:login_level"
                    | "claim:verified_claims"
            )
        }),
        optional: optional.into_iter().map(choice).collect(),
    }
}

/// Whether the person may leave an item out: the client's registration says so, of the scope that tells the same when it is a single
/// claim.
pub(crate) fn is_optional(item: &str, client: &Client) -> bool {
    client.optional_scopes.contains(item)
        || item.strip_prefix("claim:").is_some_and(|claim| {
            client
                .optional_scopes
                .iter()
                .filter_map(|scope| catalogue::scope(scope))
                .any(|scope| scope.claims.contains(&claim))
        })
}

/// The facts that items are made from, each once, in the order of the account's page.
struct Kinds {
    all: Vec<FactKind>,
    /// Those that were asked for by name: people are told that we do not hold them, whatever they are.
    named: Vec<FactKind>,
}

impl Kinds {
    fn of(items: &[String]) -> Self {
        let asked: Vec<FactKind> = items.iter().flat_map(|item| kinds_of(item)).collect();
        let mut all = FactKind::ALL.to_vec();
        all.retain(|kind| asked.contains(kind));
        let claims = items.iter().filter_map(|item| item.strip_prefix("claim:"));
        let named = claims.filter_map(fact_of).collect();
        Self { all, named }
    }
}

fn kinds_of(item: &str) -> Vec<FactKind> {
    match item.strip_prefix("claim:") {
        Some("name") => vec![FactKind::GivenName, FactKind::FamilyName],
        Some("email_verified") => vec![FactKind::Email],
        Some("phone_number_verified") => vec![FactKind::Phone],
        Some(claim) => match verified::facts_of(claim) {
            Some(kinds) => kinds.to_vec(),
            None => fact_of(claim).into_iter().collect(),
        },
        // Everything a scope's claims can say, not only what providers are asked for on its behalf.
        None => catalogue::scope(item)
            .into_iter()
            .flat_map(|scope| scope.claims)
            .filter_map(|claim| fact_of(claim))
            .collect(),
    }
}

fn fact_of(claim: &str) -> Option<FactKind> {
    let known = catalogue::CLAIMS.iter().find(|known| known.name == claim);
    known
        .and_then(|known| known.fact)
        .or_else(|| verified::facts_of(claim)?.first().copied())
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

/// The best value of each kind, and the names of the kinds that people expect there, or that were asked for by name, and we do not
/// hold. Given and family name make one.
fn rows(broker: &Broker, t: Texts, kinds: &Kinds, facts: &[Fact]) -> (Vec<Row>, Vec<String>) {
    let best = |kind| facts.iter().find(|fact| fact.kind == kind);
    let has = |kind| kinds.all.contains(&kind) && best(kind).is_some();
    let is_one_name = has(FactKind::GivenName) && has(FactKind::FamilyName);
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for kind in &kinds.all {
        let row = |name: String, text: String, fact: &Fact| Row {
            name,
            text,
            source: words::provenance(broker, t, fact),
        };
        match (kind, best(*kind)) {
            (FactKind::FamilyName, Some(_)) if is_one_name => {}
            (FactKind::GivenName, Some(fact)) if is_one_name => {
                let text = words::person(facts).unwrap_or_default();
                rows.push(row(t.text("fact-name").to_string(), text, fact));
            }
            (_, Some(fact)) => rows.push(row(
                words::fact_name(t, *kind),
                words::fact_value(t, *kind, &fact.value),
                fact,
            )),
            (_, None) if is_expected(*kind) || kinds.named.contains(kind) => {
                missing.push(words::fact_name(t, *kind));
            }
            (_, None) => {}
        }
    }
    (rows, missing)
}

/// Facts that most people have; nobody misses a nickname.
fn is_expected(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::GivenName
            | FactKind::FamilyName
            | FactKind::BirthDate
            | FactKind::Email
            | FactKind::Phone
            | FactKind::Address
            | FactKind::RuianAddress
    )
}
