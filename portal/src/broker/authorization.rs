//! The authorization request: PKCE S256, `state`, `nonce`, and what this login wants beyond that.

use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    Scope,
};
use serde::{Deserialize, Serialize};
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
        if self.scopes().iter().any(|scope| scope == CITY_IDENTITY) {
            request = request.add_extra_param("claims", WANTED_RECORDS);
        }
        let (url, _, _) = request.url();
        url
    }
}

/// The scope that releases verification records; a provider without it is not asked for them.
const CITY_IDENTITY: &str = "city.identity";

/// OpenID Identity Assurance 5: any record, with its source, level and date, for the facts of `/moje-identita`. What stands in no scope
/// is asked by name, once more for a value that nobody vouches for, and comes where the town approved the portal for it.
const WANTED_RECORDS: &str = concat!(
    r#"{"userinfo":{"verified_claims":{"#,
    r#""verification":{"trust_framework":null,"assurance_level":null,"time":null},"#,
    r#""claims":{"given_name":null,"family_name":null,"birthdate":null,"place_of_birth":null,"#,
    r#""nationalities":null,"address":null,"email":null,"phone_number":null,"#,
    r#""title_prefix":null,"title_suffix":null,"maritalstatus":null,"majority":null,"limited_legal_capacity":null}},"#,
    r#""nationalities":null,"title_prefix":null,"title_suffix":null,"maritalstatus":null,"majority":null,"#,
    r#""limited_legal_capacity":null}}"#,
);
