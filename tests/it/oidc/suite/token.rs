//! Redeeming codes, and everything a code is not good for.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metrics_exporter_prometheus::PrometheusBuilder;
use tower::ServiceExt as _;

use super::*;

/// A fresh code for the portal.
async fn fresh(broker: &TestBroker) -> String {
    let mut browser = Browser::new();
    code(&authorize(broker, &mut browser, "portal", &[]).await)
}

#[tokio::test]
async fn atk_t01_a_code_presented_wrongly_is_refused_and_good_for_nothing_afterwards() {
    let broker = start().await;
    let wrong: [&[(&str, &str)]; 5] = [
        &[("redirect_uri", "https://evil.test/")],
        &[("redirect_uri", "")],
        &[("code_verifier", "")],
        &[(
            "code_verifier",
            "a-verifier-of-somebody-else-that-is-long-enough",
        )],
        &[("code_verifier", tests::broker::CODE_CHALLENGE)],
    ];
    for changes in wrong {
        let code = fresh(&broker).await;

        let answer = redeem(&broker, "portal", &code, changes).await;

        assert_eq!(
            answer.refusal(),
            (400, "invalid_grant".to_owned()),
            "{changes:?}"
        );
        assert_eq!(
            redeem(&broker, "portal", &code, &[]).await.refusal().1,
            "invalid_grant"
        );
        assert_eq!(broker.rows("client_session").await, 0);
    }
    assert_eq!(
        broker
            .events()
            .await
            .iter()
            .filter(|kind| *kind == "token.code_refused")
            .count(),
        5
    );
}

#[tokio::test]
async fn atk_t01_a_code_of_one_client_is_refused_for_another() {
    let broker = start().await;
    let code = fresh(&broker).await;
    let redirect_uri = broker.clients.at("/portal/callback");

    let answer = redeem(
        &broker,
        "parking",
        &code,
        &[("redirect_uri", &redirect_uri)],
    )
    .await;

    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(
        redeem(&broker, "portal", &code, &[]).await.refusal().1,
        "invalid_grant"
    );
}

#[tokio::test]
async fn atk_t01_a_code_is_good_for_sixty_seconds() {
    let broker = start().await;
    let (young, old) = (fresh(&broker).await, fresh(&broker).await);

    broker.hand.advance(chrono::Duration::seconds(58));
    assert_eq!(redeem(&broker, "portal", &young, &[]).await.status, 200);
    broker.hand.advance(chrono::Duration::seconds(4));
    assert_eq!(
        redeem(&broker, "portal", &old, &[]).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn atk_t01_of_fifty_parallel_redemptions_one_wins_at_most_and_nothing_lives_on() {
    let broker = start().await;
    let code = fresh(&broker).await;

    let answers =
        futures_util::future::join_all((0..50).map(|_| redeem(&broker, "portal", &code, &[])))
            .await;

    let won: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(won.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 || answer.text("error") == "invalid_grant")
    );
    assert_eq!(broker.rows("access_grant").await, 1);
    assert_eq!(
        userinfo(&broker, &won[0].text("access_token")).await.status,
        401
    );
}

#[tokio::test]
async fn a_client_asks_for_nothing_it_is_not_registered_for() {
    let broker = start().await;

    let form = |grant_type| {
        [
            ("grant_type", grant_type),
            ("code", "x"),
            ("refresh_token", "x"),
        ]
    };
    assert_eq!(
        token(&broker, "portal", &form("client_credentials"))
            .await
            .refusal()
            .1,
        "unauthorized_client"
    );
    assert_eq!(
        token(&broker, "portal", &form("password"))
            .await
            .refusal()
            .1,
        "unsupported_grant_type"
    );
    assert_eq!(
        token(&broker, "portal", &[]).await.refusal().1,
        "invalid_request"
    );
    let twice = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("code", "y"),
    ];
    assert_eq!(
        token(&broker, "portal", &twice).await.refusal().1,
        "invalid_request"
    );
    let json = http()
        .post(broker.at("/oauth2/token"))
        .basic_auth("portal", Some(CLIENT_SECRET))
        .json(&json!({}));
    assert_eq!(
        Answer::of(json.send().await.unwrap()).await.refusal(),
        (400, "invalid_request".to_owned())
    );
}

#[tokio::test]
async fn atk_b08_a_code_of_an_account_or_session_that_ended_meanwhile_is_refused() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = authorize(&broker, &mut browser, "portal", &[]).await;
    let code = code(&page);
    let mut tx = broker.db.begin().await.unwrap();
    store::on!(&mut tx, db => sqlx::query("update account set state = 'disabled'").execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();

    let answer = redeem(&broker, "portal", &code, &[]).await;

    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(broker.rows("client_session").await, 0);
}

#[tokio::test]
async fn atk_b08_a_code_of_a_client_that_was_switched_off_meanwhile_is_refused() {
    let broker = start().await;
    let code = fresh(&broker).await;
    broker.disable_client("portal").await;

    let answer = redeem(&broker, "portal", &code, &[]).await;

    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    assert!(answer.json.get("access_token").is_none(), "{}", answer.body);
    assert_eq!(broker.rows("client_session").await, 0);
}

#[tokio::test]
async fn atk_b08_a_code_of_a_login_whose_provider_the_client_takes_no_longer_is_refused() {
    let mut broker = start().await;
    let code = fresh(&broker).await;
    broker
        .restart(json!({
            "provider": { "other": {
                "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } },
            } },
            "client": { "portal": { "providers": ["other"] } },
        }))
        .await;

    let answer = redeem(&broker, "portal", &code, &[]).await;

    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(broker.rows("client_session").await, 0);
}

/// Whoever finds an old code cannot end with it what another client was given.
#[tokio::test]
async fn atk_t01_a_used_code_in_the_hands_of_another_client_revokes_nothing() {
    let broker = start().await;
    let code = fresh(&broker).await;
    let first = redeem(&broker, "portal", &code, &[]).await;

    let other = redeem(&broker, "parking", &code, &[]).await;

    assert_eq!(other.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(
        userinfo(&broker, &first.text("access_token")).await.status,
        200
    );
    let reused = "token.code_reused".to_owned();
    assert!(broker.events().await.contains(&reused));
}

#[tokio::test]
async fn when_the_store_is_down_the_answer_is_503() {
    let broker = start().await;
    let code = fresh(&broker).await;
    broker.broker.db.close().await;

    let answer = redeem(&broker, "portal", &code, &[]).await;

    assert_eq!(
        answer.refusal(),
        (503, "temporarily_unavailable".to_owned())
    );
}

#[tokio::test]
async fn answers_with_tokens_are_counted_by_grant_type() {
    let machine = json!({
        "organisation": "town", "name": { "cs": "Stroj" }, "client_secret": CLIENT_SECRET,
        "grant_types": ["client_credentials"], "scopes": [],
    });
    let broker = configured(json!({ "client": { "machine": machine } })).await;
    let counts = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&counts);
    let basic = STANDARD.encode(format!("machine:{CLIENT_SECRET}"));
    let request = Request::post("/oauth2/token")
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("grant_type=client_credentials"))
        .unwrap();

    // Called here and not over HTTP: the recorder counts in this thread alone.
    let answer = idp::serve::app(&broker.broker)
        .oneshot(request)
        .await
        .unwrap();

    assert_eq!(answer.status(), 200);
    let told = counts.handle().render();
    let counted = r#"idp_tokens_issued_total{grant_type="client_credentials"} 1"#;
    assert!(told.contains(counted), "{told}");
}
