//! `GET /bank_id/api/v1/banks`: the list services show their own choice from, and the logos.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bank::{BANKS, Bank, by_id};
use crate::error::Failure;
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::trouble;
use crate::world::World;

/// What can be asked.
#[derive(Debug, Deserialize)]
pub struct Question {
    #[serde(default)]
    client_id: Option<String>,
}

/// All banks, or those a client may use: those that let people log in.
pub async fn get(
    State(world): State<World>,
    Query(question): Query<Question>,
) -> Result<Response, Failure> {
    let provider = &world.bank_id().provider;
    let fault = provider.fault_for_anyone(Moment::Banks);
    if fault == Some(Fault::BanksUnauthorized) {
        let body = Json(json!({ "error": "UNAUTHORIZED", "error_description": "no token" }));
        return Ok((StatusCode::UNAUTHORIZED, body).into_response());
    }
    let for_client = question.client_id.is_some();
    let items: Vec<Value> = BANKS
        .iter()
        .filter(|bank| fault != Some(Fault::BanksEmpty) && (!for_client || bank.logs_in()))
        .map(|bank| described(bank, &provider.url(&format!("logo/{}", bank.id))))
        .collect();
    let body = serde_json::to_string(&json!({ "items": items }))?;
    Ok(trouble::answer(fault, "application/json", body))
}

fn described(bank: &Bank, logo: &str) -> Value {
    json!({
        "id": bank.id,
        "title": bank.title,
        "description": bank.description,
        "available_logo_images": [{ "id": bank.key, "url": logo, "width": "120", "height": "40" }],
        "available_services": bank.services,
    })
}

/// A logo: the first letter on a colour.
pub async fn logo(Path(id): Path<String>) -> Response {
    let Some(bank) = by_id(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let letter: String = bank.title.chars().take(1).collect();
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40" role="img" aria-label="{title}"><rect width="120" height="40" rx="6" fill="{colour}"/><text x="60" y="28" font-family="sans-serif" font-size="22" font-weight="700" text-anchor="middle" fill="#fff">{letter}</text></svg>"##,
        title = bank.title,
        colour = bank.colour,
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}
