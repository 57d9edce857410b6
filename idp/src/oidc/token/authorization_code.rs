//! `grant_type=authorization_code` (RFC 6749, 4.1.3; RFC 7636, 4.6).
//!
//! The code is taken before it is judged: whatever is wrong with the request, it is good for nothing afterwards. A code
//! that comes a second time revokes what the first time gave.

use chrono::{DateTime, Utc};
use store::{
    StorageError, Tx,
    audit::{Actor, Event},
};

use super::{
    Tokens,
    mint::{self, IdToken, Speaker},
};
use crate::{
    Broker, audit,
    claims::release::{self, Told},
    clients::{Client, GrantType, RefreshPolicy},
    hash,
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
        client_session,
        standing::{self, Standing},
    },
};

/// Redeems a code.
pub(super) async fn redeem(
    broker: &Broker,
    authenticated: &Authenticated,
    form: &ClientForm,
    now: DateTime<Utc>,
) -> Result<Tokens, OAuthError> {
    let client = authenticated.client.as_ref();
    let code = form.require("code", "code is missing")?;
    let code_hash = hash::sha256(code.as_bytes());

    let mut tx = broker.db.begin().await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let Some(granted) = code::take(&mut broker.short_lived.within(&mut tx), code, now).await?
    else {
        return Err(used_or_unknown(broker, tx, client, &code_hash, now).await?);
    };
    let standing = standing::lookup(
        &mut tx,
        granted.authentication_id,
        granted.client_session_id,
        now,
    )
    .await?;
    let checked = check(client, &granted, form, standing.as_ref(), now);
    let (Ok(()), Some(standing)) = (checked.as_ref(), &standing) else {
        let error = checked
            .err()
            .unwrap_or(OAuthError::invalid_grant("the session has ended"));
        return Err(burn(broker, tx, client, &granted, error, now).await?);
    };
    let chosen = granted.mandate_id;
    let acting = Chosen::lookup(&mut tx, client, granted.account_id, chosen, now).await?;
    let Ok(acting) = acting else {
        let error = OAuthError::invalid_grant(Ended::DESCRIPTION);
        return Err(burn(broker, tx, client, &granted, error, now).await?);
    };

    let resource = granted.request.resource.as_ref();
    let resource = resource.map(|id| {
        broker
            .clients
            .resource(id)
            .ok_or(OAuthError::invalid_target("the resource is no more"))
    });
    let resource = resource.transpose()?;
    let grant = grant_of(broker, client, &granted, now);
    choose(broker, &mut tx, client, &granted, now).await?;
    match access_grant::add(&mut tx, &grant, &code_hash).await {
        // With short-lived state elsewhere, two may take a code that is being redeemed right now.
        Err(StorageError::Conflict(_)) => {
            tx.rollback().await?;
            let tx = broker.db.begin().await?;
            return Err(used_or_unknown(broker, tx, client, &code_hash, now).await?);
        }
        other => other?,
    }
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
        true => Some(mint::refresh_token(broker, &mut tx, &grant, now).await?),
        false => None,
    };
    let told = Told {
        standing,
        acting: &acting,
    };
    let more = release::into_id_token(broker, &mut tx, client, &grant, told, now).await?;
    audit::record(broker, &mut tx, issued(client, &grant), now).await?;
    tx.commit().await?;

    let nonce = granted.request.nonce.as_deref();
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

