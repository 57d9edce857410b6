//! What a code has to meet to be redeemed, in order (RFC 6749, 4.1.3; RFC 7636, 4.6).

use chrono::{DateTime, Utc};

use super::authorization_code::{CHOSE_ANEW, SESSION_ENDED};
use crate::{
    Broker,
    clients::Client,
    hash,
    oidc::{
        code::{self, CodeGrant},
        error::OAuthError,
        form::ClientForm,
        stands::stands,
    },
    storage::redemption::Redemption,
};

/// The rules, in order.
pub(super) fn check(
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
    let standing = met.map(|met| &met.standing);
    stands(broker, client, standing, false).map_err(OAuthError::invalid_grant)?;
    match met {
        Some(met) if !met.ended_since => Ok(()),
        _ => Err(SESSION_ENDED),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use uuid::Uuid;

    use super::*;
    use crate::{
        clients::client_for_tests,
        ids::{AccessGrantId, AccountId, AuthenticationId, BrowserSessionId},
    };

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn granted(challenge: Option<&str>) -> CodeGrant {
        CodeGrant {
            access_grant_id: AccessGrantId::new(Uuid::nil()),
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
