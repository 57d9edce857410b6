//! Keys: what is published, and a new one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::controls::caller::{Reads, Sent};
use crate::error::Failure;
use crate::nia::keys::{KeyPair, Validity};
use crate::world::World;

/// All certificates.
pub async fn get(State(world): State<World>) -> Result<Json<Value>, Failure> {
    let keys = &world.nia().keys;
    Ok(Json(json!({
        "signing": described(&keys.signing())?,
        "other-environment": described(&keys.other_environment())?,
        "stranger": described(&keys.stranger())?,
        "authority": described(keys.authority())?,
    })))
}

/// One certificate as a file.
pub async fn pem(
    State(world): State<World>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let keys = &world.nia().keys;
    let pem = match name.trim_end_matches(".pem") {
        "signing" => keys.signing().certificate_pem()?,
        "other-environment" => keys.other_environment().certificate_pem()?,
        "stranger" => keys.stranger().certificate_pem()?,
        "authority" => keys.authority().certificate_pem()?,
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// When the new certificate shall count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    #[serde(default)]
    valid_from_days: Option<i64>,
    #[serde(default)]
    valid_until_days: Option<i64>,
}

/// Makes a new signing key; metadata tell it at once.
pub async fn rotate(
    State(world): State<World>,
    reads: Reads,
    Sent(wish): Sent<Wish>,
) -> Result<Response, Failure> {
    let usual = Validity::default();
    let validity = Validity {
        from_days: wish.valid_from_days.unwrap_or(usual.from_days),
        until_days: wish.valid_until_days.unwrap_or(usual.until_days),
    };
    let fresh = tokio::task::spawn_blocking(move || world.nia().keys.rotate(validity)).await??;
    tracing::info!(
        certificate.fingerprint = fresh.fingerprint()?,
        "nia.key_rotated"
    );
    Ok(reads.done("/_sandbox/", described(&fresh)?))
}

fn described(pair: &KeyPair) -> Result<Value, Failure> {
    Ok(json!({
        "fingerprint_sha256": pair.fingerprint()?,
        "not_before": pair.certificate.not_before().to_string(),
        "not_after": pair.certificate.not_after().to_string(),
        "pem": pair.certificate_pem()?,
    }))
}
