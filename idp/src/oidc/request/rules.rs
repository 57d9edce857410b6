//! The rules of the authorization request, one function each.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{HintedSubject, NamedBody, PageRefusal, Params, Prompt, ResponseMode};
use crate::{
    acr::Acr,
    claims::ClaimsParameter,
    clients::{Client, Clients, GrantType, RedirectUri},
    ids::ResourceId,
    keys::Keys,
    mandate::{self, MandateName},
};

/// A broken rule: the OAuth code and one ASCII sentence.
pub(super) type Broken = (&'static str, &'static str);

/// Parameters that may stand once (RFC 6749, 3.1). `resource` may be repeated.
const SINGLE: &[&str] = &[
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "claims",
    "login_hint",
    "idp_hint",
    "ui_locales",
    "code_challenge",
    "code_challenge_method",
    "id_token_hint",
    "display",
    "claims_locales",
    "acting_for",
];

/// Longest values we keep, by parameter.
const LONGEST: &[(&str, usize)] = &[
    ("state", 4096),
    ("nonce", 1024),
    ("scope", 16 * 1024),
    ("acr_values", 4096),
];

/// Octets of a `login_hint` that we keep.
const LONGEST_HINT: usize = 256;

/// The client is known and enabled (RFC 6749, 2.2).
pub(super) fn check_client(
    params: &Params<'_>,
    clients: &Clients,
) -> Result<Arc<Client>, PageRefusal> {
    let id = params.one("client_id").ok_or(PageRefusal::ClientMissing)?;
    let client = clients.get(id).ok_or(PageRefusal::ClientUnknown)?;
    tracing::Span::current().record("client.id", client.id.as_str());
    if client.disabled_at.is_some() {
        return Err(PageRefusal::ClientDisabled);
    }
    Ok(client)
}

/// The redirect URI is sent, and the very string stands in the client's list (RFC 9700, 2.1).
pub(super) fn check_redirect_uri(
    params: &Params<'_>,
    client: &Client,
) -> Result<RedirectUri, PageRefusal> {
    let sent = params
        .one("redirect_uri")
        .ok_or(PageRefusal::RedirectUriMissing)?;
    RedirectUri::proven(client, sent).ok_or_else(|| match client.why_withheld(sent) {
        None => PageRefusal::RedirectUriUnregistered,
        Some(why) => PageRefusal::RedirectUriWithheld(why.to_owned()),
    })
}

/// `query` or `form_post` (OAuth 2.0 Multiple Response Types, 2.1).
#[expect(
    clippy::option_option,
    reason = "not sent, and sent but unknown, are two things"
)]
pub(super) fn check_response_mode(mode: Option<Option<ResponseMode>>) -> Result<(), Broken> {
    match mode {
        Some(None) => Err(("invalid_request", "response_mode is not supported")),
        _ => Ok(()),
    }
}

/// No parameter stands twice (RFC 6749, 3.1).
pub(super) fn check_no_parameter_twice(params: &Params<'_>) -> Result<(), Broken> {
    if params.any_twice(SINGLE) {
        return Err(("invalid_request", "a parameter stands more than once"));
    }
    Ok(())
}

/// Request objects do not exist here (OpenID Connect Core, 6.1 and 6.2).
pub(super) fn check_no_request_object(params: &Params<'_>) -> Result<(), Broken> {
    if params.all("request").next().is_some() {
        return Err(("request_not_supported", "request objects are not supported"));
    }
    if params.all("request_uri").next().is_some() {
        return Err(("request_uri_not_supported", "request_uri is not supported"));
    }
    Ok(())
}

/// Where a client that put its request into an object waits for our refusal of it. The object is believed in nothing else: its
/// signature is not looked at, and either way leads to the redirect URI that is proved.
pub(super) fn mode_in_object(params: &Params<'_>) -> Option<ResponseMode> {
    let payload = params.one("request")?.split('.').nth(1)?;
    let object = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let object: serde_json::Value = serde_json::from_slice(&object).ok()?;
    ResponseMode::parse(object.get("response_mode")?.as_str()?)
}

