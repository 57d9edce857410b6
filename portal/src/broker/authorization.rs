//! The authorization request: PKCE S256, `state`, `nonce`, and what this login wants beyond that.

use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    Scope,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use web::Random;

use super::provider::{Broker, Provider};
use crate::identity::StepUp;

/// What one login asks for.
#[derive(Debug, Clone, Default)]
pub struct Authorization<'a> {
    /// A higher level, as `acr_values`.
    pub step_up: Option<StepUp>,
    /// A provider to go to without asking, as `idp_hint`.
    pub idp_hint: Option<&'a str>,
    /// For whom the person is to act, as `acting_for`: `self` or a mandate.
    pub acting_for: Option<&'a str>,
    /// The one person whose answer will do, as the value of the claim `sub`.
    pub subject: Option<&'a str>,
    /// The language of our pages, as `ui_locales`.
    pub locale: &'a str,
}

/// The values only we and the broker may know. `state` is the key they are kept under.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves at the token endpoint that we began this login.
    pub code_verifier: String,
}

impl Secrets {
    /// Fresh values for one login.
    pub fn new(random: &Random) -> Self {
        Self {
            nonce: random.token(),
            code_verifier: random.token(),
        }
    }
}

impl Broker {
    /// Where the browser goes to sign in.
    pub fn authorization_url(
        &self,
        provider: &Provider,
        state: &str,
        secrets: &Secrets,
        ask: &Authorization<'_>,
    ) -> Url {
        let client = self.client(provider);
        let verifier = PkceCodeVerifier::new(secrets.code_verifier.clone());
        let (state, nonce) = (state.to_owned(), secrets.nonce.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(
                self.scopes()
                    .iter()
                    .filter(|scope| *scope != "openid")
                    .cloned()
                    .map(Scope::new),
            )
            .add_ui_locale(LanguageTag::new(ask.locale.to_owned()));
        if let Some(step_up) = ask.step_up {
            request = request
                .add_auth_context_value(AuthenticationContextClass::new(step_up.acr().to_owned()));
        }
        if let Some(hint) = ask.idp_hint {
            request = request.add_extra_param("idp_hint", hint.to_owned());
        }
        if let Some(acting_for) = ask.acting_for {
            request = request.add_extra_param("acting_for", acting_for.to_owned());
        }
        let records = self.scopes().iter().any(|scope| scope == CITY_IDENTITY);
        if let Some(claims) = claims(records, ask.subject) {
            request = request.add_extra_param("claims", claims);
        }
        let (url, _, _) = request.url();
        url
    }
}

/// The scope that releases verification records; a provider without it is not asked for them.
const CITY_IDENTITY: &str = "city.identity";

/// The parameter `claims`, when something of it is wanted.
fn claims(records: bool, subject: Option<&str>) -> Option<String> {
    let mut claims = serde_json::Map::new();
    if let Some(subject) = subject {
        // OpenID Connect Core 5.5.1. Unlike `id_token_hint` it outlives the broker's keys and is no token in an address.
        claims.insert("id_token".to_owned(), json!({"sub": {"value": subject}}));
    }
    if records {
        claims.insert("userinfo".to_owned(), wanted_records());
    }
    (!claims.is_empty()).then(|| Value::Object(claims).to_string())
}

/// OpenID Identity Assurance 5: any record, with its source, level and date, for the facts of `/moje-identita`. What stands in no scope
/// is asked by name, once more for a value that nobody vouches for, and comes where the town approved the portal for it.
fn wanted_records() -> Value {
    json!({
        "verified_claims": {
            "verification": {"trust_framework": null, "assurance_level": null, "time": null},
            "claims": {
                "given_name": null, "family_name": null, "birthdate": null, "place_of_birth": null,
                "nationalities": null, "address": null, "email": null, "phone_number": null,
                "title_prefix": null, "title_suffix": null, "maritalstatus": null, "majority": null,
                "limited_legal_capacity": null,
            },
        },
        "nationalities": null, "title_prefix": null, "title_suffix": null, "maritalstatus": null, "majority": null,
        "limited_legal_capacity": null,
    })
}
