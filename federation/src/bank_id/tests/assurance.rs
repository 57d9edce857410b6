//! How the bank verified whom it sends, and what level that is.

use serde_json::json;

use super::{ask, at, bank_id, login, userinfo};
use crate::departure::Purpose;
use crate::fact::{FactKind, Standing};
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::now;
use crate::provider::{UpstreamError, UpstreamProvider};

/// Reference of Bank iD, 6.5: the time is optional, and not that of the login.
#[tokio::test]
async fn when_and_where_the_bank_verified_the_person_is_kept() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let names =
        json!({ "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" });
    for (time, known) in [
        (
            json!("2026-01-01T10:00:00+01:00"),
            Some("2026-01-01T09:00:00Z"),
        ),
        (json!("yesterday"), None),
        (json!(null), None),
    ] {
        let verified = json!({
            "verification": { "trust_framework": "cz_aml", "verification_process": "45317054", "time": time },
            "claims": names,
        });
        op.say_json(
            "userinfo",
            &merged(userinfo(), &json!({ "verified_claims": verified })),
        );

        let assertion = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
            .await
            .unwrap()
            .assertion;

        let check = assertion.check().unwrap();
        assert_eq!(check.at, known.map(|at| at.parse().unwrap()), "{time}");
        assert_eq!(check.process.as_deref(), Some("45317054"));
    }
}

#[tokio::test]
async fn verified_claims_decide_whether_a_person_or_a_contact_is_vouched_for() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let names =
        json!({ "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" });
    let aml = json!({ "trust_framework": "cz_aml", "verification_process": "45317054" });
    for (verified, identity) in [
        (
            json!({ "verification": aml, "claims": names }),
            IdentityLevel::Town,
        ),
        (
            json!({ "verification": merged(aml.clone(), &json!({ "time": "2026-01-01T10:00:00+01:00" })), "claims": names }),
            IdentityLevel::Town,
        ),
        (
            json!({ "verification": {}, "claims": names }),
            IdentityLevel::Contact,
        ),
        (
            json!({ "verification": null, "claims": names }),
            IdentityLevel::Contact,
        ),
        (json!({ "claims": names }), IdentityLevel::Contact),
        (
            json!({ "verification": { "trust_framework": "eidas" }, "claims": names }),
            IdentityLevel::Contact,
        ),
        (
            json!({ "verification": aml, "claims": { "given_name": "Žofie", "family_name": "Řehořová" } }),
            IdentityLevel::Contact,
        ),
        (
            json!({ "verification": aml, "claims": merged(names.clone(), &json!({ "birthdate": "" })) }),
            IdentityLevel::Contact,
        ),
        (
            json!({ "verification": aml, "claims": { "birthdate": "1985-04-12" } }),
            IdentityLevel::Contact,
        ),
        (json!(null), IdentityLevel::Contact),
    ] {
        op.say_json(
            "userinfo",
            &merged(userinfo(), &json!({ "verified_claims": verified })),
        );

        let assertion = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
            .await
            .unwrap()
            .assertion;

        assert_eq!(
            assertion.levels(),
            Levels::new(identity, LoginLevel::Multi),
            "{verified}"
        );
        if identity == IdentityLevel::Contact {
            let name = assertion
                .facts()
                .iter()
                .find(|fact| fact.kind == FactKind::BirthDate)
                .unwrap();
            let held =
                verified["claims"]["birthdate"] == "1985-04-12" && verified["verification"] == aml;
            assert_eq!(name.standing == Standing::Vouched, held, "{verified}");
        }
    }
    let mut one_name = userinfo();
    one_name.as_object_mut().unwrap().remove("given_name");
    one_name["family_name"] = json!("Suharto");
    one_name["verified_claims"]["claims"] =
        json!({ "family_name": "Suharto", "birthdate": "1985-04-12" });
    op.say_json("userinfo", &one_name);
    let assertion = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
        .await
        .unwrap()
        .assertion;
    assert_eq!(
        assertion.levels().identity,
        IdentityLevel::Town,
        "some people have one name"
    );
    for (kept, verified) in [
        (json!({}), json!({ "family_name": "" })),
        (json!({}), json!({ "family_name": " " })),
        (json!({}), json!({ "birthdate": "" })),
        (json!({}), json!({ "given_name": " " })),
        (json!({ "given_name": "Haji" }), json!({})),
    ] {
        let mut said = merged(one_name.clone(), &kept);
        let claims = &mut said["verified_claims"]["claims"];
        *claims = merged(claims.take(), &verified);
        op.say_json("userinfo", &said);

        let assertion = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
            .await
            .unwrap()
            .assertion;

        let level = assertion.levels().identity;
        assert_eq!(level, IdentityLevel::Contact, "{kept} {verified}");
    }
}

#[tokio::test]
async fn a_contact_is_too_little_where_a_person_is_asked_for() {
    let op = bank_id().await;
    op.say_json(
        "userinfo",
        &merged(userinfo(), &json!({ "verified_claims": null })),
    );
    let mut ask = ask(Purpose::Login, &[]);
    ask.minimum = Demand::new(IdentityLevel::Town, LoginLevel::Single);

    let error = login(&op, &at(&op, &json!({})), &ask, &json!({}))
        .await
        .unwrap_err();

    assert!(matches!(error, UpstreamError::LevelTooLow));
    ask.minimum = Demand::new(IdentityLevel::State, LoginLevel::Single);
    assert!(matches!(
        at(&op, &json!({})).start_login(&ask, now()).await,
        Err(UpstreamError::LevelTooLow)
    ));
}
