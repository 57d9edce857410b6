//! What of a person leaves for which client, and that it did.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use store::{
    StorageError, Tx,
    audit::{Actor, Event},
};

use super::{Asked, Person, catalogue, provenance::provenance, verified};
use crate::{
    Broker, audit,
    clients::Client,
    ids::ReleaseId,
    mandate::{Chosen, acting_for, list_counting, may_act_for},
    storage::{
        access_grant::AccessGrant,
        fact::{self, Fact},
        mandate::Mandate,
        pairwise_subject,
        release::{self, NewRelease},
        standing::Standing,
    },
};

/// The same claims for the same session at a client are one release within this time.
const SAME_RELEASE: Duration = Duration::minutes(10);

/// For whom the token speaks.
const ACTING_FOR: &str = "acting_for";
/// For whom else it could; told by userinfo alone.
const MAY_ACT_FOR: &str = "may_act_for";

/// Through whom the others came.
const PROVENANCE: &str = "provenance";

/// What of a session is told: its levels, and for whom the person acts in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    /// The session the answer is for.
    pub(crate) standing: &'a Standing,
    /// For whom it speaks.
    pub(crate) acting: &'a Chosen,
}

/// Claims that say nothing about a person beyond the session itself.
const IMPERSONAL: &[&str] = &["sub", "previous_sub", "acr", "auth_time"];

/// How long a client that knew a person by two subject identifiers hears of the former one after a merge.
const PREVIOUS_TOLD: Duration = Duration::days(90);

/// Claims asked into the ID token by name, and for whom it speaks, recorded as released; and what every client hears after a
/// merge.
pub(crate) async fn into_id_token(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    grant: &AccessGrant,
    told: Told<'_>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, StorageError> {
    let asked = &grant.claims.id_token;
    let mut names = approved(client, &grant.scope, asked);
    names.retain(|name| !IMPERSONAL.contains(name));
    if told.acting.mandate().is_some() {
        // For whom a token speaks stands in it, asked or not.
        names.insert(ACTING_FOR);
    }
    let previous = previous_sub(tx, client, grant, told, now).await?;
    if names.is_empty() {
        return Ok(previous);
    }
    let facts = fact::list_current(tx, &broker.master_key, grant.account_id, now).await?;
    let mut claims = assemble(
        broker,
        Towards::new(client, &[]),
        &names,
        asked,
        &facts,
        told,
        now,
    );
    record(broker, tx, client, grant, &claims, now).await?;
    claims.extend(previous);
    Ok(claims)
}

/// `previous_sub: […]`: the other identifiers the client's organisation knew the person by before accounts were merged, for
/// a while, so that it can join its own records.
async fn previous_sub(
    tx: &mut Tx,
    client: &Client,
    grant: &AccessGrant,
    told: Told<'_>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, StorageError> {
    if !told.standing.has_parts {
        return Ok(Map::new());
    }
    let (organisation, account) = (&client.organisation_id, grant.account_id);
    let since = now - PREVIOUS_TOLD;
    let mut previous = pairwise_subject::list_previous(tx, organisation, account, since).await?;
    previous.retain(|sub| *sub != grant.sub);
    let told = (!previous.is_empty()).then(|| ("previous_sub".to_owned(), previous.into()));
    Ok(told.into_iter().collect())
}

/// Claims for userinfo: those of the scopes, as far as the client is still approved for them, and those asked for by name.
pub(crate) async fn for_userinfo(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    grant: &AccessGrant,
    scope: &BTreeSet<String>,
    told: Told<'_>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, StorageError> {
    let asked = &grant.claims.userinfo;
    let scope: BTreeSet<String> = scope.intersection(&client.scopes).cloned().collect();
    let mut names = approved(client, &scope, asked);
    names.extend(
        scope
            .iter()
            .filter_map(|name| catalogue::scope(name))
            .flat_map(|scope| scope.claims),
    );
    names.remove("sub");
    if told.acting.mandate().is_some() {
        names.insert(ACTING_FOR);
    }
    let mandates = match names.contains(MAY_ACT_FOR) {
        true => list_counting(broker, tx, Some(client), grant.account_id, now).await?,
        false => Vec::new(),
    };
    let facts = match names.is_empty() {
        true => Vec::new(),
        false => fact::list_current(tx, &broker.master_key, grant.account_id, now).await?,
    };
    let mut claims = assemble(
        broker,
        Towards::new(client, &mandates),
        &names,
        asked,
        &facts,
        told,
        now,
    );
    claims.extend(previous_sub(tx, client, grant, told, now).await?);
    Ok(claims)
}

/// Whether these claims still have to be recorded as released.
pub async fn is_new(
    tx: &mut Tx,
    grant: &AccessGrant,
    claims: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let names = personal(claims);
    if names.is_empty() {
        return Ok(false);
    }
    Ok(
        !release::is_recorded_since(tx, grant.client_session_id, &names, now - SAME_RELEASE)
            .await?,
    )
}

