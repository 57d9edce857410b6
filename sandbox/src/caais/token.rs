//! `POST /caais/oauth2/token`: a code becomes tokens, on the door that asks for a certificate.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::json;

use super::claims;
use crate::error::Failure;
use crate::oidc::authenticate;
use crate::oidc::error::{OAuthError, Stop};
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::form::Parameters;
use crate::oidc::trouble;
use crate::tls::Door;
use crate::world::World;

/// How long ID tokens count.
const ID_TOKEN: TimeDelta = TimeDelta::minutes(30);

/// Exchanges a code or a refresh token.
pub async fn post(
    State(world): State<World>,
    door: Door,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Stop> {
    let form = Parameters::from_body(&headers, &body)?;
    let result = exchange(&world, &door, &headers, &form).await;
    let outcome = match &result {
        Ok(_) => "ok",
        Err(Stop::Refused(error)) => error.code,
        Err(Stop::Failed(_)) => "failure",
    };
    world.caais().provider.note("token", &form, outcome);
    result
}

async fn exchange(
    world: &World,
    door: &Door,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<Response, Stop> {
    let provider = &world.caais().provider;
    let certificate = door.client_certificate().ok_or_else(|| {
        OAuthError::new(
            StatusCode::FORBIDDEN,
            "invalid_client",
            "this address is served over TLS with a client certificate",
        )
    })?;
    let fingerprint = certificate.fingerprint()?;
    let client = authenticate::by_certificate(&provider.clients, headers, form, &fingerprint)?;
    let now = provider.now();
    let grant = provider.grants.asked(&client.client_id, form, now)?;

    let trouble = provider.fault(&client.client_id, grant.fault, Moment::Token);
    // Nobody has heard the question.
    if let Some(Fault::InvalidClient | Fault::TokenUnavailable | Fault::TokenLimited) = trouble {
        provider.grants.give_back(form, &grant, now);
    }
    match trouble {
        Some(Fault::InvalidGrant) => return Err(OAuthError::invalid_grant("as told").into()),
        Some(Fault::InvalidClient) => return Err(OAuthError::invalid_client("as told").into()),
        _ => {}
    }
    let fault = provider.fault(&client.client_id, grant.fault, Moment::IdToken);
    let (world_of_token, grant_of_token) = (world.clone(), grant.clone());
    let written = tokio::task::spawn_blocking(move || {
        let caais = world_of_token.caais();
        let grant = grant_of_token;
        let mut further = caais
            .officer(&grant.person)
            .map(|officer| claims::of(&officer, &grant.scopes))
            .unwrap_or_default();
        further.insert("azp".to_owned(), json!(grant.client_id));
        further.insert("sid".to_owned(), json!(grant.place));
        caais.provider.id_token(&grant, ID_TOKEN, further, fault)
    });
    let id_token = written.await.map_err(Failure::from)??;
    let access_token = provider.grants.access_token(&grant, now)?;
    let refresh_token = provider.grants.refresh_token(&grant, now)?;
    let body = provider.token_body(
        &grant,
        &access_token,
        &id_token,
        Some(&refresh_token),
        trouble,
    );
    let told = trouble.or(fault).map(Fault::code);
    tracing::info!(client.id = client.client_id, fault = told, "caais.token");
    Ok(trouble::answer(
        trouble,
        "application/json",
        body.to_string(),
    ))
}
