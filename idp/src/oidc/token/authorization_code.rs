//! `grant_type=authorization_code` (RFC 6749, 4.1.3; RFC 7636, 4.6).
//!
//! However a code is presented, it is good for nothing afterwards. A code that comes a second time revokes what the first
//! time gave.

use chrono::{DateTime, Utc};
use store::{
    StorageError, Tx,
    audit::{Actor, Event},
};

use super::{
    Tokens,
    mint::{self, IdToken, Speaker},
    presence::{Presence, choose, presence},
    redeemable::check,
    resource_of,
};
use crate::{
    Broker,
    acr::acr_for,
    audit,
    claims::release::{self, Told},
    clients::{Client, GrantType, RefreshPolicy},
    ids::AccessGrantId,
    mandate::{Chosen, Ended},
    oidc::{
        client_auth::Authenticated,
        code::{self, CodeGrant},
        error::OAuthError,
        form::ClientForm,
    },
    storage::{
        access_grant::{self, AccessGrant},
        account, consent, redemption,
        standing::Standing,
    },
};

const UNKNOWN_OR_USED: &str = "the code is unknown, expired or used";
pub(super) const SESSION_ENDED: OAuthError = OAuthError::invalid_grant("the session has ended");
pub(super) const CHOSE_ANEW: OAuthError =
    OAuthError::invalid_grant("the person has chosen anew since for whom they act");

/// Redeems a code.
pub(super) async fn redeem(
    broker: &Broker,
    authenticated: &Authenticated,
    form: &ClientForm,
    now: DateTime<Utc>,
) -> Result<Tokens, OAuthError> {
    let client = authenticated.client.as_ref();
    let code = form.require("code", "code is missing")?;

    let Some(granted) = code::open(&broker.master_key, code) else {
        authenticated.go_on_alone(broker, now).await?;
        return Err(OAuthError::invalid_grant(UNKNOWN_OR_USED));
    };
    // Whoever takes something back waits for us from here on, or we waited for them and see it.
    let mut tx = account::begin_sharing(&broker.db, granted.account_id).await?;
    let (login, made_at) = (granted.authentication_id, granted.now);
    let met = redemption::lookup(&mut tx, login, client, made_at, now).await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let granted = allowed_still(&mut tx, client, granted).await?;
    let checked = check(broker, client, &granted, form, met.as_ref(), now);
    let (Ok(()), Some(met)) = (checked.as_ref(), &met) else {
        let error = checked.err().unwrap_or(SESSION_ENDED);
        return Err(burn(broker, tx, authenticated, &granted, error, now).await?);
    };
    let standing = &met.standing;
    let chosen = granted.mandate_id;
    let acting = Chosen::lookup(broker, &mut tx, client, granted.account_id, chosen, now).await?;
    let Ok(acting) = acting else {
        let error = OAuthError::invalid_grant(Ended::DESCRIPTION);
        return Err(burn(broker, tx, authenticated, &granted, error, now).await?);
    };

    let resource = match resource_of(broker, client, granted.asked.resource.as_ref(), form) {
        Ok(resource) => resource,
        Err(error) => {
            return Err(burn(broker, tx, authenticated, &granted, error, now).await?);
        }
    };
    let session = presence(broker, &mut tx, client, &granted, met, now).await?;
    if !choose(broker, &mut tx, client, &granted, &session, now).await? {
        let error = CHOSE_ANEW;
        return Err(burn(broker, tx, authenticated, &granted, error, now).await?);
    }
    let grant = grant_of(client, &granted, &session, now);
    access_grant::add(&mut tx, &grant);
    let standing = &Standing {
        sid: session.sid.clone(),
        ..standing.clone()
    };
    let speaker = Speaker::Person(&grant, standing, &acting);
    let access = mint::access_token(
        broker,
        &mut tx,
        client,
        speaker,
        &grant.scope,
        resource.as_deref(),
        now,
    )
    .await?;
    let refresh_token = match gets_refresh_token(client, &grant) {
        true => Some(mint::refresh_token(broker, &mut tx, &grant, now)),
        false => None,
    };
    let told = Told {
        standing,
        acting: &acting,
    };
    let more = release::into_id_token(broker, &mut tx, client, &grant, told, now).await?;
    let event = issued(client, &grant, standing);
    audit::record(broker, &mut tx, event, now).await?;
    match tx.commit().await {
        // The code was redeemed before, if by a moment: nothing of this stays, not even the session at the client.
        Err(StorageError::Conflict(_)) => {
            return Err(used_before(broker, authenticated, grant.id, now).await?);
        }
        committed => committed?,
    }

    let nonce = granted.asked.nonce.as_deref();
    let id_token = IdToken {
        client,
        grant: &grant,
        standing,
        nonce,
        more,
    };
    Ok(mint::tokens(
        broker,
        access,
        refresh_token,
        Some(&id_token),
        &grant.scope,
        now,
    )?)
}

