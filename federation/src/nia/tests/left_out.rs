//! What people typed into their profile themselves, or NIA writes in a way that is documented nowhere, shuts nobody out.

use super::corpus::{Outcome, all};
use crate::answer::Verified;
use crate::fact::FactKind;

async fn came_of(document: &str) -> Outcome {
    let mut cases = all().into_iter();
    cases
        .find(|case| case.name == document)
        .unwrap()
        .run()
        .await
}

async fn let_in(document: &str) -> Verified {
    match came_of(document).await {
        Outcome::Login(verified) => *verified,
        other => panic!("{document}: {other:?}"),
    }
}

fn kinds(verified: &Verified) -> Vec<FactKind> {
    let facts = verified.assertion.facts().iter();
    facts.map(|fact| fact.kind).collect()
}

fn left_out(verified: &Verified) -> Option<&str> {
    let evidence = verified.assertion.evidence();
    evidence.get("left_out").map(String::as_str)
}

#[tokio::test]
async fn a_fact_of_an_unforeseen_form_is_left_out_and_its_name_is_told() {
    let usual = kinds(&let_in("valid").await);
    for (document, kind) in [
        ("unreadable-email", FactKind::Email),
        ("unreadable-email-space", FactKind::Email),
        ("unreadable-email-bidi", FactKind::Email),
        ("unreadable-phone", FactKind::Phone),
        ("unreadable-phone-long", FactKind::Phone),
        ("unreadable-age", FactKind::Age),
        ("unreadable-country", FactKind::BirthCountry),
        ("unreadable-place", FactKind::BirthPlace),
        ("unreadable-document", FactKind::DocumentType),
        ("unreadable-document-number", FactKind::DocumentNumber),
    ] {
        let verified = let_in(document).await;

        let others: Vec<_> = usual.iter().copied().filter(|one| *one != kind).collect();
        assert_eq!(kinds(&verified), others, "{document}");
        assert_eq!(left_out(&verified), Some(kind.as_str()), "{document}");
    }
}

#[tokio::test]
async fn of_several_each_is_told() {
    let verified = let_in("unreadable-several").await;

    assert_eq!(left_out(&verified), Some("email phone age"));
    assert_eq!(left_out(&let_in("valid").await), None);
}

#[tokio::test]
async fn who_needs_the_fact_does_not_get_in_without_it() {
    for (fact, refusal) in [
        ("email", "attribute-type"),
        ("email-space", "attribute-type"),
        ("email-bidi", "attribute-unsafe"),
        ("phone", "attribute-type"),
        ("phone-long", "attribute-too-long"),
        ("age", "attribute-type"),
        ("country", "attribute-type"),
        ("place", "attribute-unsafe"),
        ("document", "attribute-type"),
        ("document-number", "attribute-too-long"),
    ] {
        match came_of(&format!("unreadable-{fact}-required")).await {
            Outcome::Refused(code) => assert_eq!(code, refusal, "{fact}"),
            other => panic!("{fact}: {other:?}"),
        }
    }
}
