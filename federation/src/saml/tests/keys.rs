//! Keys of ours.

use chrono::TimeDelta;

use super::super::certificate::Certificate;
use super::super::keys::SamlKeyPair;
use crate::nia::tests::world::{now, pem, read};
use crate::nia::{generate_key, generate_short_key};

#[test]
fn a_generated_key_signs_decrypts_and_has_a_certificate_of_its_own() {
    for made in [
        generate_key(now(), "Městská identita, NIA").unwrap(),
        generate_short_key(now(), "id.example.cz").unwrap(),
    ] {
        let pair = SamlKeyPair::parse(&made.pkcs8, &made.certificate).unwrap();
        let certificate = Certificate::parse(pair.certificate()).unwrap();

        assert!(
            certificate.is_valid_at(now())
                && certificate.is_valid_at(now() + TimeDelta::days(1_090))
        );
        assert!(
            !certificate.is_valid_at(now() - TimeDelta::days(2))
                && !certificate.is_valid_at(now() + TimeDelta::days(1_100))
        );
        assert!(certificate.is_rsa());
        assert!(!format!("{made:?} {pair:?}").contains("MII"));
    }
}

#[test]
fn two_generated_keys_differ() {
    let (one, other) = (
        generate_short_key(now(), "a").unwrap(),
        generate_short_key(now(), "a").unwrap(),
    );

    assert_ne!(one.pkcs8, other.pkcs8);
    assert_ne!(one.certificate, other.certificate);
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let key = pem(&String::from_utf8(read("keys/sp.key.pem")).unwrap());
    let other = pem(&String::from_utf8(read("keys/idp.crt.pem")).unwrap());

    assert!(SamlKeyPair::parse(&key, &other).is_err());
    assert!(SamlKeyPair::parse(&key, b"junk").is_err());
    assert!(SamlKeyPair::parse(b"junk", &other).is_err());
}
