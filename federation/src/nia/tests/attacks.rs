//! The attacks that this level decides, by their ids. What needs sessions, stores or two browsers is tested over HTTP.

use serde_json::{Value, json};

use super::corpus::{Case, Outcome, code, of_attack};
use super::world::{
    FORGED, Keys, ask, asked_at, base, form, get, nia, now, outbound, pair, post, provider, read,
    request_id, testdata,
};
use crate::environment::Environment;
use crate::inbound::{Inbound, InboundKind};
use crate::nia::Nia;
use crate::provider::UpstreamProvider;
use crate::refusal::Refusal;
use crate::registry::Place;
use crate::saml::certificate::Certificate;
use crate::saml::gate::{Asked, Gate, Work};

/// Every document of an attack meets its fate, and nobody is ever taken for the forged person.
async fn holds(attack: &str) {
    for case in of_attack(attack) {
        let outcome = case.run().await;
        if let Outcome::Login(verified) = &outcome {
            assert_ne!(
                verified.assertion.subject().as_str(),
                FORGED,
                "{}",
                case.name
            );
        }
        case.check().await.unwrap();
    }
}

#[tokio::test]
async fn nia_s01_a_valid_answer_is_accepted() {
    holds("nia_s01").await;
}

#[tokio::test]
async fn nia_s02_an_answer_names_what_must_never_be_seen_again() {
    let nia = nia(&Value::Null);
    let keys = |_| async {
        let departure = nia.start_login(&ask(), asked_at()).await.unwrap();
        let answer = form("SAMLResponse", &read("valid.xml"), &request_id());
        nia.finish_login(departure.state, answer, now())
            .await
            .unwrap()
            .replay_keys
    };

    let (first, second) = (keys(1).await, keys(2).await);

    assert_eq!(first, second);
    assert_eq!(first.len(), 2);
    assert!(
        first
            .iter()
            .all(|key| key.until >= now() + chrono::TimeDelta::minutes(60))
    );
}

#[tokio::test]
async fn nia_s03_an_unsigned_response_around_a_signed_assertion_is_refused() {
    holds("nia_s03").await;
}

#[tokio::test]
async fn nia_s04_a_signed_response_around_an_unsigned_assertion_is_refused() {
    holds("nia_s04").await;
}

#[tokio::test]
async fn nia_s05_one_changed_bit_is_refused() {
    holds("nia_s05").await;
}

#[tokio::test]
async fn nia_s06_a_key_that_only_key_info_vouches_for_is_refused() {
    holds("nia_s06").await;
}

#[tokio::test]
async fn nia_s07_the_key_of_the_other_environment_is_refused() {
    holds("nia_s07").await;
}

#[tokio::test]
async fn nia_s08_old_algorithms_and_hmac_are_refused() {
    holds("nia_s08").await;
}

#[tokio::test]
async fn nia_s09_unknown_transforms_and_references_are_refused() {
    holds("nia_s09").await;
}

#[tokio::test]
async fn nia_s10_signature_wrapping_never_yields_the_forged_subject() {
    holds("nia_s10").await;
}

#[tokio::test]
async fn nia_s11_an_assertion_encrypted_by_somebody_else_is_refused() {
    holds("nia_s11").await;
}

#[tokio::test]
async fn nia_s12_a_plain_assertion_beside_the_encrypted_one_is_refused() {
    holds("nia_s12").await;
}

#[tokio::test]
async fn nia_s13_stray_and_referenced_keys_are_refused() {
    holds("nia_s13").await;
}

#[test]
fn nia_s14_unlisted_ciphers_are_refused_before_decryption() {
    for case in of_attack("nia_s14") {
        let (refusal, work) = work_on(&String::from_utf8(case.document()).unwrap());

        assert_eq!(
            (refusal.code(), work),
            (case.expect.as_str(), Work::default()),
            "{}",
            case.name
        );
    }
}

#[test]
fn nia_s15_with_a_broken_outer_signature_nothing_is_decrypted() {
    let valid = String::from_utf8(read("valid.xml")).unwrap();
    let at = valid.find("<xenc:CipherValue>").unwrap() + 30;
    for (octet, replacement) in ["A", "B", "/", "+", "9"].iter().enumerate() {
        let mut changed = valid.clone();
        changed.replace_range(at + octet..=at + octet, replacement);

        let (refusal, work) = work_on(&changed);

        assert_eq!(
            (refusal, work.decryptions),
            (Refusal::DigestMismatch, 0),
            "{replacement}"
        );
    }
}

