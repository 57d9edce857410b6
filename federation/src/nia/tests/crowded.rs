//! Documents full of signatures, references and transforms: what they cost is counted, not timed (D2).

use super::attacks::work_on;
use super::corpus::of_attack;
use super::world::read;
use crate::saml::gate::Work;

/// Those that get further than the first look: what they may cost. Everything else costs no cryptography at all.
const COSTLY: [(&str, Work); 3] = [
    // Vouched for by its outer signature, opened, and refused for what is in it.
    (
        "sealed-signatures-hundreds",
        Work {
            verifications: 1,
            decryptions: 1,
        },
    ),
    // One signature, which does not hold.
    (
        "prefixes-thousands",
        Work {
            verifications: 1,
            decryptions: 0,
        },
    ),
    (
        "prefixes-thousands-around",
        Work {
            verifications: 1,
            decryptions: 0,
        },
    ),
];

#[test]
fn atk_d02_a_heavily_signed_document_costs_no_more_than_a_genuine_one() {
    let mut heavy = 0;
    for case in of_attack("atk_d02") {
        let text = String::from_utf8(case.document()).unwrap();

        let (refusal, work) = work_on(&text);

        let costly = COSTLY.iter().find(|(name, _)| *name == case.name);
        let allowed = costly.map(|(_, work)| *work).unwrap_or_default();
        assert_eq!(
            (refusal.code(), work),
            (case.expect.as_str(), allowed),
            "{}",
            case.name
        );
        let counted =
            ["Signature", "<Reference ", "<Transform "].map(|tag| text.matches(tag).count());
        heavy += usize::from(counted.iter().any(|count| *count >= 100));
    }
    assert!(heavy >= 5, "{heavy}");
}

/// What stands between a document and the library that canonicalises it: no genuine one comes near, and none beyond is parsed.
#[test]
fn a_genuine_answer_is_far_below_the_limits() {
    let valid = String::from_utf8(read("valid.xml")).unwrap();
    let elements = valid.matches('<').count() - valid.matches("</").count();

    assert!(
        elements * 10 < crate::saml::scan::MESSAGE.elements,
        "{elements}"
    );
    assert!(valid.len() * 5 < crate::saml::scan::MESSAGE.octets);
}
