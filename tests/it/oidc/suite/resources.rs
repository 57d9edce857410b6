//! Access tokens for the town's APIs: RFC 9068, one audience, the API's own `sub`.

use super::*;

pub(super) fn with_apis() -> Value {
    let service = json!({
        "organisation": "town", "name": { "cs": "Služba" }, "client_secret": CLIENT_SECRET,
        "grant_types": ["client_credentials"], "scopes": ["catalogue.read", "parking.read"],
        "resources": ["catalogue", "parking"],
    });
    json!({
        "resource": {
            "catalogue": {
                "organisation": "library", "name": { "cs": "Katalog" }, "uri": "https://api.vzorov.example/catalogue",
                "scopes": ["catalogue.read"], "alg": "ES256", "introspected_by": ["library"],
            },
            "parking": {
                "organisation": "town", "name": { "cs": "Parkování" }, "uri": "https://api.vzorov.example/parking",
                "scopes": ["parking.read"],
            },
        },
        "client": {
            "portal": {
                "scopes": ["openid", "profile", "catalogue.read", "parking.read"], "resources": ["catalogue", "parking"],
            },
            "service": service,
        },
    })
}

#[tokio::test]
async fn a_token_for_an_api_is_signed_for_it_alone_with_the_sub_of_its_organisation() {
    let broker = configured(with_apis()).await;
    let answer = tokens(&broker, "portal", &[("scope", "openid catalogue.read")]).await;
    let of_library = tokens(&broker, "library", &[("scope", "openid")]).await;

    let claims = verified(&broker, &answer.text("access_token"), Algorithm::ES256).await;
    let library = verified(&broker, &of_library.text("id_token"), Algorithm::RS256).await;
    let portal = verified(&broker, &answer.text("id_token"), Algorithm::RS256).await;

    assert_eq!(
        jsonwebtoken::decode_header(answer.text("access_token"))
            .unwrap()
            .typ
            .as_deref(),
        Some("at+jwt")
    );
    assert_eq!(claims["aud"], "https://api.vzorov.example/catalogue");
    assert_eq!(
        (&claims["client_id"], &claims["scope"]),
        (&"portal".into(), &"catalogue.read openid".into())
    );
    assert_eq!(claims["sub"], library["sub"]);
    assert_ne!(claims["sub"], portal["sub"]);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        300
    );
    // It is not one for us.
    assert_eq!(
        userinfo(&broker, &answer.text("access_token")).await.status,
        401
    );
}

#[tokio::test]
async fn an_api_introspects_tokens_made_for_it_and_a_revoked_one_is_inactive() {
    let broker = configured(with_apis()).await;
    let token = tokens(&broker, "portal", &[("scope", "openid catalogue.read")])
        .await
        .text("access_token");
    let introspect = async |client: &str| {
        post(
            &broker,
            "/oauth2/introspect",
            Some(client),
            &[("token", &token)],
        )
        .await
        .json
    };

    let said = introspect("library").await;
    assert_eq!(
        (&said["active"], &said["aud"]),
        (&true.into(), &"https://api.vzorov.example/catalogue".into())
    );
    assert_eq!(introspect("parking").await, json!({ "active": false }));

    post(
        &broker,
        "/oauth2/revoke",
        Some("portal"),
        &[("token", &token)],
    )
    .await;
    assert_eq!(introspect("library").await, json!({ "active": false }));
}

#[tokio::test]
async fn a_client_for_itself_gets_what_it_may_and_no_identity() {
    let broker = configured(with_apis()).await;
    let ask = async |form: &[(&str, &str)]| {
        let mut pairs = vec![("grant_type", "client_credentials")];
        pairs.extend(form);
        token(&broker, "service", &pairs).await
    };

    let parking = ask(&[("resource", "https://api.vzorov.example/parking")]).await;
    let claims = verified(&broker, &parking.text("access_token"), Algorithm::RS256).await;
    assert_eq!(
        (&claims["sub"], &claims["scope"]),
        (&"service".into(), &"parking.read".into())
    );
    assert!(parking.json.get("id_token").is_none() && parking.json.get("refresh_token").is_none());
    assert_eq!(
        ask(&[("scope", "openid")]).await.refusal().1,
        "invalid_scope"
    );
    assert_eq!(
        ask(&[("scope", "unknown")]).await.refusal().1,
        "invalid_scope"
    );
    assert_eq!(
        ask(&[("scope", "catalogue.read parking.read")])
            .await
            .refusal()
            .1,
        "invalid_target"
    );
    assert_eq!(
        ask(&[("resource", "https://evil.test/")]).await.refusal().1,
        "invalid_target"
    );
}

#[tokio::test]
async fn scopes_of_two_apis_in_one_request_are_an_invalid_target() {
    let broker = configured(with_apis()).await;
    let mut browser = Browser::new();

    let page = browser
        .open(&broker.authorize("portal", &[("scope", "openid catalogue.read parking.read")]))
        .await;

    assert_eq!(page.query("error").as_deref(), Some("invalid_target"));
}

#[tokio::test]
async fn a_code_for_one_api_is_not_redeemed_for_another() {
    let broker = configured(with_apis()).await;
    let mut browser = Browser::new();
    let asked = [("scope", "openid catalogue.read")];
    let page = authorize(&broker, &mut browser, "portal", &asked).await;
    let named = [("resource", "https://api.vzorov.example/parking")];

    let answer = redeem(&broker, "portal", &code(&page), &named).await;

    assert_eq!(answer.refusal(), (400, "invalid_target".to_owned()));
    // Presented wrongly, it is used up.
    let answer = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_token_of_a_client_for_itself_is_inactive_once_the_client_is_stopped() {
    let broker = configured(with_apis()).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("resource", "https://api.vzorov.example/catalogue"),
    ];
    let token = token(&broker, "service", &form).await.text("access_token");
    let introspect = async || {
        let form = [("token", token.as_str())];
        let answer = post(&broker, "/oauth2/introspect", Some("library"), &form).await;
        answer.json["active"].clone()
    };
    assert_eq!(introspect().await, true);

    let broker = &broker.broker;
    let mut tx = broker.db.begin().await.unwrap();
    let service = idp::ids::ClientId::new("service");
    idp::storage::client::disable(&mut tx, &service, broker.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    broker
        .clients
        .reload(&broker.db, &broker.outbound, broker.config.environment)
        .await
        .unwrap();

    assert_eq!(introspect().await, false);
}
