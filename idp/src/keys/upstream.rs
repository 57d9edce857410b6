//! Keys towards OpenID providers out of our ring, for `federation`.

use federation::{JoseKey, JoseKeys, KeyUse, PublishedJoseKey};

use super::{Keys, Purpose, State};
use crate::Config;

/// Whether some configured provider has to know such keys; otherwise there are none.
pub(crate) fn wanted(config: &Config) -> bool {
    config
        .provider
        .values()
        .any(federation::ProviderConfig::wants_jose_keys)
}

impl JoseKeys for Keys {
    fn signing(&self) -> Option<JoseKey> {
        let keys = self.jose(Purpose::Upstream);
        keys.into_iter()
            .find(|(state, _)| *state == State::Current)
            .map(|(_, key)| key)
    }

    fn decryption(&self) -> Vec<JoseKey> {
        let keys = self.jose(Purpose::UpstreamEncryption);
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// A key that retires still opens what was encrypted to it, but is not published for new messages.
    fn published(&self) -> Vec<PublishedJoseKey> {
        let published = |key_use| move |(_, key)| PublishedJoseKey { key, key_use };
        let signing = self.jose(Purpose::Upstream).into_iter();
        let encryption = self
            .jose(Purpose::UpstreamEncryption)
            .into_iter()
            .filter(|(state, _)| *state != State::Retiring);
        signing
            .map(published(KeyUse::Signing))
            .chain(encryption.map(published(KeyUse::Encryption)))
            .collect()
    }
}
