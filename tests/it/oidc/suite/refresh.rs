//! Refresh tokens: replaced at each use, and what happens when one is seen twice.

use chrono::Duration;

use super::*;

const OFFLINE: [(&str, &str); 2] = [
    ("scope", "openid email offline_access"),
    ("prompt", "consent"),
];

async fn offline(broker: &TestBroker) -> Answer {
    let mut browser = Browser::new();
    let page = authorize(broker, &mut browser, "portal", &OFFLINE).await;
    let answer = redeem(broker, "portal", &code(&page), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

async fn refresh(broker: &TestBroker, client: &str, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    form.extend(more);
    self::token(broker, client, &form).await
}

#[tokio::test]
async fn a_refresh_gives_a_new_id_token_about_the_same_login() {
    let broker = start().await;
    let first = offline(&broker).await;
    broker.hand.advance(Duration::minutes(5));

    let scope = first.text("scope");
    let second = refresh(
        &broker,
        "portal",
        &first.text("refresh_token"),
        &[("scope", &scope)],
    )
    .await;

    assert_eq!(second.status, 200, "{}", second.body);
    assert_eq!(second.header("cache-control"), "no-store");
    let one = verified(&broker, &first.text("id_token"), Algorithm::RS256).await;
    let other = verified(&broker, &second.text("id_token"), Algorithm::RS256).await;
    for member in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
        assert_eq!(one[member], other[member], "{member}");
    }
    assert!(other.get("nonce").is_none());
    assert_ne!(first.text("refresh_token"), second.text("refresh_token"));
    assert_eq!(
        userinfo(&broker, &second.text("access_token")).await.json["email"],
        "jana@posta.example"
    );
}

#[tokio::test]
async fn without_offline_access_there_is_none_unless_the_client_lives_by_the_session() {
    let broker = start().await;
    assert!(
        tokens(&broker, "portal", &[("scope", "openid")])
            .await
            .json
            .get("refresh_token")
            .is_none()
    );

    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let answer = tokens(&broker, "portal", &[("scope", "openid")]).await;
    assert_eq!(
        refresh(&broker, "portal", &answer.text("refresh_token"), &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn another_clients_refresh_token_is_refused_and_stays_good() {
    let broker = start().await;
    let token = offline(&broker).await.text("refresh_token");

    let stolen = refresh(&broker, "parking", &token, &[]).await;

    assert_eq!(stolen.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(refresh(&broker, "portal", &token, &[]).await.status, 200);
}

#[tokio::test]
async fn atk_t07_of_fifty_parallel_uses_exactly_one_wins_and_nothing_is_revoked() {
    let broker = start().await;
    let token = offline(&broker).await.text("refresh_token");

    let answers =
        futures_util::future::join_all((0..50).map(|_| refresh(&broker, "portal", &token, &[])))
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
    assert_eq!(
        refresh(&broker, "portal", &won[0].text("refresh_token"), &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn atk_t07_a_second_use_within_ten_seconds_is_a_race_and_later_revokes_the_family() {
    let broker = start().await;
    let old = offline(&broker).await.text("refresh_token");
    let new = refresh(&broker, "portal", &old, &[]).await;

    broker.hand.advance(Duration::seconds(10));
    assert_eq!(
        refresh(&broker, "portal", &old, &[]).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    assert_eq!(
        userinfo(&broker, &new.text("access_token")).await.status,
        200
    );

    broker.hand.advance(Duration::seconds(1));
    assert_eq!(
        refresh(&broker, "portal", &old, &[]).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    assert_eq!(
        userinfo(&broker, &new.text("access_token")).await.status,
        401
    );
    assert_eq!(
        refresh(&broker, "portal", &new.text("refresh_token"), &[])
            .await
            .refusal()
            .1,
        "invalid_grant"
    );
    assert!(
        broker
            .events()
            .await
            .contains(&"token.refresh_refused".to_owned())
    );
}

#[tokio::test]
async fn a_refresh_narrows_scopes_and_never_widens_them() {
    let broker = start().await;
    let token = offline(&broker).await.text("refresh_token");

    let wider = refresh(&broker, "portal", &token, &[("scope", "openid phone")]).await;
    assert_eq!(wider.refusal(), (400, "invalid_scope".to_owned()));
    let narrower = refresh(&broker, "portal", &token, &[("scope", "openid")]).await;
    assert_eq!(narrower.text("scope"), "openid");
    assert_eq!(
        names(&userinfo(&broker, &narrower.text("access_token")).await.json),
        ["sub"].into()
    );
}

#[tokio::test]
async fn an_unused_refresh_token_expires() {
    let broker = start().await;
    let token = offline(&broker).await.text("refresh_token");
    broker.hand.advance(Duration::days(30));

    assert_eq!(
        refresh(&broker, "portal", &token, &[]).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
}

/// Whatever happens while a code is redeemed: the way in is asked for at every use.
/// Whatever the operator takes away counts at the next use of what was given before.
#[tokio::test]
async fn atk_b08_nothing_is_told_or_renewed_once_the_provider_or_the_approval_is_no_more() {
    let other = json!({ "other": {
        "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } },
    } });
    for (mut change, what) in [
        (
            json!({ "client": { "portal": { "providers": ["other"] } } }),
            "off the client's list",
        ),
        (
            json!({ "account": { "link_only": ["demo"] } }),
            "an added proof only",
        ),
        (json!({ "provider": { "demo": null } }), "gone"),
        (
            json!({ "client": { "portal": { "minimum_identity": "state_high" } } }),
            "not enough",
        ),
    ] {
        let mut broker = start().await;
        let first = offline(&broker).await;
        let access_token = first.text("access_token");
        assert_eq!(userinfo(&broker, &access_token).await.status, 200, "{what}");

        tests::broker::merge(&mut change, json!({ "provider": other }));
        broker.restart(change).await;

        assert_eq!(userinfo(&broker, &access_token).await.status, 401, "{what}");
        let asked = [("token", access_token.as_str())];
        let said = post(&broker, "/oauth2/introspect", Some("portal"), &asked).await;
        assert_eq!(said.json, json!({ "active": false }), "{what}");
        let again = refresh(&broker, "portal", &first.text("refresh_token"), &[]).await;
        assert_eq!(again.refusal(), (400, "invalid_grant".to_owned()), "{what}");
    }
}

#[tokio::test]
async fn atk_b08_a_scope_that_is_no_longer_approved_tells_nothing() {
    let mut broker = start().await;
    let first = offline(&broker).await;
    let access_token = first.text("access_token");
    broker
        .restart(json!({ "client": { "portal": { "scopes": ["openid", "offline_access"] } } }))
        .await;

    assert_eq!(
        names(&userinfo(&broker, &access_token).await.json),
        ["sub"].into()
    );
    let asked = [("token", access_token.as_str())];
    let said = post(&broker, "/oauth2/introspect", Some("portal"), &asked).await;
    assert_eq!(said.json["scope"], "offline_access openid");
}

#[tokio::test]
async fn atk_b08_nothing_is_told_or_renewed_once_the_way_in_is_no_more() {
    let broker = start().await;
    let first = offline(&broker).await;
    let access_token = first.text("access_token");
    assert_eq!(userinfo(&broker, &access_token).await.status, 200);
    let mut tx = broker.db.begin().await.unwrap();
    store::on!(&mut tx, db => {
        sqlx::query("update upstream_link set ended_at = created_at").execute(db).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(userinfo(&broker, &access_token).await.status, 401);
    let again = refresh(&broker, "portal", &first.text("refresh_token"), &[]).await;
    assert_eq!(again.refusal(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn atk_b08_nothing_is_told_or_renewed_once_the_client_is_switched_off() {
    let broker = start().await;
    let first = offline(&broker).await;
    let access_token = first.text("access_token");
    assert_eq!(userinfo(&broker, &access_token).await.status, 200);

    broker.disable_client("portal").await;

    let told = userinfo(&broker, &access_token).await;
    assert_eq!(told.status, 401, "{}", told.body);
    assert!(!told.body.contains("jana@posta.example"), "{}", told.body);
    let again = refresh(&broker, "portal", &first.text("refresh_token"), &[]).await;
    assert_eq!(again.refusal(), (401, "invalid_client".to_owned()));
}
