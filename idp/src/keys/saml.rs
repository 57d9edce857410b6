//! SAML keys out of our ring, for `federation`.

use chrono::{DateTime, Utc};
use federation::{KeyUse, PublishedKey, SamlKeyPair, SamlKeys};

use super::{KeyProblem, Keys};

/// Makes a private key (PKCS#8) and its self-signed certificate (DER).
pub(super) fn generate(host: &str, now: DateTime<Utc>) -> Result<(Vec<u8>, Vec<u8>), KeyProblem> {
    let _ = (host, now);
    todo!("federation::nia::generate_key")
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
