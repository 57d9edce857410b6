//! Bank iD: what is asked, what its answers come to, and what its deviations must not break.

mod rows;

use serde_json::{Value, json};
use url::Url;

use super::BankId;
use crate::answer::{Answer, Method, Verified};
use crate::departure::{Ask, Purpose};
use crate::environment::Environment;
use crate::fact::{Fact, FactKind, FactValue, Standing, Wanted};
use crate::inbound::{Event, Inbound, InboundKind};
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, OAEP_256, OWN, Op, Own, SUBJECT, back, encrypted, keyed_by_public, now, outbound,
    public, pushed, sent, signed, signed_by, with_code,
};
use crate::provider::{Unable, UpstreamError, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};

const BANK: &str = "7fd8a1d5-6d3c-4a1f-9b66-0c0f4e9a2b11";

fn configured(environment: Environment, options: &Value) -> Result<BankId, ConfigProblem> {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "bank_id",
        environment,
        base_url: &base,
    };
    let usual = json!({ "environment": environment.as_str(), "client_id": CLIENT });
    let config = serde_json::from_value(merged(usual, options)).unwrap();
    BankId::new(&place, &config, &outbound(), Own::keys())
}

fn at(op: &Op, options: &Value) -> BankId {
    let options = merged(json!({ "issuer": op.issuer }), options);
    configured(Environment::Sandbox, &options).unwrap()
}

fn ask(purpose: Purpose, wanted: &[FactKind]) -> Ask {
    Ask {
        purpose,
        return_to: Url::parse("http://localhost:8400/upstream/bank_id/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: wanted
            .iter()
            .map(|kind| Wanted {
                kind: *kind,
                required: false,
            })
            .collect(),
        locale: "de",
        login_hint: None,
        branch: None,
        seed: [4; 32],
    }
}

/// Bank iD as its sandbox is recorded: an issuer with a slash, several keys, PS512 alone.
async fn bank_id() -> Op {
    let op = Op::start("/bank_id/").await;
    let mut encryption = public(&KEYS.second);
    encryption["use"] = "enc".into();
    encryption["kid"] = "rp-encrypt#1".into();
    let mut mtls = public(&KEYS.ec);
    mtls["kid"] = "mtls".into();
    let first = public(&KEYS.first);
    op.say_json(
        "jwks",
        &json!({ "keys": [encryption, encryption, first, first, mtls, { "kty": "AKP" }] }),
    );
    op.say_json("userinfo", &userinfo());
    op.say_json(
        "api/v1/banks",
        &json!({ "items": [
            { "id": BANK, "title": "Zkušební banka", "description": "", "available_logo_images": [], "available_services": ["AUTHENTICATION", "UNIQUE_IDENTITY"] },
            { "id": "f2a0b6d4-0000-4000-8000-000000000002", "title": "Jen podpis", "available_services": ["SIGN_SO"] },
            { "id": "not-an-id", "title": "Zlá banka", "available_services": ["AUTHENTICATION"] },
            { "id": "f2a0b6d4-0000-4000-8000-000000000003", "title": "a\u{202e}b", "available_services": ["AUTHENTICATION"] },
        ] }),
    );
    op
}

fn userinfo() -> Value {
    json!({
        "sub": SUBJECT, "txn": "3f1c:openid:profile.name", "name": "Žofie Řehořová",
        "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12", "gender": "female",
        "email": "zofie@example.cz", "email_verified": true, "phone_number": "+420601602603", "locale": "cs_CZ",
        "updated_at": 1_568_188_433_000_i64,
        "verified_claims": {
            "verification": { "trust_framework": "cz_aml", "verification_process": "45317054", "time": null },
            "claims": { "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" },
        },
    })
}

async fn login(
    op: &Op,
    provider: &BankId,
    ask: &Ask,
    changes: &Value,
) -> Result<Verified, UpstreamError> {
    let departure = provider.start_login(ask, now()).await?;
    // `/profile` tells how the bank verified them where that is asked for (reference 6.1).
    if !scopes(&sent(&departure)).contains(&"profile.verification") {
        op.change("profile", |said| {
            let verified = said.pointer_mut("/verified_claims");
            if let Some(verified) = verified.and_then(Value::as_object_mut) {
                verified.remove("verification");
            }
        });
    }
    let claims = merged(
        op.claims(&departure),
        &json!({ "jti": "j", "bank_id": BANK, "amr": ["mfa", "otp"] }),
    );
    op.give(&signed_by("PS512", &KEYS.first, &merged(claims, changes)));
    provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
}

fn scopes(asked: &std::collections::BTreeMap<String, String>) -> Vec<&str> {
    asked["scope"].split(' ').collect()
}

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
        serde_json::from_value::<super::BankIdConfig>(json!({
            "environment": "test", "client_id": "x", "auth": "client_secret_basic",
        }))
        .is_err()
    );
}

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

