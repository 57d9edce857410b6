//! What a configuration must say.

use serde_json::json;

use super::configured;
use crate::environment::Environment;
use crate::provider::UpstreamProvider;

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    for (environment, options, key) in [
        (Environment::Sandbox, json!({}), "issuer"),
        (
            Environment::Sandbox,
            json!({ "issuer": "http://127.0.0.1:1/bank_id" }),
            "issuer",
        ),
        (
            Environment::Test,
            json!({ "issuer": "http://oidc.sandbox.bankid.cz/" }),
            "issuer",
        ),
        (
            Environment::Production,
            json!({ "issuer": "https://oidc.sandbox.bankid.cz/" }),
            "issuer",
        ),
        (
            Environment::Production,
            json!({ "issuer": "https://127.0.0.1/" }),
            "issuer",
        ),
        (
            Environment::Test,
            json!({ "environment": "sandbox" }),
            "environment",
        ),
        (Environment::Test, json!({ "client_id": "" }), "client_id"),
        (
            Environment::Test,
            json!({ "client_secret": "x" }),
            "client_secret",
        ),
        (
            Environment::Test,
            json!({ "auth": "client_secret_post" }),
            "client_secret",
        ),
        (
            Environment::Test,
            json!({ "approved": ["profile.name"] }),
            "approved",
        ),
        (
            Environment::Test,
            json!({ "skew_seconds": 301 }),
            "skew_seconds",
        ),
    ] {
        assert_eq!(
            configured(environment, &options).unwrap_err().key,
            key,
            "{options}"
        );
    }
    for (environment, issuer) in [
        (Environment::Production, "https://oidc.bankid.cz/"),
        (Environment::Test, "https://oidc.sandbox.bankid.cz/"),
    ] {
        let provider = configured(environment, &json!({})).unwrap();
        assert_eq!(
            provider.describe().realm.as_str(),
            format!("bank_id:{environment}:{issuer}")
        );
        assert_eq!(provider.published().len(), 1);
    }
}
