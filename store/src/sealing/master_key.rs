use secrecy::SecretString;

/// The key above all stored secrets: 32 bytes, given as base64 in the configuration. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MasterKey {}

/// Why a configured value is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Not base64.
    #[error("the master key is not base64")]
    NotBase64,
    /// Base64, and of another length.
    #[error("the master key must be 32 bytes, and is {0}")]
    Length(usize),
    /// Bytes that no random source gives.
    #[error("the master key is not random: make one with `openssl rand -base64 32`")]
    NotRandom,
}

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Wrong key, wrong place or a changed byte; which one cannot be told.
    #[error("the sealed value cannot be opened with this master key at this place")]
    NotOurs,
    /// A format of a later release.
    #[error("the sealed value has format {0}, which this release does not know")]
    Format(u8),
}

impl MasterKey {
    /// Reads base64 of exactly 32 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, MasterKeyError> {
        let _ = text;
        todo!()
    }

    /// A new key as it stands in a configuration file.
    pub fn generate() -> SecretString {
        todo!()
    }

    /// Seals `plain` for one place, named by `aad` (`signing_key:<id>`): moved elsewhere it does not open.
    pub fn seal(&self, aad: &str, plain: &[u8]) -> Vec<u8> {
        todo!("{aad} {plain:?}")
    }

    /// Opens what [`Self::seal`] made for the same place.
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        todo!("{aad} {sealed:?}")
    }

    /// A key for another purpose than sealing, always the same for the same purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        todo!("{purpose}")
    }
}
