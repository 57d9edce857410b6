//! Keys, signatures, encryption: what is read, and what is refused for one reason alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use serde_json::{Value, json};

use super::op::{
    KEYS, OAEP, OAEP_256, OWN, Own, compressed, encrypted, keyed_by_public, public, signed,
    signed_by, signed_under,
};
use crate::oidc::jwk::{KeySet, KeySetProblem};
use crate::oidc::{jwe, jws};
use crate::refusal::Refusal;

const ALL: [Alg; 4] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP521Sha512,
];

fn set(keys: &[Value]) -> Result<KeySet, KeySetProblem> {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes())
}

fn all() -> KeySet {
    set(&[
        public(&KEYS.first),
        public(&KEYS.second),
        public(&KEYS.ec),
        public(&KEYS.p521),
    ])
    .unwrap()
}

fn refusal(token: &str) -> Refusal {
    jws::open(token, &all(), &ALL).unwrap_err()
}

#[test]
fn what_josekit_signs_is_read_by_every_algorithm() {
    let claims = json!({ "sub": "x" });
    for token in [
        signed(&KEYS.first, &claims),
        signed_by("PS512", &KEYS.second, &claims),
        signed_by("ES256", &KEYS.ec, &claims),
        signed_by("ES512", &KEYS.p521, &claims),
    ] {
        assert_eq!(jws::open(&token, &all(), &ALL).unwrap().claims["sub"], "x");
    }
}

#[test]
fn a_key_set_keeps_what_it_can_use_and_never_fails_for_the_rest() {
    let encryption = {
        let mut key = public(&KEYS.second);
        key["use"] = "enc".into();
        key
    };
    let mtls =
        json!({ "kty": "EC", "use": "sig", "kid": "mtls", "crv": "P-384", "x": "AA", "y": "AA" });
    let odd = json!({ "kty": "AKP", "kid": 7 });

    let keys = set(&[
        odd,
        mtls,
        encryption.clone(),
        public(&KEYS.first),
        public(&KEYS.first),
    ])
    .unwrap();

    assert_eq!(keys.len(), 2);
    assert!(jws::open(&signed(&KEYS.first, &json!({})), &keys, &ALL).is_ok());
    let by_the_encryption_key = signed(&KEYS.second, &json!({}));
    assert_eq!(
        jws::open(&by_the_encryption_key, &keys, &ALL).unwrap_err(),
        Refusal::SigningKeyUnknown
    );
    assert_eq!(set(&[encryption]).unwrap_err(), KeySetProblem::Empty);
}

#[test]
fn private_shared_and_short_keys_are_no_keys() {
    let private = serde_json::to_value(&KEYS.first).unwrap();
    let shared = json!({ "kty": "oct", "k": "AAAA" });
    let short = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    for key in [private, shared, short] {
        assert_eq!(set(&[key]).unwrap_err(), KeySetProblem::Empty);
    }
    assert_eq!(KeySet::read(b"<html>").unwrap_err(), KeySetProblem::NotASet);
}

