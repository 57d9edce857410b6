//! The attacks of the reference's section 11 that an answer can carry out, one function for each.

use super::corpus::all;

/// Brings all answers of an attack, and says what came that should not.
async fn refused_or_harmless(attack: &str) {
    let found: Vec<_> = all()
        .into_iter()
        .filter(|case| case.attack.iter().any(|id| id == attack))
        .collect();
    assert!(!found.is_empty(), "no answer belongs to {attack}");

    for case in found {
        assert_eq!(case.check().await, Ok(()));
    }
}

#[tokio::test]
async fn isds_b11_a_login_begun_with_another_number_is_refused() {
    refused_or_harmless("B11").await;
}

#[tokio::test]
async fn isds_b12_an_answer_without_the_number_is_accepted_only_when_configured() {
    refused_or_harmless("B12").await;
}

#[tokio::test]
async fn isds_c05_a_spent_session_and_an_error_of_isds_are_not_logins() {
    refused_or_harmless("C05").await;
}

#[tokio::test]
async fn isds_c08_a_cut_empty_packed_or_huge_answer_is_refused() {
    refused_or_harmless("C08").await;
}

#[tokio::test]
async fn isds_c09_document_types_and_entities_are_refused_unread() {
    refused_or_harmless("C09").await;
}

#[tokio::test]
async fn isds_c10_known_namespaces_and_any_prefix_are_read_and_others_refused() {
    refused_or_harmless("C10").await;
}

#[tokio::test]
async fn isds_c11_a_fault_is_no_answer_whatever_its_status() {
    refused_or_harmless("C11").await;
}

#[tokio::test]
async fn isds_c12_only_the_one_element_of_the_body_is_read() {
    refused_or_harmless("C12").await;
}

#[tokio::test]
async fn isds_c13_values_are_trimmed_and_composed() {
    refused_or_harmless("C13").await;
}

#[tokio::test]
async fn isds_c14_a_box_told_twice_differently_is_refused() {
    refused_or_harmless("C14").await;
}

#[tokio::test]
async fn isds_d01_a_type_nobody_told_us_of_acts_for_nobody() {
    refused_or_harmless("D01").await;
}

#[tokio::test]
async fn isds_d02_a_role_nobody_told_us_of_acts_for_nobody() {
    refused_or_harmless("D02").await;
}

#[tokio::test]
async fn isds_d03_somebody_entrusted_with_a_box_is_not_its_holder() {
    refused_or_harmless("D03").await;
}

#[tokio::test]
async fn isds_d04_a_guardian_is_not_the_person_guarded() {
    refused_or_harmless("D04").await;
}

#[tokio::test]
async fn isds_d05_two_boxes_of_one_trader_are_two_subjects_and_one_body() {
    refused_or_harmless("D05").await;
}

#[tokio::test]
async fn isds_d06_what_a_person_may_for_a_company_follows_from_the_role() {
    refused_or_harmless("D06").await;
}

#[tokio::test]
async fn isds_d07_the_body_is_the_holder_of_the_box_and_not_its_statutory_body() {
    refused_or_harmless("D07").await;
}

#[tokio::test]
async fn isds_d08_an_officer_is_not_let_in_as_a_citizen() {
    refused_or_harmless("D08").await;
}

#[tokio::test]
async fn isds_d09_a_closed_box_proves_contact_and_acts_for_nobody() {
    refused_or_harmless("D09").await;
}

#[tokio::test]
async fn isds_d10_a_person_whom_the_register_does_not_know_is_a_contact() {
    refused_or_harmless("D10").await;
}

#[tokio::test]
async fn isds_d12_a_date_that_is_none_is_left_out() {
    refused_or_harmless("D12").await;
}

#[tokio::test]
async fn isds_d17_a_subject_without_an_identifier_is_never_linked() {
    refused_or_harmless("D17").await;
}