#[tokio::test]
async fn an_id_token_is_refused_for_what_is_bank_ids_own() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let plain = ask(Purpose::Login, &[]);
    for (changes, refusal) in [
        (json!({ "acr": "loa2" }), "level-unknown"),
        (
            json!({ "acr": "http://eidas.europa.eu/LoA/high" }),
            "level-unknown",
        ),
        (json!({ "acr": null }), "level-missing"),
        (json!({ "auth_time": null }), "auth-time-missing"),
        (
            json!({ "iss": op.issuer.trim_end_matches('/') }),
            "token-issuer-wrong",
        ),
        (
            json!({ "aud": "another-application" }),
            "token-audience-wrong",
        ),
        (json!({ "nonce": "x" }), "nonce-wrong"),
        (
            json!({ "iat": now().timestamp() + 121 }),
            "issued-in-the-future",
        ),
    ] {
        let error = login(&op, &provider, &plain, &changes).await.unwrap_err();
        assert_eq!(code(&error), refusal, "{changes}");
    }
    let departure = provider.start_login(&plain, now()).await.unwrap();
    let claims = op.claims(&departure);
    let forbidden = [
        signed(&KEYS.first, &claims),
        signed_by("ES256", &KEYS.ec, &claims),
    ];
    let forbidden = forbidden
        .into_iter()
        .chain(keyed_by_public(&KEYS.first, &claims))
        .map(|token| (token, "signature-algorithm-forbidden"));
    // The encryption key is published and signs nothing.
    let unknown = signed_by("PS512", &KEYS.second, &claims);
    for (token, refusal) in forbidden.chain([(unknown, "signing-key-unknown")]) {
        op.give(&token);
        let error = provider
            .finish_login(departure.state.clone(), with_code(&departure), now())
            .await
            .unwrap_err();
        assert_eq!(code(&error), refusal);
    }
}

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
async fn an_id_token_of_long_ago_is_refused_and_no_clock_may_be_off_by_more_than_two_minutes() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let asking = ask(Purpose::Login, &[]);
    let seconds = now().timestamp();
    for (age, is_refused) in [(0, false), (720, false), (721, true), (86_400, true)] {
        let claims = json!({ "iat": seconds - age, "exp": seconds + 600 });

        let outcome = login(&op, &provider, &asking, &claims).await;

        let refused = outcome.map_or_else(|error| code(&error), |_| "");
        let expected = if is_refused { "response-too-old" } else { "" };
        assert_eq!(refused, expected, "{age}");
    }
    let problem = configured(
        Environment::Sandbox,
        &json!({ "issuer": op.issuer, "skew_seconds": 121 }),
    )
    .unwrap_err();
    assert!(problem.to_string().contains("skew_seconds"), "{problem}");
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
async fn josekits_encrypted_userinfo_is_read_and_a_plain_one_refused_where_it_was_switched_on() {
    let op = bank_id().await;
    let provider = at(&op, &json!({ "userinfo_protection": "encrypted" }));
    let token = signed_by(
        "PS512",
        &KEYS.first,
        &merged(userinfo(), &json!({ "iss": op.issuer, "aud": CLIENT })),
    );
    op.say(
        "userinfo",
        200,
        "application/jwt",
        &encrypted(&OWN[0], OAEP_256, "A256GCM", &token),
    );

    let verified = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
        .await
        .unwrap();
    assert_eq!(verified.assertion.levels().identity, IdentityLevel::Town);

    op.say_json("userinfo", &userinfo());
    let error = login(&op, &provider, &ask(Purpose::Login, &[]), &json!({}))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "userinfo-not-encrypted");
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

