//! The life of a key: next, current, retiring, gone.

use chrono::{DateTime, Duration, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{MasterKey, StorageError, Tx};
use web::Random;

use super::material::{self, KeyFault};
use crate::{
    ids::SigningKeyId,
    storage::{generation, signing_key, signing_key::StoredKey},
};

/// `[keys]`: when our keys change by themselves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// Days after which an OpenID Connect key is replaced by the next one, without anybody doing anything. SAML keys
    /// change by `city-idp keys rotate saml` alone and those towards OpenID providers by `city-idp keys rotate upstream`,
    /// because others may have to be told. Default: 90; 0: never.
    pub rotate_after_days: u16,
    /// Days a replaced key is still published, verifies and decrypts. Default: 30.
    pub retire_after_days: u16,
    /// Bits of new SAML keys, 3072 or 2048. Shorter ones decrypt a login three times as fast. Default: 3072.
    pub saml_bits: u16,
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            rotate_after_days: 90,
            retire_after_days: 30,
            saml_bits: 3072,
        }
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// RS256 and PS256.
    Rsa,
    /// ES256.
    P256,
    /// EdDSA.
    Ed25519,
    /// SAML messages: signed by it and, unless a provider wants a key for each purpose, encrypted to it.
    Saml,
    /// SAML messages encrypted to it, where a provider wants a key for each purpose.
    SamlEncryption,
    /// Signs who we are towards OpenID providers (`private_key_jwt`).
    Upstream,
    /// What OpenID providers encrypt to us.
    UpstreamEncryption,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rsa,
        Self::P256,
        Self::Ed25519,
        Self::Saml,
        Self::SamlEncryption,
        Self::Upstream,
        Self::UpstreamEncryption,
    ];

    /// The name in the database and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::Ed25519 => "ed25519",
            Self::Saml => "saml",
            Self::SamlEncryption => "saml-encryption",
            Self::Upstream => "upstream",
            Self::UpstreamEncryption => "upstream-encryption",
        }
    }

    /// The purpose of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Current,
    /// Published, does not sign any more.
    Retiring,
}

