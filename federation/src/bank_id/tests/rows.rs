//! Every row of the reference's tables 6.1 to 6.3: which scope brings it, how it arrives, and what never does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ask, at, bank_id, login, scopes, userinfo};
use crate::answer::Verified;
use crate::country::Country;
use crate::departure::Purpose;
use crate::fact::{Address, FactKind, FactValue, RuianAddress, Standing};
use crate::marital_status::MaritalStatus;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{now, sent};
use crate::provider::UpstreamProvider;

/// Every scope of the table.
const EVERYTHING: [&str; 20] = [
    "openid",
    "profile.name",
    "profile.titles",
    "profile.gender",
    "profile.birthdate",
    "profile.birthnumber",
    "profile.birthplaceNationality",
    "profile.maritalstatus",
    "profile.addresses",
    "profile.idcards",
    "profile.paymentAccounts",
    "profile.email",
    "profile.phonenumber",
    "profile.zoneinfo",
    "profile.locale",
    "profile.updatedat",
    "profile.legalstatus",
    "profile.verification",
    "offline_access",
    "notification.claims_updated",
];

/// What `/userinfo` never tells of.
const BY_PROFILE: [&str; 6] = [
    "profile.titles",
    "profile.birthplaceNationality",
    "profile.maritalstatus",
    "profile.addresses",
    "profile.idcards",
    "profile.legalstatus",
];

/// What a login for these kinds asks, and what it comes to when userinfo and profile both say this on top.
async fn logged_in(wanted: &[FactKind], told: &Value) -> (BTreeSet<String>, Verified) {
    let op = bank_id().await;
    op.say_json("userinfo", &merged(userinfo(), told));
    op.say_json("profile", &merged(userinfo(), told));
    let provider = at(&op, &json!({ "approved": EVERYTHING }));
    let asking = ask(Purpose::Login, wanted);
    let departure = provider.start_login(&asking, now()).await.unwrap();
    let asked = scopes(&sent(&departure))
        .into_iter()
        .map(str::to_owned)
        .collect();
    let verified = login(&op, &provider, &asking, &json!({})).await.unwrap();
    (asked, verified)
}

fn value(verified: &Verified, kind: FactKind) -> Option<FactValue> {
    let mut facts = verified.assertion.facts().iter();
    facts
        .find(|fact| fact.kind == kind)
        .map(|fact| fact.value.clone())
}

fn text(text: &str) -> FactValue {
    FactValue::Text(text.to_owned())
}

fn states(told: &[&str]) -> FactValue {
    let states = told.iter().map(|state| Country::read(state).unwrap());
    FactValue::Countries(states.collect())
}

