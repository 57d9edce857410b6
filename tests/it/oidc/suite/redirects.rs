//! Where answers may go: to the very string that a client registered, and nowhere else.

use super::*;

const REGISTERED: &str = "https://library.vzorov.example/callback";

/// Asks for an answer at `redirect_uri` and sees it refused on our page, with one event and nothing else changed.
async fn refused(broker: &TestBroker, client: &str, redirect_uri: &str) {
    let mut browser = Browser::new();
    let (counts, logins) = (broker.counts().await, broker.rows("short_lived").await);
    let before = broker.events().await;

    let page = browser
        .open(&broker.authorize(client, &[("redirect_uri", redirect_uri)]))
        .await;

    assert_eq!(
        (page.status, page.url.host_str()),
        (400, Some("localhost")),
        "{redirect_uri}"
    );
    assert_eq!(
        page.text_of("#error-code").as_deref(),
        Some("invalid_request"),
        "{redirect_uri}"
    );
    assert!(page.headers.get("location").is_none());
    assert_eq!(
        broker.events_since(&before).await,
        ["authorization.refused"],
        "{redirect_uri}"
    );
    assert_eq!(
        (broker.counts().await, broker.rows("short_lived").await),
        (counts, logins)
    );
}

async fn with_redirect_uris(uris: &[&str], more: Value) -> TestBroker {
    let mut client = json!({ "redirect_uris": uris });
    client
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    configured(json!({ "client": { "portal": client } })).await
}

#[tokio::test]
async fn atk_r01_a_client_without_a_redirect_address_is_unusable_and_learns_none() {
    let broker = with_redirect_uris(&[], json!({})).await;

    for _ in 0..2 {
        refused(&broker, "portal", REGISTERED).await;
    }
}

#[tokio::test]
async fn atk_r02_every_variant_of_a_registered_address_is_refused() {
    let broker = with_redirect_uris(&[REGISTERED], json!({})).await;

    for variant in [
        "https://library.vzorov.example/callback/",
        "https://library.vzorov.example/callback/extra",
        "https://library.vzorov.example/callbac",
        "https://library.vzorov.example/Callback",
        "https://LIBRARY.vzorov.example/callback",
        "https://library.vzorov.example./callback",
        "https://library.vzorov.example:443/callback",
        "https://library.vzorov.example/callback?extra=1",
        "https://library.vzorov.example/callback#part",
        "https://library.vzorov.example/%63allback",
        "https://xn--library.vzorov.example/callback",
        "https://library.vzorov.example.evil.test/callback",
        "http://library.vzorov.example/callback",
        " https://library.vzorov.example/callback",
    ] {
        refused(&broker, "portal", variant).await;
    }
}

#[tokio::test]
async fn atk_r03_at_signs_backslashes_and_control_characters_are_refused() {
    let broker = with_redirect_uris(&[REGISTERED], json!({})).await;

    for variant in [
        "https://library.vzorov.example@evil.test/callback",
        "https://evil.test@library.vzorov.example/callback",
        "https://a@b@library.vzorov.example/callback",
        "https://library.vzorov.example\\@evil.test/callback",
        "https:\\\\library.vzorov.example/callback",
        "https://library.vzorov.example/call\tback",
        "https://library.vzorov.example/callback\r\nX-Evil: 1",
    ] {
        refused(&broker, "portal", variant).await;
    }
}

#[tokio::test]
async fn atk_r04_dot_segments_and_their_encodings_are_refused() {
    let broker = with_redirect_uris(&[REGISTERED], json!({})).await;

    for variant in [
        "https://library.vzorov.example/a/../callback",
        "https://library.vzorov.example/..;/callback",
        "https://library.vzorov.example/%2e%2e/callback",
        "https://library.vzorov.example/a/%252e%252e/callback",
        "https://library.vzorov.example/callback/..",
    ] {
        refused(&broker, "portal", variant).await;
    }
}

#[tokio::test]
async fn atk_r05_a_loopback_address_is_free_in_its_port_for_native_clients_alone() {
    let native = json!({ "native": true, "authentication": "none", "client_secret": null });
    let broker = with_redirect_uris(&["http://127.0.0.1/callback"], native).await;
    let mut browser = Browser::new();

    let page = browser
        .open(&broker.authorize(
            "portal",
            &[("redirect_uri", "http://127.0.0.1:51004/callback")],
        ))
        .await;
    assert!(page.body.contains("login-submit"), "{}", page.text());
    for variant in [
        "http://localhost:51004/callback",
        "http://127.0.0.2:51004/callback",
        "http://127.0.0.1:51004/callback?extra=1",
        "http://127.0.0.1:51004/other",
        "https://127.0.0.1:51004/callback",
    ] {
        refused(&broker, "portal", variant).await;
    }

    let web = with_redirect_uris(&["http://127.0.0.1/callback"], json!({})).await;
    refused(&web, "portal", "http://127.0.0.1:51004/callback").await;
}
