//! ID tokens of ours that are forged with what everybody has: at authorize and at logout they are no hint.

use tests::broker::{claims_of, header_of};
use tests::forged;

use super::*;

/// A browser that is signed in for the portal, and its ID token.
async fn signed_in(broker: &TestBroker) -> (Browser, String) {
    let mut browser = Browser::new();
    let page = authorize(broker, &mut browser, "portal", &[]).await;
    let answer = redeem(broker, "portal", &code(&page), &[]).await;
    (browser, answer.text("id_token"))
}

/// What the ID token says, forged in every way; the last one is the genuine token, encrypted to us.
async fn forgeries(broker: &TestBroker, id_token: &str) -> Vec<String> {
    let (header, claims) = (header_of(id_token), claims_of(id_token));
    let kid = header["kid"].as_str().unwrap();
    let key = forged::published_key(broker, kid).await;
    let mut forgeries = forged::by_public_key(&key, &claims).to_vec();
    forgeries.extend(forged::unsigned(kid, &claims));
    forgeries.push(forged::enveloped(broker, id_token).await);
    forgeries
}

/// Else the refusals below say nothing.
#[tokio::test]
async fn who_takes_a_public_key_for_a_secret_would_believe_the_forgeries() {
    let broker = start().await;
    let (_, id_token) = signed_in(&broker).await;
    let kid = header_of(&id_token)["kid"].as_str().unwrap().to_owned();
    let key = forged::published_key(&broker, &kid).await;
    let mut careless = Validation::new(Algorithm::HS256);
    careless.validate_exp = false;
    careless.validate_aud = false;

    let forgeries = forged::by_public_key(&key, &claims_of(&id_token));

    for (forged, form) in forgeries.iter().zip(forged::forms(&key)) {
        let secret = DecodingKey::from_secret(&form);
        let believed = jsonwebtoken::decode::<Value>(forged, &secret, &careless).unwrap();
        assert_eq!(believed.claims, claims_of(&id_token));
    }
}

#[tokio::test]
async fn atk_t02_a_forged_hint_at_authorize_names_nobody() {
    let broker = start().await;
    let (mut browser, id_token) = signed_in(&broker).await;
    let asked = async |browser: &mut Browser, hint: &str| {
        let silent = [("prompt", "none"), ("id_token_hint", hint)];
        browser.open(&broker.authorize("portal", &silent)).await
    };

    for forged in forgeries(&broker, &id_token).await {
        let before = broker.look().await;

        let page = asked(&mut browser, &forged).await;

        let error = page.query("error");
        assert_eq!(error.as_deref(), Some("login_required"), "{forged}");
        broker.left_only(&before, &[], &forged).await;
    }
    let page = asked(&mut browser, &id_token).await;
    assert!(page.query("code").is_some(), "{}", page.url);
}

#[tokio::test]
async fn atk_t02_a_forged_hint_at_logout_ends_nothing_and_leads_nowhere() {
    let broker = start().await;
    let (mut browser, id_token) = signed_in(&broker).await;
    let out = broker.clients.at("/portal/out");
    let asked = async |browser: &mut Browser, hint: &str| {
        let mut url = broker.url.join("/oauth2/logout").unwrap();
        url.query_pairs_mut()
            .append_pair("id_token_hint", hint)
            .append_pair("post_logout_redirect_uri", &out);
        browser.open(url.as_str()).await
    };

    for forged in forgeries(&broker, &id_token).await {
        let before = broker.events().await;

        let page = asked(&mut browser, &forged).await;
        let stranger = asked(&mut Browser::new(), &forged).await;

        assert_eq!(page.heading(), "Chcete se odhlásit?", "{forged}");
        assert_eq!(stranger.url.path(), "/oauth2/logout/done", "{forged}");
        assert!(broker.events_since(&before).await.is_empty(), "{forged}");
    }
    assert_eq!(asked(&mut browser, &id_token).await.url.as_str(), out);
}
