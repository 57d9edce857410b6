//! `grant_type=refresh_token` (RFC 6749, 6; RFC 9700, 4.14).
//!
//! A token is replaced at each use. When a replaced one comes again within ten seconds, the client raced itself: the
//! second request is refused and nothing else happens. Later, it is in two hands: the family is revoked.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use store::{
    Tx,
    audit::{Actor, Event},
};

use super::{
    Tokens,
    mint::{self, IdToken, Speaker},
    resource_of,
};
use crate::{
    Broker, audit,
    claims::release::{self, Told},
    clients::Client,
    hash,
    mandate::{Chosen, Ended},
    oidc::{
        client_auth::Authenticated,
        error::OAuthError,
        form::ClientForm,
        stands::{Fallen, stands},
    },
    storage::{
        access_grant::{self, AccessGrant},
        client_session,
        refresh_token::{self, RefreshToken},
        standing::{self, Standing},
    },
};

/// How long a client may race itself.
const RACE: Duration = Duration::seconds(10);

/// Gives new tokens for a refresh token.
pub(super) async fn refresh(
    broker: &Broker,
    authenticated: &Authenticated,
    form: &ClientForm,
    now: DateTime<Utc>,
) -> Result<Tokens, OAuthError> {
    let client = authenticated.client.as_ref();
    let token = form.require("refresh_token", "refresh_token is missing")?;
    let token_hash = hash::sha256(token.as_bytes());

    let mut tx = broker.db.begin().await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let found = refresh_token::find(&mut tx, &token_hash).await?;
    let Some(found) = found.filter(|found| found.grant.client_id == client.id) else {
        return Err(refuse(
            broker,
            tx,
            authenticated,
            None,
            "the refresh token is unknown",
            false,
            now,
        )
        .await?);
    };
    let grant = &found.grant;
    if is_in_two_hands(&found, now) {
        let ends = access_grant::revoke(&mut tx, grant.id, now).await?;
        return Err(refuse(
            broker,
            tx,
            authenticated,
            Some(grant),
            "the refresh token was used before",
            ends,
            now,
        )
        .await?);
    }
    let standing = standing::lookup(
        &mut tx,
        grant.authentication_id,
        grant.client_session_id,
        now,
    )
    .await?;
    let standing = match check(broker, client, &found, standing.as_ref(), now) {
        Ok(standing) => standing,
        Err(reason) => {
            return Err(refuse(broker, tx, authenticated, Some(grant), reason, false, now).await?);
        }
    };
    let chosen = grant.mandate_id;
    let acting = Chosen::lookup(broker, &mut tx, client, grant.account_id, chosen, now).await?;
    let Ok(acting) = acting else {
        let reason = Ended::DESCRIPTION;
        return Err(refuse(broker, tx, authenticated, Some(grant), reason, false, now).await?);
    };
    let scope = narrowed(client, grant, form)?;
    let resource = resource_of(broker, client, grant.resource_id.as_ref(), form)?;

    if client.rotate_refresh && !refresh_token::rotate(&mut tx, &token_hash, now).await? {
        // Somebody with the same token was faster by a moment.
        return Err(refuse(
            broker,
            tx,
            authenticated,
            Some(grant),
            "the refresh token was used before",
            false,
            now,
        )
        .await?);
    }
    // A session at a client that goes on keeps the browser's from ending as idle.
    let known = now - super::presence::USED_EVERY;
    client_session::touch_since(&mut tx, grant.client_session_id, known, now).await?;
    let speaker = Speaker::Person(grant, standing, &acting);
    let access = mint::access_token(
        broker,
        &mut tx,
        client,
        speaker,
        &scope,
        resource.as_deref(),
        now,
    )
    .await?;
    let next = match client.rotate_refresh {
        true => Some(mint::refresh_token(broker, &mut tx, grant, now)),
        false => None,
    };
    let told = Told {
        standing,
        acting: &acting,
    };
    let more = release::into_id_token(broker, &mut tx, client, grant, told, now).await?;
    let details = serde_json::json!({ "access_grant": grant.id, "scope": scope });
    let actor = Actor::Client(client.id.to_string());
    let event = Event {
        kind: "token.refreshed",
        actor,
        subject: Some(grant.account_id.uuid()),
        details,
    };
    audit::record(broker, &mut tx, event, now).await?;
    tx.commit().await?;

    // `iss`, `sub`, `aud`, `auth_time` as in the first one, no nonce (OpenID Connect Core, 12.2).
    let id_token = IdToken {
        client,
        grant,
        standing,
        nonce: None,
        more,
    };
    let id_token = scope.contains("openid").then_some(&id_token);
    Ok(mint::tokens(broker, access, next, id_token, &scope, now)?)
}

/// Whether the token was replaced so long ago that this cannot be a race.
fn is_in_two_hands(found: &RefreshToken, now: DateTime<Utc>) -> bool {
    found.used_at.is_some_and(|used_at| now > used_at + RACE)
}

/// The token stands, and what it stands on.
fn check<'a>(
    broker: &Broker,
    client: &Client,
    found: &RefreshToken,
    standing: Option<&'a Standing>,
    now: DateTime<Utc>,
) -> Result<&'a Standing, Fallen> {
    if found.revoked_at.is_some() {
        Err("the refresh token was revoked")
    } else if found.used_at.is_some() {
        Err("the refresh token was used before")
    } else if found.expires_at <= now {
        Err("the refresh token has expired")
    } else {
        stands(broker, client, standing, found.grant.offline)
    }
}

/// Scopes asked now, never more than were granted and are still approved (RFC 6749, 6).
fn narrowed(
    client: &Client,
    grant: &AccessGrant,
    form: &ClientForm,
) -> Result<BTreeSet<String>, OAuthError> {
    let held: BTreeSet<&String> = grant
        .scope
        .iter()
        .filter(|scope| client.scopes.contains(*scope))
        .collect();
    let Some(asked) = form.get("scope") else {
        return Ok(held.into_iter().cloned().collect());
    };
    let asked: BTreeSet<String> = asked.split_ascii_whitespace().map(str::to_owned).collect();
    if asked.iter().all(|scope| grant.scope.contains(scope)) {
        Ok(asked
            .into_iter()
            .filter(|scope| held.contains(scope))
            .collect())
    } else {
        Err(OAuthError::invalid_scope("a scope was not granted"))
    }
}

/// `ends`: what was granted ends with this.
async fn refuse(
    broker: &Broker,
    mut tx: Tx,
    authenticated: &Authenticated,
    grant: Option<&AccessGrant>,
    reason: &'static str,
    ends: bool,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    let details =
        serde_json::json!({ "access_grant": grant.map(|grant| grant.id), "reason": reason });
    let event = Event {
        kind: "token.refresh_refused",
        actor: Actor::Client(authenticated.client.id.to_string()),
        subject: grant.map(|grant| grant.account_id.uuid()),
        details,
    };
    // The first time it ended something. One token may be sent for ever, and anybody can invent some.
    let event = match ends {
        true => Some(event),
        false => audit::weighed(broker, event, authenticated.from, now),
    };
    if let Some(event) = event {
        audit::record(broker, &mut tx, event, now).await?;
    }
    tx.commit().await?;
    Ok(OAuthError::invalid_grant(reason))
}
