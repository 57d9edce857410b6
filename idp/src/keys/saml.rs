//! SAML keys out of our ring, for `federation`.

use chrono::{DateTime, Utc};
use federation::nia::{generate_key, generate_short_key};
use federation::{KeyUse, PublishedKey, SamlKeyPair, SamlKeys};

use super::{KeyProblem, Keys};

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

impl SamlKeys for Keys {
    fn signing(&self) -> SamlKeyPair {
        self.saml_signing()
    }

    fn decryption(&self) -> Vec<SamlKeyPair> {
        self.saml_decryption()
    }

    fn published(&self) -> Vec<PublishedKey> {
        let keys = self.saml_decryption();
        keys.iter()
            .map(|key| PublishedKey {
                certificate: key.certificate().to_vec(),
                key_use: KeyUse::Both,
            })
            .collect()
    }
}
