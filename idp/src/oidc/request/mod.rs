//! The authorization request, checked (OpenID Connect Core 3.1.2.1, RFC 6749 4.1.1, RFC 7636, RFC 8707, RFC 9207).
//!
//! In order; the first that fails ends it:
//!
//! 1. the client is known and enabled; 2. the redirect URI stands in its list. Until here refusals are a page, from
//! here they are sent to the client;
//! 3. the response mode; 4. no parameter twice; 5. no request object; 6. the response type; 7. the client may use
//! the code flow; 8. `openid` is asked; 9. PKCE; 10. lengths; 11. prompt; 12. max_age; 13. the claims parameter;
//! 14. acr; 15. resources; 16. for whom the person acts. Hints never refuse.

mod again;
mod params;
mod refusal;
mod rules;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use again::check_again;
pub use params::Params;
pub use refusal::{PageRefusal, RedirectRefusal, Refusal};

use crate::{
    acr::AcrDemand,
    claims::ClaimsParameter,
    clients::{Clients, RedirectUri},
    ids::{ClientId, MandateId, ResourceId},
    keys::Keys,
    mandate::MandateName,
};

/// An authorization request that passed every check. It is kept in the login until the person is back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// How the answer goes there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_mode: ResponseMode,
    /// Returned unchanged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: Option<String>,
    /// Put into the ID token unchanged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nonce: Option<String>,
    /// Asked ∩ approved for the client.
    pub scope: BTreeSet<String>,
    /// How the person is to be met.
    #[serde(default, skip_serializing_if = "is_default")]
    pub prompt: BTreeSet<Prompt>,
    /// Seconds an authentication may be old.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_age: Option<u64>,
    /// Known values of `acr` that will do, from `acr_values` or the claims parameter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub acr_values: Vec<String>,
    /// Claims asked for by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub claims: ClaimsParameter,
    /// Prefills a login form, nothing else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub login_hint: Option<String>,
    /// Names a provider that the client may name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub idp_hint: Option<String>,
    /// The first language asked for that we speak: `cs`, `en` or `de`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ui_locales: Option<String>,
    /// PKCE S256 challenge.
    #[serde(default, skip_serializing_if = "is_default")]
    pub code_challenge: Option<String>,
    /// The one API the access token is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resource: Option<ResourceId>,
    /// For whom the person is to act, when the client says it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub acting_for: Option<NamedBody>,
    /// Who must be logged in for the answer to be of use.
    #[serde(default, skip_serializing_if = "is_default")]
    pub id_token_hint: Option<HintedSubject>,
}

/// How an answer travels to the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that posts itself (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A value of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// No page at all.
    None,
    /// Authenticate again.
    Login,
    /// Ask again what may be told.
    Consent,
    /// Let the person choose who they are.
    SelectAccount,
}

/// A value of `acting_for`: a switch without a page. Whether such a mandate is the person's and stands, is asked once they are
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedBody {
    /// `self`: for themself.
    Own,
    /// For the body of the mandate that the client's organisation knows by this.
    Mandate(MandateName),
}

/// For whom somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActingFor {
    /// For themself.
    Own,
    /// For the body of this mandate.
    Mandate(MandateId),
}

/// Whom `id_token_hint`, or a `sub` in the claims parameter, names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintedSubject {
    /// The `sub` that this client knows somebody by.
    Sub(String),
    /// The hint is not ours or not this client's: nobody's session matches it, so the person is asked.
    Nobody,
}

impl AuthorizationRequest {
    /// Whether `prompt` holds this value.
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// What is asked of the authentication beyond the client's own minimum.
    pub fn acr_demand(&self) -> Option<AcrDemand> {
        AcrDemand::parse(self.acr_values.iter().map(String::as_str))
    }

    /// Whether a person known to the client by this `sub` is one the request will take.
    pub fn takes(&self, sub: &str) -> bool {
        match &self.id_token_hint {
            None => true,
            Some(HintedSubject::Sub(hinted)) => hinted == sub,
            Some(HintedSubject::Nobody) => false,
        }
    }
}

/// Checks an authorization request, as the module's head lists.
pub fn check(
    params: &[(String, String)],
    clients: &Clients,
    keys: &Keys,
    now: DateTime<Utc>,
) -> Result<AuthorizationRequest, Refusal> {
    let params = Params::new(params);
    let client = rules::check_client(&params, clients).map_err(|refusal| {
        let named = (refusal == PageRefusal::ClientDisabled).then(|| params.one("client_id"));
        Refusal::Page(refusal, named.flatten().map(ClientId::new))
    })?;
    let redirect_uri = rules::check_redirect_uri(&params, &client)
        .map_err(|refusal| Refusal::Page(refusal, Some(client.id.clone())))?;

    // Where the answer goes is proved; what else is wrong, the client is told.
    let response_mode = params.one("response_mode").map(ResponseMode::parse);
    let refuse = |(error, description): rules::Broken| {
        Refusal::Redirect(Box::new(RedirectRefusal {
            redirect_uri: redirect_uri.clone(),
            response_mode: response_mode
                .flatten()
                .or_else(|| rules::mode_in_object(&params))
                .unwrap_or_default(),
            state: params.one("state").map(str::to_owned),
            error,
            description,
        }))
    };
    (|| {
        rules::check_response_mode(response_mode)?;
        rules::check_no_parameter_twice(&params)?;
        rules::check_no_request_object(&params)?;
        rules::check_response_type(&params)?;
        rules::check_code_flow_allowed(&client)?;
        let code_challenge = rules::check_pkce(&params, &client)?;
        rules::check_lengths(&params)?;
        let (scope, resource) = rules::check_scope_and_resource(&params, &client, clients)?;
        let prompt = rules::check_prompt(&params)?;
        let max_age = rules::check_max_age(&params)?;
        let mut claims = rules::check_claims(&params)?;
        let acr_values = rules::check_acr(&params, &claims)?;
        let acting_for = rules::check_acting_for(&params, &scope)?;
        let id_token_hint = rules::hinted_subject(&params, &claims, &client, keys, now);
        claims.userinfo.keep_readable(&client, &scope);
        claims.id_token.keep_readable(&client, &scope);
        Ok(AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.clone(),
            response_mode: response_mode.flatten().unwrap_or_default(),
            state: params.one("state").map(str::to_owned),
            nonce: params.one("nonce").map(str::to_owned),
            scope,
            prompt,
            max_age,
            acr_values,
            login_hint: rules::login_hint(&params),
            idp_hint: rules::idp_hint(&params, &client),
            ui_locales: rules::ui_locales(&params),
            code_challenge,
            resource,
            acting_for,
            id_token_hint,
            claims,
        })
    })()
    .map_err(refuse)
}

impl ResponseMode {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