#[tokio::test]
async fn every_claim_that_a_service_may_be_told_comes_by_its_scope_alone() {
    let home = json!({ "addresses": [{
        "type": "PERMANENT_RESIDENCE", "street": "Latrán", "buildingapartment": "53", "city": "Český Krumlov",
        "zipcode": "381 01", "country": "CZ", "ruian_reference": "26091356",
    }] });
    let in_words = FactValue::Address(Address {
        house: Some("53".to_owned()),
        street: Some("Latrán".to_owned()),
        post_name: Some("Český Krumlov".to_owned()),
        post_code: Some("38101".to_owned()),
        ..Address::default()
    });
    let in_codes = FactValue::RuianAddress(RuianAddress {
        address_point_code: Some("26091356".to_owned()),
        ..RuianAddress::default()
    });
    let card = json!({ "idcards": [{
        "type": "ID", "description": "Občanský průkaz", "country": "CZ", "number": "123456789",
        "valid_to": "2031-03-01", "issuer": "Městský úřad", "issue_date": "2021-03-01",
    }] });
    let born = json!({ "birthplace": "Žilina", "birthcountry": "SK", "nationalities": ["CZ", "SK", "CZ"], "primary_nationality": "CZ" });
    let titles = json!({ "title_prefix": "doc. Ing.", "title_suffix": "Ph.D." });
    let legal = json!({ "majority": true, "limited_legal_capacity": false, "pep": true });
    let more =
        json!({ "middle_name": "Marie", "nickname": "Žofka", "preferred_username": "zofie" });
    for (scope, kind, told, expected) in [
        (
            "profile.name",
            FactKind::GivenName,
            json!({}),
            text("Žofie"),
        ),
        (
            "profile.name",
            FactKind::FamilyName,
            json!({}),
            text("Řehořová"),
        ),
        (
            "profile.name",
            FactKind::MiddleName,
            more.clone(),
            text("Marie"),
        ),
        (
            "profile.name",
            FactKind::Nickname,
            more.clone(),
            text("Žofka"),
        ),
        (
            "profile.name",
            FactKind::PreferredUsername,
            more,
            text("zofie"),
        ),
        (
            "profile.titles",
            FactKind::TitlePrefix,
            titles.clone(),
            text("doc. Ing."),
        ),
        (
            "profile.titles",
            FactKind::TitleSuffix,
            titles,
            text("Ph.D."),
        ),
        (
            "profile.gender",
            FactKind::Gender,
            json!({ "gender": "other" }),
            text("other"),
        ),
        (
            "profile.birthdate",
            FactKind::BirthDate,
            json!({}),
            FactValue::Date("1985-04-12".parse().unwrap()),
        ),
        (
            "profile.birthplaceNationality",
            FactKind::BirthPlace,
            born.clone(),
            text("Žilina"),
        ),
        (
            "profile.birthplaceNationality",
            FactKind::BirthCountry,
            born.clone(),
            text("SK"),
        ),
        (
            "profile.birthplaceNationality",
            FactKind::Nationalities,
            born,
            states(&["CZ", "SK"]),
        ),
        (
            "profile.maritalstatus",
            FactKind::MaritalStatus,
            json!({ "maritalstatus": "MARRIED" }),
            FactValue::MaritalStatus(MaritalStatus::Married),
        ),
        (
            "profile.addresses",
            FactKind::Address,
            home.clone(),
            in_words,
        ),
        ("profile.addresses", FactKind::RuianAddress, home, in_codes),
        (
            "profile.idcards",
            FactKind::DocumentType,
            card.clone(),
            text("ID"),
        ),
        (
            "profile.idcards",
            FactKind::DocumentNumber,
            card,
            text("123456789"),
        ),
        (
            "profile.email",
            FactKind::Email,
            json!({}),
            text("zofie@example.cz"),
        ),
        (
            "profile.phonenumber",
            FactKind::Phone,
            json!({}),
            text("+420601602603"),
        ),
        (
            "profile.zoneinfo",
            FactKind::Zoneinfo,
            json!({ "zoneinfo": "Europe/Prague" }),
            text("Europe/Prague"),
        ),
        ("profile.locale", FactKind::Locale, json!({}), text("cs-CZ")),
        (
            "profile.legalstatus",
            FactKind::Majority,
            legal.clone(),
            FactValue::Flag(true),
        ),
        (
            "profile.legalstatus",
            FactKind::LimitedLegalCapacity,
            legal,
            FactValue::Flag(false),
        ),
    ] {
        let (asked, verified) = logged_in(&[kind], &told).await;

        assert_eq!(value(&verified, kind), Some(expected), "{kind:?}");
        let always = [
            "openid",
            "profile.name",
            "profile.birthdate",
            "notification.claims_updated",
        ];
        let verification = BY_PROFILE
            .contains(&scope)
            .then_some("profile.verification");
        let expected: BTreeSet<String> = always
            .into_iter()
            .chain([scope])
            .chain(verification)
            .map(str::to_owned)
            .collect();
        assert_eq!(asked, expected, "{kind:?}");
        assert!(verified.assertion.read().contains(&kind), "{kind:?}");
    }
}

