//! `city-idp keys list|show|rotate`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Subcommand, ValueEnum};
use store::audit::Event;
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::{
    hash::sha256,
    keys::{self, KeyProblem, Purpose, State},
    start,
    storage::signing_key::{self, StoredKey},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists all keys with their state.
    List(ConfigFile),
    /// Prints a certificate of ours, as a provider's registration wants it.
    Show {
        #[command(flatten)]
        file: ConfigFile,
        /// Which key.
        #[arg(value_enum)]
        which: Certified,
        /// The certificate of the key that will be in use after the next rotation.
        #[arg(long)]
        next: bool,
    },
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

/// Keys that have a certificate.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Certified {
    /// Signs, and is encrypted to where no provider wants a key for each purpose.
    Saml,
    /// Is encrypted to, where a provider has `keys = "two"`.
    SamlEncryption,
}

impl Certified {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Saml => Purpose::Saml,
            Self::SamlEncryption => Purpose::SamlEncryption,
        }
    }
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
        Command::Show { file, which, next } => show(&file, which.purpose(), next).await,
        Command::Rotate { file, which, now } => rotate(&file, which, now).await,
    }
}

async fn list(file: &ConfigFile) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    let mut keys = signing_key::list(&mut tx).await?;
    if keys.is_empty() {
        return Ok(say(NONE_YET)?);
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
        // By it a provider's form tells certificates apart.
        if let Some(certificate) = &key.certificate {
            say(format!(
                "  certificate, SHA-256: {}",
                fingerprint(certificate)
            ))?;
        }
    }
    Ok(())
}

const NONE_YET: &str = "no keys yet; the first `city-idp serve` makes them";

/// The certificate in use, or the next one, as PEM and nothing else, so that it can go into a file.
async fn show(file: &ConfigFile, purpose: Purpose, next: bool) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    let state = if next { State::Next } else { State::Current };
    let keys = signing_key::list(&mut tx).await?;
    if keys.is_empty() {
        return Err(NONE_YET.into());
    }
    let wanted = |key: &StoredKey| key.purpose == purpose && key.state == state;
    let certificate = keys
        .into_iter()
        .find(wanted)
        .and_then(|key| key.certificate)
        .ok_or_else(|| {
            let purpose = purpose.as_str();
            format!(
                "there is no {} {purpose} key; see `city-idp keys list`",
                state.as_str()
            )
        })?;
    Ok(say(pem(&certificate))?)
}

/// RFC 7468: sixty-four characters a line.
fn pem(certificate: &[u8]) -> String {
    let encoded: Vec<char> = STANDARD.encode(certificate).chars().collect();
    let lines: Vec<String> = encoded
        .chunks(64)
        .map(|line| line.iter().collect())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
        lines.join("\n")
    )
}

fn fingerprint(certificate: &[u8]) -> String {
    let hash = sha256(certificate);
    hash.iter()
        .fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
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