#[tokio::test]
async fn nia_s16_document_types_and_entities_are_refused_at_every_layer() {
    holds("nia_s16").await;
}

#[tokio::test]
async fn nia_s17_comments_cdata_and_instructions_never_shorten_a_value() {
    holds("nia_s17").await;
}

#[tokio::test]
async fn nia_s18_variants_of_identifiers_are_refused() {
    holds("nia_s18").await;
}

#[tokio::test]
async fn nia_s19_a_wrong_issuer_is_refused() {
    holds("nia_s19").await;
}

#[tokio::test]
async fn nia_s20_a_foreign_audience_is_refused() {
    holds("nia_s20").await;
}

#[tokio::test]
async fn nia_s21_recipient_and_destination_match_to_the_letter() {
    holds("nia_s21").await;
}

#[tokio::test]
async fn nia_s22_another_in_response_to_is_refused() {
    holds("nia_s22").await;
}

#[tokio::test]
async fn nia_s23_another_relay_state_is_refused() {
    holds("nia_s23").await;
}

#[tokio::test]
async fn nia_s24_times_outside_the_skew_are_refused() {
    holds("nia_s24").await;
}

#[tokio::test]
async fn nia_s25_times_at_the_boundary_are_accepted() {
    holds("nia_s25").await;
}

#[tokio::test]
async fn nia_s26_other_confirmations_are_refused() {
    holds("nia_s26").await;
}

#[tokio::test]
async fn nia_s27_lower_unknown_and_doubled_levels_are_refused() {
    holds("nia_s27").await;
}

#[tokio::test]
async fn nia_s28_an_old_authentication_is_refused_when_a_fresh_one_was_demanded() {
    holds("nia_s28").await;
}

#[tokio::test]
async fn nia_s29_a_failed_login_that_calls_itself_success_is_not_a_login() {
    holds("nia_s29").await;
}

#[tokio::test]
async fn nia_s30_odd_subjects_are_refused() {
    holds("nia_s30").await;
}

#[tokio::test]
async fn nia_s31_doubled_and_structured_attributes_are_refused() {
    holds("nia_s31").await;
}

#[tokio::test]
async fn nia_s32_a_friendly_name_means_nothing() {
    holds("nia_s32").await;
}

#[tokio::test]
async fn nia_s33_only_standard_base64_is_read() {
    holds("nia_s33").await;
}

#[tokio::test]
async fn nia_s35_a_pinned_next_key_is_accepted() {
    holds("nia_s35").await;
}

#[tokio::test]
async fn nia_s36_our_former_key_opens_answers_during_the_overlap_only() {
    holds("nia_s36").await;
    let base = base();
    let place = Place {
        id: "nia",
        environment: Environment::Test,
        base_url: &base,
    };
    let config =
        json!({ "environment": "test", "metadata_file": testdata("metadata/all-keys.xml") });
    let keys = std::sync::Arc::new(Keys {
        signing: pair("sp"),
        decryption: vec![pair("sp")],
    });
    let after = Nia::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        &outbound(),
        keys,
    )
    .unwrap();
    let departure = after.start_login(&ask(), asked_at()).await.unwrap();
    let answer = form(
        "SAMLResponse",
        &read("valid-former-own-key.xml"),
        &request_id(),
    );

    let error = after
        .finish_login(departure.state, answer, now())
        .await
        .unwrap_err();

    assert_eq!(code(&error), "decryption-failed");
}

#[tokio::test]
async fn nia_s37_a_logout_response_changes_nothing() {
    holds("nia_s37").await;
}

#[tokio::test]
async fn nia_s38_an_unsigned_or_stale_logout_request_has_no_effect() {
    holds("nia_s38").await;
}

#[tokio::test]
async fn nia_s39_odd_queries_are_refused() {
    holds("nia_s39").await;
}

#[tokio::test]
async fn nia_s40_a_deflate_bomb_is_cut_off() {
    holds("nia_s40").await;
}

#[tokio::test]
async fn nia_s41_wrong_methods_bodies_and_doubled_fields_are_refused() {
    holds("nia_s41").await;
}

