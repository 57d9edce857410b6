//! Claims about the person for whoever holds an access token.

use federation::{FactKind, FactValue, Standing};
use idp::claims::catalogue::{CLAIMS, SCOPES};
use idp::ids::FactId;
use idp::storage::fact::{self, NewFact};
use idp::storage::{upstream_link, verification};

use super::*;

/// Names are as hostile as anything else that others send, also when a provider has signed them.
#[tokio::test]
async fn atk_s20_names_with_markup_or_in_another_unicode_form_stay_as_they_came_and_are_shown_as_text()
 {
    let given = r#"Jana <img src=x onerror=alert(1)> & "Eva""#;
    // Decomposed, as some systems send it.
    let family = "Nova\u{301}kova\u{301}";
    let names = json!({ "given_name": given, "family_name": family });
    let broker =
        configured(json!({ "provider": { "demo": { "account": { JANA.0: names } } } })).await;
    let mut browser = Browser::new();

    let page = authorize(&broker, &mut browser, "portal", &[]).await;

    let answer = redeem(&broker, "portal", &code(&page), &[]).await;
    let claims = userinfo(&broker, &answer.text("access_token")).await.json;
    assert_eq!(claims["given_name"], given);
    assert_eq!(claims["family_name"], family);
    for path in [
        "/account",
        "/account/sessions",
        "/account/services",
        "/account/close",
    ] {
        let page = browser.open(&broker.at(path)).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<img src=x"), "{path}");
    }
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.text().contains(given), "{}", page.text());
    assert!(page.text().contains(family), "{}", page.text());
}

