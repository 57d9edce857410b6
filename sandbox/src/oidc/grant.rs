//! What a person let a client have: behind a code, an access token or a refresh token.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::OAuthError;
use super::fault::Fault;
use super::form::Parameters;
use super::kept::Kept;
use super::request::Challenge;
use crate::error::Failure;
use crate::random;

/// A person's word to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The name of the whole family of tokens; also the transaction (`txn`).
    pub id: String,
    /// To whom.
    pub client_id: String,
    /// The address the code went to.
    pub redirect_uri: String,
    /// Who.
    pub person: String,
    /// At which bank.
    pub place: Option<String>,
    /// What.
    pub scopes: Vec<String>,
    /// `nonce` of the request.
    pub nonce: Option<String>,
    /// PKCE.
    #[serde(skip)]
    pub challenge: Option<Challenge>,
    /// When the person proved who they are.
    pub proved_at: DateTime<Utc>,
    /// `sub`
    pub subject: String,
    /// Earlier `sub` of the same person for this client.
    pub former_subjects: Vec<String>,
    /// What shall be wrong with this login.
    pub fault: Option<Fault>,
}

impl Grant {
    /// Whether a scope was granted.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }
}

/// A code, and whether it was used.
#[derive(Debug, Clone)]
struct Code {
    grant: Arc<Grant>,
    used: bool,
}

/// Codes and tokens. They are opaque and live in memory.
#[derive(Debug)]
pub struct Grants {
    codes: Kept<Code>,
    access: Kept<Arc<Grant>>,
    refresh: Kept<Arc<Grant>>,
}

impl Grants {
    /// None yet; access tokens will live so long.
    pub fn new(access_lifetime: TimeDelta) -> Self {
        Self {
            codes: Kept::new(TimeDelta::minutes(5)),
            access: Kept::new(access_lifetime),
            refresh: Kept::new(TimeDelta::days(30)),
        }
    }

    /// A code for a grant.
    pub fn code(&self, grant: Grant, now: DateTime<Utc>) -> Result<String, Failure> {
        let code = random::hex()?;
        let kept = Code {
            grant: Arc::new(grant),
            used: false,
        };
        self.codes.put(code.clone(), kept, now);
        Ok(code)
    }

    /// Exchanges a code (RFC 6749, 4.1.3). A second use ends everything the first one gave.
    pub fn redeem(
        &self,
        client_id: &str,
        form: &Parameters,
        now: DateTime<Utc>,
    ) -> Result<Arc<Grant>, OAuthError> {
        let code = form.need("code")?;
        let known = self.codes.lookup(code, now);
        let (_, Code { grant, used }) =
            known.ok_or_else(|| OAuthError::invalid_grant("the code is unknown or has expired"))?;
        if used {
            self.revoke(&grant.id);
            return Err(OAuthError::invalid_grant("the code was used before"));
        }
        // Whoever comes with it: it was shown to somebody, so it is spent.
        self.codes.change(code, |code| code.used = true);

        if grant.client_id != client_id {
            return Err(OAuthError::invalid_grant("the code is another client's"));
        }
        if form.get("redirect_uri") != Some(&grant.redirect_uri) {
            return Err(OAuthError::invalid_grant(
                "redirect_uri is not that of the request",
            ));
        }
        check_verifier(grant.challenge.as_ref(), form.get("code_verifier"))?;
        Ok(grant)
    }

    /// A refresh token that was sent in vain is as good as before.
    pub fn give_back(&self, form: &Parameters, grant: &Arc<Grant>, now: DateTime<Utc>) {
        if let Some(token) = form.get("refresh_token") {
            self.refresh.put(token.to_owned(), Arc::clone(grant), now);
        }
    }

    /// A new access token; how long it lives is told by [`Self::access_lifetime`].
    pub fn access_token(&self, grant: &Arc<Grant>, now: DateTime<Utc>) -> Result<String, Failure> {
        let token = format!("{}{}", random::hex()?, random::hex()?);
        self.access.put(token.clone(), Arc::clone(grant), now);
        Ok(token)
    }

    /// How long access tokens live.
    pub fn access_lifetime(&self) -> TimeDelta {
        self.access.lifetime()
    }

    /// A new refresh token.
    pub fn refresh_token(&self, grant: &Arc<Grant>, now: DateTime<Utc>) -> Result<String, Failure> {
        let token = format!("{}{}", random::hex()?, random::hex()?);
        self.refresh.put(token.clone(), Arc::clone(grant), now);
        Ok(token)
    }

    /// How long refresh tokens live.
    pub fn refresh_lifetime(&self) -> TimeDelta {
        self.refresh.lifetime()
    }

