//! What `/profile` tells.

use serde_json::{Value, json};

use super::{ask, at, bank_id, login, userinfo};
use crate::departure::Purpose;
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::level::IdentityLevel;
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::now;
use crate::provider::UpstreamProvider;

#[tokio::test]
async fn a_profile_brings_the_address_in_words_and_by_its_code() {
    let op = bank_id().await;
    let home = json!({
        "type": "PERMANENT_RESIDENCE", "street": "Latrán", "buildingapartment": "53", "streetnumber": 4,
        "city": "Český Krumlov", "cityarea": "Latrán", "zipcode": "381 01", "country": "CZ", "ruian_reference": "26091356",
    });
    let cottage = json!({ "type": "SECONDARY_RESIDENCE", "city": "Lipno", "zipcode": "38278", "country": "CZ", "evidencenumber": "12" });
    let mut profile = merged(userinfo(), &json!({ "addresses": [cottage, home] }));
    profile["verified_claims"]["claims"]["addresses"] = json!([home]);
    profile["verified_claims"]["claims"]["birthdate"] = "1985-04-12".into();
    op.say_json("profile", &profile);

    let verified = login(
        &op,
        &at(&op, &json!({})),
        &ask(Purpose::Login, &[FactKind::RuianAddress]),
        &json!({}),
    )
    .await;

    let assertion = verified.unwrap().assertion;
    let fact = |kind| {
        assertion
            .facts()
            .iter()
            .find(|fact| fact.kind == kind)
            .cloned()
            .unwrap()
    };
    let Fact {
        value: FactValue::Address(address),
        standing,
        ..
    } = fact(FactKind::Address)
    else {
        panic!()
    };
    assert_eq!(standing, Standing::Vouched);
    assert_eq!(
        (
            address.house.as_deref(),
            address.street.as_deref(),
            address.post_code.as_deref()
        ),
        (Some("53/4"), Some("Latrán"), Some("38101"))
    );
    let FactValue::RuianAddress(codes) = fact(FactKind::RuianAddress).value else {
        panic!()
    };
    assert_eq!(codes.address_point_code.as_deref(), Some("26091356"));
    assert_eq!(
        (op.asked("userinfo").len(), op.asked("profile").len()),
        (1, 1)
    );
}

/// Reference, sections 6.1 and 6.5: what `/profile` alone tells is vouched for where it says how it was verified, which has a scope
/// of its own.
#[tokio::test]
async fn an_address_is_vouched_for_where_the_contract_lets_the_bank_say_how_it_was_verified() {
    let op = bank_id().await;
    let home = json!({ "type": "PERMANENT_RESIDENCE", "street": "Latrán", "city": "Český Krumlov", "zipcode": "38101", "country": "CZ" });
    let base = [
        "openid",
        "profile.name",
        "profile.birthdate",
        "profile.addresses",
    ];
    for (approved, standing, warned) in [
        (
            [&base[..], &["profile.verification"]].concat(),
            Standing::Vouched,
            false,
        ),
        (base.to_vec(), Standing::SelfStated, true),
    ] {
        let mut profile = merged(userinfo(), &json!({ "addresses": [home] }));
        profile["verified_claims"]["claims"]["addresses"] = json!([home]);
        op.say_json("profile", &profile);
        let provider = at(&op, &json!({ "approved": approved }));

        let wanting = ask(Purpose::Login, &[FactKind::Address]);
        let verified = login(&op, &provider, &wanting, &json!({})).await.unwrap();

        let mut facts = verified.assertion.facts().iter();
        let address = facts.find(|fact| fact.kind == FactKind::Address).unwrap();
        assert_eq!(address.standing, standing, "{approved:?}");
        let level = verified.assertion.levels().identity;
        assert_eq!(level, IdentityLevel::Town, "names are userinfo's");
        let findings = provider.check(now()).await;
        let has = |code| findings.iter().any(|finding| finding.code == code);
        assert_eq!(has("bank_id.verification"), warned, "{approved:?}");
        assert!(has("bank_id.notification"), "{findings:?}");
    }
    let findings = at(&op, &json!({})).check(now()).await;
    let is_told = |code: &str| code == "bank_id.verification" || code == "bank_id.notification";
    assert!(!findings.iter().any(|finding| is_told(finding.code)));
}

/// Reference, section 6.2: a bank tells the country of each address.
#[tokio::test]
async fn an_address_abroad_keeps_its_country_and_one_nowhere_is_left_out() {
    for (told, country) in [
        (json!("SK"), Some(Some("SK"))),
        (json!("CZ"), Some(None)),
        (json!(null), Some(None)),
        (json!("ZZ"), None),
    ] {
        let op = bank_id().await;
        let home = json!({ "type": "PERMANENT_RESIDENCE", "street": "Hlavná", "city": "Žilina", "zipcode": "010 01", "country": told });
        op.say_json(
            "profile",
            &merged(userinfo(), &json!({ "addresses": [home] })),
        );

        let wanted = ask(Purpose::Login, &[FactKind::Address]);
        let verified = login(&op, &at(&op, &json!({})), &wanted, &json!({})).await;

        let assertion = verified.unwrap().assertion;
        let address = assertion.facts().iter().find_map(|fact| match &fact.value {
            FactValue::Address(address) => Some(address.country.map(crate::country::Country::code)),
            _ => None,
        });
        assert_eq!(address, country, "{told}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_and_somebody_elses_profile_are_refused() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let wanting = ask(Purpose::Login, &[FactKind::Address]);
    let home = |changes: Value| {
        let home = json!({ "type": "PERMANENT_RESIDENCE", "city": "Krumlov", "zipcode": "38101", "country": "CZ" });
        json!([merged(home, &changes)])
    };
    for (profile, refusal) in [
        (
            json!({ "addresses": home(json!({ "city": ["x"] })) }),
            "address-malformed",
        ),
        (
            json!({ "addresses": home(json!({ "ruian_reference": "26x" })) }),
            "address-malformed",
        ),
        (json!({ "sub": "somebody-else" }), "userinfo-subject-wrong"),
        (
            json!({ "birthdate": "1985", "verified_claims": null, "family_name": 7 }),
            "",
        ),
    ] {
        op.say_json("profile", &merged(userinfo(), &profile));
        let outcome = login(&op, &provider, &wanting, &json!({})).await;
        let refused = outcome.map_or_else(|error| code(&error), |_| "");
        assert_eq!(refused, refusal, "{profile}");
    }
}
