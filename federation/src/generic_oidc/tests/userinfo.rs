//! Userinfo, and the facts that come of it.

use serde_json::{Value, json};

use super::{ask, at, good, login, refused, said};
use crate::fact::{Fact, FactKind, FactValue, Standing, Wanted};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, OAEP_256, OWN, SUBJECT, encrypted, keyed_by_public, signed,
};

#[tokio::test]
async fn userinfo_must_speak_of_the_same_person_and_be_protected_as_configured() {
    let op = good("").await;
    let mine = json!({ "sub": SUBJECT, "family_name": "Řehořová" });
    let parties = merged(mine.clone(), &json!({ "iss": op.issuer, "aud": CLIENT }));
    let token = signed(&KEYS.first, &parties);
    let sealed = encrypted(&OWN[1], OAEP_256, "A256GCM", &token);
    let (json, jwt) = ("application/json", "application/jwt");
    let with = |changes: Value| signed(&KEYS.first, &merged(parties.clone(), &changes));
    let by_anybody = keyed_by_public(&KEYS.first, &parties)
        .map(|token| ("signed", 200, jwt, token, "signature-algorithm-forbidden"));
    for (protection, status, content_type, body, refusal) in [
        ("plain", 200, json, mine.to_string(), ""),
        ("plain", 200, jwt, token.clone(), ""),
        ("plain", 200, jwt, sealed.clone(), ""),
        ("signed", 200, jwt, token.clone(), ""),
        ("signed", 200, jwt, sealed.clone(), ""),
        ("encrypted", 200, jwt, sealed.clone(), ""),
        (
            "plain",
            200,
            json,
            json!({ "sub": "somebody-else" }).to_string(),
            "userinfo-subject-wrong",
        ),
        (
            "plain",
            200,
            json,
            "{}".to_owned(),
            "userinfo-subject-wrong",
        ),
        ("plain", 200, json, "[]".to_owned(), "userinfo-malformed"),
        (
            "plain",
            200,
            "text/html",
            "<html>".to_owned(),
            "unavailable",
        ),
        ("plain", 401, json, "{}".to_owned(), "userinfo-refused"),
        ("plain", 403, json, "{}".to_owned(), "userinfo-refused"),
        ("plain", 503, json, "{}".to_owned(), "unavailable"),
        ("signed", 200, json, mine.to_string(), "userinfo-not-signed"),
        (
            "encrypted",
            200,
            json,
            mine.to_string(),
            "userinfo-not-encrypted",
        ),
        (
            "encrypted",
            200,
            jwt,
            token.clone(),
            "userinfo-not-encrypted",
        ),
        (
            "encrypted",
            200,
            jwt,
            encrypted(&OWN[0], OAEP_256, "A256GCM", &mine.to_string()),
            "userinfo-not-signed",
        ),
        (
            "encrypted",
            200,
            jwt,
            encrypted(&KEYS.second, OAEP_256, "A256GCM", &token),
            "decryption-failed",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "sub": "somebody-else" })),
            "userinfo-subject-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "iss": "https://evil.example" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "aud": "somebody-else" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            with(json!({ "nonce": "x" })),
            "userinfo-parties-wrong",
        ),
        (
            "signed",
            200,
            jwt,
            signed(&KEYS.second, &parties),
            "signing-key-unknown",
        ),
    ]
    .into_iter()
    .chain(by_anybody)
    {
        op.say("userinfo", status, content_type, &body);
        let provider = at(&op, &json!({ "userinfo_protection": protection }));

        let outcome = login(&op, &provider, &ask(), &json!({})).await;

        let outcome = outcome.map_or_else(|error| said(&error), |_| String::new());
        assert_eq!(outcome, refusal, "{protection} {content_type} {body:.60}");
    }
}

#[tokio::test]
async fn facts_that_are_required_must_come_and_nothing_of_the_wrong_type() {
    let op = good("").await;
    assert_eq!(
        refused(&op, &json!({ "required": ["birth_date"], "claim": { "birth_date": "birthdate" }, "scope_for": {} }), &json!({})).await,
        "required-attribute-missing"
    );
    let mut demanding = ask();
    demanding.wanted[0] = Wanted {
        kind: FactKind::FamilyName,
        required: true,
    };
    op.say_json("userinfo", &json!({ "sub": SUBJECT }));
    let error = login(&op, &at(&op, &json!({})), &demanding, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "required-attribute-missing");
    op.say_json("userinfo", &json!({ "sub": SUBJECT, "given_name": 7 }));
    assert_eq!(refused(&op, &json!({}), &json!({})).await, "attribute-type");
}

#[tokio::test]
async fn another_claim_can_identify_the_person_and_verified_contacts_are_vouched_for() {
    let op = good("").await;
    op.say_json(
        "userinfo",
        &json!({ "sub": SUBJECT, "number": "4711", "email": "zofie@example.cz", "email_verified": "true" }),
    );
    let provider = at(
        &op,
        &json!({ "subject_claim": "number", "self_stated": [] }),
    );

    let assertion = login(&op, &provider, &ask(), &json!({}))
        .await
        .unwrap()
        .assertion;

    assert_eq!(assertion.subject().as_str(), "4711");
    assert_eq!(assertion.facts()[0].standing, Standing::Vouched);
    assert_eq!(
        refused(&op, &json!({ "subject_claim": "card" }), &json!({})).await,
        "person-identifier-missing"
    );
}

#[tokio::test]
async fn an_address_is_verified_by_the_document_that_tells_it_and_by_no_other() {
    let op = good("").await;
    let provider = at(&op, &json!({ "self_stated": [] }));
    let (yes, no) = (Standing::Vouched, Standing::SelfStated);
    let address = json!("zofie@example.cz");
    for (userinfo, id_token, standing) in [
        (
            json!({ "email": address, "email_verified": true }),
            json!({}),
            yes,
        ),
        (
            json!({}),
            json!({ "email": address, "email_verified": true }),
            yes,
        ),
        (
            json!({ "email": address }),
            json!({ "email_verified": true }),
            no,
        ),
        (
            json!({ "email_verified": true }),
            json!({ "email": address }),
            no,
        ),
        (
            json!({ "email": address, "email_verified": false }),
            json!({ "email": "jina@example.cz", "email_verified": true }),
            no,
        ),
    ] {
        op.say_json("userinfo", &merged(json!({ "sub": SUBJECT }), &userinfo));

        let verified = login(&op, &provider, &ask(), &id_token).await.unwrap();

        let email = Fact {
            kind: FactKind::Email,
            value: FactValue::Text("zofie@example.cz".to_owned()),
            standing,
        };
        assert_eq!(verified.assertion.facts(), [email], "{userinfo} {id_token}");
    }
}

/// Local identity, 8.1: a provider that is not known to check addresses proves none.
#[tokio::test]
async fn an_address_is_as_the_person_told_it_unless_the_provider_is_known_to_check() {
    let op = good("").await;
    let told = json!({ "sub": SUBJECT, "email": "zofie@example.cz", "email_verified": true });
    op.say_json("userinfo", &told);

    let verified = login(&op, &at(&op, &json!({})), &ask(), &json!({}))
        .await
        .unwrap();

    let [email] = verified.assertion.facts() else {
        panic!("{:?}", verified.assertion.facts());
    };
    assert_eq!(
        (email.kind, email.standing),
        (FactKind::Email, Standing::SelfStated)
    );
}
