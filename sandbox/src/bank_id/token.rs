//! `POST /bank_id/token`: a code becomes tokens.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::BankId;
use crate::oidc::authenticate;
use crate::oidc::client::Client;
use crate::oidc::error::{OAuthError, Stop};
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::form::Parameters;
use crate::oidc::grant::Grant;
use crate::oidc::trouble;
use crate::world::World;

/// How long ID tokens count.
const ID_TOKEN: TimeDelta = TimeDelta::seconds(600);

/// Exchanges a code or a refresh token.
pub async fn post(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Stop> {
    let form = Parameters::from_body(&headers, &body)?;
    let result = exchange(&world, &headers, &form).await;
    let outcome = match &result {
        Ok(_) => "ok",
        Err(Stop::Refused(error)) => error.code,
        Err(Stop::Failed(_)) => "failure",
    };
    world.bank_id().provider.note("token", &form, outcome);
    result
}

async fn exchange(world: &World, headers: &HeaderMap, form: &Parameters) -> Result<Response, Stop> {
    let bank_id = world.bank_id();
    let provider = &bank_id.provider;
    let client = caller(bank_id, headers, form).await?;
    let now = provider.now();
    let grant = provider.grants.asked(&client.client_id, form, now)?;

    let trouble = provider.fault(&client.client_id, grant.fault, Moment::Token);
    match trouble {
        Some(Fault::InvalidGrant) => return Err(OAuthError::invalid_grant("as told").into()),
        Some(Fault::InvalidClient) => return Err(OAuthError::invalid_client("as told").into()),
        _ => {}
    }
    let fault = provider.fault(&client.client_id, grant.fault, Moment::IdToken);
    let world = world.clone();
    let grant_of_token = grant.clone();
    let id_token = tokio::task::spawn_blocking(move || {
        let bank_id = world.bank_id();
        let further = further_claims(bank_id, &grant_of_token, fault);
        bank_id
            .provider
            .id_token(&grant_of_token, ID_TOKEN, further, fault)
    })
    .await
    .map_err(crate::error::Failure::from)??;
    let access_token = provider.grants.access_token(&grant, now)?;
    let refresh_token = if grant.has("offline_access") {
        Some(provider.grants.refresh_token(&grant, now)?)
    } else {
        None
    };
    let body = provider.token_body(
        &grant,
        &access_token,
        &id_token,
        refresh_token.as_deref(),
        trouble,
    );
    tracing::info!(
        client.id = client.client_id,
        fault = trouble.or(fault).map(Fault::code),
        "bank_id.token"
    );
    Ok(trouble::answer(
        trouble,
        "application/json",
        body.to_string(),
    ))
}

/// The client that is calling.
pub async fn caller(
    bank_id: &BankId,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<Client, OAuthError> {
    let provider = &bank_id.provider;
    authenticate::client(
        &provider.clients,
        &provider.used,
        headers,
        form,
        &[provider.url("token")],
        provider.now(),
    )
    .await
}

fn further_claims(bank_id: &BankId, grant: &Grant, fault: Option<Fault>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("acr".to_owned(), json!("loa3"));
    claims.insert("amr".to_owned(), json!(["mfa", "otp"]));
    claims.insert("bank_id".to_owned(), json!(grant.place));
    let mut former = grant.former_subjects.clone();
    if fault == Some(Fault::OutdatedForeign)
        && let Some(client) = bank_id.provider.clients.lookup(&grant.client_id)
    {
        former.extend(somebody_else(bank_id, grant, &client));
    }
    if !former.is_empty() {
        claims.insert("outdated_subs".to_owned(), json!(former));
    }
    claims
}

/// The subject of another person: of the first in the list who is not this one.
fn somebody_else(bank_id: &BankId, grant: &Grant, client: &Client) -> Option<String> {
    let other = bank_id
        .people
        .iter()
        .find(|persona| persona.key != grant.person && persona.identity.is_none())?;
    let customer = other.bank_id.as_ref()?;
    let bank = customer.banks.first()?;
    let known = bank_id.subjects.of(other, customer, bank, &client.sector());
    Some(known.subject)
}
