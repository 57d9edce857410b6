//! What is refused to strangers leaves so many rows, and no more.

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tests::broker::CLIENT_SECRET;

use super::*;

const FEW: usize = 3;

fn http() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

async fn limited() -> TestBroker {
    configured(json!({
        "server": { "refusals_per_minute": FEW, "trusted_proxies": ["127.0.0.1/32"] },
        "client": {
            "app": {
                "organisation": "town", "name": { "cs": "Aplikace" }, "authentication": "none", "native": true,
                "redirect_uris": ["http://127.0.0.1/callback"], "scopes": ["openid", "offline_access"],
            },
            "service": {
                "organisation": "town", "name": { "cs": "Služba" }, "client_secret": CLIENT_SECRET,
                "grant_types": ["client_credentials"], "scopes": [],
            },
        },
    }))
    .await
}

/// Every way to be refused that needs nothing: what is asked, what the refusal is, the kind of its row.
fn refused(broker: &TestBroker) -> Vec<(&'static str, RequestBuilder, u16, &'static str)> {
    let wrong = |path: &str, form: &[(&str, &str)]| {
        let request = http().post(broker.at(path)).form(form);
        request.basic_auth(
            "portal",
            Some("not the secret of the portal, whatever it is"),
        )
    };
    let unknown = "kdmLkMqz5u5mMTWRxHVVMyBOhBGVZ6dmGdDaQp4nFlA";
    let login = broker.at(&format!("/login/{unknown}/answer/{unknown}"));
    let elsewhere = broker.authorize("portal", &[("redirect_uri", "https://evil.example/")]);
    let app = [
        ("client_id", "app"),
        ("grant_type", "refresh_token"),
        ("refresh_token", unknown),
    ];
    let service = [("grant_type", "client_credentials")];
    let unmet = [
        ("acr_values", "http://eidas.europa.eu/LoA/high"),
        ("prompt", "none"),
    ];
    vec![
        (
            "a wrong secret",
            wrong("/oauth2/token", &service),
            401,
            "client.refused",
        ),
        (
            "a wrong secret at introspection",
            wrong("/oauth2/introspect", &[("token", unknown)]),
            401,
            "client.refused",
        ),
        (
            "a wrong secret at revocation",
            wrong("/oauth2/revoke", &[("token", unknown)]),
            401,
            "client.refused",
        ),
        (
            "an unknown refresh token",
            http().post(broker.at("/oauth2/token")).form(&app),
            400,
            "token.refresh_refused",
        ),
        (
            "an answer that is none",
            http().get(login),
            410,
            "login.refused.already-used",
        ),
        (
            "an address that is not the client's",
            http().get(elsewhere),
            400,
            "authorization.refused",
        ),
        (
            "a level that nobody reaches",
            http().get(broker.authorize("portal", &unmet[..1])),
            303,
            "login.refused.unmet",
        ),
    ]
}

#[tokio::test]
async fn what_is_refused_to_one_address_leaves_so_many_rows_and_one_that_says_so() {
    let broker = limited().await;
    for (at, (what, request, status, kind)) in refused(&broker).into_iter().enumerate() {
        let request = request.header("x-forwarded-for", format!("192.0.2.{at}"));
        let before = broker.events().await;

        for _ in 0..3 * FEW {
            let answer = request.try_clone().unwrap().send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{what}");
        }

        let mut rows = vec![kind; FEW];
        rows.push("refusals.unrecorded");
        rows.sort_unstable();
        assert_eq!(broker.events_since(&before).await, rows, "{what}");
    }
    let told = broker.event_details("refusals.unrecorded").await;
    assert!(
        told.contains(&json!({ "kind": "client.refused", "per_minute": FEW })),
        "{told:?}"
    );
}

#[tokio::test]
async fn whoever_proves_themself_behind_an_address_that_is_refused_is_served() {
    let broker = limited().await;
    let form = [("grant_type", "client_credentials")];
    let from =
        |request: RequestBuilder| request.header("x-forwarded-for", "192.0.2.77").form(&form);
    for _ in 0..10 * FEW {
        let request = from(http().post(broker.at("/oauth2/token")));
        let wrong = request.basic_auth("service", Some("wrong")).send().await;
        assert_eq!(wrong.unwrap().status(), StatusCode::UNAUTHORIZED);
    }

    let request = from(http().post(broker.at("/oauth2/token")));
    let right = request
        .basic_auth("service", Some(CLIENT_SECRET))
        .send()
        .await;

    assert_eq!(right.unwrap().status(), StatusCode::OK);
}