/// From now on the person acts at this client for whom they chose. Written down when the client redeems the code and not before:
/// whoever merely sends a browser here changes nothing. Tokens of the session that speak for somebody else die.
async fn choose(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    granted: &CodeGrant,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    let session = granted.client_session_id;
    if !client_session::choose_mandate(tx, session, granted.mandate_id).await? {
        return Ok(());
    }
    access_grant::revoke_for_client_session(tx, session, now).await?;
    let event = Event {
        kind: "mandate.chosen",
        actor: Actor::Account(granted.account_id.uuid()),
        subject: Some(granted.account_id.uuid()),
        details: serde_json::json!({ "client": client.id, "session": session, "mandate": granted.mandate_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(())
}

/// The rules, in order.
fn check(
    client: &Client,
    granted: &CodeGrant,
    form: &ClientForm,
    standing: Option<&Standing>,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    check_client(client, granted)?;
    check_age(granted, now)?;
    check_redirect_uri(granted, form)?;
    check_verifier(granted, form)?;
    check_resource(granted, form)?;
    check_standing(client, standing)
}

/// The code was made for this client (RFC 6749, 4.1.3).
fn check_client(client: &Client, granted: &CodeGrant) -> Result<(), OAuthError> {
    if granted.request.client_id == client.id {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant(
            "the code was issued to another client",
        ))
    }
}

/// The code is fresh, whatever keeps it (RFC 6749, 4.1.2).
fn check_age(granted: &CodeGrant, now: DateTime<Utc>) -> Result<(), OAuthError> {
    if now < granted.now + code::LIFETIME {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant("the code has expired"))
    }
}

/// The redirect URI is repeated as it was (RFC 6749, 4.1.3).
fn check_redirect_uri(granted: &CodeGrant, form: &ClientForm) -> Result<(), OAuthError> {
    if form.get("redirect_uri") == Some(granted.request.redirect_uri.as_str()) {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant(
            "redirect_uri differs from the authorization request",
        ))
    }
}

/// The verifier hashes to the challenge; without a challenge there is no verifier (RFC 7636, 4.6; RFC 9700, 2.1.1).
fn check_verifier(granted: &CodeGrant, form: &ClientForm) -> Result<(), OAuthError> {
    let right = match (&granted.request.code_challenge, form.get("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            (43..=128).contains(&verifier.len())
                && hash::sha256_text(verifier.as_bytes()) == *challenge
        }
        _ => false,
    };
    if right {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant(
            "code_verifier does not match the code_challenge",
        ))
    }
}

/// A resource named now is the one that was granted (RFC 8707, 2.2).
fn check_resource(granted: &CodeGrant, form: &ClientForm) -> Result<(), OAuthError> {
    if form.all("resource").next().is_none() || granted.request.resource.is_some() {
        Ok(())
    } else {
        Err(OAuthError::invalid_target(
            "the resource was not asked for in the authorization request",
        ))
    }
}

/// Account and sessions still stand, and the login still counts for what the client demands.
fn check_standing(client: &Client, standing: Option<&Standing>) -> Result<(), OAuthError> {
    match standing {
        Some(standing) if !standing.account_active => {
            Err(OAuthError::invalid_grant("the account cannot be used"))
        }
        Some(standing) if !standing.levels.meets(client.minimum) => Err(OAuthError::invalid_grant(
            "the login no longer reaches the level the client demands",
        )),
        Some(standing) if standing.session_alive => Ok(()),
        _ => Err(OAuthError::invalid_grant("the session has ended")),
    }
}

/// A code that is not there any more: if it was redeemed, all that it gave is revoked (RFC 6749, 4.1.2).
async fn used_or_unknown(
    broker: &Broker,
    mut tx: Tx,
    client: &Client,
    code_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    if let Some((grant_id, of_client, account_id)) =
        access_grant::find_by_code(&mut tx, code_hash).await?
    {
        access_grant::revoke(&mut tx, grant_id, now).await?;
        let details = serde_json::json!({ "access_grant": grant_id, "client": of_client });
        let actor = Actor::Client(client.id.to_string());
        let event = Event {
            kind: "token.code_reused",
            actor,
            subject: Some(account_id.uuid()),
            details,
        };
        audit::record(broker, &mut tx, event, now).await?;
    }
    tx.commit().await?;
    Ok(OAuthError::invalid_grant(
        "the code is unknown, expired or used",
    ))
}