#[test]
fn nia_s44_debug_output_holds_no_personal_data_and_no_key() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let verified = runtime.block_on(async {
        let nia = nia(&Value::Null);
        let departure = nia.start_login(&ask(), asked_at()).await.unwrap();
        let answer = form("SAMLResponse", &read("valid.xml"), &request_id());
        println!("{answer:?} {departure:?}");
        nia.finish_login(departure.state, answer, now())
            .await
            .unwrap()
    });

    let shown = format!(
        "{verified:?} {:?} {:?}",
        verified.assertion.subject(),
        verified.assertion.upstream_session()
    );

    for secret in ["7a4c9f10", "NOVÁK", "JANA", "1985", "777", "_9f8e7d6c"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn nia_s45_sandbox_keys_and_hosts_do_not_start_in_production() {
    let base = base();
    let place = Place {
        id: "nia",
        environment: Environment::Production,
        base_url: &base,
    };
    let refused = |config: Value| {
        let config = super::world::merged(json!({ "environment": "production" }), &config);
        Nia::new(
            &place,
            &serde_json::from_value(config).unwrap(),
            &outbound(),
            Keys::one(),
        )
        .unwrap_err()
    };
    let pin =
        |name: &str| json!({ "active": { "file": testdata(&format!("keys/{name}.crt.pem")) } });
    let url = "https://nia.identita.gov.cz/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml";

    let sandbox_key = refused(json!({ "metadata_url": url, "certificate": pin("sandbox") }));
    let test_key = refused(json!({ "metadata_url": url, "certificate": pin("idp") }));
    let sandbox_host = refused(
        json!({ "metadata_url": "https://127.0.0.1:8403/x", "certificate": { "active": { "fingerprint": "0".repeat(64) } } }),
    );
    let test_host = refused(
        json!({ "metadata_url": "https://tnia.identita.gov.cz/x", "certificate": { "active": { "fingerprint": "0".repeat(64) } } }),
    );
    let plain_http = refused(
        json!({ "metadata_url": "http://nia.identita.gov.cz/x", "certificate": { "active": { "fingerprint": "0".repeat(64) } } }),
    );
    let test_origin = refused(
        json!({ "metadata_url": url, "certificate": { "active": { "fingerprint": "0".repeat(64) } }, "origins": ["https://tnia.identita.gov.cz"] }),
    );
    let other_environment = refused(json!({ "environment": "test" }));

    assert!(
        sandbox_key.problem.contains("sandbox") && sandbox_key.key == "certificate",
        "{sandbox_key}"
    );
    assert!(test_key.problem.contains("test environment"), "{test_key}");
    assert!(
        sandbox_host.problem.contains("sandbox") && sandbox_host.key == "metadata_url",
        "{sandbox_host}"
    );
    assert!(
        test_host.problem.contains("test environment") && test_host.key == "metadata_url",
        "{test_host}"
    );
    assert!(
        test_origin.problem.contains("test environment") && test_origin.key == "origins",
        "{test_origin}"
    );
    assert!(plain_http.problem.contains("https"), "{plain_http}");
    assert_eq!(other_environment.key, "environment");
}

/// Its entity id is the same, and a pin may be a fingerprint, which tells no name: the metadata themselves say whose they are.
#[test]
fn nia_s45_metadata_of_the_sandbox_and_of_the_test_environment_do_not_start_in_production() {
    let base = base();
    let start = |environment: Environment, name: &str, more: Value| {
        let place = Place {
            id: "nia",
            environment,
            base_url: &base,
        };
        let config = json!({ "environment": environment, "metadata_file": testdata(&format!("metadata/{name}.xml")) });
        let config = super::world::merged(config, &more);
        let config = serde_json::from_value(config).unwrap();
        Nia::new(&place, &config, &outbound(), Keys::one())
            .map(drop)
            .map_err(|problem| (problem.key.clone(), problem.to_string()))
    };
    let pinned =
        |name: &str| json!({ "certificate": { "active": { "fingerprint": fingerprint(name) } } });

    for (name, more, said) in [
        ("sandbox-key", json!({}), "sandbox"),
        ("active", json!({}), "test environment"),
        ("active", pinned("idp"), "test environment"),
        ("production-test-key", json!({}), "test environment"),
        (
            "production-test-key-for-encryption",
            json!({}),
            "test environment",
        ),
        ("production-test-host", json!({}), "test environment"),
        ("production-test-logout", json!({}), "test environment"),
    ] {
        let (key, problem) = start(Environment::Production, name, more).unwrap_err();

        assert!(
            key == "metadata_file" && problem.contains(said),
            "{name}: {key}: {problem}"
        );
    }
    for (environment, name, more) in [
        (Environment::Production, "production", json!({})),
        (
            Environment::Production,
            "production",
            pinned("idp-production"),
        ),
        (Environment::Test, "active", pinned("idp")),
        (Environment::Test, "production-test-host", json!({})),
    ] {
        assert_eq!(
            start(environment, name, more),
            Ok(()),
            "{environment}: {name}"
        );
    }
}

fn fingerprint(name: &str) -> String {
    let pem = String::from_utf8(read(&format!("keys/{name}.crt.pem"))).unwrap();
    let certificate = Certificate::from_pem(&pem).unwrap();
    certificate.fingerprint().to_owned()
}

#[tokio::test]
async fn atk_s01_a_forged_assertion_beside_the_genuine_one_is_refused() {
    holds("atk_s01").await;
}

#[tokio::test]
async fn atk_s02_the_classic_wrapping_shapes_are_refused() {
    holds("atk_s02").await;
}

#[tokio::test]
async fn atk_s03_a_signature_over_something_else_than_its_parent_is_refused() {
    holds("atk_s03").await;
}

#[tokio::test]
async fn atk_s04_duplicate_and_foreign_ids_are_refused() {
    holds("atk_s04").await;
}

#[tokio::test]
async fn atk_s05_what_parsers_could_disagree_on_is_refused() {
    holds("atk_s05").await;
}

#[tokio::test]
async fn atk_s06_a_comment_or_element_inside_a_value_is_refused() {
    holds("atk_s06").await;
}

#[tokio::test]
async fn atk_s07_foreign_expired_and_carried_keys_are_refused() {
    holds("atk_s07").await;
}

#[test]
fn atk_s08_metadata_without_a_usable_key_do_not_start() {
    let base = base();
    let place = Place {
        id: "nia",
        environment: Environment::Test,
        base_url: &base,
    };
    for name in [
        "no-key",
        "only-encryption-key",
        "empty",
        "html",
        "no-role",
        "entities",
    ] {
        let config = json!({ "environment": "test", "metadata_file": testdata(&format!("metadata/{name}.xml")) });

        let problem = Nia::new(
            &place,
            &serde_json::from_value(config).unwrap(),
            &outbound(),
            Keys::one(),
        )
        .unwrap_err();

        assert_eq!(problem.key, "metadata_file", "{name}");
    }
    let config = json!({ "environment": "test", "metadata_file": testdata("metadata/active-without-use.xml") });
    assert!(
        Nia::new(
            &place,
            &serde_json::from_value(config).unwrap(),
            &outbound(),
            Keys::one()
        )
        .is_ok()
    );
}

#[tokio::test]
async fn atk_s09_encryption_never_replaces_a_signature() {
    holds("atk_s09").await;
}

#[tokio::test]
async fn atk_s10_a_verification_that_fails_with_an_error_is_a_refusal() {
    holds("atk_s10").await;
}

#[tokio::test]
async fn atk_s12_every_time_holds_at_its_boundary() {
    holds("atk_s12").await;
}

#[tokio::test]
async fn atk_s13_answers_to_other_questions_are_refused() {
    holds("atk_s13").await;
}

#[tokio::test]
async fn atk_s14_wrong_addressees_and_headers_are_refused() {
    holds("atk_s14").await;
}

#[tokio::test]
async fn atk_s15_a_level_is_never_raised() {
    holds("atk_s15").await;
}

#[tokio::test]
async fn atk_s16_old_algorithms_are_refused_and_ciphertexts_answer_no_questions() {
    holds("atk_s16").await;
}

#[tokio::test]
async fn atk_s17_odd_redirect_queries_are_refused() {
    holds("atk_s17").await;
}

#[tokio::test]
async fn atk_s18_a_logout_request_nobody_signed_is_refused() {
    holds("atk_s18").await;
}

#[tokio::test]
async fn atk_s20_odd_attributes_are_refused() {
    holds("atk_s20").await;
}

#[tokio::test]
async fn atk_b09_the_answer_of_one_provider_is_refused_at_another() {
    for (from, to, expected) in [
        ("nia", "both", "state-of-another-provider"),
        ("both", "nia", "state-of-another-provider"),
        // Both of one realm, at two addresses.
        ("assertion", "response", "destination-wrong"),
    ] {
        let departure = provider(from, &Value::Null)
            .start_login(&ask(), asked_at())
            .await
            .unwrap();
        let answer = form("SAMLResponse", &read("valid.xml"), &request_id());

        let error = provider(to, &Value::Null)
            .finish_login(departure.state, answer, now())
            .await
            .unwrap_err();

        assert_eq!(code(&error), expected, "{from} to {to}");
    }
}

/// A `SAMLRequest` and a `SAMLResponse`; a token is in `oidc/tests/tokens.rs`.
#[tokio::test]
async fn atk_d01_a_deflate_bomb_is_cut_off_while_inflating() {
    holds("atk_d01").await;
    for parameter in ["SAMLRequest=", "SAMLResponse="] {
        let bombs = of_attack("atk_d01").into_iter();
        let carries = |case: &Case| case.document().starts_with(parameter.as_bytes());
        assert_eq!(bombs.filter(carries).count(), 1, "{parameter}");
    }
}

#[tokio::test]
async fn atk_d02_deep_wide_and_crowded_documents_are_refused() {
    holds("atk_d02").await;
}

#[tokio::test]
async fn atk_d07_truncated_and_empty_input_never_panics() {
    holds("atk_d07").await;
    let nia = nia(&Value::Null);
    for octets in [
        &b""[..],
        b"&",
        b"=",
        b"SAMLResponse",
        b"SAMLResponse=",
        b"%",
        b"SAMLRequest=&SAMLRequest=",
        &[0xff, 0xfe],
        b"SAMLResponse=AA&RelayState=",
    ] {
        for answer in [post(octets.to_vec()), get(octets.to_vec())] {
            let departure = nia.start_login(&ask(), asked_at()).await.unwrap();
            assert!(nia.correlate(&answer).is_err());
            assert!(
                nia.finish_login(departure.state, answer.clone(), now())
                    .await
                    .is_err()
            );
            assert!(
                nia.receive(
                    Inbound {
                        kind: InboundKind::Logout,
                        answer
                    },
                    now()
                )
                .await
                .is_err()
            );
        }
    }
}

/// An error without the signature that it must have is told as one only when it is about our request, of our provider, for us and
/// fresh; whatever it says. Nothing is decrypted or verified for it.
#[test]
fn an_error_that_is_not_signed_is_told_as_such_where_everything_else_is_right() {
    let unsigned = String::from_utf8(read("status-unsigned.xml")).unwrap();
    let nested = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>"#;
    for (from, to, refusal) in [
        (nested, "", Refusal::ErrorUnsigned),
        (
            "status:Responder",
            "status:Requester",
            Refusal::ErrorUnsigned,
        ),
        (
            "status:AuthnFailed",
            "status:Success",
            Refusal::ErrorUnsigned,
        ),
        (
            "status:Responder",
            "status:Success",
            Refusal::ResponseUnsigned,
        ),
        ("id.example.cz", "id.example.com", Refusal::ResponseUnsigned),
        ("_dfab", "_dfac", Refusal::ResponseUnsigned),
        ("cgg2010:fpsts", "cgg2010:other", Refusal::ResponseUnsigned),
        (
            "2026-11-24T09:16:05Z",
            "2026-11-24T08:16:05Z",
            Refusal::ResponseUnsigned,
        ),
        (
            "2026-11-24T09:16:05Z",
            "2026-11-25T09:16:05Z",
            Refusal::ResponseUnsigned,
        ),
        (
            r#"Version="2.0""#,
            r#"Version="1.1""#,
            Refusal::ResponseUnsigned,
        ),
    ] {
        let changed = unsigned.replace(from, to);
        assert_ne!(changed, unsigned, "{from}");

        assert_eq!(work_on(&changed), (refusal, Work::default()), "{from} {to}");
    }
}

/// How far a document gets, and what that costs.
pub(super) fn work_on(xml: &str) -> (Refusal, Work) {
    let nia = nia(&Value::Null);
    let crate::saml::source::Source::File(partner) = &nia.party.source else {
        panic!("the metadata come from a file")
    };
    let keys = [pair("sp"), pair("sp-old")];
    let gate = Gate {
        policy: &nia.party.policy,
        trust: &partner.trust,
        keys: &keys,
    };
    let asked = Asked {
        request_id: request_id(),
        forced_at: None,
    };
    let mut work = Work::default();
    let refusal = gate
        .open_counting(xml, &asked, now(), &mut work)
        .unwrap_err();
    (refusal, work)
}