#[test]
fn without_identifiers_every_key_that_fits_is_tried() {
    let nameless = |key| {
        let mut key = public(key);
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    let keys = set(&[nameless(&KEYS.first), nameless(&KEYS.second)]).unwrap();

    for key in [&KEYS.first, &KEYS.second] {
        assert!(jws::open(&signed(key, &json!({})), &keys, &ALL).is_ok());
        let without = signed_under(key, &json!({ "alg": "RS256" }), &json!({}));
        assert!(jws::open(&without, &keys, &ALL).is_ok());
        assert!(jws::open(&without, &all(), &ALL).is_ok());
    }
}

#[test]
fn a_token_is_refused_for_its_header() {
    let header = |header: &Value| signed_under(&KEYS.first, header, &json!({ "sub": "x" }));
    let none = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));

    assert_eq!(refusal(&none), Refusal::SignatureAlgorithmForbidden);
    for key in [&KEYS.first, &KEYS.ec] {
        for token in keyed_by_public(key, &json!({ "sub": "x" })) {
            assert_eq!(refusal(&token), Refusal::SignatureAlgorithmForbidden);
        }
    }
    let crit = header(&json!({ "alg": "RS256", "kid": "first", "crit": ["x"], "x": 1 }));
    assert_eq!(refusal(&crit), Refusal::TokenHeaderForbidden);
    let unknown = header(&json!({ "alg": "RS256", "kid": "third" }));
    assert_eq!(refusal(&unknown), Refusal::SigningKeyUnknown);
    let other = header(&json!({ "alg": "RS256", "kid": "second" }));
    assert_eq!(refusal(&other), Refusal::SignatureMismatch);
    // A key of the token's own bringing is not looked at.
    let own = json!({ "alg": "RS256", "kid": "second", "jwk": public(&KEYS.first) });
    assert_eq!(refusal(&header(&own)), Refusal::SignatureMismatch);
}

#[test]
fn an_algorithm_is_allowed_by_the_configuration_alone() {
    let token = signed(&KEYS.first, &json!({}));

    let keys = all();

    let verdict = jws::open(&token, &keys, &[Alg::RsaSsaPssSha512]);

    assert_eq!(verdict.unwrap_err(), Refusal::SignatureAlgorithmForbidden);
}

#[test]
fn a_token_that_is_changed_or_is_none_is_refused() {
    let token = signed(&KEYS.first, &json!({ "sub": "x" }));
    let parts: Vec<&str> = token.split('.').collect();
    let changed = format!(
        "{}.{}.{}",
        parts[0],
        URL_SAFE_NO_PAD.encode(r#"{"sub":"y"}"#),
        parts[2]
    );
    let list = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode("[]"), parts[2]);

    assert_eq!(refusal(&changed), Refusal::SignatureMismatch);
    for malformed in ["", "a.b", "a.b.c", list.as_str()] {
        assert_eq!(refusal(malformed), Refusal::TokenMalformed, "{malformed}");
    }
    assert_eq!(refusal(&"a".repeat(70_000)), Refusal::TooLarge);
    // Who wants a signature opens no envelope.
    let sealed = encrypted(&OWN[0], OAEP_256, "A256GCM", &token);
    assert_eq!(refusal(&sealed), Refusal::TokenHeaderForbidden);
}

#[test]
fn what_josekit_encrypts_to_any_of_our_keys_is_opened() {
    let own = Own::keys().decryption();
    for key in OWN.iter() {
        for (alg, enc) in [
            (OAEP_256, "A256GCM"),
            (OAEP_256, "A128GCM"),
            (OAEP, "A256GCM"),
            (OAEP_256, "A128CBC-HS256"),
            (OAEP_256, "A256CBC-HS512"),
        ] {
            let token = encrypted(key, alg, enc, "a.b.c");

            assert_eq!(jwe::open(&token, &own).as_deref(), Ok("a.b.c"), "{enc}");
        }
    }
}