/// A code that was presented wrongly: it stays taken.
async fn burn(
    broker: &Broker,
    mut tx: Tx,
    client: &Client,
    granted: &CodeGrant,
    error: OAuthError,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    let details =
        serde_json::json!({ "client": granted.request.client_id, "reason": error.description() });
    let actor = Actor::Client(client.id.to_string());
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
    broker: &Broker,
    client: &Client,
    granted: &CodeGrant,
    now: DateTime<Utc>,
) -> AccessGrant {
    let request = &granted.request;
    // What was approved when the request was made and is not any more, is not granted.
    let approved = |scope: &&String| client.scopes.contains(*scope);
    let scope: std::collections::BTreeSet<String> =
        request.scope.iter().filter(approved).cloned().collect();
    AccessGrant {
        id: AccessGrantId::new(broker.random.uuid_v7(now)),
        client_id: client.id.clone(),
        account_id: granted.account_id,
        browser_session_id: granted.browser_session_id,
        client_session_id: granted.client_session_id,
        authentication_id: granted.authentication_id,
        sub: granted.sub.clone(),
        offline: scope.contains("offline_access") && client.refresh != RefreshPolicy::Never,
        scope,
        claims: request.claims.clone(),
        resource_id: request.resource.clone(),
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

fn issued(client: &Client, grant: &AccessGrant) -> Event {
    Event {
        kind: "token.issued",
        actor: Actor::Client(client.id.to_string()),
        subject: Some(grant.account_id.uuid()),
        details: serde_json::json!({ "access_grant": grant.id, "scope": grant.scope }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use uuid::Uuid;

    use super::*;
    use crate::{
        clients::client_for_tests,
        ids::{AccountId, AuthenticationId, BrowserSessionId, ClientSessionId},
    };

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn granted(challenge: Option<&str>) -> CodeGrant {
        CodeGrant {
            request: serde_json::from_value(serde_json::json!({
                "client_id": "app", "redirect_uri": "https://app.test/cb", "scope": ["openid"],
                "code_challenge": challenge,
            }))
            .unwrap(),
            account_id: AccountId::new(Uuid::nil()),
            browser_session_id: BrowserSessionId::new(Uuid::nil()),
            client_session_id: ClientSessionId::new(Uuid::nil()),
            authentication_id: AuthenticationId::new(Uuid::nil()),
            sub: "sub".to_owned(),
            mandate_id: None,
            now: at(0),
        }
    }

    fn form(pairs: &[(&str, &str)]) -> ClientForm {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        ClientForm::read(&headers, &body.into()).unwrap()
    }

    #[test]
    fn a_code_is_good_for_its_client_and_sixty_seconds() {
        let app = client_for_tests("app", &["https://app.test/cb"]);
        let other = client_for_tests("other", &[]);

        assert!(check_client(&app, &granted(None)).is_ok());
        assert!(check_client(&other, &granted(None)).is_err());
        assert!(check_age(&granted(None), at(59)).is_ok());
        assert!(check_age(&granted(None), at(60)).is_err());
    }

    #[test]
    fn the_redirect_uri_is_repeated_exactly() {
        let sent =
            |uri| check_redirect_uri(&granted(None), &form(&[("redirect_uri", uri)])).is_ok();

        assert!(sent("https://app.test/cb"));
        assert!(!sent("https://app.test/cb/"));
        assert!(!sent(""));
    }

    #[test]
    fn verifier_and_challenge_belong_together() {
        let right = |challenge, verifier| {
            check_verifier(&granted(challenge), &form(&[("code_verifier", verifier)])).is_ok()
        };

        assert!(right(Some(CHALLENGE), VERIFIER));
        assert!(right(None, ""));
        assert!(!right(Some(CHALLENGE), ""));
        assert!(!right(Some(CHALLENGE), CHALLENGE));
        // Nobody adds PKCE to a code that was asked for without it (RFC 9700, 2.1.1).
        assert!(!right(None, VERIFIER));
    }
}
