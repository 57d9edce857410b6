//! The ring: all keys parsed, in memory, replaced as a whole when the generation moves.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use federation::{JoseKey, SamlKeyPair};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Db, MasterKey};

use super::{
    Alg, Jwks, KeyFault, KeyProblem, Purpose, Signer, State, Unverified,
    life::{is_needed, place},
    saml::SamlUse,
    upstream,
};
use crate::{
    Config,
    ids::ClientId,
    storage::{generation, signing_key},
};

/// Our keys. Cheap to clone; all clones follow a reload.
#[derive(Clone, Debug)]
pub struct Keys(Arc<RwLock<Arc<Ring>>>);

#[derive(Debug)]
struct Ring {
    generation: i64,
    issuer: String,
    signers: Vec<(State, Purpose, Signer)>,
    saml: Vec<(State, Purpose, SamlKeyPair)>,
    saml_use: SamlUse,
    jose: Vec<(State, Purpose, JoseKey)>,
    jose_wanted: bool,
    jwks: String,
}

/// Whom an ID token of ours, given back as a hint, is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintedToken {
    /// The `sub` its client knows.
    pub sub: String,
    /// The session at the client.
    pub sid: Option<String>,
    /// The client it was made for.
    pub client_id: ClientId,
}

impl Keys {
    /// Reads and parses all keys.
    pub async fn load(
        db: &Db,
        master_key: &MasterKey,
        config: &Config,
    ) -> Result<Self, KeyProblem> {
        let ring = Ring::read(
            db,
            master_key,
            &config.issuer(),
            SamlUse::of(config),
            upstream::wanted(config),
        )
        .await?;
        Ok(Self(Arc::new(RwLock::new(Arc::new(ring)))))
    }

