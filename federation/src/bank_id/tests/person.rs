//! Whom a login brings, and who is refused.

use serde_json::{Value, json};

use super::{BANK, ask, at, bank_id, login, userinfo};
use crate::departure::Purpose;
use crate::fact::{FactKind, Standing};
use crate::inbound::Event;
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{KEYS, SUBJECT, now, signed_by, with_code};
use crate::provider::{Unable, UpstreamError, UpstreamProvider};

#[tokio::test]
async fn a_login_at_a_bank_proves_a_person_of_the_town() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));

    let verified = login(
        &op,
        &provider,
        &ask(Purpose::Login, &[FactKind::Email]),
        &json!({}),
    )
    .await
    .unwrap();

    let assertion = &verified.assertion;
    assert_eq!(assertion.subject().as_str(), SUBJECT);
    assert_eq!(
        assertion.realm().as_str(),
        format!("bank_id:sandbox:{}", op.issuer)
    );
    assert_eq!(
        assertion.levels(),
        Levels::new(IdentityLevel::Town, LoginLevel::Multi)
    );
    assert_eq!(assertion.acr(), None, "never an eIDAS level");
    assert_eq!(assertion.trust_framework().as_str(), "cz_aml");
    assert_eq!(assertion.evidence()["txn"], "3f1c:openid:profile.name");
    assert_eq!(assertion.evidence()["bank_id"], BANK);
    assert_eq!(assertion.evidence()["amr"], "mfa otp");
    let standing = |kind: FactKind| {
        let fact = assertion.facts().iter().find(|fact| fact.kind == kind);
        fact.map(|fact| fact.standing)
    };
    for kind in [
        FactKind::GivenName,
        FactKind::FamilyName,
        FactKind::BirthDate,
    ] {
        assert_eq!(standing(kind), Some(Standing::Vouched), "{kind:?}");
    }
    for kind in [FactKind::Email, FactKind::Phone, FactKind::Gender] {
        assert_eq!(standing(kind), Some(Standing::SelfStated), "{kind:?}");
    }
    let locale = assertion
        .facts()
        .iter()
        .find(|fact| fact.kind == FactKind::Locale);
    assert_eq!(locale.and_then(|fact| fact.value.as_text()), Some("cs-CZ"));
    assert!(
        op.asked("profile").is_empty(),
        "the bank itself is not asked without need"
    );
}

#[tokio::test]
async fn a_bank_that_keeps_another_person_than_the_registers_verified_is_refused() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let asking = ask(Purpose::Login, &[]);
    for (kept, is_refused) in [
        (json!({ "family_name": "Jinakpsaná" }), true),
        (json!({ "given_name": "Marie" }), true),
        (json!({ "birthdate": "1985-04-13" }), true),
        (
            json!({ "given_name": "ZOFIE Marie", "family_name": "ŘEHOŘOVÁ" }),
            false,
        ),
        (json!({ "given_name": null, "birthdate": "kdysi" }), false),
    ] {
        op.say_json("userinfo", &merged(userinfo(), &kept));

        let outcome = login(&op, &provider, &asking, &json!({})).await;

        let refused = outcome.map_or_else(|error| code(&error), |_| "");
        let expected = if is_refused {
            "attribute-malformed"
        } else {
            ""
        };
        assert_eq!(refused, expected, "{kept}");
    }
}

