//! What two organisations can find out together: nothing.

use super::resources::with_apis;
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

/// What two tokens have alike, by name.
fn alike<'v>(one: &'v Value, other: &Value) -> BTreeSet<&'v str> {
    let mut names = names(one);
    names.retain(|name| one[*name] == other[*name]);
    names
}

#[tokio::test]
async fn atk_t12_nothing_but_the_time_is_alike_in_tokens_for_two_organisations() {
    let mut broker = configured(with_apis()).await;
    let library = json!({
        "backchannel_logout_uri": broker.clients.at("/library/backchannel"),
        "scopes": ["openid", "catalogue.read"], "resources": ["catalogue"],
    });
    broker
        .restart(json!({ "client": { "library": library } }))
        .await;
    let mut browser = Browser::new();

    let (portal, one) = seen(&broker, &mut browser, "portal").await;
    let (library, other) = seen(&broker, &mut browser, "library").await;

    assert!(
        ["sub", "sid", "at_hash"]
            .iter()
            .all(|name| portal[*name].is_string())
    );
    // What the request brought, the login that both rest on, and who speaks when.
    let of_both = ["acr", "auth_time", "exp", "iat", "iss", "nonce"];
    assert_eq!(alike(&portal, &library), of_both.into());
    assert_ne!(one.text("access_token"), other.text("access_token"));
    let refused = async |client| redeem(&broker, client, "unknown", &[]).await.body;
    assert_eq!(refused("portal").await, refused("library").await);

    // For an API of one of them both get its own `sub`; each token is one of a kind.
    let mut for_api = Vec::new();
    for client in ["portal", "library"] {
        let scope = [("scope", "openid catalogue.read")];
        let page = authorize(&broker, &mut browser, client, &scope).await;
        let answer = redeem(&broker, client, &code(&page), &[]).await;
        let token = verified(&broker, &answer.text("access_token"), Algorithm::ES256).await;
        assert!(token["jti"].is_string(), "{token}");
        for_api.push(token);
    }
    assert!(!alike(&for_api[0], &for_api[1]).contains("jti"));

    // The same for the end of both sessions.
    let account = browser.open(&broker.at("/account")).await;
    browser.submit(&account, "Odhlásit", &[]).await;
    let mut ends = Vec::new();
    for client in ["portal", "library"] {
        let path = format!("/{client}/backchannel");
        let posts = broker.clients.wait_for_posts(&path, 1).await;
        let token = posts[0].strip_prefix("logout_token=").unwrap();
        ends.push(verified(&broker, token, Algorithm::RS256).await);
    }
    assert!(
        ["sub", "sid", "jti"]
            .iter()
            .all(|name| ends[0][*name].is_string())
    );
    assert_eq!(
        alike(&ends[0], &ends[1]),
        ["events", "exp", "iat", "iss"].into()
    );
}

#[tokio::test]
async fn a_sub_stays_when_secret_and_redirect_host_change() {
    let mut broker = start().await;
    let before = tokens(&broker, "portal", &[]).await;
    let before = verified(&broker, &before.text("id_token"), Algorithm::RS256).await;

    let former = broker.clients.at("/portal/callback");
    let moved = former.replace("127.0.0.1", "localhost");
    assert_ne!(moved, former);
    let secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
    broker
        .restart(json!({ "client": { "portal": { "client_secret": secret, "redirect_uris": [moved] } } }))
        .await;

    let changed = [("redirect_uri", moved.as_str())];
    let page = authorize(&broker, &mut Browser::new(), "portal", &changed).await;
    assert_eq!(page.url.host_str(), Some("localhost"));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code(&page)),
        ("redirect_uri", &moved),
        ("code_verifier", CODE_VERIFIER),
    ];
    let former_secret = token(&broker, "portal", &form).await;
    assert_eq!(former_secret.refusal().1, "invalid_client");
    let request = http().post(broker.at("/oauth2/token")).form(&form);
    let answer = request
        .basic_auth("portal", Some(secret))
        .send()
        .await
        .unwrap();
    let after = Answer::of(answer).await;
    let after = verified(&broker, &after.text("id_token"), Algorithm::RS256).await;
    assert_eq!(before["sub"], after["sub"]);
}
