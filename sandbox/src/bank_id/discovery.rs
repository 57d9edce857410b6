//! Discovery and the key set, shaped as recorded.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::scope;
use crate::error::Failure;
use crate::oidc::Provider;
use crate::oidc::answer::STRANGER;
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::trouble;
use crate::world::World;

const SIGNED: &[&str] = &["PS512"];
const CARRIED: &[&str] = &["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"];
const ENCRYPTED: &[&str] = &["A256GCM"];

/// `GET /bank_id/.well-known/openid-configuration`
pub async fn get(State(world): State<World>) -> Result<Response, Failure> {
    let provider = &world.bank_id().provider;
    let fault = provider.fault_for_anyone(Moment::Discovery);
    let body = serde_json::to_string(&document(provider, fault))?;
    Ok(trouble::answer(fault, "application/json", body))
}

/// `GET /bank_id/.well-known/jwks`
pub async fn jwks(State(world): State<World>) -> Result<Response, Failure> {
    let provider = &world.bank_id().provider;
    let fault = provider.fault_for_anyone(Moment::Jwks);
    let keys = match fault {
        Some(Fault::JwksEmpty) => json!({ "keys": [] }),
        Some(Fault::JwksForeign) => provider.keys.published_by_stranger()?,
        _ => provider.keys.published()?,
    };
    let body = serde_json::to_string(&keys)?;
    Ok(trouble::answer(fault, "application/json", body))
}

fn document(provider: &Provider, fault: Option<Fault>) -> Value {
    let url = |path| provider.url(path);
    let mut document = json!({
        "issuer": provider.issuer,
        "authorization_endpoint": url("auth"),
        "token_endpoint": url("token"),
        "userinfo_endpoint": url("userinfo"),
        "profile_endpoint": url("profile"),
        "introspection_endpoint": url("token-info"),
        "end_session_endpoint": url("logout"),
        "jwks_uri": url(".well-known/jwks"),
        "ros_endpoint": url("ros"),
        "authorize_endpoint": url("auth"),
        "verification_endpoint": url("verification"),
        "check_session_iframe": url("session-iframe"),
        "scopes_supported": scope::NAMES,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "claims_parameter_supported": false,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": false,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": false,
    });
    let lists: [(&str, &[&str]); 22] = [
        ("acr_values_supported", &["loa3"]),
        ("subject_types_supported", &["public", "pairwise"]),
        ("response_types_supported", &["code", "token"]),
        ("response_modes_supported", &["query"]),
        (
            "grant_types_supported",
            &["authorization_code", "implicit", "refresh_token"],
        ),
        ("code_challenge_methods_supported", &["plain", "S256"]),
        (
            "token_endpoint_auth_methods_supported",
            &["client_secret_post", "client_secret_jwt", "private_key_jwt"],
        ),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            &["HS256", "HS512", "RS256", "RS512", "PS512", "ES512"],
        ),
        ("id_token_signing_alg_values_supported", SIGNED),
        ("userinfo_signing_alg_values_supported", SIGNED),
        ("profile_signing_alg_values_supported", SIGNED),
        ("id_token_encryption_alg_values_supported", CARRIED),
        ("userinfo_encryption_alg_values_supported", CARRIED),
        ("profile_encryption_alg_values_supported", CARRIED),
        ("id_token_encryption_enc_values_supported", ENCRYPTED),
        ("userinfo_encryption_enc_values_supported", ENCRYPTED),
        ("profile_encryption_enc_values_supported", ENCRYPTED),
        (
            "request_object_signing_alg_values_supported",
            &["PS512", "ES512"],
        ),
        ("display_values_supported", &["page"]),
        ("ui_locales_supported", &["cs"]),
        ("claims_locales_supported", &["en", "en-US"]),
        ("claim_types_supported", &["normal"]),
    ];
    if let Some(members) = document.as_object_mut() {
        for (name, values) in lists {
            members.insert(name.to_owned(), json!(values));
        }
    }
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