#[tokio::test]
async fn whom_the_bank_calls_dead_nobody_becomes_and_an_officer_hears_of_it() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let wanting = ask(Purpose::Login, &[FactKind::Address]);
    let in_verified = |day: Value| {
        let verification = json!({ "trust_framework": "cz_aml" });
        json!({ "verified_claims": { "verification": verification, "claims": { "date_of_death": day } } })
    };
    for (profile, died) in [
        (json!({ "date_of_death": "2026-11-20" }), true),
        (json!({ "date_of_death": 20_261_120 }), true),
        (in_verified(json!("2026-11-20")), true),
        (json!({ "date_of_death": null }), false),
        (json!({ "date_of_death": " " }), false),
    ] {
        op.say_json("profile", &merged(userinfo(), &profile));

        let outcome = login(&op, &provider, &wanting, &json!({})).await;

        match outcome {
            Ok(_) => assert!(!died, "{profile}"),
            Err(UpstreamError::Died(event)) => {
                assert!(died, "{profile}");
                let Event::ClaimsChanged {
                    subject,
                    claims,
                    grave: true,
                    ..
                } = *event
                else {
                    panic!("{event:?}");
                };
                assert_eq!(
                    (subject.as_str(), claims),
                    (SUBJECT, vec!["date_of_death".to_owned()])
                );
            }
            Err(error) => panic!("{profile}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn names_that_the_person_did_not_agree_to_are_told_before_the_level() {
    let op = bank_id().await;
    op.say_json(
        "userinfo",
        &merged(userinfo(), &json!({ "verified_claims": null })),
    );
    let provider = at(&op, &json!({}));
    let mut asking = ask(Purpose::Login, &[FactKind::Email]);
    asking.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Single);
    asking.wanted[0].required = true;

    let departure = provider.start_login(&asking, now()).await.unwrap();
    let id_token = signed_by("PS512", &KEYS.first, &op.claims(&departure));
    let [given, family, birth, email] = [
        FactKind::GivenName,
        FactKind::FamilyName,
        FactKind::BirthDate,
        FactKind::Email,
    ];
    for (scope, kinds) in [
        (
            "openid profile.birthdate profile.email",
            vec![given, family],
        ),
        ("openid profile.name profile.email", vec![birth]),
        ("openid", vec![given, family, birth, email]),
        // Agreed to, and yet the bank verified nobody.
        (
            "openid profile.name profile.birthdate profile.email",
            vec![],
        ),
        // More consent would not help.
        ("openid profile.name profile.birthdate", vec![]),
    ] {
        op.say_json("token", &json!({ "access_token": "x", "token_type": "Bearer", "id_token": id_token, "scope": scope }));
        let error = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap_err();
        let withheld: Vec<FactKind> = match error {
            UpstreamError::Unable(Unable::Withheld(withheld)) => withheld.kinds().collect(),
            UpstreamError::LevelTooLow => Vec::new(),
            error => panic!("{scope}: {error:?}"),
        };
        assert_eq!(withheld, kinds, "{scope}");
    }
}

#[tokio::test]
async fn what_the_person_did_not_agree_to_sends_them_back_and_what_there_is_not_is_refused() {
    let op = bank_id().await;
    let mut poor = userinfo();
    poor.as_object_mut().unwrap().remove("email");
    op.say_json("userinfo", &poor);
    let provider = at(&op, &json!({}));
    let mut asking = ask(Purpose::Login, &[FactKind::Email]);
    asking.wanted[0].required = true;

    let departure = provider.start_login(&asking, now()).await.unwrap();
    let id_token = signed_by("PS512", &KEYS.first, &op.claims(&departure));
    for (scope, reaction) in [
        (json!("openid profile.name profile.birthdate"), "withheld"),
        (
            json!("openid profile.name profile.birthdate profile.email"),
            "required-attribute-missing",
        ),
        (json!(null), "required-attribute-missing"),
    ] {
        op.say_json("token", &json!({ "access_token": "x", "token_type": "Bearer", "id_token": id_token, "scope": scope }));
        let error = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap_err();
        let reason = match &error {
            UpstreamError::Unable(why) => why.as_str(),
            error => code(error),
        };
        assert_eq!(reason, reaction, "{scope}");
    }
    let narrow = at(
        &op,
        &json!({ "approved": ["openid", "profile.name", "profile.birthdate"] }),
    );
    assert!(
        login(&op, &narrow, &asking, &json!({})).await.is_ok(),
        "what the contract lacks is not demanded"
    );
}

#[tokio::test]
async fn former_subjects_are_handed_on() {
    let op = bank_id().await;
    let former = json!({ "outdated_subs": ["old-1", SUBJECT, 7, "", "old-2"] });

    let verified = login(
        &op,
        &at(&op, &json!({})),
        &ask(Purpose::Login, &[]),
        &former,
    )
    .await
    .unwrap();

    let former: Vec<&str> = verified
        .assertion
        .previous_subjects()
        .iter()
        .map(crate::assertion::Subject::as_str)
        .collect();
    assert_eq!(former, ["old-1", "old-2"]);
}
