//! Public keys of a client: written into its entry, or fetched from where it says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use outbound::{Guard, JSON, LastGood, Outbound, OutboundError};
use url::Url;

use crate::{
    ids::ClientId,
    keys::{Alg, Jwk, Jwks, PublicKey, Unverified},
};

/// A fetched set is asked for again after this time.
const REFRESH: Duration = Duration::from_mins(10);

/// Keys in one set that we look at.
const MOST: usize = 32;

/// Keys of one client.
#[derive(Clone, Debug)]
pub enum ClientKeys {
    /// Written into its entry.
    Fixed(Arc<Vec<ClientKey>>),
    /// Fetched.
    Remote(LastGood<Vec<ClientKey>>, Arc<Pause>),
}

/// Keeps strangers who send made-up key ids from having us fetch without end.
#[derive(Debug, Default)]
pub struct Pause(AtomicI64);

impl Pause {
    /// Seconds between two fetches for unknown key ids.
    const SECONDS: i64 = 10;

    fn is_over(&self, now: DateTime<Utc>) -> bool {
        let (now, last) = (now.timestamp(), self.0.load(Ordering::Relaxed));
        now >= last + Self::SECONDS
            && self
                .0
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// One key with what its owner says about it.
#[derive(Clone, Debug)]
pub struct ClientKey {
    kid: Option<String>,
    alg: Option<Alg>,
    public: PublicKey,
}

impl ClientKeys {
    /// The keys of an entry. A key that cannot be used is a mistake worth stopping for.
    pub fn fixed(jwks: &Jwks) -> Result<Self, String> {
        let keys: Vec<ClientKey> = jwks
            .keys
            .iter()
            .map(|jwk| {
                ClientKey::read(jwk).ok_or_else(|| {
                    let kid = jwk.kid.as_deref().unwrap_or("without kid");
                    format!("key {kid} is private, symmetric, weak or of an unknown type; give RSA from 2048 bits, P-256 or Ed25519")
                })
            })
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err("holds no key".to_owned());
        }
        Ok(Self::Fixed(Arc::new(keys)))
    }

    /// Keys to be fetched when first needed. A client's address is never trusted to be a harmless one.
    pub fn remote(client_id: &ClientId, uri: &Url, outbound: &Outbound) -> Self {
        let target = outbound.target(&format!("client-jwks.{client_id}"));
        let fetched = LastGood::new(
            target,
            uri.clone(),
            Guard::Foreign,
            REFRESH,
            |fetched, _| {
                let jwks: Jwks = fetched.json()?;
                let keys: Vec<ClientKey> = jwks
                    .keys
                    .iter()
                    .take(MOST)
                    .filter_map(ClientKey::read)
                    .collect();
                if keys.is_empty() {
                    Err("no usable key".into())
                } else {
                    Ok(keys)
                }
            },
        );
        Self::Remote(fetched.expecting(JSON), Arc::default())
    }

    /// Whether one of the keys made this signature. An unknown `kid` fetches the set again.
    pub async fn verify(
        &self,
        jws: &Unverified<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, OutboundError> {
        match self {
            Self::Fixed(keys) => Ok(keys.iter().any(|key| key.made(jws))),
            Self::Remote(remote, pause) => {
                let mut keys = remote.get(now).await?;
                if !keys.iter().any(|key| key.is_meant(jws)) && pause.is_over(now) {
                    keys = remote.refresh(now).await?;
                }
                Ok(keys.iter().any(|key| key.made(jws)))
            }
        }
    }
}

impl ClientKey {
    fn read(jwk: &Jwk) -> Option<Self> {
        if jwk
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose != "sig")
        {
            return None;
        }
        let alg = match &jwk.alg {
            None => None,
            Some(name) => Some(Alg::parse(name)?),
        };
        let public = PublicKey::from_jwk(jwk)?;
        if alg.is_some_and(|alg| !public.serves(alg)) {
            return None;
        }
        Some(Self {
            kid: jwk.kid.clone(),
            alg,
            public,
        })
    }

    fn is_meant(&self, jws: &Unverified<'_>) -> bool {
        let named = jws.kid.is_none() || self.kid.is_none() || self.kid == jws.kid;
        named && self.alg.is_none_or(|alg| alg == jws.alg) && self.public.serves(jws.alg)
    }

    fn made(&self, jws: &Unverified<'_>) -> bool {
        self.is_meant(jws) && jws.verified_by(&self.public).is_some()
    }
}
