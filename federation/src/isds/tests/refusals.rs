//! Every answer meets its fate.

use std::collections::BTreeSet;

use super::corpus::all;
use crate::refusal::Refusal;

#[tokio::test]
async fn every_answer_is_accepted_or_refused_for_exactly_its_reason() {
    let mut wrong = Vec::new();
    for case in all() {
        wrong.extend(case.check().await.err());
    }

    assert!(
        wrong.is_empty(),
        "{} answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_expectation_is_a_reason_that_exists() {
    let known: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();

    for case in all() {
        let outcome = ["accepted", "unavailable"].contains(&case.expect.as_str());
        assert!(
            outcome || known.contains(case.expect.as_str()),
            "{}: {}",
            case.name,
            case.expect
        );
    }
}
