//! Keys that change while clients go on.

use idp::keys::{self, Purpose};
use idp::{start as starting, workers};

use super::*;

async fn rotate(broker: &TestBroker) {
    let inner = &broker.broker;
    let maker = starting::maker(&inner.config, &inner.master_key, &inner.random);
    let mut tx = broker.db.begin().await.unwrap();
    keys::rotate(&mut tx, maker, Purpose::Rsa, true, broker.clock.now())
        .await
        .unwrap()
        .unwrap();
    tx.commit().await.unwrap();
    workers::follow(inner).await.unwrap();
}

fn kids(jwks: &Value) -> BTreeSet<String> {
    jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_rotation_uses_a_key_that_was_published_before_and_old_tokens_stay_verifiable() {
    let broker = start().await;
    let before = jwks(&broker).await;
    let old = tokens(&broker, "portal", &[]).await.text("id_token");

    rotate(&broker).await;

    let new = tokens(&broker, "portal", &[]).await.text("id_token");
    let kid = |jwt: &str| jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    assert!(
        kids(&before).contains(&kid(&new)),
        "the next key was published ahead"
    );
    verified(&broker, &old, Algorithm::RS256).await;
    verified(&broker, &new, Algorithm::RS256).await;
    assert!(kids(&jwks(&broker).await).is_superset(&kids(&before)));
}

#[tokio::test]
async fn a_next_key_that_nobody_can_have_seen_does_not_sign_yet() {
    let broker = start().await;
    let inner = &broker.broker;
    let maker = starting::maker(&inner.config, &inner.master_key, &inner.random);
    let mut tx = broker.db.begin().await.unwrap();

    let refused = keys::rotate(&mut tx, maker, Purpose::Rsa, false, broker.clock.now()).await;

    assert!(
        matches!(refused, Err(keys::KeyProblem::TooSoon { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn retired_keys_are_destroyed_after_their_time_and_old_ones_replaced_by_themselves() {
    let broker = start().await;
    let first = kids(&jwks(&broker).await);

    broker.hand.advance(chrono::Duration::days(91));
    workers::care_for_keys(&broker.broker).await.unwrap();
    workers::follow(&broker.broker).await.unwrap();
    let second = kids(&jwks(&broker).await);
    assert_eq!(
        second.difference(&first).count(),
        3,
        "three fresh next keys"
    );

    broker.hand.advance(chrono::Duration::days(31));
    workers::care_for_keys(&broker.broker).await.unwrap();
    workers::follow(&broker.broker).await.unwrap();
    let third = kids(&jwks(&broker).await);
    assert_eq!(
        first.difference(&third).count(),
        3,
        "three retired keys are gone"
    );
}

#[tokio::test]
async fn a_client_added_to_the_database_is_known_to_a_running_server() {
    let broker = start().await;
    let mut tx = broker.db.begin().await.unwrap();
    let config = serde_json::from_value(json!({
        "organisation": "town", "name": { "cs": "Nový" }, "grant_types": ["client_credentials"], "scopes": [],
    }))
    .unwrap();
    let stored = idp::storage::client::StoredClient {
        id: idp::ids::ClientId::new("newcomer"),
        origin: idp::storage::client::Origin::Cli,
        config,
        secret: Some(idp::clients::secret::SecretHash::of(&CLIENT_SECRET.into())),
    };
    idp::storage::client::put(&mut tx, &stored, broker.clock.now())
        .await
        .unwrap()
        .unwrap();
    idp::storage::generation::advance(&mut tx, idp::storage::generation::CLIENTS)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    workers::follow(&broker.broker).await.unwrap();

    assert_eq!(
        token(&broker, "newcomer", &[("grant_type", "client_credentials")])
            .await
            .status,
        200
    );
}
