//! Every answer meets its fate.

use std::collections::BTreeSet;

use serde_json::json;

use super::corpus::{all, queries};
use super::world::{provider, returned, word};
use crate::provider::UpstreamProvider as _;
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
fn every_query_is_taken_or_refused_for_exactly_its_reason() {
    let provider = provider(&json!({}));
    for case in queries() {
        let said = match provider.correlate(&returned(&case.query)) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => word(&error).to_owned(),
        };
        assert_eq!(said, case.expect, "{}", case.query);
    }
}

#[test]
fn every_expectation_is_a_reason_that_exists() {
    let known: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();

    for expected in all().into_iter().map(|case| case.expect) {
        let outcome = ["accepted", "unavailable"].contains(&expected.as_str());
        assert!(outcome || known.contains(expected.as_str()), "{expected}");
    }
}
