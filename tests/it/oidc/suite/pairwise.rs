//! What two organisations can find out together: nothing.

use super::*;

async fn seen(broker: &TestBroker, browser: &mut Browser, client: &str) -> (Value, Answer) {
    let page = authorize(broker, browser, client, &[]).await;
    let answer = redeem(broker, client, &code(&page), &[]).await;
    (
        verified(broker, &answer.text("id_token"), Algorithm::RS256).await,
        answer,
    )
}

#[tokio::test]
async fn clients_of_one_organisation_see_one_sub_and_another_organisation_another() {
    let broker = start().await;
    let mut browser = Browser::new();

    let (portal, _) = seen(&broker, &mut browser, "portal").await;
    let (parking, _) = seen(&broker, &mut browser, "parking").await;
    let (library, _) = seen(&broker, &mut browser, "library").await;

    assert_eq!(portal["sub"], parking["sub"]);
    assert_ne!(portal["sub"], library["sub"]);
}

#[tokio::test]
async fn atk_t12_nothing_but_the_time_is_alike_in_tokens_for_two_organisations() {
    let broker = start().await;
    let mut browser = Browser::new();

    let (portal, one) = seen(&broker, &mut browser, "portal").await;
    let (library, other) = seen(&broker, &mut browser, "library").await;

    for member in ["sub", "sid", "at_hash"] {
        assert_ne!(portal[member], library[member], "{member}");
    }
    assert_ne!(one.text("access_token"), other.text("access_token"));
    let refused = async |client| redeem(&broker, client, "unknown", &[]).await.body;
    assert_eq!(refused("portal").await, refused("library").await);
}

#[tokio::test]
async fn a_sub_stays_when_secret_and_redirect_host_change() {
    let mut broker = start().await;
    let before = tokens(&broker, "portal", &[]).await;
    let before = verified(&broker, &before.text("id_token"), Algorithm::RS256).await;

    let moved = broker.clients.at("/portal/callback");
    broker
        .restart(json!({ "client": { "portal": { "redirect_uris": [moved, "https://elsewhere.example/callback"],
            "home_uri": "https://elsewhere.example/" } } }))
        .await;

    let after = tokens(&broker, "portal", &[]).await;
    let after = verified(&broker, &after.text("id_token"), Algorithm::RS256).await;
    assert_eq!(before["sub"], after["sub"]);
}