/// Only the code flow (RFC 6749, 3.1.1).
pub(super) fn check_response_type(params: &Params<'_>) -> Result<(), Broken> {
    match params.one("response_type") {
        Some("code") => Ok(()),
        None => Err(("invalid_request", "response_type is missing")),
        Some(_) => Err((
            "unsupported_response_type",
            "only response_type code is supported",
        )),
    }
}

/// The client is registered for the code flow (RFC 6749, 4.1.2.1).
pub(super) fn check_code_flow_allowed(client: &Client) -> Result<(), Broken> {
    if client.may(GrantType::AuthorizationCode) {
        Ok(())
    } else {
        Err((
            "unauthorized_client",
            "the client is not registered for the authorization code flow",
        ))
    }
}

/// S256 and nothing weaker; left out only by clients that may (RFC 7636, 4.3 and 4.4.1; RFC 9700, 2.1.1).
pub(super) fn check_pkce(params: &Params<'_>, client: &Client) -> Result<Option<String>, Broken> {
    let method = params.one("code_challenge_method");
    let Some(challenge) = params.one("code_challenge") else {
        return match method {
            Some(_) => Err(("invalid_request", "code_challenge is missing")),
            None if client.pkce_required => Err((
                "invalid_request",
                "PKCE is required: code_challenge is missing",
            )),
            None => Ok(None),
        };
    };
    if method != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    let is_a_hash = challenge.len() == 43
        && challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !is_a_hash {
        return Err((
            "invalid_request",
            "code_challenge is not a base64url SHA-256 value",
        ));
    }
    Ok(Some(challenge.to_owned()))
}

/// What we keep and return has a bounded length.
pub(super) fn check_lengths(params: &Params<'_>) -> Result<(), Broken> {
    let too_long =
        |(name, longest): &(&str, usize)| params.all(name).any(|value| value.len() > *longest);
    if LONGEST.iter().any(too_long) {
        return Err(("invalid_request", "a parameter is too long"));
    }
    Ok(())
}

/// `openid` is asked, unknown scopes are ignored, unapproved ones dropped (OpenID Connect Core, 3.1.2.1; RFC 6749,
/// 3.3). At most one API, named by `resource` or by its scopes (RFC 8707, 2).
pub(super) fn check_scope_and_resource(
    params: &Params<'_>,
    client: &Client,
    clients: &Clients,
) -> Result<(BTreeSet<String>, Option<ResourceId>), Broken> {
    let asked: BTreeSet<&str> = params.one("scope").unwrap_or_default().split(' ').collect();
    if !asked.contains("openid") {
        return Err(("invalid_scope", "scope must contain openid"));
    }
    let named: BTreeSet<&str> = params.all("resource").collect();
    clients
        .grantable(client, &asked, &named)
        .map_err(|refusal| (refusal.oauth(), refusal.description()))
}