    /// A ring that nobody keeps, with keys towards providers alone: for checking providers before there is a database.
    pub fn made_for_a_check(
        config: &crate::Config,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyProblem> {
        let host = config.public_url().host_str().unwrap_or("city-idp");
        let (pkcs8, certificate) = super::saml::generate(host, true, now)?;
        let pair = SamlKeyPair::parse(&pkcs8, &certificate)
            .map_err(|error| KeyProblem::Saml(error.into()))?;
        let mut jose = Vec::new();
        if upstream::wanted(config) {
            for purpose in [Purpose::Upstream, Purpose::UpstreamEncryption] {
                let key = JoseKey::parse(&super::material::generate(purpose)?)
                    .map_err(|error| KeyProblem::Upstream(error.into()))?;
                jose.push((State::Current, purpose, key));
            }
        }
        let ring = Ring {
            generation: 0,
            issuer: config.issuer(),
            signers: Vec::new(),
            saml: vec![(State::Current, Purpose::Saml, pair)],
            saml_use: SamlUse {
                one: true,
                two: false,
            },
            jose,
            jose_wanted: false,
            jwks: String::new(),
        };
        Ok(Self(Arc::new(RwLock::new(Arc::new(ring)))))
    }

    /// Reads and parses all keys again.
    pub async fn reload(&self, db: &Db, master_key: &MasterKey) -> Result<(), KeyProblem> {
        let held = self.ring();
        let ring = Ring::read(
            db,
            master_key,
            &held.issuer,
            held.saml_use,
            held.jose_wanted,
        )
        .await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }

    /// The generation the ring was read at.
    pub fn generation(&self) -> i64 {
        self.ring().generation
    }

    /// Signs claims as a compact JWS: `typ` is `JWT`, `at+jwt`, `logout+jwt`.
    pub fn sign(&self, alg: Alg, typ: &str, claims: &impl Serialize) -> Result<String, KeyFault> {
        let ring = self.ring();
        let signs = |(state, _, signer): &&(State, Purpose, Signer)| {
            *state == State::Current && signer.public.serves(alg)
        };
        let (_, _, signer) = ring.signers.iter().find(signs).ok_or(KeyFault("found"))?;
        signer.sign(alg, typ, claims)
    }

    /// The claims of a JWS of ours, by any key we publish. What it says about time is for the caller to judge.
    pub fn verify_own(&self, jws: &str) -> Option<Map<String, Value>> {
        let unverified = Unverified::parse(jws).ok()?;
        self.claims_of_own(&unverified).cloned()
    }

    fn claims_of_own<'j>(&self, jws: &'j Unverified<'_>) -> Option<&'j Map<String, Value>> {
        let ring = self.ring();
        let kid = jws.kid.as_deref()?;
        let (_, _, signer) = ring
            .signers
            .iter()
            .find(|(_, _, signer)| signer.kid == kid)?;
        let claims = jws.verified_by(&signer.public)?;
        (claims.get("iss").and_then(Value::as_str) == Some(ring.issuer.as_str())).then_some(claims)
    }

    /// Whom a hint is about: an ID token of ours, made for this client, expired or not (OpenID Connect Core 3.1.2.1).
    pub fn id_token_hint(
        &self,
        hint: &str,
        client_id: &ClientId,
        now: DateTime<Utc>,
    ) -> Option<HintedToken> {
        let hinted = self.any_id_token_hint(hint, now)?;
        (hinted.client_id == *client_id).then_some(hinted)
    }

    /// Whom a hint is about, whoever it was made for (RP-Initiated Logout 2).
    pub fn any_id_token_hint(&self, hint: &str, now: DateTime<Utc>) -> Option<HintedToken> {
        let unverified = Unverified::parse(hint).ok()?;
        if unverified
            .typ
            .as_deref()
            .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"))
        {
            return None;
        }
        let claims = self.claims_of_own(&unverified)?;
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let issued = claims.get("iat").and_then(Value::as_i64)?;
        // Other things that we sign and call JWT are no ID tokens: signed userinfo has no `exp`.
        claims.get("exp").and_then(Value::as_i64)?;
        (issued <= now.timestamp() + 60).then_some(())?;
        Some(HintedToken {
            sub: text("sub")?,
            sid: text("sid"),
            client_id: ClientId::new(text("aud")?),
        })
    }

    /// The public keys, as JSON.
    pub fn jwks(&self) -> String {
        self.ring().jwks.clone()
    }

    pub(super) fn saml_signing(&self) -> SamlKeyPair {
        let ring = self.ring();
        let signs = |key: &&(State, Purpose, SamlKeyPair)| {
            (key.0, key.1) == (State::Current, Purpose::Saml)
        };
        // `read` refuses a ring without a current key of each purpose.
        #[expect(clippy::expect_used, reason = "a ring without it cannot be read")]
        let (_, _, pair) = ring.saml.iter().find(signs).expect("a SAML key");
        pair.clone()
    }

    /// SAML keys of one purpose: current, next, retiring. Whoever takes one certificate of a list takes the first.
    pub(super) fn saml(&self, purpose: Purpose) -> Vec<(State, SamlKeyPair)> {
        let ring = self.ring();
        let mut keys: Vec<(State, SamlKeyPair)> = ring
            .saml
            .iter()
            .filter(|(_, of, _)| *of == purpose)
            .map(|(state, _, pair)| (*state, pair.clone()))
            .collect();
        keys.sort_by_key(|(state, _)| in_use_first(*state));
        keys
    }

    /// Keys towards OpenID providers of one purpose: current, next, retiring.
    pub(super) fn jose(&self, purpose: Purpose) -> Vec<(State, JoseKey)> {
        let ring = self.ring();
        let mut keys: Vec<(State, JoseKey)> = ring
            .jose
            .iter()
            .filter(|(_, of, _)| *of == purpose)
            .map(|(state, _, key)| (*state, key.clone()))
            .collect();
        keys.sort_by_key(|(state, _)| in_use_first(*state));
        keys
    }

    pub(super) fn saml_use(&self) -> SamlUse {
        self.ring().saml_use
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The order in which keys are published.
fn in_use_first(state: State) -> (bool, State) {
    (state != State::Current, state)
}

impl Ring {
    async fn read(
        db: &Db,
        master_key: &MasterKey,
        issuer: &str,
        saml_use: SamlUse,
        jose_wanted: bool,
    ) -> Result<Self, KeyProblem> {
        let mut tx = db.read().await?;
        let generation = generation::lookup(&mut tx, generation::KEYS).await?;
        let stored = signing_key::list(&mut tx).await?;
        drop(tx);

        let (mut signers, mut saml, mut jose) = (Vec::new(), Vec::new(), Vec::new());
        for key in stored {
            let pkcs8 = master_key.open(&place(key.id), &key.sealed)?;
            if matches!(key.purpose, Purpose::Saml | Purpose::SamlEncryption) {
                let certificate = key.certificate.unwrap_or_default();
                let pair = SamlKeyPair::parse(&pkcs8, &certificate)
                    .map_err(|error| KeyProblem::Saml(error.into()))?;
                saml.push((key.state, key.purpose, pair));
            } else if matches!(key.purpose, Purpose::Upstream | Purpose::UpstreamEncryption) {
                let parsed =
                    JoseKey::parse(&pkcs8).map_err(|error| KeyProblem::Upstream(error.into()))?;
                jose.push((key.state, key.purpose, parsed));
            } else {
                signers.push((
                    key.state,
                    key.purpose,
                    Signer::from_pkcs8(key.purpose, &pkcs8)?,
                ));
            }
        }
        let current = |of: &Purpose| {
            let jws = signers
                .iter()
                .any(|(state, purpose, _)| (*state, *purpose) == (State::Current, *of));
            jws || saml
                .iter()
                .any(|(state, purpose, _)| (*state, *purpose) == (State::Current, *of))
                || jose
                    .iter()
                    .any(|(state, purpose, _)| (*state, *purpose) == (State::Current, *of))
        };
        let needed = |of: &Purpose| is_needed(*of, saml_use.two, jose_wanted);
        let without = |of: &Purpose| needed(of) && !current(of);
        let without: Vec<Purpose> = Purpose::ALL.into_iter().filter(without).collect();
        if !without.is_empty() {
            return Err(KeyProblem::NotMade(without));
        }
        let mut published: Vec<&(State, Purpose, Signer)> = signers.iter().collect();
        // The key that signs stands first: simple clients take the first that fits.
        published.sort_by_key(|(state, purpose, _)| (*purpose, in_use_first(*state)));
        let keys = published
            .into_iter()
            .map(|(_, _, signer)| signer.public.jwk(&signer.kid))
            .collect();
        let jwks = serde_json::to_string(&Jwks { keys }).map_err(store::StorageError::from)?;
        Ok(Self {
            generation,
            issuer: issuer.to_owned(),
            signers,
            saml,
            saml_use,
            jose,
            jose_wanted,
            jwks,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::material;
    use super::*;

    /// A ring for tests of rules; its keys are made once.
    pub(crate) fn keys() -> Keys {
        static KEYS: std::sync::LazyLock<Keys> = std::sync::LazyLock::new(make);
        KEYS.clone()
    }

    fn make() -> Keys {
        let signer =
            |purpose| Signer::from_pkcs8(purpose, &material::generate(purpose).unwrap()).unwrap();
        let ring = Ring {
            generation: 1,
            issuer: "https://id.test".to_owned(),
            signers: vec![
                (State::Current, Purpose::Rsa, signer(Purpose::Rsa)),
                (State::Retiring, Purpose::P256, signer(Purpose::P256)),
                (State::Current, Purpose::P256, signer(Purpose::P256)),
            ],
            saml: Vec::new(),
            saml_use: SamlUse::default(),
            jose: Vec::new(),
            jose_wanted: false,
            jwks: String::new(),
        };
        Keys(Arc::new(RwLock::new(Arc::new(ring))))
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write json! in place"
    )]
    fn hint(keys: &Keys, typ: &str, claims: Value) -> Option<HintedToken> {
        let token = keys.sign(Alg::RS256, typ, &claims).unwrap();
        keys.id_token_hint(&token, &ClientId::new("app"), now())
    }

    fn claims() -> Value {
        serde_json::json!({
            "iss": "https://id.test", "sub": "s", "aud": "app", "iat": 1_799_000_000, "exp": 1_799_000_600, "sid": "x",
        })
    }

    #[test]
    fn an_expired_id_token_of_ours_is_a_hint() {
        let hinted = hint(&keys(), "JWT", claims()).unwrap();

        assert_eq!(
            (hinted.sub.as_str(), hinted.sid.as_deref()),
            ("s", Some("x"))
        );
    }

    #[test]
    fn another_issuers_clients_or_kind_of_token_is_no_hint() {
        let keys = keys();
        let changed = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            claims
        };

        assert_eq!(
            hint(&keys, "JWT", changed("iss", "https://evil.test".into())),
            None
        );
        assert_eq!(hint(&keys, "JWT", changed("aud", "other".into())), None);
        assert_eq!(
            hint(&keys, "JWT", changed("aud", serde_json::json!(["app"]))),
            None
        );
        assert_eq!(
            hint(&keys, "JWT", changed("iat", 1_800_000_100.into())),
            None
        );
        assert_eq!(hint(&keys, "logout+jwt", claims()), None);
        assert_eq!(hint(&keys, "at+jwt", claims()), None);
    }

    #[test]
    fn the_current_key_signs_and_a_retiring_one_still_verifies() {
        let keys = keys();
        let retiring = {
            let ring = keys.ring();
            let (_, _, signer) = ring
                .signers
                .iter()
                .find(|(state, ..)| *state == State::Retiring)
                .unwrap();
            signer.sign(Alg::ES256, "JWT", &claims()).unwrap()
        };
        let current = keys.sign(Alg::ES256, "JWT", &claims()).unwrap();

        let kid = |jws: &str| Unverified::parse(jws).unwrap().kid;
        assert_ne!(kid(&current), kid(&retiring));
        assert!(keys.verify_own(&current).is_some() && keys.verify_own(&retiring).is_some());
    }
}