    /// Exchanges a refresh token (RFC 6749, 6). The scope may only get smaller; the token serves once.
    pub fn refreshed(
        &self,
        client_id: &str,
        form: &Parameters,
        now: DateTime<Utc>,
    ) -> Result<Arc<Grant>, OAuthError> {
        let token = form.need("refresh_token")?;
        let (_, grant) = self
            .by_refresh_token(token, now)
            .filter(|(_, grant)| grant.client_id == client_id)
            .ok_or_else(|| OAuthError::invalid_grant("the refresh token is unknown"))?;
        let mut fresh = grant.as_ref().clone();
        if let Some(scope) = form.get("scope") {
            let asked: Vec<String> = scope.split(' ').map(str::to_owned).collect();
            if asked.iter().any(|scope| !grant.has(scope)) {
                return Err(OAuthError::new(
                    StatusCode::BAD_REQUEST,
                    "invalid_scope",
                    "more than was granted",
                ));
            }
            fresh.scopes = asked;
        }
        fresh.nonce = None;
        self.refresh.remove(token);
        Ok(Arc::new(fresh))
    }

    /// The grant a form asks for, by code or by refresh token.
    pub fn asked(
        &self,
        client_id: &str,
        form: &Parameters,
        now: DateTime<Utc>,
    ) -> Result<Arc<Grant>, OAuthError> {
        match form.need("grant_type")? {
            "authorization_code" => self.redeem(client_id, form, now),
            "refresh_token" => self.refreshed(client_id, form, now),
            other => Err(OAuthError::new(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                format!("{other} is unknown"),
            )),
        }
    }

    /// The grant behind an access token, and since when it lives.
    pub fn by_access_token(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Arc<Grant>)> {
        self.access.lookup(token, now)
    }

    /// The grant behind a refresh token, and since when it lives.
    pub fn by_refresh_token(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Arc<Grant>)> {
        self.refresh.lookup(token, now)
    }

    /// Ends all tokens of a grant.
    pub fn revoke(&self, grant_id: &str) {
        let fits = |grant: &Arc<Grant>| grant.id == grant_id;
        self.access.remove_where(fits);
        self.refresh.remove_where(fits);
    }

    /// Ends all tokens of a person at a client; tells how many there were.
    pub fn revoke_person(&self, client_id: &str, person: &str) -> usize {
        let fits = |grant: &Arc<Grant>| grant.client_id == client_id && grant.person == person;
        self.access.remove_where(fits) + self.refresh.remove_where(fits)
    }

    /// Grants somebody holds an access token for, the latest first.
    pub fn list(&self) -> Vec<Grant> {
        let grants = self.access.list();
        grants.iter().map(|grant| grant.as_ref().clone()).collect()
    }
}

/// RFC 7636, 4.6.
fn check_verifier(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), OAuthError> {
    use base64::Engine as _;
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
        _ => {
            return Err(OAuthError::invalid_grant(
                "code_verifier and code_challenge belong together",
            ));
        }
    };
    let made = if challenge.hashed {
        let digest = openssl::sha::sha256(verifier.as_bytes());
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
    } else {
        verifier.to_owned()
    };
    if made == challenge.value {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant("code_verifier is wrong"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            id: "g".to_owned(),
            client_id: "a".to_owned(),
            redirect_uri: "https://a.test/x".to_owned(),
            person: "p".to_owned(),
            place: None,
            scopes: vec!["openid".to_owned()],
            nonce: None,
            // RFC 7636, appendix B.
            challenge: Some(Challenge {
                value: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
                hashed: true,
            }),
            proved_at: Utc::now(),
            subject: "s".to_owned(),
            former_subjects: Vec::new(),
            fault: None,
        }
    }

    fn form(code: &str, verifier: &str, redirect_uri: &str) -> Parameters {
        let text = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", code)
            .append_pair("code_verifier", verifier)
            .append_pair("redirect_uri", redirect_uri)
            .finish();
        Parameters::read(text.as_bytes()).unwrap()
    }

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn a_code_used_twice_ends_the_tokens_of_the_first_use() {
        let (grants, now) = (Grants::new(TimeDelta::hours(1)), Utc::now());
        let code = grants.code(grant(), now).unwrap();
        let form = form(&code, VERIFIER, "https://a.test/x");

        let first = grants.redeem("a", &form, now).unwrap();
        let token = grants.access_token(&first, now).unwrap();
        assert!(grants.by_access_token(&token, now).is_some());

        assert!(grants.redeem("a", &form, now).is_err());
        assert!(grants.by_access_token(&token, now).is_none());
    }

    #[test]
    fn a_code_serves_its_client_its_address_and_its_verifier_only() {
        let now = Utc::now();
        for (client, verifier, address) in [
            ("b", VERIFIER, "https://a.test/x"),
            ("a", "wrong", "https://a.test/x"),
            ("a", "", "https://a.test/x"),
            ("a", VERIFIER, "https://a.test/y"),
        ] {
            let grants = Grants::new(TimeDelta::hours(1));
            let code = grants.code(grant(), now).unwrap();
            let refused = grants.redeem(client, &form(&code, verifier, address), now);
            assert_eq!(refused.unwrap_err().code, "invalid_grant");
        }
    }
}
