//! Every document meets its fate, and every reason to refuse has a document.

use std::collections::BTreeSet;

use super::corpus::all;
use crate::refusal::Refusal;

#[tokio::test]
async fn every_document_is_accepted_or_refused_for_exactly_its_reason() {
    let mut wrong = Vec::new();
    for case in all() {
        wrong.extend(case.check().await.err());
    }

    assert!(
        wrong.is_empty(),
        "{} documents:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_reason_to_refuse_has_a_document() {
    let mut shown: BTreeSet<String> = all().into_iter().map(|case| case.expect).collect();
    shown.extend(crate::isds::tests::corpus::shown());
    shown.extend(crate::oidc::tests::corpus::shown());

    let missing: Vec<_> = Refusal::ALL
        .iter()
        .map(|refusal| refusal.code())
        .filter(|code| !shown.contains(*code))
        .collect();

    assert!(missing.is_empty(), "no document for {missing:?}");
}

#[test]
fn every_expectation_is_a_reason_that_exists() {
    let known: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();

    for case in all() {
        assert!(
            case.expect == "accepted" || known.contains(case.expect.as_str()),
            "{}: {}",
            case.name,
            case.expect
        );
    }
}
