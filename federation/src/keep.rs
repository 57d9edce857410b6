//! Keeping a verified assertion while the browser is on its way to prove itself.
//!
//! Short-lived state may be a database or Redis. What is kept there is sealed and authenticated under a key that only
//! the broker's processes have, and bound to the place it was kept at, so that nobody with access to that state can
//! make an assertion, change one, or move one to another login.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use crate::assertion::{Assertion, Claims};

/// The key under which assertions wait. The same in all replicas; derive it from the master key.
pub struct KeepKey(RandomizedNonceKey);

/// What was kept is not ours, was changed, or was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kept assertion cannot be read")]
pub struct KeptAssertionUnreadable;

impl KeepKey {
    /// A key from 32 octets.
    pub fn new(octets: &[u8; 32]) -> Result<Self, KeptAssertionUnreadable> {
        RandomizedNonceKey::new(&AES_256_GCM, octets)
            .map(Self)
            .map_err(|_| KeptAssertionUnreadable)
    }

    /// Seals an assertion for one place, for example the one-time handle it is stored under.
    pub fn keep(
        &self,
        place: &str,
        assertion: &Assertion,
    ) -> Result<Vec<u8>, KeptAssertionUnreadable> {
        let mut sealed = serde_json::to_vec(&assertion.0).map_err(|_| KeptAssertionUnreadable)?;
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut sealed)
            .map_err(|_| KeptAssertionUnreadable)?;
        let mut kept = nonce.as_ref().to_vec();
        kept.append(&mut sealed);
        Ok(kept)
    }

    /// Opens what was kept at that place.
    pub fn recall(&self, place: &str, kept: &[u8]) -> Result<Assertion, KeptAssertionUnreadable> {
        let (nonce, sealed) = kept
            .split_at_checked(NONCE_LEN)
            .ok_or(KeptAssertionUnreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeptAssertionUnreadable)?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut sealed)
            .map_err(|_| KeptAssertionUnreadable)?;
        serde_json::from_slice::<Claims>(plain)
            .map(Assertion)
            .map_err(|_| KeptAssertionUnreadable)
    }
}

impl std::fmt::Debug for KeepKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeepKey(..)")
    }
}