/// The grant without what the person does not allow any more: a consent may have been withdrawn or narrowed since the code was made.
/// Without any consent nothing is left, not even `openid`.
async fn allowed_still(
    tx: &mut Tx,
    client: &Client,
    mut granted: CodeGrant,
) -> Result<CodeGrant, StorageError> {
    if client.information_page {
        let consent = consent::find(tx, granted.account_id, &client.id).await?;
        let allowed = consent.map(|consent| consent.content().allowed.clone());
        granted.asked.keep(&allowed.unwrap_or_default());
    }
    Ok(granted)
}

/// [`used`] in a transaction of its own.
async fn used_before(
    broker: &Broker,
    authenticated: &Authenticated,
    id: AccessGrantId,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    let mut tx = broker.db.begin().await?;
    let mut within = broker.short_lived.within(&mut tx);
    match authenticated.go_on(&mut within, now).await {
        // A store that knows nothing of the transaction remembers the assertion of this very request.
        Ok(()) | Err(OAuthError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    used(broker, tx, authenticated, id, now).await
}

/// A code that was redeemed or presented before: all that it gave is revoked (RFC 6749, 4.1.2), unless it is another client's,
/// which could end what somebody else was given.
async fn used(
    broker: &Broker,
    mut tx: Tx,
    authenticated: &Authenticated,
    id: AccessGrantId,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    if let Some((of_client, account_id)) = access_grant::find_whose(&mut tx, id).await? {
        let client = &authenticated.client;
        let ends = of_client == client.id && access_grant::revoke(&mut tx, id, now).await?;
        let details = serde_json::json!({ "access_grant": id, "client": of_client });
        let actor = Actor::Client(client.id.to_string());
        let event = Event {
            kind: "token.code_reused",
            actor,
            subject: Some(account_id.uuid()),
            details,
        };
        // The first time it ended something. One code may be sent for ever.
        let event = match ends {
            true => Some(event),
            false => audit::weighed(broker, event, authenticated.from, now),
        };
        if let Some(event) = event {
            audit::record(broker, &mut tx, event, now).await?;
        }
    }
    tx.commit().await?;
    Ok(OAuthError::invalid_grant(UNKNOWN_OR_USED))
}

/// A code that was presented wrongly: from now on it counts as used.
async fn burn(
    broker: &Broker,
    mut tx: Tx,
    authenticated: &Authenticated,
    granted: &CodeGrant,
    error: OAuthError,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    if !access_grant::burn(&mut tx, granted, now).await? {
        return used(broker, tx, authenticated, granted.access_grant_id, now).await;
    }
    let details =
        serde_json::json!({ "client": granted.asked.client_id, "reason": error.description() });
    let actor = Actor::Client(authenticated.client.id.to_string());
    let event = Event {
        kind: "token.code_refused",
        actor,
        subject: Some(granted.account_id.uuid()),
        details,
    };
    audit::record(broker, &mut tx, event, now).await?;
    tx.commit().await?;
    Ok(error)
}

fn grant_of(
    client: &Client,
    granted: &CodeGrant,
    session: &Presence,
    now: DateTime<Utc>,
) -> AccessGrant {
    let asked = &granted.asked;
    // What was approved when the request was made and is not any more, is not granted.
    let approved = |scope: &&String| client.scopes.contains(*scope);
    let scope: std::collections::BTreeSet<String> =
        asked.scope.iter().filter(approved).cloned().collect();
    AccessGrant {
        id: granted.access_grant_id,
        client_id: client.id.clone(),
        account_id: granted.account_id,
        browser_session_id: granted.browser_session_id,
        client_session_id: session.client_session_id,
        authentication_id: granted.authentication_id,
        sub: session.sub.clone(),
        offline: scope.contains("offline_access") && client.refresh != RefreshPolicy::Never,
        scope,
        claims: asked.claims.clone(),
        resource_id: asked.resource.clone(),
        mandate_id: granted.mandate_id,
        created_at: now,
    }
}

fn gets_refresh_token(client: &Client, grant: &AccessGrant) -> bool {
    client.may(GrantType::RefreshToken)
        && match client.refresh {
            RefreshPolicy::Never => false,
            RefreshPolicy::Offline => grant.offline,
            RefreshPolicy::Session => true,
        }
}

fn issued(client: &Client, grant: &AccessGrant, standing: &Standing) -> Event {
    Event {
        kind: "token.issued",
        actor: Actor::Client(client.id.to_string()),
        subject: Some(grant.account_id.uuid()),
        details: serde_json::json!({
            "access_grant": grant.id,
            "scope": grant.scope,
            "session": grant.client_session_id,
            "authentication": grant.authentication_id,
            "acr": acr_for(standing.levels, standing.eidas.as_deref()),
            "mandate": grant.mandate_id,
        }),
    }
}
