//! `grant_type=client_credentials` (RFC 6749, 4.4): a client for itself, never for a person.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use store::audit::{Actor, Event};

use super::{
    Tokens,
    mint::{self, Speaker},
};
use crate::{
    Broker, audit,
    claims::catalogue,
    oidc::{client_auth::Authenticated, error::OAuthError, form::ClientForm},
};

/// Gives the client a token of its own.
pub(super) async fn issue(
    broker: &Broker,
    authenticated: &Authenticated,
    form: &ClientForm,
    now: DateTime<Utc>,
) -> Result<Tokens, OAuthError> {
    let client = authenticated.client.as_ref();
    let asked: BTreeSet<&str> = form
        .get("scope")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    if asked.iter().any(|scope| catalogue::scope(scope).is_some()) {
        return Err(OAuthError::invalid_scope(
            "a client acting for itself has no identity scopes",
        ));
    }
    let named: BTreeSet<&str> = form.all("resource").collect();
    let (mut scope, resource) = broker
        .clients
        .grantable(client, &asked, &named)
        .map_err(|refusal| OAuthError::invalid_target(refusal.description()))?;
    if scope.len() < asked.len() {
        return Err(OAuthError::invalid_scope(
            "a scope is unknown or not approved for the client",
        ));
    }
    let resource = resource.and_then(|id| broker.clients.resource(&id));
    if let (Some(resource), true) = (&resource, asked.is_empty()) {
        // Without a scope the client gets what it may at that resource (RFC 6749, 3.3).
        scope = resource
            .scopes
            .intersection(&client.scopes)
            .cloned()
            .collect();
    }

    let mut tx = broker.db.begin().await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let access = mint::access_token(
        broker,
        &mut tx,
        client,
        Speaker::Client,
        &scope,
        resource.as_deref(),
        now,
    )
    .await?;
    let details = serde_json::json!({ "scope": scope, "resource": resource.as_ref().map(|resource| &resource.id) });
    let actor = Actor::Client(client.id.to_string());
    let event = Event {
        kind: "token.issued_to_client",
        actor,
        subject: None,
        details,
    };
    audit::record(broker, &mut tx, event, now).await?;
    tx.commit().await?;

    Ok(mint::tokens(broker, access, None, None, &scope, now)?)
}
