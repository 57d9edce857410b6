//! SHA-256, the one hash of codes, tokens, cookies and secrets at rest.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The hash of some octets.
pub fn sha256(octets: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, octets).as_ref());
    hash
}

/// The hash as 43 characters of base64url, as PKCE and keys of the short-lived store write it.
pub fn sha256_text(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(octets))
}

/// The left half of the hash, base64url: `at_hash` (OpenID Connect Core, 3.1.3.6).
pub fn half_hash(octets: &[u8]) -> String {
    let hash = sha256(octets);
    let (left, _) = hash.split_at(16);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pkce_challenge_of_rfc_7636_appendix_b() {
        let challenge = sha256_text(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");

        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn at_hash_of_the_openid_core_example() {
        let hash = half_hash(b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");

        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
