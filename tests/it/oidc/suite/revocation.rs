//! Tokens that are not needed any more.

use super::*;

async fn revoke(broker: &TestBroker, client: &str, token: &str) -> u16 {
    post(
        broker,
        "/oauth2/revoke",
        Some(client),
        &[("token", token), ("token_type_hint", "whatever")],
    )
    .await
    .status
}

#[tokio::test]
async fn an_access_token_ends_alone_and_a_refresh_token_ends_everything() {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let one = tokens(&broker, "portal", &[]).await;
    let form = |token: &str| {
        [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", token.to_owned()),
        ]
    };

    assert_eq!(
        revoke(&broker, "portal", &one.text("access_token")).await,
        200
    );
    assert_eq!(
        userinfo(&broker, &one.text("access_token")).await.status,
        401
    );
    let pairs = form(&one.text("refresh_token"));
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let two = token(&broker, "portal", &pairs).await;
    assert_eq!(two.status, 200, "{}", two.body);

    assert_eq!(
        revoke(&broker, "portal", &two.text("refresh_token")).await,
        200
    );
    assert_eq!(
        userinfo(&broker, &two.text("access_token")).await.status,
        401
    );
}

#[tokio::test]
async fn an_unknown_token_is_no_error_and_a_foreign_one_stays() {
    let broker = start().await;
    let token = tokens(&broker, "portal", &[]).await.text("access_token");

    assert_eq!(revoke(&broker, "portal", "unknown").await, 200);
    assert_eq!(revoke(&broker, "parking", &token).await, 200);
    assert_eq!(userinfo(&broker, &token).await.status, 200);
}