#[tokio::test]
async fn banks_can_be_chosen_while_there_is_a_list_and_never_made_up() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));

    let banks = provider.branches(now()).await;

    assert_eq!(banks.len(), 1);
    assert_eq!(
        (banks[0].id.as_str(), banks[0].name.as_str()),
        (BANK, "Zkušební banka")
    );
    let mut chosen = ask(Purpose::Login, &[]);
    for (branch, expected) in [
        (BANK, Some(BANK)),
        ("f2a0b6d4-0000-4000-8000-000000000002", None),
        ("x&y", None),
    ] {
        chosen.branch = Some(branch.to_owned());
        let departure = provider.start_login(&chosen, now()).await.unwrap();
        assert_eq!(
            sent(&departure).get("bank_id").map(String::as_str),
            expected
        );
    }

    // The list fails a day later: the last good one stays.
    op.say("api/v1/banks", 401, "application/json", "{}");
    let tomorrow = now() + chrono::TimeDelta::hours(25);
    assert_eq!(provider.branches(tomorrow).await.len(), 1);
    assert!(
        at(&op, &json!({})).branches(now()).await.is_empty(),
        "without a list Bank iD asks"
    );
    assert!(
        at(&op, &json!({ "show_banks": false }))
            .branches(now())
            .await
            .is_empty()
    );
    assert!(
        login(
            &op,
            &at(&op, &json!({})),
            &ask(Purpose::Login, &[]),
            &json!({})
        )
        .await
        .is_ok()
    );
}

#[tokio::test]
async fn a_notification_names_whom_it_concerns_and_is_refused_for_one_reason_each() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));
    let time = now().timestamp();
    let event = |subject: &str, client: &str, claims: Value| json!({ "type": "claims_updated", "original_event_at": "2026-11-24T08:00:00Z", "sub": subject, "affected_client_ids": [client], "affected_claims": claims });
    let good = json!({
        "iss": op.issuer, "iat": time, "jti": "n-1",
        "events": [
            event("one", CLIENT, json!(["addresses"])),
            event("of-another", "another-application", json!(["addresses"])),
            event("two", CLIENT, json!(["date_of_death", 7, "a b", "idcards", "email_verified", "maritalstatus"])),
            { "type": "something_new" },
        ],
    });
    let receive = async |answer: Answer| {
        let message = Inbound {
            kind: InboundKind::Notification,
            answer,
        };
        provider.receive(message, now()).await
    };
    let raw = |token: &str| Answer {
        method: Method::Post,
        query: Vec::new(),
        body: token.as_bytes().to_vec(),
        content_type: Some("application/jwe".to_owned()),
        from: None,
    };
    let token = signed_by("PS512", &KEYS.first, &good);

    for answer in [
        raw(&token),
        pushed("notification_token", &token),
        raw(&encrypted(&OWN[1], OAEP_256, "A256GCM", &token)),
    ] {
        let (events, _) = receive(answer).await.unwrap();
        let told: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::ClaimsChanged {
                    subject,
                    claims,
                    kinds,
                    grave,
                    replay_keys,
                    ..
                } => (
                    subject.as_str(),
                    claims.join(","),
                    kinds.clone(),
                    *grave,
                    replay_keys.len(),
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "one",
                    "addresses".to_owned(),
                    vec![FactKind::Address, FactKind::RuianAddress],
                    false,
                    1
                ),
                (
                    "two",
                    "date_of_death,idcards,email_verified,maritalstatus".to_owned(),
                    vec![
                        FactKind::Email,
                        FactKind::DocumentType,
                        FactKind::DocumentNumber,
                        FactKind::MaritalStatus
                    ],
                    true,
                    1
                )
            ]
        );
    }
    for (changes, refusal) in [
        (
            json!({ "iss": "https://evil.example/" }),
            "token-issuer-wrong",
        ),
        (
            json!({ "aud": "another-application" }),
            "token-audience-wrong",
        ),
        (json!({ "iat": "x" }), "token-issue-time-missing"),
        (json!({ "iat": time - 86_401 }), "token-expired"),
        (json!({ "iat": time + 121 }), "issued-in-the-future"),
        (json!({ "jti": "" }), "token-name-missing"),
        (json!({ "events": {} }), "notification-malformed"),
        (
            json!({ "events": [event("", CLIENT, json!([]))] }),
            "notification-malformed",
        ),
    ] {
        let token = signed_by("PS512", &KEYS.first, &merged(good.clone(), &changes));
        assert_eq!(
            code(&receive(raw(&token)).await.unwrap_err()),
            refusal,
            "{changes}"
        );
    }
    let foreign = signed_by("PS512", &KEYS.second, &good);
    assert_eq!(
        code(&receive(raw(&foreign)).await.unwrap_err()),
        "signing-key-unknown"
    );
    assert_eq!(
        code(&receive(raw("")).await.unwrap_err()),
        "message-missing"
    );
    assert_eq!(code(&receive(back(&[])).await.unwrap_err()), "wrong-method");
}