impl State {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retiring => "retiring",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Next, Self::Current, Self::Retiring]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Why keys cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The next key was published a moment ago; clients may hold an older set.
    #[error(
        "the next {} key is published only since {since}; clients may keep an older set until {until}. \
         Wait, or say --now when the present key is lost or known to others", purpose.as_str()
    )]
    TooSoon {
        /// Whose.
        purpose: Purpose,
        /// When the next key was made.
        since: DateTime<Utc>,
        /// From when on it may sign.
        until: DateTime<Utc>,
    },
    /// There was no next key, or another rotation was faster.
    #[error("the {} keys changed meanwhile; look at `city-idp keys list` and try again", .0.as_str())]
    Unready(Purpose),
    /// There is none that signs for these purposes.
    #[error("there are no keys yet for {}; the next start of `city-idp serve` makes them", names(.0))]
    NotMade(Vec<Purpose>),
    /// A key could not be made or read.
    #[error(transparent)]
    Fault(#[from] KeyFault),
    /// A sealed key does not open.
    #[error("a sealed key does not open with this master key")]
    Sealed(#[from] store::sealing::SealError),
    /// A SAML key cannot be used.
    #[error("a SAML key cannot be used")]
    Saml(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A key towards OpenID providers cannot be used.
    #[error("a key towards OpenID providers cannot be used")]
    Upstream(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn names(purposes: &[Purpose]) -> String {
    let names: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    names.join(", ")
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signs from now on.
    pub current: SigningKeyId,
    /// The key that retires.
    pub retiring: SigningKeyId,
    /// The fresh key that will sign after it.
    pub next: SigningKeyId,
}

/// Hours a next key must have been published before it signs: longer than anybody keeps our set.
pub(super) const PUBLISHED_AHEAD: Duration = Duration::hours(24);

/// What makes keys.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// Seals them.
    pub master_key: &'a MasterKey,
    /// Names them.
    pub random: &'a Random,
    /// Our public host, the name in certificates.
    pub host: &'a str,
    /// Whether SAML keys have 2048 bits instead of 3072.
    pub short_saml: bool,
    /// Whether a provider wants a SAML key for each purpose.
    pub saml_encryption: bool,
    /// Whether an OpenID provider has to know keys of ours.
    pub upstream: bool,
}

/// Whether keys of a purpose exist here at all.
pub(super) const fn is_needed(purpose: Purpose, saml_encryption: bool, upstream: bool) -> bool {
    match purpose {
        Purpose::SamlEncryption => saml_encryption,
        Purpose::Upstream | Purpose::UpstreamEncryption => upstream,
        Purpose::Rsa | Purpose::P256 | Purpose::Ed25519 | Purpose::Saml => true,
    }
}

impl Maker<'_> {
    /// What has to be there and is not.
    fn missing(&self, held: &[StoredKey]) -> Vec<(Purpose, State)> {
        Purpose::ALL
            .into_iter()
            .filter(|purpose| is_needed(*purpose, self.saml_encryption, self.upstream))
            .flat_map(|purpose| [(purpose, State::Current), (purpose, State::Next)])
            .filter(|wanted| !held.iter().any(|key| (key.purpose, key.state) == *wanted))
            .collect()
    }

    fn make(
        &self,
        purpose: Purpose,
        state: State,
        now: DateTime<Utc>,
    ) -> Result<StoredKey, KeyProblem> {
        let id = SigningKeyId::new(self.random.uuid_v7(now));
        let (pkcs8, certificate) = match purpose {
            Purpose::Saml | Purpose::SamlEncryption => {
                let (pkcs8, certificate) = super::saml::generate(self.host, self.short_saml, now)?;
                (pkcs8, Some(certificate))
            }
            _ => (material::generate(purpose)?, None),
        };
        Ok(StoredKey {
            id,
            purpose,
            state,
            sealed: self.master_key.seal(&place(id), &pkcs8)?,
            certificate,
            created_at: now,
            current_since: (state == State::Current).then_some(now),
            retiring_since: None,
        })
    }
}

/// The place a key is sealed for.
pub(super) fn place(id: SigningKeyId) -> String {
    format!("signing_key:{id}")
}

/// Makes what is missing of the current and next keys. True when something was. Of several replicas that start at once
/// on a new database, one makes them and the others wait here and find them.
pub async fn ensure(tx: &mut Tx, maker: Maker<'_>, now: DateTime<Utc>) -> Result<bool, KeyProblem> {
    if maker.missing(&signing_key::list(tx).await?).is_empty() {
        return Ok(false);
    }
    generation::hold(tx, generation::KEYS).await?;
    let missing = maker.missing(&signing_key::list(tx).await?);
    for (purpose, state) in &missing {
        signing_key::add(tx, &maker.make(*purpose, *state, now)?).await?;
    }
    if !missing.is_empty() {
        generation::advance(tx, generation::KEYS).await?;
    }
    Ok(!missing.is_empty())
}

/// The next key of a purpose begins to sign, the present one retires, a fresh one is published as next. `None` when
/// somebody else has just done so.
pub async fn rotate(
    tx: &mut Tx,
    maker: Maker<'_>,
    purpose: Purpose,
    at_once: bool,
    now: DateTime<Utc>,
) -> Result<Option<Rotation>, KeyProblem> {
    let held = signing_key::list(tx).await?;
    let of = |state| {
        held.iter()
            .find(|key| key.purpose == purpose && key.state == state)
    };
    let (Some(current), Some(next)) = (of(State::Current), of(State::Next)) else {
        ensure(tx, maker, now).await?;
        return Ok(None);
    };
    let until = next.created_at + PUBLISHED_AHEAD;
    if !at_once && now < until {
        return Err(KeyProblem::TooSoon {
            purpose,
            since: next.created_at,
            until,
        });
    }
    if !signing_key::retire(tx, current.id, now).await?
        || !signing_key::promote(tx, next.id, now).await?
    {
        return Ok(None);
    }
    let fresh = maker.make(purpose, State::Next, now)?;
    signing_key::add(tx, &fresh).await?;
    generation::advance(tx, generation::KEYS).await?;
    Ok(Some(Rotation {
        current: next.id,
        retiring: current.id,
        next: fresh.id,
    }))
}

/// Whether the key that signs for a purpose has done so since before a moment.
pub async fn is_current_since_before(
    tx: &mut Tx,
    purpose: Purpose,
    moment: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let held = signing_key::list(tx).await?;
    let current = held
        .iter()
        .find(|key| key.purpose == purpose && key.state == State::Current);
    Ok(current
        .and_then(|key| key.current_since)
        .is_some_and(|since| since < moment))
}

/// Destroys keys that have retired long enough. True when there was one.
pub async fn destroy_retired(
    tx: &mut Tx,
    config: &KeysConfig,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let before = now - Duration::days(config.retire_after_days.into());
    let destroyed = signing_key::destroy_retired(tx, before).await? > 0;
    if destroyed {
        generation::advance(tx, generation::KEYS).await?;
    }
    Ok(destroyed)
}
