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
    resource_of,
};
use crate::{
    Broker,
    acr::acr_for,
    audit,
    claims::release::{self, Told},
    clients::{Client, GrantType, RefreshPolicy},
    hash,
    ids::AccessGrantId,
    login::offers::counts_for,
    mandate::{Chosen, Ended},
    oidc::{
        client_auth::Authenticated,
        code::{self, CodeGrant},
        error::OAuthError,
        form::ClientForm,
    },
    storage::{
        access_grant::{self, AccessGrant},
        account, consent,
        redemption::{self, Redemption},
        standing::Standing,
    },
};

const UNKNOWN_OR_USED: &str = "the code is unknown, expired or used";
const SESSION_ENDED: OAuthError = OAuthError::invalid_grant("the session has ended");
const CHOSE_ANEW: OAuthError =
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
    let code_hash = hash::sha256(code.as_bytes());

    let mut tx = broker.db.begin().await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let Some(granted) = code::open(&broker.master_key, code) else {
        tx.commit().await?;
        return Err(OAuthError::invalid_grant(UNKNOWN_OR_USED));
    };
    // Whoever takes something back waits for us from here on, or we waited for them and see it.
    account::share(&mut tx, granted.account_id).await?;
    let (login, made_at) = (granted.authentication_id, granted.now);
    let met = redemption::lookup(&mut tx, login, client, made_at, now).await?;
    let granted = allowed_still(&mut tx, client, granted).await?;
    let checked = check(broker, client, &granted, form, met.as_ref(), now);
    let (Ok(()), Some(met)) = (checked.as_ref(), &met) else {
        let error = checked.err().unwrap_or(SESSION_ENDED);
        return Err(burn(broker, tx, client, &granted, &code_hash, error, now).await?);
    };
    let standing = &met.standing;
    let chosen = granted.mandate_id;
    let acting = Chosen::lookup(&mut tx, client, granted.account_id, chosen, now).await?;
    let Ok(acting) = acting else {
        let error = OAuthError::invalid_grant(Ended::DESCRIPTION);
        return Err(burn(broker, tx, client, &granted, &code_hash, error, now).await?);
    };

    let resource = match resource_of(broker, client, granted.asked.resource.as_ref(), form) {
        Ok(resource) => resource,
        Err(error) => {
            return Err(burn(broker, tx, client, &granted, &code_hash, error, now).await?);
        }
    };
    let session = presence(broker, &mut tx, client, &granted, met, now).await?;
    if !choose(broker, &mut tx, client, &granted, &session, now).await? {
        return Err(burn(broker, tx, client, &granted, &code_hash, CHOSE_ANEW, now).await?);
    }
    let grant = grant_of(broker, client, &granted, &session, now);
    access_grant::add(&mut tx, &grant, &code_hash);
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
            return Err(used_before(broker, authenticated, &code_hash, now).await?);
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

/// The rules, in order.
fn check(
    broker: &Broker,
    client: &Client,
    granted: &CodeGrant,
    form: &ClientForm,
    met: Option<&Redemption>,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    check_client(client, granted)?;
    check_age(granted, now)?;
    check_redirect_uri(granted, form)?;
    check_verifier(granted, form)?;
    check_consent(granted)?;
    check_choice(granted, met)?;
    check_standing(broker, client, met)
}

/// The code was made for this client (RFC 6749, 4.1.3).
fn check_client(client: &Client, granted: &CodeGrant) -> Result<(), OAuthError> {
    if granted.asked.client_id == client.id {
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
    if form.get("redirect_uri") == Some(granted.asked.redirect_uri.as_str()) {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant(
            "redirect_uri differs from the authorization request",
        ))
    }
}