/// Records that claims left for a client.
pub async fn record(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    grant: &AccessGrant,
    claims: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let names = personal(claims);
    if names.is_empty() {
        return Ok(());
    }
    let released = NewRelease {
        release_id: ReleaseId::new(broker.random.uuid_v7(now)),
        account_id: grant.account_id,
        client_id: &client.id,
        client_session_id: grant.client_session_id,
        claims: &names,
    };
    release::add(tx, released, now).await?;
    let event = Event {
        kind: "claims.released",
        actor: Actor::Client(client.id.to_string()),
        subject: Some(grant.account_id.uuid()),
        details: serde_json::json!({ "access_grant": grant.id, "claims": names }),
    };
    audit::record(broker, tx, event, now).await
}

/// The names of what leaves; what `verified_claims` tell, by its own names besides.
fn personal(claims: &Map<String, Value>) -> BTreeSet<String> {
    let elements = match claims.get("verified_claims") {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(element) => std::slice::from_ref(element),
        None => &[],
    };
    let inside = elements
        .iter()
        .filter_map(|element| element.get("claims")?.as_object())
        .flat_map(Map::keys);
    claims
        .keys()
        .filter(|name| !IMPERSONAL.contains(&name.as_str()))
        .chain(inside)
        .cloned()
        .collect()
}

/// Of the claims asked for by name, those approved for the client: by one of its scopes, or by name.
fn approved<'a>(
    client: &Client,
    granted: &BTreeSet<String>,
    asked: &'a Asked,
) -> BTreeSet<&'a str> {
    let is_approved = |name: &str| IMPERSONAL.contains(&name) || client.is_approved_for(name);
    let mut names: BTreeSet<&str> = asked
        .claims
        .keys()
        .map(String::as_str)
        .filter(|name| is_approved(name))
        .collect();
    // Proofs go with the scope they belong to, or with a client's own approval.
    if !asked.verified.is_empty()
        && (granted.contains("city.identity") || client.claims.contains("verified_claims"))
    {
        names.insert("verified_claims");
    }
    names
}

/// Whose client hears it, and the bodies that it hears of.
#[derive(Clone, Copy)]
struct Towards<'a> {
    client: &'a Client,
    mandates: &'a [Mandate],
}

impl<'a> Towards<'a> {
    fn new(client: &'a Client, mandates: &'a [Mandate]) -> Self {
        Self { client, mandates }
    }
}

fn assemble(
    broker: &Broker,
    towards: Towards<'_>,
    names: &BTreeSet<&str>,
    asked: &Asked,
    facts: &[Fact],
    Told { standing, acting }: Told<'_>,
    now: DateTime<Utc>,
) -> Map<String, Value> {
    let person = Person {
        facts,
        standing,
        provider_kind: kind_of(broker, &standing.provider),
    };
    let organisation = &towards.client.organisation_id;
    // In the order of the catalogue, so that answers look alike.
    let known = catalogue::CLAIMS
        .iter()
        .map(|claim| claim.name)
        .filter(|name| names.contains(name));
    let mut claims: Map<String, Value> = known
        .filter_map(|name| {
            let value = match name {
                "verified_claims" => {
                    let mut asked = asked.clone();
                    asked.retain_verified(|name| {
                        verified::is_of_identity(name) || towards.client.is_approved_for(name)
                    });
                    verified::verified_claims(&asked.verified, facts, now)?
                }
                ACTING_FOR => acting_for(broker, organisation, acting.mandate()?),
                MAY_ACT_FOR => may_act_for(broker, organisation, towards.mandates)?,
                _ => person
                    .claim(name)
                    .filter(|value| wanted(asked, name, value))?,
            };
            Some((name.to_owned(), value))
        })
        .collect();
    if names.contains(PROVENANCE) {
        let told = claims.keys().map(String::as_str).collect();
        let said = provenance(&told, facts, |id| kind_of(broker, id));
        claims.extend(said.map(|said| (PROVENANCE.to_owned(), said)));
    }
    claims
}

/// The kind of a provider; an entry that is gone keeps its name.
fn kind_of<'a>(broker: &'a Broker, provider: &'a str) -> &'a str {
    broker
        .providers
        .get(provider)
        .map_or(provider, |known| known.describe().kind)
}

/// A claim asked for with values is given only when it has one of them (OpenID Connect Core, 5.5.1).
fn wanted(asked: &Asked, name: &str, value: &Value) -> bool {
    asked
        .claims
        .get(name)
        .is_none_or(|request| request.values.is_empty() || request.values.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{claims::ClaimsParameter, clients::client_for_tests};

    #[test]
    fn a_claim_asked_by_name_is_approved_by_a_scope_of_the_client_or_by_name() {
        let mut client = client_for_tests("app", &[]);
        client.scopes = ["openid", "email"].map(str::to_owned).into();
        client.claims = ["birthdate".to_owned()].into();
        let asked = ClaimsParameter::parse(
            r#"{"userinfo":{"email":null,"birthdate":null,"phone_number":null,"acr":null,
                "verified_claims":{"verification":{},"claims":{"given_name":null}}}}"#,
        )
        .unwrap();

        let names = approved(&client, &["openid".to_owned()].into(), &asked.userinfo);

        assert_eq!(names, ["acr", "birthdate", "email"].into());
    }
}