#[tokio::test]
async fn the_token_comes_in_the_header_or_in_a_posted_form_and_never_in_the_address() {
    let broker = start().await;
    let token = tokens(&broker, "portal", &[]).await.text("access_token");
    let address = broker.at("/oauth2/userinfo");

    let by_get = Answer::of(
        http()
            .get(&address)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let by_post = Answer::of(
        http()
            .post(&address)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let by_form = Answer::of(
        http()
            .post(&address)
            .form(&[("access_token", &token)])
            .send()
            .await
            .unwrap(),
    )
    .await;
    let by_query = Answer::of(
        http()
            .get(format!("{address}?access_token={token}"))
            .send()
            .await
            .unwrap(),
    )
    .await;

    assert_eq!(by_get.status, 200, "{}", by_get.body);
    assert_eq!(by_get.json, by_post.json);
    assert_eq!(by_get.json, by_form.json);
    assert_eq!(by_query.status, 401);
    assert!(by_query.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(by_get.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_client_that_asked_for_it_gets_a_signed_answer() {
    let broker = configured(
        json!({ "client": { "portal": { "userinfo_alg": "ES256", "id_token_alg": "EdDSA" } } }),
    )
    .await;
    let answer = tokens(&broker, "portal", &[]).await;

    let said = userinfo(&broker, &answer.text("access_token")).await;

    assert_eq!(said.header("content-type"), "application/jwt");
    let claims = verified(&broker, &said.body, Algorithm::ES256).await;
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&broker.issuer().into(), &"portal".into())
    );
    let id_token = verified(&broker, &answer.text("id_token"), Algorithm::EdDSA).await;
    assert_eq!(claims["sub"], id_token["sub"]);
}

/// OpenID Connect Core 3.1.3.6: by the hash of the token's own algorithm; Ed25519's is SHA-512 (RFC 8032, 5.1), as openidconnect,
/// oidc-provider and openid-client have it.
#[tokio::test]
async fn an_id_token_belongs_to_its_access_token_whatever_signs_it() {
    use aws_lc_rs::digest::{SHA256, SHA512, digest};
    use base64::Engine as _;
    for (name, alg, hashes) in [
        ("RS256", Algorithm::RS256, &SHA256),
        ("PS256", Algorithm::PS256, &SHA256),
        ("ES256", Algorithm::ES256, &SHA256),
        ("EdDSA", Algorithm::EdDSA, &SHA512),
    ] {
        let signed = json!({ "client": { "portal": { "id_token_alg": name } } });
        let broker = configured(signed).await;
        let answer = tokens(&broker, "portal", &[]).await;

        let id_token = verified(&broker, &answer.text("id_token"), alg).await;

        let hash = digest(hashes, answer.text("access_token").as_bytes());
        let half = &hash.as_ref()[..hash.as_ref().len() / 2];
        let expected = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half);
        assert_eq!(id_token["at_hash"], expected, "{name}");
    }
}

#[tokio::test]
async fn unknown_expired_and_foreign_tokens_are_refused() {
    let broker = start().await;
    let answer = tokens(&broker, "portal", &[]).await;

    assert_eq!(
        userinfo(&broker, "unknown").await.refusal(),
        (401, "invalid_token".to_owned())
    );
    assert_eq!(
        userinfo(&broker, &answer.text("id_token")).await.refusal(),
        (401, "invalid_token".to_owned())
    );
    broker.hand.advance(chrono::Duration::minutes(10));
    let expired = userinfo(&broker, &answer.text("access_token")).await;
    assert_eq!(expired.refusal(), (401, "invalid_token".to_owned()));
    assert!(expired.header("www-authenticate").contains("invalid_token"));
}

#[tokio::test]
async fn a_release_is_recorded_once_in_ten_minutes_and_before_it_leaves() {
    let broker = start().await;
    let token = tokens(&broker, "portal", &[]).await.text("access_token");
    let released = async || {
        broker
            .events()
            .await
            .iter()
            .filter(|kind| *kind == "claims.released")
            .count()
    };

    userinfo(&broker, &token).await;
    userinfo(&broker, &token).await;

    assert_eq!(released().await, 1);
    assert_eq!(broker.rows("release").await, 1);
}

#[tokio::test]
async fn verified_claims_say_who_vouched_and_only_what_was_asked() {
    let broker = configured(everything_held()).await;
    let claims = r#"{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"given_name":null}}}}"#;
    let answer = tokens(
        &broker,
        "portal",
        &[("scope", "openid city.identity"), ("claims", claims)],
    )
    .await;

    let said = userinfo(&broker, &answer.text("access_token")).await.json;

    assert_eq!(
        said["verified_claims"]["claims"],
        json!({ "given_name": "JANA" })
    );
    let discovery = super::config::discovery(&broker).await.json;
    let frameworks = discovery["trust_frameworks_supported"].as_array().unwrap();
    let framework = &said["verified_claims"]["verification"]["trust_framework"];
    assert!(frameworks.contains(framework), "{framework} {discovery}");
    let records = discovery["electronic_records_supported"].as_array();
    assert!(
        records.is_some_and(|records| !records.is_empty()),
        "{discovery}"
    );
    assert_eq!(
        names(&said["verified_claims"]["verification"]),
        ["trust_framework"].into()
    );
    assert_eq!(
        (&said["identity_level"], &said["login_level"]),
        (&"state".into(), &"multi".into())
    );
    assert_eq!(said["login_provider"], "demo");
}

/// What says who somebody is goes with `verified_claims`; an address needs the approval that it needs outside.
#[tokio::test]
async fn verified_claims_tell_an_address_only_to_whom_addresses_are_told() {
    let asked = |address: Value| {
        json!({ "userinfo": { "verified_claims": {
            "verification": { "trust_framework": null },
            "claims": { "given_name": null, "middle_name": null, "birthdate": null, "address": address },
        } } })
        .to_string()
    };
    let identity: BTreeSet<String> = ["given_name", "middle_name", "birthdate"]
        .map(str::to_owned)
        .into();
    let mut everything = identity.clone();
    everything.insert("address".to_owned());
    for (scopes, claims, told) in [
        (json!(["openid", "city.identity"]), json!([]), &identity),
        (
            json!(["openid", "city.identity", "address"]),
            json!([]),
            &everything,
        ),
        (
            json!(["openid", "city.identity"]),
            json!(["address"]),
            &everything,
        ),
    ] {
        let mut config = everything_held();
        config["client"] = json!({ "portal": { "scopes": scopes, "claims": claims } });
        let broker = configured(config).await;
        let said = async |address: Value| {
            let claims = asked(address);
            let answer = tokens(
                &broker,
                "portal",
                &[("scope", "openid city.identity"), ("claims", &claims)],
            )
            .await;
            userinfo(&broker, &answer.text("access_token")).await.json
        };

        let plain = said(Value::Null).await;
        let told_now = names(&plain["verified_claims"]["claims"]);
        assert!(
            told_now.iter().copied().eq(told.iter().map(String::as_str)),
            "{plain}"
        );
        let essential = said(json!({ "essential": true })).await;
        assert_eq!(
            essential.get("verified_claims").is_some(),
            *told == everything,
            "{essential}"
        );
    }
}

#[tokio::test]
async fn plain_claims_of_the_answer_tell_through_whom_and_when_they_came() {
    let broker = configured(everything_held()).await;
    let scopes = [("scope", "openid email city.identity")];
    let answer = tokens(&broker, "portal", &scopes).await;
    let without = tokens(&broker, "portal", &[("scope", "openid email")]).await;

    let said = userinfo(&broker, &answer.text("access_token")).await.json;
    let less = userinfo(&broker, &without.text("access_token")).await.json;

    let time = said["provenance"]["email"]["time"].as_str().unwrap();
    assert!(time.starts_with("2026-11-24T12:"), "{time}");
    assert_eq!(said["provenance"]["email"]["provider"], "demo");
    assert_eq!(
        names(&said["provenance"]),
        ["email"].into(),
        "nothing is told of what is not"
    );
    assert_eq!(names(&less), ["sub", "email", "email_verified"].into());
}

#[tokio::test]
async fn a_claim_that_is_not_approved_for_the_client_is_not_told() {
    let broker =
        configured(json!({ "client": { "portal": { "scopes": ["openid", "email"] } } })).await;
    let asked = r#"{"userinfo":{"birthdate":{"essential":true},"email":null}}"#;
    let answer = tokens(
        &broker,
        "portal",
        &[("scope", "openid profile"), ("claims", asked)],
    )
    .await;

    let said = userinfo(&broker, &answer.text("access_token")).await.json;

    assert_eq!(names(&said), ["sub", "email"].into());
    assert_eq!(answer.text("scope"), "openid");
}

/// Who somebody is at the upstream, and the number of their document, stay with the broker: with every scope and claim
/// there is approved and asked for, in every answer a client can get.
#[tokio::test]
async fn nia_s46_no_client_learns_the_subject_of_the_upstream_or_a_document_number() {
    const PSEUDONYM: &str = "osoba-7f3a91c2";
    const DOCUMENT: &str = "999123456";
    let mut config = everything_held();
    let mut account = config["provider"]["demo"]["account"][JANA.0].clone();
    account["password"] = "heslo".into();
    account["given_name"] = "JANA".into();
    account["family_name"] = "NOVÁKOVÁ".into();
    config["provider"]["demo"]["account"][PSEUDONYM] = account;
    let claims: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
    let scopes: Vec<&str> = SCOPES
        .iter()
        .map(|scope| scope.name)
        .chain(["offline_access"])
        .collect();
    config["client"] = json!({ "portal": { "claims": claims, "scopes": scopes } });
    let broker = configured(config).await;
    let asked: serde_json::Map<String, Value> = claims
        .iter()
        .copied()
        .chain(FactKind::ALL.iter().map(|kind| kind.as_str()))
        .map(|name| (name.to_owned(), Value::Null))
        .chain([(
            "verified_claims".to_owned(),
            json!({
                "verification": { "trust_framework": null, "evidence": null },
                "claims": { "given_name": null, "document_number": null },
            }),
        )])
        .collect();
    let asked = json!({ "userinfo": asked, "id_token": asked }).to_string();
    let scope = scopes.join(" ");
    let log_in = async || {
        let mut browser = Browser::new();
        let page = browser
            .open(&broker.authorize(
                "portal",
                &[("scope", &scope), ("claims", &asked), ("prompt", "consent")],
            ))
            .await;
        let mut page = broker
            .sign_in(&mut browser, &page, (PSEUDONYM, "heslo"))
            .await;
        if page.body.contains("consent-submit") {
            page = browser.submit(&page, "consent-submit", &[]).await;
        }
        redeem(&broker, "portal", &code(&page), &[]).await
    };
    log_in().await;
    give_document(&broker, PSEUDONYM, DOCUMENT).await;

    let answer = log_in().await;

    let access_token = answer.text("access_token");
    let introspected = post(
        &broker,
        "/oauth2/introspect",
        Some("portal"),
        &[("token", &access_token)],
    )
    .await;
    let told = userinfo(&broker, &access_token).await;
    assert_eq!(told.json["given_name"], "Jana", "{}", told.body);
    for said in [
        told.body,
        introspected.body,
        tests::broker::claims_of(&answer.text("id_token")).to_string(),
    ] {
        assert!(
            !said.contains(PSEUDONYM) && !said.contains(DOCUMENT),
            "{said}"
        );
    }
}

/// A document number, vouched for by the login that was.
async fn give_document(broker: &TestBroker, subject: &str, number: &str) {
    let mut tx = broker.db.begin().await.unwrap();
    let link = upstream_link::find_by_subject(&mut tx, "demo:sandbox:demo", subject)
        .await
        .unwrap()
        .unwrap();
    let now = broker.clock.now();
    let proofs = verification::list_valid(&mut tx, link.account_id, now)
        .await
        .unwrap();
    let document = NewFact {
        fact_id: FactId::new(broker.broker.random.uuid_v7(now)),
        account_id: link.account_id,
        verification_id: Some(proofs[0].verification_id),
        kind: FactKind::DocumentNumber,
        value: &FactValue::Text(number.to_owned()),
        standing: Standing::Vouched,
    };
    fact::add(&mut tx, &broker.broker.master_key, document, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
