//! A request that was accepted hours ago, judged by what its client may now: a browser may keep it for a day, and a redirect URI or a scope
//! that was taken from the client meanwhile counts no more.

use std::collections::BTreeSet;

use super::rules::{self, Broken};
use super::{AuthorizationRequest, Params, RedirectRefusal, Refusal};
use crate::clients::{Client, Clients};

/// Checks it once more, and narrows it as a fresh one would be.
pub(crate) fn check_again(
    mut request: AuthorizationRequest,
    clients: &Clients,
) -> Result<AuthorizationRequest, Refusal> {
    let sent = sent(&request);
    let params = Params::new(&sent);
    let client = rules::check_client(&params, clients)
        .map_err(|refusal| Refusal::Page(refusal, Some(request.client_id.clone())))?;
    let redirect_uri = rules::check_redirect_uri(&params, &client)
        .map_err(|refusal| Refusal::Page(refusal, Some(client.id.clone())))?;
    if let Err((error, description)) = narrow(&mut request, &params, &client, clients) {
        return Err(Refusal::Redirect(Box::new(RedirectRefusal {
            redirect_uri,
            response_mode: request.response_mode,
            state: request.state,
            error,
            description,
        })));
    }
    Ok(request)
}

/// What of it the client's registration decides, as it was sent.
fn sent(request: &AuthorizationRequest) -> Vec<(String, String)> {
    let scope: Vec<&str> = request.scope.iter().map(String::as_str).collect();
    let mut sent = vec![
        ("client_id", request.client_id.to_string()),
        ("redirect_uri", request.redirect_uri.as_str().to_owned()),
        ("scope", scope.join(" ")),
    ];
    if let Some(challenge) = &request.code_challenge {
        sent.push(("code_challenge", challenge.clone()));
        sent.push(("code_challenge_method", "S256".to_owned()));
    }
    if let Some(hint) = &request.idp_hint {
        sent.push(("idp_hint", hint.clone()));
    }
    sent.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn narrow(
    request: &mut AuthorizationRequest,
    params: &Params<'_>,
    client: &Client,
    clients: &Clients,
) -> Result<(), Broken> {
    rules::check_code_flow_allowed(client)?;
    rules::check_pkce(params, client)?;
    let asked: BTreeSet<&str> = request.scope.iter().map(String::as_str).collect();
    let resource = request.resource.as_ref().map(|id| clients.resource(id));
    // One that is gone is named by nothing that is known.
    let named = resource.map(|resource| resource.map(|resource| resource.uri.clone()));
    let named = named.map(Option::unwrap_or_default);
    let named = named.as_deref().into_iter().collect();
    let (scope, resource) = clients
        .grantable(client, &asked, &named)
        .map_err(|refusal| (refusal.oauth(), refusal.description()))?;
    if request.acting_for.is_some() {
        rules::check_may_act(&scope)?;
    }
    request.scope = scope;
    request.resource = resource;
    request.idp_hint = rules::idp_hint(params, client);
    request
        .claims
        .userinfo
        .keep_readable(client, &request.scope);
    request
        .claims
        .id_token
        .keep_readable(client, &request.scope);
    Ok(())
}
