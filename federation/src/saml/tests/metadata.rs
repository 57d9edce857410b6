//! Which metadata are believed.

use super::super::certificate::Certificate;
use super::super::config::Pins;
use super::super::metadata::{MetadataProblem, Partner, Rules, Voucher};
use super::super::test_marks::TestMarks;
use crate::environment::Environment;
use crate::nia::tests::world::{now, read};
use crate::refusal::Refusal;

const ORIGIN: &str = "https://nia.example.cz";

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&String::from_utf8(read(&format!("keys/{name}.crt.pem"))).unwrap())
        .unwrap()
}

fn rules() -> Rules {
    Rules {
        entity_id: "urn:microsoft:cgg2010:fpsts".to_owned(),
        environment: Environment::Test,
        origins: vec![ORIGIN.to_owned()],
        pins: Pins {
            certificates: vec![certificate("idp"), certificate("idp-next")],
            fingerprints: Vec::new(),
        },
        voucher: Voucher::Signature,
        not_of: None,
    }
}

fn judge(name: &str, rules: &Rules) -> Result<Partner, MetadataProblem> {
    Partner::read(&read(&format!("metadata/{name}.xml")), rules, now())
}

#[test]
fn signed_metadata_of_the_right_entity_are_believed() {
    for name in [
        "active",
        "active-without-use",
        "all-keys",
        "with-comment",
        "future",
    ] {
        let partner = judge(name, &rules()).unwrap();

        assert_eq!(partner.login.len(), 2, "{name}");
        assert_eq!(partner.logout.len(), 1, "{name}");
        assert!(
            partner
                .login_by(false)
                .is_some_and(|service| !service.redirect),
            "{name}"
        );
    }
}

#[test]
fn nia_s34_bad_metadata_are_refused_each_for_its_reason() {
    let refused = |name: &str| judge(name, &rules()).unwrap_err();

    assert_eq!(refused("unsigned"), MetadataProblem::Unsigned);
    assert_eq!(
        refused("signed-by-attacker"),
        MetadataProblem::Signature(Refusal::SignatureMismatch)
    );
    assert_eq!(
        refused("signed-by-expired"),
        MetadataProblem::Signature(Refusal::SignatureMismatch)
    );
    assert_eq!(
        refused("changed"),
        MetadataProblem::Signature(Refusal::DigestMismatch)
    );
    assert_eq!(refused("other-entity"), MetadataProblem::OtherEntity);
    assert_eq!(refused("entities"), MetadataProblem::OtherEntity);
    assert_eq!(refused("foreign-host"), MetadataProblem::ForeignHost);
    assert_eq!(refused("plain-http"), MetadataProblem::ForeignHost);
    assert_eq!(refused("userinfo"), MetadataProblem::ForeignHost);
    assert_eq!(refused("past"), MetadataProblem::Expired);
    assert_eq!(refused("no-key"), MetadataProblem::NoKey);
    assert_eq!(refused("only-encryption-key"), MetadataProblem::NoKey);
    assert_eq!(refused("no-role"), MetadataProblem::Role);
    assert_eq!(refused("no-login"), MetadataProblem::NoLogin);
    assert_eq!(
        refused("doctype"),
        MetadataProblem::Unreadable(Refusal::DoctypeForbidden)
    );
    assert_eq!(
        refused("empty"),
        MetadataProblem::Unreadable(Refusal::NotWellFormed)
    );
    assert_eq!(refused("html"), MetadataProblem::OtherEntity);
    let huge = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(
        Partner::read(&huge, &rules(), now()).unwrap_err(),
        MetadataProblem::Unreadable(Refusal::TooLarge)
    );
}

#[test]
fn an_expired_pin_verifies_nothing() {
    let mut rules = rules();
    rules.pins.certificates = vec![certificate("idp-expired")];

    let problem = judge("signed-by-expired", &rules).unwrap_err();

    assert_eq!(
        problem,
        MetadataProblem::Signature(Refusal::CertificateOutOfDate)
    );
}

#[test]
fn a_fingerprint_pins_as_well_as_a_certificate() {
    let mut rules = rules();
    rules.pins = Pins {
        certificates: Vec::new(),
        fingerprints: vec![certificate("idp").fingerprint().to_owned()],
    };

    assert!(judge("active", &rules).is_ok());
    assert_eq!(
        judge("signed-by-attacker", &rules).unwrap_err(),
        MetadataProblem::Signature(Refusal::SignatureMismatch)
    );
}

#[test]
fn metadata_nobody_vouches_for_give_addresses_and_no_keys() {
    let mut rules = rules();
    rules.voucher = Voucher::Nobody;

    let partner = judge("signed-by-attacker", &rules).unwrap();

    let trusted: Vec<_> = partner
        .trust
        .certificates()
        .iter()
        .map(Certificate::fingerprint)
        .collect();
    assert_eq!(
        trusted,
        [
            certificate("idp").fingerprint(),
            certificate("idp-next").fingerprint()
        ]
    );
    rules.pins = Pins::default();
    assert_eq!(judge("active", &rules).unwrap_err(), MetadataProblem::NoKey);
}

#[test]
fn the_sandbox_is_no_part_of_production() {
    let mut rules = rules();
    rules.environment = Environment::Production;

    assert!(judge("active", &rules).is_ok());
    assert_eq!(
        judge("sandbox-key", &rules).unwrap_err(),
        MetadataProblem::Sandbox
    );
}

/// Rules of production for a provider whose test environment is known by its marks.
pub(super) fn rules_of_production() -> Rules {
    Rules {
        environment: Environment::Production,
        pins: Pins {
            certificates: vec![certificate("idp-production")],
            fingerprints: Vec::new(),
        },
        not_of: Some(TestMarks {
            host: "tnia.",
            name: "TEST",
        }),
        ..rules()
    }
}

#[test]
fn nia_s07_metadata_of_the_test_environment_are_not_believed_in_production() {
    let production = rules_of_production();
    let mut by_fingerprint = rules_of_production();
    by_fingerprint.pins = Pins {
        certificates: Vec::new(),
        fingerprints: vec![certificate("idp").fingerprint().to_owned()],
    };
    let mut any_origin = rules_of_production();
    any_origin.origins = Vec::new();
    any_origin.voucher = Voucher::Operator;

    assert!(judge("production", &production).is_ok());
    for (name, rules) in [
        ("production-test-key", &production),
        ("production-test-key-for-encryption", &production),
        ("production-test-host", &production),
        ("production-test-logout", &production),
        ("active", &production),
        ("active", &by_fingerprint),
        ("active", &any_origin),
        ("production-test-host", &any_origin),
        ("production-test-logout", &any_origin),
    ] {
        assert_eq!(
            judge(name, rules).unwrap_err(),
            MetadataProblem::TestEnvironment,
            "{name}"
        );
    }
}

#[test]
fn only_a_provider_with_such_marks_is_held_against_them() {
    let mut rules = rules_of_production();
    rules.not_of = None;

    assert!(judge("production-test-key", &rules).is_ok());
    assert_eq!(
        judge("production-test-host", &rules).unwrap_err(),
        MetadataProblem::ForeignHost
    );
}

#[test]
fn an_announced_key_that_is_not_pinned_is_reported() {
    let partner = judge("with-new-key", &rules()).unwrap();

    let unpinned: Vec<_> = partner
        .unpinned
        .iter()
        .map(Certificate::common_name)
        .collect();
    assert_eq!(unpinned, ["TEST KEY idp not yet announced"]);
}