/// The verifier hashes to the challenge; without a challenge there is no verifier (RFC 7636, 4.6; RFC 9700, 2.1.1).
fn check_verifier(granted: &CodeGrant, form: &ClientForm) -> Result<(), OAuthError> {
    let right = match (&granted.asked.code_challenge, form.get("code_verifier")) {
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

/// Something is left of what the person agreed to.
fn check_consent(granted: &CodeGrant) -> Result<(), OAuthError> {
    if granted.asked.scope.is_empty() {
        Err(OAuthError::invalid_grant("the consent was withdrawn"))
    } else {
        Ok(())
    }
}

/// The person did not choose anew, after the code was made, for whom they act at the client.
fn check_choice(granted: &CodeGrant, met: Option<&Redemption>) -> Result<(), OAuthError> {
    let open = met.and_then(|met| met.open.as_ref());
    let chose_anew = open.is_some_and(|open| {
        open.mandate_id != granted.mandate_id && open.chosen_at.is_some_and(|at| granted.now < at)
    });
    if chose_anew { Err(CHOSE_ANEW) } else { Ok(()) }
}

/// Account, session, way in and provider still stand, and the login still counts for what the client demands.
fn check_standing(
    broker: &Broker,
    client: &Client,
    met: Option<&Redemption>,
) -> Result<(), OAuthError> {
    let Some(Redemption {
        standing,
        realm,
        ended_since,
        ..
    }) = met
    else {
        return Err(SESSION_ENDED);
    };
    if !standing.account_active {
        Err(OAuthError::invalid_grant("the account cannot be used"))
    } else if !standing.levels.meets(client.minimum) {
        Err(OAuthError::invalid_grant(
            "the login no longer reaches the level the client demands",
        ))
    } else if !counts_for(&broker.providers, realm, Some(client)) {
        Err(OAuthError::invalid_grant(
            "the provider of the login serves this client no more",
        ))
    } else if standing.session_alive && standing.link_stands && !*ended_since {
        Ok(())
    } else {
        Err(SESSION_ENDED)
    }
}

/// [`used`] in a transaction of its own.
async fn used_before(
    broker: &Broker,
    authenticated: &Authenticated,
    code_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    let mut tx = broker.db.begin().await?;
    let mut within = broker.short_lived.within(&mut tx);
    match authenticated.go_on(&mut within, now).await {
        // A store that knows nothing of the transaction remembers the assertion of this very request.
        Ok(()) | Err(OAuthError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    used(broker, tx, &authenticated.client, code_hash, now).await
}

/// A code that was redeemed or presented before: all that it gave is revoked (RFC 6749, 4.1.2), unless it is another client's,
/// which could end what somebody else was given.
async fn used(
    broker: &Broker,
    mut tx: Tx,
    client: &Client,
    code_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    if let Some((grant_id, of_client, account_id)) =
        access_grant::find_by_code(&mut tx, code_hash).await?
    {
        if of_client == client.id {
            access_grant::revoke(&mut tx, grant_id, now).await?;
        }
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
    Ok(OAuthError::invalid_grant(UNKNOWN_OR_USED))
}

/// A code that was presented wrongly: from now on it counts as used.
async fn burn(
    broker: &Broker,
    mut tx: Tx,
    client: &Client,
    granted: &CodeGrant,
    code_hash: &[u8; 32],
    error: OAuthError,
    now: DateTime<Utc>,
) -> Result<OAuthError, OAuthError> {
    let id = AccessGrantId::new(broker.random.uuid_v7(now));
    if !access_grant::burn(&mut tx, id, granted, code_hash, now).await? {
        return used(broker, tx, client, code_hash, now).await;
    }
    let details =
        serde_json::json!({ "client": granted.asked.client_id, "reason": error.description() });
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
    session: &Presence,
    now: DateTime<Utc>,
) -> AccessGrant {
    let asked = &granted.asked;
    // What was approved when the request was made and is not any more, is not granted.
    let approved = |scope: &&String| client.scopes.contains(*scope);
    let scope: std::collections::BTreeSet<String> =
        asked.scope.iter().filter(approved).cloned().collect();
    AccessGrant {
        id: AccessGrantId::new(broker.random.uuid_v7(now)),
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

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use uuid::Uuid;

    use super::*;
    use crate::{
        clients::client_for_tests,
        ids::{AccountId, AuthenticationId, BrowserSessionId},
    };

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn granted(challenge: Option<&str>) -> CodeGrant {
        CodeGrant {
            asked: serde_json::from_value(serde_json::json!({
                "client_id": "app", "redirect_uri": "https://app.test/cb", "scope": ["openid"],
                "code_challenge": challenge,
            }))
            .unwrap(),
            account_id: AccountId::new(Uuid::nil()),
            browser_session_id: BrowserSessionId::new(Uuid::nil()),
            authentication_id: AuthenticationId::new(Uuid::nil()),
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
