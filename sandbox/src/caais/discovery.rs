//! Discovery and the key set.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::Caais;
use super::claims::SCOPES;
use crate::error::Failure;
use crate::oidc::answer::STRANGER;
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::trouble;
use crate::world::World;

/// `GET /caais/.well-known/openid-configuration`
pub async fn get(State(world): State<World>) -> Result<Response, Failure> {
    let fault = world.caais().provider.fault_for_anyone(Moment::Discovery);
    let body = serde_json::to_string(&document(world.caais(), fault))?;
    Ok(trouble::answer(fault, "application/json", body))
}

/// `GET /caais/oauth2/jwks`: keys without names.
pub async fn jwks(State(world): State<World>) -> Result<Response, Failure> {
    let provider = &world.caais().provider;
    let fault = provider.fault_for_anyone(Moment::Jwks);
    let keys = match fault {
        Some(Fault::JwksEmpty) => json!({ "keys": [] }),
        Some(Fault::JwksForeign) => provider.keys.published_by_stranger()?,
        _ => provider.keys.published()?,
    };
    let body = serde_json::to_string(&keys)?;
    Ok(trouble::answer(fault, "application/json", body))
}

fn document(caais: &Caais, fault: Option<Fault>) -> Value {
    let provider = &caais.provider;
    let url = |path| provider.url(path);
    let mut document = json!({
        "issuer": provider.issuer,
        "authorization_endpoint": url("oauth2/authorize"),
        "token_endpoint": caais.token_url,
        "jwks_uri": url("oauth2/jwks"),
        "end_session_endpoint": url("oauth2/end_session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "scopes_supported": SCOPES,
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["tls_client_auth"],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if let Some(members) = document.as_object_mut() {
        match fault {
            Some(Fault::DiscoveryIssuer) => {
                members.insert("issuer".to_owned(), json!(STRANGER));
            }
            Some(Fault::DiscoveryForeignEndpoint) => {
                let foreign = format!("{STRANGER}token");
                members.insert("token_endpoint".to_owned(), json!(foreign));
            }
            Some(Fault::DiscoveryNoJwks) => {
                members.remove("jwks_uri");
            }
            _ => {}
        }
    }
    document
}
