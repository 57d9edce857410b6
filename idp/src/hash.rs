//! SHA-256, the one hash of refresh tokens, cookies and secrets at rest, and of what protocols hash; keyed where the log must not tell
//! what was hashed.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use store::MasterKey;

use crate::keys::Alg;

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

/// The left half of the hash that belongs to an algorithm, base64url: `at_hash` (OpenID Connect Core, 3.1.3.6). Ed25519 hashes by SHA-512
/// (RFC 8032, 5.1), which is what clients take for it.
pub fn half_hash(alg: Alg, octets: &[u8]) -> String {
    let algorithm = match alg {
        Alg::RS256 | Alg::PS256 | Alg::ES256 => &SHA256,
        Alg::EdDSA => &SHA512,
    };
    let hash = digest(algorithm, octets);
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// What stands in the audit for a subject of a provider: whoever holds the master key and knows the subject can tell that it was
/// this one, nobody else can (local-identity 8.2, rule 9).
pub(crate) fn subject_mark(master_key: &MasterKey, realm: &str, subject: &str) -> String {
    let key = hmac::Key::new(
        hmac::HMAC_SHA256,
        &master_key.derive("audit mark of a subject"),
    );
    let mark = hmac::sign(&key, format!("{realm}\n{subject}").as_bytes());
    let (left, _) = mark.as_ref().split_at(16);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_mark_depends_on_key_realm_and_subject() {
        let key = |first: u8| {
            let mut octets = [7; 32];
            octets[0] = first;
            MasterKey::parse(&STANDARD.encode(octets).into()).unwrap()
        };
        let mark = subject_mark(&key(1), "nia:test", "a");

        assert_eq!(subject_mark(&key(1), "nia:test", "a"), mark);
        for other in [
            subject_mark(&key(2), "nia:test", "a"),
            subject_mark(&key(1), "nia:tes", "ta"),
            subject_mark(&key(1), "nia:test", "b"),
        ] {
            assert_ne!(other, mark);
        }
    }

    #[test]
    fn pkce_challenge_of_rfc_7636_appendix_b() {
        let challenge = sha256_text(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");

        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn at_hash_of_the_openid_core_example() {
        let hash = half_hash(Alg::RS256, b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");

        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
