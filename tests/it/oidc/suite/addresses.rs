//! Addresses that clients registered, fetched by us: never a way into the operator's own networks.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Notify;

use super::client_auth::{Key, asserted, claims_of_client, header};
use super::*;

/// A server somewhere on this machine that counts who came.
struct House {
    at: String,
    visits: Arc<AtomicUsize>,
    bell: Arc<Notify>,
}

impl House {
    async fn at(
        address: &str,
        answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let address: IpAddr = address.parse().unwrap();
        let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let (visits, bell): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
        let (count, ring) = (Arc::clone(&visits), Arc::clone(&bell));
        let router = axum::Router::new().fallback(async move || {
            count.fetch_add(1, Ordering::SeqCst);
            ring.notify_one();
            answer()
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { at, visits, bell }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    fn port(&self) -> &str {
        self.at.rsplit(':').next().unwrap()
    }
}

fn service(jwks_uri: &str) -> Value {
    json!({
        "organisation": "town", "name": { "cs": "Služba" }, "authentication": "private_key_jwt",
        "jwks_uri": jwks_uri, "grant_types": ["client_credentials"], "scopes": [],
    })
}

/// The operator allows one neighbour, 127.0.0.2; everything else on this machine and its networks is closed, also by a
/// name, by other spellings of the address, and by a redirect of the neighbour.
#[tokio::test]
async fn atk_r09_addresses_of_clients_never_reach_networks_the_operator_did_not_name() {
    let key = Key::new();
    let keys = json!({ "keys": [key.jwk()] }).to_string();
    let set = move || ([(header::CONTENT_TYPE, "application/json")], keys.clone()).into_response();
    let neighbour = House::at("127.0.0.2", set.clone()).await;
    let inside = House::at("127.0.0.1", set).await;
    let lead_inside = format!("{}/jwks", inside.at);
    let crooked = House::at("127.0.0.2", move || {
        (StatusCode::FOUND, [(header::LOCATION, lead_inside.clone())]).into_response()
    })
    .await;
    let port = inside.port();
    let closed = [
        format!("{}/jwks", inside.at),
        format!("http://localhost:{port}/jwks"),
        format!("http://2130706433:{port}/jwks"),
        format!("http://0x7f.1:{port}/jwks"),
        format!("http://[::ffff:127.0.0.1]:{port}/jwks"),
        format!("http://0.0.0.0:{port}/jwks"),
        format!("{}/jwks", crooked.at),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/jwks".to_owned(),
        "http://[fd00::1]/jwks".to_owned(),
    ];
    let mut clients = json!({ "open": service(&format!("{}/jwks", neighbour.at)) });
    for (number, uri) in closed.iter().enumerate() {
        clients[format!("closed{number}")] = service(uri);
    }
    let broker =
        configured(json!({ "client": clients, "outbound": { "allow": ["127.0.0.2/32"] } })).await;
    let knock = async |client: &str| {
        let assertion = key.sign(&header(), &claims_of_client(&broker, client, "1"));
        asserted(&broker, &assertion, &[]).await
    };

    assert_eq!(knock("open").await.status, 200);
    assert_eq!(neighbour.visits(), 1);
    for (number, uri) in closed.iter().enumerate() {
        let answer = knock(&format!("closed{number}")).await;
        assert_eq!(
            answer.refusal(),
            (401, "invalid_client".to_owned()),
            "{uri}"
        );
    }
    assert_eq!((inside.visits(), crooked.visits()), (0, 1));
}

/// The same for the address that hears of logouts: the open one hears, the closed one is given up at once.
#[tokio::test]
async fn a_logout_is_told_to_no_address_that_the_operator_did_not_name() {
    let neighbour = House::at("127.0.0.2", || StatusCode::OK.into_response()).await;
    let broker = configured(json!({
        "client": { "parking": { "backchannel_logout_uri": format!("{}/out", neighbour.at) } },
        "outbound": { "allow": ["127.0.0.2/32"] },
    }))
    .await;
    let mut browser = Browser::new();
    for client in ["portal", "parking"] {
        let page = authorize(&broker, &mut browser, client, &[]).await;
        redeem(&broker, client, &code(&page), &[]).await;
    }

    let page = browser.open(&broker.at("/oauth2/logout")).await;
    browser.submit(&page, "logout-submit", &[]).await;

    neighbour.bell.notified().await;
    assert_eq!(neighbour.visits(), 1);
    assert_eq!(broker.clients.posts_to("/portal/backchannel"), [""; 0]);
}