/// Known values; `none` stands alone (OpenID Connect Core, 3.1.2.1).
pub(super) fn check_prompt(params: &Params<'_>) -> Result<BTreeSet<Prompt>, Broken> {
    let prompt = params
        .one("prompt")
        .unwrap_or_default()
        .split(' ')
        .filter(|value| !value.is_empty())
        .map(|value| match value {
            "none" => Ok(Prompt::None),
            "login" => Ok(Prompt::Login),
            "consent" => Ok(Prompt::Consent),
            "select_account" => Ok(Prompt::SelectAccount),
            _ => Err(("invalid_request", "prompt has an unknown value")),
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    if prompt.contains(&Prompt::None) && prompt.len() > 1 {
        return Err(("invalid_request", "prompt none cannot be combined"));
    }
    Ok(prompt)
}

/// A number of seconds (OpenID Connect Core, 3.1.2.1).
pub(super) fn check_max_age(params: &Params<'_>) -> Result<Option<u64>, Broken> {
    let parse = |text: &str| {
        let digits = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse().ok() } else { None }
    };
    params
        .one("max_age")
        .map(|text| parse(text).ok_or(("invalid_request", "max_age is not a number of seconds")))
        .transpose()
}

/// The claims parameter is readable (OpenID Connect Core, 5.5).
pub(super) fn check_claims(params: &Params<'_>) -> Result<ClaimsParameter, Broken> {
    params
        .one("claims")
        .map_or(Ok(ClaimsParameter::default()), ClaimsParameter::parse)
        .map_err(|_| ("invalid_request", "claims is malformed"))
}

/// Known values are a demand, unknown ones are ignored; an essential `acr` of unknown values alone can never be met
/// (OpenID Connect Core, 3.1.2.1 and 5.5.1.1).
pub(super) fn check_acr(
    params: &Params<'_>,
    claims: &ClaimsParameter,
) -> Result<Vec<String>, Broken> {
    let known = |value: &&str| Acr::parse(value).is_some();
    let by_claim = claims.acr().filter(|claim| !claim.values.is_empty());
    if let Some(claim) = by_claim {
        let values: Vec<&str> = claim
            .values
            .iter()
            .filter_map(serde_json::Value::as_str)
            .filter(known)
            .collect();
        if claim.essential && values.is_empty() {
            return Err((
                "unmet_authentication_requirements",
                "no requested acr value is known",
            ));
        }
        if !values.is_empty() {
            return Ok(values.into_iter().map(str::to_owned).collect());
        }
    }
    let values = params
        .one("acr_values")
        .unwrap_or_default()
        .split(' ')
        .filter(known)
        .take(32);
    Ok(values.map(str::to_owned).collect())
}

/// `self` or a mandate, of a client that may hear of mandates and asks to (identity core, section 5).
pub(super) fn check_acting_for(
    params: &Params<'_>,
    scope: &BTreeSet<String>,
) -> Result<Option<NamedBody>, Broken> {
    let Some(named) = params.one("acting_for") else {
        return Ok(None);
    };
    check_may_act(scope)?;
    if named == "self" {
        return Ok(Some(NamedBody::Own));
    }
    let id = Uuid::try_parse(named).map_err(|_| {
        (
            "invalid_request",
            "acting_for is neither self nor a mandate",
        )
    })?;
    Ok(Some(NamedBody::Mandate(MandateName::new(id))))
}

/// Only who hears of mandates names one.
pub(super) fn check_may_act(scope: &BTreeSet<String>) -> Result<(), Broken> {
    if scope.contains(mandate::SCOPE) {
        return Ok(());
    }
    Err((
        "invalid_request",
        "acting_for needs the scope city.mandate, asked and approved for the client",
    ))
}

/// Short printable text, or nothing.
pub(super) fn login_hint(params: &Params<'_>) -> Option<String> {
    let hint = params.one("login_hint")?;
    (hint.len() <= LONGEST_HINT && !hint.chars().any(char::is_control)).then(|| hint.to_owned())
}

/// A provider that the client may name, or nothing.
pub(super) fn idp_hint(params: &Params<'_>, client: &Client) -> Option<String> {
    let hint = params.one("idp_hint")?;
    let is_a_name = hint.len() <= 64
        && hint
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    (is_a_name && client.may_hint(hint)).then(|| hint.to_owned())
}

/// The first language that we speak; others are ignored (OpenID Connect Core, 3.1.2.1).
pub(super) fn ui_locales(params: &Params<'_>) -> Option<String> {
    let asked = params.one("ui_locales")?.split(' ').take(16);
    let primary = |tag: &str| {
        tag.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    asked
        .map(primary)
        .find(|language| matches!(language.as_str(), "cs" | "en" | "de"))
}

/// Whom the client expects. A hint that is not ours, or was another client's, matches nobody; an expired one of ours
/// is taken (OpenID Connect Core, 3.1.2.1).
pub(super) fn hinted_subject(
    params: &Params<'_>,
    claims: &ClaimsParameter,
    client: &Client,
    keys: &Keys,
    now: DateTime<Utc>,
) -> Option<HintedSubject> {
    let Some(hint) = params.one("id_token_hint") else {
        return claims.sub().map(|sub| HintedSubject::Sub(sub.to_owned()));
    };
    let ours = keys.id_token_hint(hint, &client.id, now);
    Some(ours.map_or(HintedSubject::Nobody, |hinted| {
        HintedSubject::Sub(hinted.sub)
    }))
}
