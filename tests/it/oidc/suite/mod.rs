mod addresses;
mod basic;
mod client_auth;
mod config;
mod forged_hints;
mod form_post;
mod introspection;
mod keys;
mod mandates;
mod outlived;
mod pairwise;
mod redirects;
mod refresh;
mod resources;
mod revocation;
mod token;
mod userinfo;

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tests::broker::{CLIENT_SECRET, CODE_VERIFIER, JANA, TestBroker};
use tests::browser::{Browser, Page};

use super::{configured, start};

/// What an endpoint answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
    body: String,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap();
        Self {
            status,
            headers,
            json: serde_json::from_str(&body).unwrap_or_default(),
            body,
        }
    }

    fn text(&self, member: &str) -> String {
        self.json[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {}", self.body))
            .to_owned()
    }

    /// Status and OAuth code.
    fn refusal(&self) -> (u16, String) {
        (self.status, self.text("error"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// One POST to an endpoint, authenticated by `client_secret_basic` when a client is named.
async fn post(
    broker: &TestBroker,
    path: &str,
    client: Option<&str>,
    form: &[(&str, &str)],
) -> Answer {
    let request = http().post(broker.at(path)).form(form);
    let request = match client {
        Some(client) => request.basic_auth(client, Some(CLIENT_SECRET)),
        None => request,
    };
    Answer::of(request.send().await.unwrap()).await
}

async fn token(broker: &TestBroker, client: &str, form: &[(&str, &str)]) -> Answer {
    post(broker, "/oauth2/token", Some(client), form).await
}

/// Redeems a code as the harness's authorization requests want it, with changes.
async fn redeem(broker: &TestBroker, client: &str, code: &str, changes: &[(&str, &str)]) -> Answer {
    let redirect_uri = broker.clients.at(&format!("/{client}/callback"));
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", CODE_VERIFIER),
    ];
    form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    token(broker, client, &form).await
}

async fn userinfo(broker: &TestBroker, access_token: &str) -> Answer {
    Answer::of(
        http()
            .get(broker.at("/oauth2/userinfo"))
            .bearer_auth(access_token)
            .send()
            .await
            .unwrap(),
    )
    .await
}

/// The code on the page where a login ended.
fn code(page: &Page) -> String {
    page.query("code")
        .unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()))
}

/// Logs Jana in for a client with these changes to the authorization request, and redeems the code.
async fn tokens(broker: &TestBroker, client: &str, changes: &[(&str, &str)]) -> Answer {
    let mut browser = Browser::new();
    let page = authorize(broker, &mut browser, client, changes).await;
    let answer = redeem(broker, client, &code(&page), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

/// Sends a browser to the authorization endpoint and through the pages that show: sign in, agree.
async fn authorize(
    broker: &TestBroker,
    browser: &mut Browser,
    client: &str,
    changes: &[(&str, &str)],
) -> Page {
    let mut page = browser.open(&broker.authorize(client, changes)).await;
    if page.body.contains("login-submit") {
        page = broker.sign_in(browser, &page, JANA).await;
    }
    if page.body.contains("consent-submit") {
        page = browser.submit(&page, "consent-submit", &[]).await;
    }
    page
}

async fn jwks(broker: &TestBroker) -> Value {
    Answer::of(http().get(broker.at("/oauth2/jwks")).send().await.unwrap())
        .await
        .json
}

/// The claims of a token of ours, verified by another library with the published keys.
async fn verified(broker: &TestBroker, jwt: &str, alg: Algorithm) -> Value {
    let header = jsonwebtoken::decode_header(jwt).unwrap();
    assert_eq!(header.alg, alg);
    let jwks = jwks(broker).await;
    let jwk = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == *header.kid.as_ref().unwrap())
        .unwrap();
    let key = DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).unwrap();
    let mut validation = Validation::new(alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(jwt, &key, &validation)
        .unwrap()
        .claims
}

fn names(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The conformance account: everything that a claim of ours can be made from.
fn everything_held() -> Value {
    json!({ "provider": { "demo": { "account": { JANA.0: {
        "identity": "state", "login": "multi", "middle_name": "Marie", "nickname": "Janička",
        "preferred_username": "jana", "profile_page": "https://vzorov.example/jana",
        "picture": "https://vzorov.example/jana.png", "website": "https://jana.example/", "gender": "female",
        "zoneinfo": "Europe/Prague", "locale": "cs-CZ", "phone": "+420 777 123 456", "house": "12/3",
        "street": "Široká", "town": "Vzorov", "post_code": "38101",
    } } } } })
}
