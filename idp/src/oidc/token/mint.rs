//! Making tokens: random ones, signed ones, and the rows that remember them.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{StorageError, Tx};

use super::Tokens;
use crate::{
    Broker, acr,
    clients::{Client, Resource},
    hash,
    ids::{AccessGrantId, AccessTokenId, AccountId},
    keys::KeyFault,
    mandate::{Chosen, acting_for},
    oidc::access_token::AccessToken,
    storage::{
        access_grant::{AccessGrant, joined},
        mandate::Mandate,
        pairwise_subject, refresh_token,
        standing::Standing,
    },
};

/// How long an opaque access token is good: it can be revoked at any time.
const OPAQUE_LIFETIME: Duration = Duration::minutes(10);

/// How long a signed access token is good: its reader may not ask us.
const SIGNED_LIFETIME: Duration = Duration::minutes(5);

/// How long a signed access token is good that speaks for a body: a minute after the end of a mandate nothing speaks by it
/// any more, whoever asks us or not.
const ACTING_LIFETIME: Duration = Duration::seconds(60);

/// How long an ID token is good.
const ID_TOKEN_LIFETIME: Duration = Duration::minutes(10);

/// How long a refresh token is good when it is not used.
const REFRESH_LIFETIME: Duration = Duration::days(30);

/// An access token that is perhaps still to be signed.
#[derive(Debug)]
pub(super) enum Access {
    Opaque {
        token: String,
        lifetime: Duration,
    },
    Signed {
        claims: Box<AccessClaims>,
        alg: crate::keys::Alg,
        lifetime: Duration,
    },
}

/// Claims of a signed access token (RFC 9068, 2.2).
#[derive(Debug, Serialize)]
pub(super) struct AccessClaims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    scope: String,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// An API must never take a person who acts for a body for the person alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    acting_for: Option<Value>,
}

/// Who the access token speaks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Speaker<'a> {
    /// A person, through a grant, for themself or for a body.
    Person(&'a AccessGrant, &'a Standing, &'a Chosen),
    /// The client itself.
    Client,
}

impl Speaker<'_> {
    const fn grant_id(&self) -> Option<AccessGrantId> {
        match self {
            Self::Person(grant, ..) => Some(grant.id),
            Self::Client => None,
        }
    }

    fn mandate(&self) -> Option<&Mandate> {
        match self {
            Self::Person(_, _, acting) => acting.mandate(),
            Self::Client => None,
        }
    }

    /// No token outlives the mandate it speaks by.
    fn shortened(&self, lifetime: Duration, now: DateTime<Utc>) -> Duration {
        let left = self.mandate().map(|mandate| mandate.valid_until - now);
        left.map_or(lifetime, |left| lifetime.min(left))
    }
}

/// Makes an access token: opaque for our own userinfo, to be signed for a resource.
pub(super) async fn access_token(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    speaker: Speaker<'_>,
    scope: &BTreeSet<String>,
    resource: Option<&Resource>,
    now: DateTime<Utc>,
) -> Result<Access, StorageError> {
    let lifetime = speaker.shortened(
        match resource {
            Some(_) if speaker.mandate().is_some() => ACTING_LIFETIME,
            Some(_) => SIGNED_LIFETIME,
            None => OPAQUE_LIFETIME,
        },
        now,
    );
    let token = AccessToken {
        id: AccessTokenId::new(broker.random.uuid_v4()),
        grant_id: speaker.grant_id(),
        client_id: client.id.clone(),
        resource_id: resource.map(|resource| resource.id.clone()),
        scope: scope.clone(),
        created_at: now,
        expires_at: now + lifetime,
    };
    let token = token.seal(&broker.master_key)?;
    let Some(resource) = resource else {
        return Ok(Access::Opaque { token, lifetime });
    };
    let (sub, auth_time, acr) = match speaker {
        Speaker::Client => (client.id.to_string(), None, None),
        Speaker::Person(grant, standing, _) => (
            resource_subject(broker, tx, resource, grant.account_id, now).await?,
            standing.authenticated_at.map(|at| at.timestamp()),
            Some(acr::acr_for(standing.levels, standing.eidas.as_deref())),
        ),
    };
    let claims = AccessClaims {
        iss: broker.issuer.to_string(),
        sub,
        aud: resource.uri.clone(),
        client_id: client.id.to_string(),
        scope: joined(scope),
        jti: token,
        iat: now.timestamp(),
        exp: (now + lifetime).timestamp(),
        auth_time,
        acr,
        acting_for: speaker
            .mandate()
            .map(|mandate| acting_for(broker, &resource.organisation_id, mandate)),
    };
    Ok(Access::Signed {
        claims: Box::new(claims),
        alg: resource.alg,
        lifetime,
    })
}

/// The `sub` of an account towards the organisation of a resource.
async fn resource_subject(
    broker: &Broker,
    tx: &mut Tx,
    resource: &Resource,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<String, StorageError> {
    let fresh = broker.random.uuid_v4();
    pairwise_subject::get_or_add(tx, &resource.organisation_id, account_id, fresh, now).await
}

/// Remembers a refresh token.
pub(super) fn refresh_token(
    broker: &Broker,
    tx: &mut Tx,
    grant: &AccessGrant,
    now: DateTime<Utc>,
) -> String {
    let token = broker.random.token();
    let hash = hash::sha256(token.as_bytes());
    refresh_token::add(tx, &hash, grant.id, now + REFRESH_LIFETIME, now);
    token
}

/// The ID token of one answer.
#[derive(Debug)]
pub(super) struct IdToken<'a> {
    pub(super) client: &'a Client,
    pub(super) grant: &'a AccessGrant,
    pub(super) standing: &'a Standing,
    pub(super) nonce: Option<&'a str>,
    /// Claims asked into it by name.
    pub(super) more: Map<String, Value>,
}

/// Claims of an ID token (OpenID Connect Core, 2): no more than the client needs.
#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: String,
    at_hash: String,
    sid: &'a str,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

/// Signs what has to be signed; the transaction has ended by now.
pub(super) fn tokens(
    broker: &Broker,
    access: Access,
    refresh_token: Option<String>,
    id_token: Option<&IdToken<'_>>,
    scope: &BTreeSet<String>,
    now: DateTime<Utc>,
) -> Result<Tokens, KeyFault> {
    let (access_token, lifetime) = match access {
        Access::Opaque { token, lifetime } => (token, lifetime),
        Access::Signed {
            claims,
            alg,
            lifetime,
        } => (broker.keys.sign(alg, "at+jwt", &claims)?, lifetime),
    };
    let id_token = id_token
        .map(|token| token.sign(broker, &access_token, now))
        .transpose()?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime.num_seconds(),
        refresh_token,
        id_token,
        scope: joined(scope),
    })
}

impl IdToken<'_> {
    fn sign(
        &self,
        broker: &Broker,
        access_token: &str,
        now: DateTime<Utc>,
    ) -> Result<String, KeyFault> {
        let claims = IdClaims {
            iss: broker.issuer.as_str(),
            sub: &self.grant.sub,
            aud: self.client.id.as_str(),
            exp: (now + ID_TOKEN_LIFETIME).timestamp(),
            iat: now.timestamp(),
            auth_time: self.standing.authenticated_at.map(|at| at.timestamp()),
            nonce: self.nonce,
            acr: acr::acr_for(self.standing.levels, self.standing.eidas.as_deref()),
            at_hash: hash::half_hash(self.client.id_token_alg, access_token.as_bytes()),
            sid: &self.standing.sid,
            more: &self.more,
        };
        broker.keys.sign(self.client.id_token_alg, "JWT", &claims)
    }
}
