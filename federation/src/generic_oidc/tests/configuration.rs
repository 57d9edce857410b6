//! What a configuration must say.

use serde_json::json;

use super::configured;
use crate::environment::Environment;
use crate::generic_oidc::GenericOidcConfig;
use crate::nia::tests::world::merged;

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    let issuer = json!({ "issuer": "https://op.vzorov.cz", "environment": "test" });
    for (options, key) in [
        (json!({ "environment": "sandbox" }), "environment"),
        (json!({ "issuer": "op.vzorov.cz" }), "issuer"),
        (json!({ "issuer": "http://op.vzorov.cz" }), "issuer"),
        (json!({ "issuer": "https://op.vzorov.cz/?x" }), "issuer"),
        (json!({ "origins": ["http://op.vzorov.cz"] }), "origins"),
        (json!({ "client_id": "" }), "client_id"),
        (json!({ "client_secret": null }), "client_secret"),
        (json!({ "client_secret": "" }), "client_secret"),
        (json!({ "auth": "private_key_jwt" }), "client_secret"),
        (json!({ "level": null }), "level"),
        (json!({ "algorithms": [] }), "algorithms"),
        (json!({ "scopes": ["profile"] }), "scopes"),
        (json!({ "scopes": ["openid profile"] }), "scopes"),
        (json!({ "claim": { "ruian_address": "x" } }), "claim"),
        (json!({ "required": ["phone"] }), "required"),
        (json!({ "scope_for": { "phone": ["phone"] } }), "scope_for"),
        (json!({ "skew_seconds": 301 }), "skew_seconds"),
    ] {
        let options = merged(issuer.clone(), &options);
        let problem = configured(Environment::Test, &options).unwrap_err();

        assert_eq!(problem.key, key, "{options}: {problem}");
        assert!(!problem.remedy.is_empty());
    }
    assert!(configured(Environment::Test, &issuer).is_ok());
    let sandbox = json!({ "issuer": "https://op.localhost", "environment": "production" });
    assert_eq!(
        configured(Environment::Production, &sandbox)
            .unwrap_err()
            .key,
        "issuer"
    );
}

#[test]
fn an_algorithm_that_proves_nothing_cannot_be_configured() {
    for alg in ["none", "HS256", "RS1"] {
        let config = serde_json::from_value::<GenericOidcConfig>(json!({
            "environment": "test", "title": { "cs": "x" }, "issuer": "https://x.cz", "client_id": "x", "algorithms": [alg],
        }));

        assert!(config.is_err(), "{alg}");
    }
}
