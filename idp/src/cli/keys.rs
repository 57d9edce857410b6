//! `city-idp keys list|rotate`.

use clap::{Subcommand, ValueEnum};
use store::audit::Event;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::{
    keys::{self, KeyProblem, Purpose},
    start,
    storage::signing_key,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists all keys with their state.
    List(ConfigFile),
    /// The next key begins to sign, the present one retires, a fresh one is published as next.
    Rotate {
        #[command(flatten)]
        file: ConfigFile,
        /// Which keys.
        #[arg(value_enum)]
        which: Which,
        /// Also when the next key was published less than a day ago: the present one is lost or known to others.
        #[arg(long)]
        now: bool,
    },
}

/// Which keys are rotated.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Which {
    /// RS256 and PS256.
    Rsa,
    /// ES256.
    P256,
    /// EdDSA.
    Ed25519,
    /// All of OpenID Connect.
    Oidc,
    /// SAML; upstream providers have to know the next certificate before.
    Saml,
    /// SAML encryption, where a provider has `keys = "two"`.
    SamlEncryption,
    /// Towards OpenID providers: those that do not read our key set have to know the next one before.
    Upstream,
    /// What OpenID providers encrypt to.
    UpstreamEncryption,
}

impl Which {
    const fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Rsa => &[Purpose::Rsa],
            Self::P256 => &[Purpose::P256],
            Self::Ed25519 => &[Purpose::Ed25519],
            Self::Oidc => &[Purpose::Rsa, Purpose::P256, Purpose::Ed25519],
            Self::Saml => &[Purpose::Saml],
            Self::SamlEncryption => &[Purpose::SamlEncryption],
            Self::Upstream => &[Purpose::Upstream],
            Self::UpstreamEncryption => &[Purpose::UpstreamEncryption],
        }
    }
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::List(file) => list(&file).await,
        Command::Rotate { file, which, now } => rotate(&file, which, now).await,
    }
}

async fn list(file: &ConfigFile) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    let mut keys = signing_key::list(&mut tx).await?;
    if keys.is_empty() {
        return Ok(say("no keys yet; the first `city-idp serve` makes them")?);
    }
    keys.sort_by_key(|key| (key.purpose, key.state));
    say("PURPOSE             STATE     SINCE                 KEY")?;
    for key in keys {
        let since = key
            .retiring_since
            .or(key.current_since)
            .unwrap_or(key.created_at);
        let since = since.format("%Y-%m-%dT%H:%M:%SZ");
        say(format!(
            "{:19} {:9} {since}  {}",
            key.purpose.as_str(),
            key.state.as_str(),
            key.id
        ))?;
    }
    Ok(())
}

async fn rotate(file: &ConfigFile, which: Which, at_once: bool) -> Outcome {
    let (config, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let mut tx = stores.db.begin().await?;
    for purpose in which.purposes() {
        let maker = start::maker(&config, &stores.master_key, &random);
        let rotation = keys::rotate(&mut tx, maker, *purpose, at_once, now).await?;
        let Some(rotation) = rotation else {
            return Err(KeyProblem::Unready(*purpose).into());
        };
        let details = serde_json::json!({
            "purpose": purpose.as_str(), "current": rotation.current, "retiring": rotation.retiring, "at_once": at_once,
        });
        let event = Event {
            kind: "keys.rotated",
            actor: operator(),
            subject: None,
            details,
        };
        store::audit::record(&mut tx, &event, random.uuid_v7(now), random.bytes(), now).await?;
        say(format!(
            "{}: {} signs now, {} retires, {} is published as next",
            purpose.as_str(),
            rotation.current,
            rotation.retiring,
            rotation.next
        ))?;
    }
    tx.commit().await?;
    Ok(say("running servers follow within a second")?)
}