/// A scope brings what nobody asked for besides, and a bank may say more than was asked.
#[tokio::test]
async fn what_no_service_may_be_told_is_dropped_on_arrival() {
    let told = json!({
        "birthnumber": "8554120000", "paymentAccounts": ["CZ6508000000192000145399"],
        "paymentAccountsDetails": [{ "iban": "CZ6508000000192000145399", "currency": "CZK" }], "primary_nationality": "HU",
        "pep": true, "majority": true, "limited_legal_capacity": true, "maritalstatus": "WIDOWED",
        "title_prefix": "JUDr.", "title_suffix": "CSc.", "nationalities": ["SK"],
        "birthplace": "Žilina", "age": 41,
    });
    let by_name = |verified: &Verified| -> Vec<FactKind> {
        let kinds = verified.assertion.facts().iter().map(|fact| fact.kind);
        kinds.filter(|kind| kind.is_by_name_alone()).collect()
    };

    let (_, nothing) = logged_in(&[FactKind::BirthCountry], &told).await;
    let (_, majority) = logged_in(&[FactKind::Majority], &told).await;

    assert_eq!(by_name(&nothing), []);
    assert_eq!(by_name(&majority), [FactKind::Majority]);
    assert!(
        !majority
            .assertion
            .read()
            .contains(&FactKind::LimitedLegalCapacity)
    );
    for verified in [nothing, majority] {
        assert_eq!(value(&verified, FactKind::Age), None);
        let facts = format!("{:?}", verified.assertion.facts());
        for word in ["855412", "CZ65", "HU", "Widowed", "JUDr", "CSc", "Žilina"] {
            assert!(!facts.contains(word), "{word}: {facts}");
        }
    }
}

/// Reference 6.3: an open set.
#[tokio::test]
async fn a_marital_status_is_one_of_the_list_or_none() {
    let words = MaritalStatus::ALL.map(|status| (status.as_str(), Some(status)));
    for (word, expected) in words
        .into_iter()
        .chain([("UNKNOWN", None), ("ENGAGED", None)])
    {
        let told = json!({ "maritalstatus": word });

        let (_, verified) = logged_in(&[FactKind::MaritalStatus], &told).await;

        let expected = expected.map(FactValue::MaritalStatus);
        assert_eq!(
            value(&verified, FactKind::MaritalStatus),
            expected,
            "{word}"
        );
    }
}

#[tokio::test]
async fn what_says_nothing_of_who_somebody_is_hinders_nobody_when_it_cannot_be_read() {
    for (kind, told, expected) in [
        (FactKind::TitlePrefix, json!({ "title_prefix": 7 }), None),
        (
            FactKind::TitlePrefix,
            json!({ "title_prefix": "Ing.\u{202e}" }),
            None,
        ),
        (
            FactKind::TitlePrefix,
            json!({ "title_prefix": "x".repeat(300) }),
            None,
        ),
        (FactKind::TitleSuffix, json!({ "title_suffix": [] }), None),
        (
            FactKind::MaritalStatus,
            json!({ "maritalstatus": { "of": "mind" } }),
            None,
        ),
        (FactKind::Majority, json!({ "majority": "ano" }), None),
        (
            FactKind::LimitedLegalCapacity,
            json!({ "limited_legal_capacity": 0 }),
            None,
        ),
        (
            FactKind::Nationalities,
            json!({ "nationalities": "CZ" }),
            None,
        ),
        (
            FactKind::Nationalities,
            json!({ "nationalities": ["XX", ""] }),
            None,
        ),
        (
            FactKind::Nationalities,
            json!({ "nationalities": ["XX", "SK"] }),
            Some(states(&["SK"])),
        ),
    ] {
        let (_, verified) = logged_in(&[kind], &told).await;

        assert_eq!(value(&verified, kind), expected, "{told}");
    }
}

#[tokio::test]
async fn what_the_registers_verified_counts_before_what_the_bank_keeps() {
    let mut told = json!({ "maritalstatus": "SINGLE" });
    let claims = json!({
        "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12", "maritalstatus": "MARRIED",
    });
    told["verified_claims"] =
        json!({ "verification": { "trust_framework": "cz_aml" }, "claims": claims });

    let (_, verified) = logged_in(&[FactKind::MaritalStatus], &told).await;

    let mut facts = verified.assertion.facts().iter();
    let fact = facts
        .find(|fact| fact.kind == FactKind::MaritalStatus)
        .unwrap();
    assert_eq!(fact.value, FactValue::MaritalStatus(MaritalStatus::Married));
    assert_eq!(fact.standing, Standing::Vouched);
}
