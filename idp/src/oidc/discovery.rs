//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery, 3; RFC 8414).

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use federation::Audience;
use serde::Serialize;

use crate::{acr::Acr, broker::Broker, claims::catalogue, keys::Alg};

/// How long clients may keep the document and the keys. A next key is published much longer ahead.
pub(super) const CACHED: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// What we say about ourselves.
#[derive(Debug, Serialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 3],
    acr_values_supported: Vec<String>,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 4],
    userinfo_signing_alg_values_supported: [&'static str; 4],
    token_endpoint_auth_methods_supported: [&'static str; 4],
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 4],
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_signing_alg_values_supported: [&'static str; 4],
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 4],
    code_challenge_methods_supported: [&'static str; 1],
    prompt_values_supported: [&'static str; 4],
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    ui_locales_supported: [&'static str; 3],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    require_request_uri_registration: bool,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    verified_claims_supported: bool,
    trust_frameworks_supported: BTreeSet<&'static str>,
    evidence_supported: [&'static str; 1],
    electronic_records_supported: BTreeSet<&'static str>,
    claims_in_verified_claims_supported: [&'static str; 12],
}

/// The document. It depends on the configuration alone.
pub async fn get(State(broker): State<Broker>) -> Response {
    let issuer = &broker.issuer;
    let algs = Alg::ALL.map(Alg::as_str);
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    let document = Document {
        authorization_endpoint: issuer.address("/oauth2/authorize"),
        token_endpoint: issuer.address("/oauth2/token"),
        userinfo_endpoint: issuer.address("/oauth2/userinfo"),
        jwks_uri: issuer.address("/oauth2/jwks"),
        introspection_endpoint: issuer.address("/oauth2/introspect"),
        revocation_endpoint: issuer.address("/oauth2/revoke"),
        end_session_endpoint: issuer.address("/oauth2/logout"),
        issuer: issuer.to_string(),
        scopes_supported: catalogue::SCOPES.iter().map(|scope| scope.name).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query", "form_post"],
        grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
        acr_values_supported: Acr::all(),
        subject_types_supported: ["pairwise"],
        id_token_signing_alg_values_supported: algs,
        userinfo_signing_alg_values_supported: algs,
        token_endpoint_auth_methods_supported: methods,
        token_endpoint_auth_signing_alg_values_supported: algs,
        introspection_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        introspection_endpoint_auth_signing_alg_values_supported: algs,
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: algs,
        code_challenge_methods_supported: ["S256"],
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        claim_types_supported: ["normal"],
        claims_supported: catalogue::announced().collect(),
        ui_locales_supported: ["cs", "en", "de"],
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        require_request_uri_registration: false,
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        verified_claims_supported: true,
        trust_frameworks_supported: frameworks(&broker),
        evidence_supported: ["electronic_record"],
        electronic_records_supported: records(&broker),
        claims_in_verified_claims_supported: [
            "given_name",
            "family_name",
            "middle_name",
            "birthdate",
            "place_of_birth",
            "address",
            "title_prefix",
            "title_suffix",
            "nationalities",
            "maritalstatus",
            "majority",
            "limited_legal_capacity",
        ],
    };
    ([CACHED], Json(document)).into_response()
}

/// What the ways in hold people against (OpenID Identity Assurance, 7: there has to be one where electronic records are evidence).
fn records(broker: &Broker) -> BTreeSet<&'static str> {
    let frameworks = frameworks(broker);
    let record = |framework: &&str| match *framework {
        "cz_aml" => "bank_account",
        _ => "population_register",
    };
    frameworks.iter().map(record).collect()
}

/// Under which rules the ways in verify people: each stands in `verified_claims` of who comes by it (OpenID Identity Assurance, 7).
fn frameworks(broker: &Broker) -> BTreeSet<&'static str> {
    let described = broker
        .providers
        .iter()
        .map(|(_, provider)| provider.describe());
    described
        .filter(|described| described.audience == Audience::Citizens)
        .map(|described| described.trust_framework.as_str())
        .collect()
}
