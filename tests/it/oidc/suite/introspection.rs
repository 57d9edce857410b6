//! Who learns what about a token.

use super::*;

async fn introspect(broker: &TestBroker, client: &str, token: &str) -> Answer {
    post(
        broker,
        "/oauth2/introspect",
        Some(client),
        &[("token", token)],
    )
    .await
}

#[tokio::test]
async fn a_client_learns_about_its_own_tokens() {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let answer = tokens(&broker, "portal", &[]).await;

    let said = introspect(&broker, "portal", &answer.text("access_token")).await;
    assert_eq!(said.json["active"], true);
    assert_eq!(
        (&said.json["client_id"], &said.json["token_type"]),
        (&"portal".into(), &"Bearer".into())
    );
    assert_eq!(said.json["iss"], broker.issuer());
    let refresh = introspect(&broker, "portal", &answer.text("refresh_token")).await;
    assert_eq!(refresh.json["active"], true);
    assert!(refresh.json.get("token_type").is_none());
}

#[tokio::test]
async fn atk_t10_to_all_others_every_token_is_inactive() {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let answer = tokens(&broker, "portal", &[]).await;

    for token in [
        answer.text("access_token"),
        answer.text("refresh_token"),
        "unknown".to_owned(),
    ] {
        let said = introspect(&broker, "parking", &token).await;
        assert_eq!((said.status, said.json), (200, json!({ "active": false })));
    }
    let nobody = post(&broker, "/oauth2/introspect", None, &[("token", "x")]).await;
    assert_eq!(nobody.refusal(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn atk_t09_when_the_store_is_down_nothing_is_said_to_be_inactive_or_revoked() {
    let broker = start().await;
    let token = tokens(&broker, "portal", &[]).await.text("access_token");
    broker.broker.db.close().await;

    let said = introspect(&broker, "portal", &token).await;
    let revoked = post(
        &broker,
        "/oauth2/revoke",
        Some("portal"),
        &[("token", &token)],
    )
    .await;
    let told = userinfo(&broker, &token).await;

    for answer in [said, revoked, told] {
        assert_eq!(
            answer.refusal(),
            (503, "temporarily_unavailable".to_owned())
        );
    }
}
