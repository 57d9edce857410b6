//! SAML keys out of our ring, for `federation`.

use chrono::{DateTime, Utc};
use federation::nia::{generate_key, generate_short_key};
use federation::saml::config::KeyMode;
use federation::{KeyUse, PublishedKey, SamlKeyPair, SamlKeys};

use super::{KeyProblem, Keys, Purpose, State};
use crate::Config;

/// Makes a private key (PKCS#8) and its self-signed certificate (DER).
pub(super) fn generate(
    host: &str,
    short: bool,
    now: DateTime<Utc>,
) -> Result<(Vec<u8>, Vec<u8>), KeyProblem> {
    let made = if short {
        generate_short_key(now, host)
    } else {
        generate_key(now, host)
    };
    let made = made.map_err(|error| KeyProblem::Saml(error.into()))?;
    Ok((made.pkcs8, made.certificate))
}

/// How providers want our SAML keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SamlUse {
    /// Some want one key for both purposes.
    pub one: bool,
    /// Some want a key for each.
    pub two: bool,
}

impl SamlUse {
    /// What the configured providers want.
    pub fn of(config: &Config) -> Self {
        let modes = config
            .provider
            .values()
            .filter_map(federation::ProviderConfig::saml_keys);
        modes.fold(Self::default(), |wanted, mode| match mode {
            KeyMode::One => Self {
                one: true,
                ..wanted
            },
            KeyMode::Two => Self {
                two: true,
                ..wanted
            },
        })
    }

    const fn of_signing_key(self) -> KeyUse {
        if self.two && !self.one {
            KeyUse::Signing
        } else {
            KeyUse::Both
        }
    }
}

impl SamlKeys for Keys {
    fn signing(&self) -> SamlKeyPair {
        self.saml_signing()
    }

    fn decryption(&self) -> Vec<SamlKeyPair> {
        let wanted = self.saml_use();
        let mut keys = if wanted.two {
            self.saml(Purpose::SamlEncryption)
        } else {
            Vec::new()
        };
        if wanted.of_signing_key() == KeyUse::Both {
            keys.extend(self.saml(Purpose::Saml));
        }
        keys.into_iter().map(|(_, pair)| pair).collect()
    }

    /// A key that retires verifies what it signed and opens what was encrypted to it. Nothing more is to be encrypted to it.
    fn published(&self) -> Vec<PublishedKey> {
        let wanted = self.saml_use();
        let published = |key: &SamlKeyPair, key_use| PublishedKey {
            certificate: key.certificate().to_vec(),
            key_use,
        };
        let signing = self.saml(Purpose::Saml).into_iter().map(|(state, key)| {
            let key_use = match state {
                State::Retiring => KeyUse::Signing,
                State::Current | State::Next => wanted.of_signing_key(),
            };
            published(&key, key_use)
        });
        let encryption = if wanted.two {
            self.saml(Purpose::SamlEncryption)
        } else {
            Vec::new()
        };
        let encryption = encryption
            .into_iter()
            .filter(|(state, _)| *state != State::Retiring)
            .map(|(_, key)| published(&key, KeyUse::Encryption));
        signing.chain(encryption).collect()
    }
}