#[test]
fn what_is_not_encrypted_to_us_or_by_other_means_is_refused() {
    let own = Own::keys().decryption();
    let open = |token: &str| jwe::open(token, &own).unwrap_err();
    let good = encrypted(&OWN[0], OAEP_256, "A256GCM", "a.b.c");
    let parts: Vec<&str> = good.split('.').collect();
    let with = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        parts.join(".")
    };
    let flipped = |part: &str| {
        let mut octets = URL_SAFE_NO_PAD.decode(part).unwrap();
        octets[0] ^= 1;
        URL_SAFE_NO_PAD.encode(octets)
    };
    let header = |header: &str| with(0, &URL_SAFE_NO_PAD.encode(header));

    assert_eq!(
        open(&encrypted(&KEYS.first, OAEP_256, "A256GCM", "x")),
        Refusal::DecryptionFailed
    );
    for index in [1, 2, 3, 4] {
        assert_eq!(
            open(&with(index, &flipped(parts[index]))),
            Refusal::DecryptionFailed,
            "{index}"
        );
    }
    let other = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JSON"}"#;
    assert_eq!(open(&header(other)), Refusal::DecryptionFailed);
    assert_eq!(
        open(&header(r#"{"alg":"RSA1_5","enc":"A256GCM"}"#)),
        Refusal::KeyTransportForbidden
    );
    assert_eq!(
        open(&header(r#"{"alg":"dir","enc":"A256GCM"}"#)),
        Refusal::KeyTransportForbidden
    );
    assert_eq!(
        open(&header(r#"{"alg":"RSA-OAEP-256","enc":"A192CBC-HS384"}"#)),
        Refusal::CipherForbidden
    );
    let zipped = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}"#;
    assert_eq!(open(&header(zipped)), Refusal::TokenHeaderForbidden);
    for broken in ["a.b.c.d", "a.b.c.d.e", &with(2, "AAAA"), &with(4, "AAAA")] {
        assert_eq!(open(broken), Refusal::EncryptionLayout, "{broken}");
    }
    assert_eq!(jwe::open(&good, &[]), Err(Refusal::DecryptionFailed));
}

/// RFC 7516 lets a sender compress what it encrypts (`zip`). One that would inflate to megabytes is refused by its header, before
/// a key is touched, genuinely encrypted to us or not.
#[test]
fn atk_d01_a_compressed_token_is_refused_and_never_inflated() {
    let own = Own::keys().decryption();
    let bomb = compressed(&OWN[0], OAEP_256, "A256GCM", &" ".repeat(8 << 20));
    assert!(bomb.len() < 32 * 1024, "{}", bomb.len());

    assert_eq!(jwe::open(&bomb, &own), Err(Refusal::TokenHeaderForbidden));
    assert_eq!(jwe::open(&bomb, &[]), Err(Refusal::TokenHeaderForbidden));
    let rest = bomb.split_once('.').unwrap().1;
    for zip in ["def", "GZIP", ""] {
        let header = json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": zip });
        let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));

        assert_eq!(
            jwe::open(&token, &own),
            Err(Refusal::TokenHeaderForbidden),
            "{zip}"
        );
    }
    let header = json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM" });
    let unmarked = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
    assert_eq!(jwe::open(&unmarked, &own), Err(Refusal::DecryptionFailed));
}

#[test]
fn one_changed_octet_of_a_message_with_hmac_is_refused_like_every_other() {
    let own = Own::keys().decryption();
    for enc in ["A128CBC-HS256", "A256CBC-HS512"] {
        let good = encrypted(&OWN[0], OAEP_256, enc, &"a.b.c".repeat(20));
        let parts: Vec<Vec<u8>> = good
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let joined = |parts: &[Vec<u8>]| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .collect();
            parts.join(".")
        };
        for part in 1..5 {
            for at in [0, parts[part].len() - 1] {
                let mut changed = parts.clone();
                changed[part][at] ^= 1;
                let refused = jwe::open(&joined(&changed), &own);
                assert_eq!(refused, Err(Refusal::DecryptionFailed), "{enc} {part} {at}");
            }
        }
        for (part, left) in [(2, 15), (4, 12), (4, 0)] {
            let mut cut = parts.clone();
            cut[part].truncate(left);
            let refused = jwe::open(&joined(&cut), &own);
            assert_eq!(
                refused,
                Err(Refusal::EncryptionLayout),
                "{enc} {part} {left}"
            );
        }
        // Under the other name, the same octets are no message.
        let other = if enc == "A128CBC-HS256" {
            "A256CBC-HS512"
        } else {
            "A128CBC-HS256"
        };
        let mut renamed = parts.clone();
        renamed[0] = format!(r#"{{"alg":"RSA-OAEP-256","enc":"{other}"}}"#).into_bytes();
        assert!(jwe::open(&joined(&renamed), &own).is_err(), "{enc}");
    }
}
