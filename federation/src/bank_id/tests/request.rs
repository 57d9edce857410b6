//! What is asked, and what a login was let see.

use serde_json::json;

use super::{ask, at, bank_id, login, scopes, userinfo};
use crate::bank_id::BankIdConfig;
use crate::departure::Purpose;
use crate::fact::FactKind;
use crate::oidc::tests::op::{KEYS, now, sent, signed_by, with_code};
use crate::provider::UpstreamProvider;

#[tokio::test]
async fn what_is_asked_depends_on_purpose_and_facts_and_stays_within_the_contract() {
    let op = bank_id().await;
    let all = json!({ "approved": [
        "openid", "profile.name", "profile.birthdate", "profile.email", "profile.phonenumber", "profile.addresses",
        "profile.verification", "notification.claims_updated",
    ] });
    let base = ["openid", "profile.name", "profile.birthdate"];
    let narrow = json!({ "approved": base });
    for (options, purpose, wanted, more) in [
        (&all, Purpose::Login, vec![], vec![]),
        (
            &all,
            Purpose::Login,
            vec![FactKind::GivenName, FactKind::Email],
            vec!["profile.email"],
        ),
        (
            &all,
            Purpose::Login,
            vec![FactKind::Gender, FactKind::DocumentNumber, FactKind::Age],
            vec![],
        ),
        (
            &all,
            Purpose::StepUp,
            vec![FactKind::RuianAddress],
            vec!["profile.addresses", "profile.verification"],
        ),
        (
            &all,
            Purpose::Link,
            vec![],
            vec!["profile.addresses", "profile.verification"],
        ),
        (
            &json!({}),
            Purpose::Login,
            vec![FactKind::Email, FactKind::Address],
            vec!["profile.email", "profile.addresses", "profile.verification"],
        ),
        (&narrow, Purpose::Link, vec![FactKind::Phone], vec![]),
    ] {
        let departure = at(&op, options)
            .start_login(&ask(purpose, &wanted), now())
            .await
            .unwrap();

        let sent = sent(&departure);
        let notification = (options != &narrow).then_some("notification.claims_updated");
        let expected: Vec<&str> = base.into_iter().chain(more).chain(notification).collect();
        assert_eq!(scopes(&sent), expected, "{purpose:?} {wanted:?}");
        assert_eq!(
            (sent["acr_values"].as_str(), sent["ui_locales"].as_str()),
            ("loa3", "cs")
        );
        assert!(
            sent["trace_id"].len() == 32
                && sent["trace_id"].bytes().all(|b| b.is_ascii_alphanumeric())
        );
        assert!(!sent.contains_key("claims") && !sent.contains_key("bank_id"));
        assert_eq!(sent["code_challenge_method"], "S256");
    }
}

#[tokio::test]
async fn the_token_endpoint_sees_a_signed_statement_or_a_secret_in_the_form_and_never_a_header() {
    for (options, member) in [
        (json!({}), "client_assertion"),
        (
            json!({ "auth": "client_secret_post", "client_secret": "tajné" }),
            "client_secret",
        ),
    ] {
        let op = bank_id().await;

        login(
            &op,
            &at(&op, &options),
            &ask(Purpose::Login, &[]),
            &json!({}),
        )
        .await
        .unwrap();

        let asked = op.asked("token").remove(0);
        assert!(asked.form.contains_key(member), "{options}");
        assert!(!asked.head.to_ascii_lowercase().contains("authorization:"));
    }
    assert!(
        serde_json::from_value::<BankIdConfig>(json!({
            "environment": "test", "client_id": "x", "auth": "client_secret_basic",
        }))
        .is_err()
    );
}

#[tokio::test]
async fn what_a_login_was_let_see_is_told_by_scope_granted_and_place_asked() {
    let op = bank_id().await;
    op.say_json("profile", &userinfo());
    let provider = at(&op, &json!({}));
    let names_and = |kinds: &[FactKind]| {
        let mut all = vec![
            FactKind::GivenName,
            FactKind::FamilyName,
            FactKind::MiddleName,
            FactKind::BirthDate,
            FactKind::Nickname,
            FactKind::PreferredUsername,
        ];
        all.extend(kinds);
        all.sort();
        all
    };
    let everything = "openid profile.name profile.birthdate profile.email profile.addresses";
    for (wanted, granted, more) in [
        (vec![], None, vec![]),
        (vec![FactKind::Email], None, vec![FactKind::Email]),
        // Granted is not asked, and asked is not granted.
        (vec![], Some(everything), vec![]),
        (
            vec![FactKind::Email],
            Some("openid profile.name profile.birthdate"),
            vec![],
        ),
        (
            vec![FactKind::Address],
            Some(everything),
            vec![FactKind::Address, FactKind::RuianAddress],
        ),
    ] {
        let departure = provider
            .start_login(&ask(Purpose::Login, &wanted), now())
            .await
            .unwrap();
        let id_token = signed_by("PS512", &KEYS.first, &op.claims(&departure));
        op.say_json("token", &json!({ "access_token": "x", "token_type": "Bearer", "id_token": id_token, "scope": granted }));

        let verified = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap();

        let mut read = verified.assertion.read().to_vec();
        read.sort();
        assert_eq!(read, names_and(&more), "{wanted:?} {granted:?}");
    }
}