#[tokio::test]
async fn a_logout_token_without_a_session_ends_all_of_the_person() {
    let op = bank_id().await;
    let token = signed_by(
        "PS512",
        &KEYS.first,
        &json!({
            "iss": op.issuer, "aud": CLIENT, "iat": now().timestamp(), "jti": "l-1", "sub": SUBJECT,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        }),
    );
    let message = Inbound {
        kind: InboundKind::BackchannelLogout,
        answer: pushed("logout_token", &token),
    };

    let (events, _) = at(&op, &json!({})).receive(message, now()).await.unwrap();

    let [Event::LogoutRequested { sessions, .. }] = &events[..] else {
        panic!()
    };
    let [session] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    assert_eq!(
        (session.name_id.as_str(), session.index.as_deref()),
        (SUBJECT, None)
    );
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    for (environment, options, key) in [
        (Environment::Sandbox, json!({}), "issuer"),
        (
            Environment::Sandbox,
            json!({ "issuer": "http://127.0.0.1:1/bank_id" }),
            "issuer",
        ),
        (
            Environment::Test,
            json!({ "issuer": "http://oidc.sandbox.bankid.cz/" }),
            "issuer",
        ),
        (
            Environment::Production,
            json!({ "issuer": "https://oidc.sandbox.bankid.cz/" }),
            "issuer",
        ),
        (
            Environment::Production,
            json!({ "issuer": "https://127.0.0.1/" }),
            "issuer",
        ),
        (
            Environment::Test,
            json!({ "environment": "sandbox" }),
            "environment",
        ),
        (Environment::Test, json!({ "client_id": "" }), "client_id"),
        (
            Environment::Test,
            json!({ "client_secret": "x" }),
            "client_secret",
        ),
        (
            Environment::Test,
            json!({ "auth": "client_secret_post" }),
            "client_secret",
        ),
        (
            Environment::Test,
            json!({ "approved": ["profile.name"] }),
            "approved",
        ),
        (
            Environment::Test,
            json!({ "skew_seconds": 301 }),
            "skew_seconds",
        ),
    ] {
        assert_eq!(
            configured(environment, &options).unwrap_err().key,
            key,
            "{options}"
        );
    }
    for (environment, issuer) in [
        (Environment::Production, "https://oidc.bankid.cz/"),
        (Environment::Test, "https://oidc.sandbox.bankid.cz/"),
    ] {
        let provider = configured(environment, &json!({})).unwrap();
        assert_eq!(
            provider.describe().realm.as_str(),
            format!("bank_id:{environment}:{issuer}")
        );
        assert_eq!(provider.published().len(), 1);
    }
}
