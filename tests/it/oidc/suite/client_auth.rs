//! How clients prove themselves, and how others fail to.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tests::forged;
use web::Random;

use super::*;

const FORM: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A client with a P-256 key.
pub(super) struct Key(EcdsaKeyPair);

impl Key {
    pub(super) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(super) fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k1",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .0
            .sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes())
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(super) fn header() -> Value {
    json!({ "alg": "ES256", "kid": "k1" })
}

/// `service` proves itself by `key`.
async fn with_service(key: &Key) -> TestBroker {
    configured(json!({ "client": { "service": {
        "organisation": "town", "name": { "cs": "Služba" }, "authentication": "private_key_jwt",
        "jwks": { "keys": [key.jwk()] }, "grant_types": ["client_credentials"], "scopes": [],
    } } }))
    .await
}

/// What no other run of the tests has.
static RUN: LazyLock<String> = LazyLock::new(|| Random::system().token());

fn claims(broker: &TestBroker, jti: &str) -> Value {
    claims_of_client(broker, "service", jti)
}

pub(super) fn claims_of_client(broker: &TestBroker, client: &str, jti: &str) -> Value {
    let now = broker.clock.now().timestamp();
    // Tests share one Redis, and ports come again: two together hardly ever do.
    let jti = format!(
        "{client} {jti} of {} {} {}",
        *RUN,
        broker.issuer(),
        broker.clients.url
    );
    json!({ "iss": client, "sub": client, "aud": broker.issuer(), "exp": now + 60, "iat": now, "jti": jti })
}

fn by_assertion(assertion: &str) -> [(&str, &str); 2] {
    [
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ]
}

pub(super) async fn asserted(
    broker: &TestBroker,
    assertion: &str,
    more: &[(&str, &str)],
) -> Answer {
    let form = [&FORM[..], &by_assertion(assertion), more].concat();
    post(broker, "/oauth2/token", None, &form).await
}

#[tokio::test]
async fn an_assertion_is_taken_once() {
    let key = Key::new();
    let broker = with_service(&key).await;
    let assertion = key.sign(&header(), &claims(&broker, "1"));

    let first = asserted(&broker, &assertion, &[("client_id", "service")]).await;
    let again = asserted(&broker, &assertion, &[]).await;

    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(again.refusal(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn atk_t04_an_assertion_is_used_up_only_when_the_request_goes_on() {
    let key = Key::new();
    let broker = with_service(&key).await;
    let assertion = key.sign(&header(), &claims(&broker, "1"));

    let wrong = asserted(&broker, &assertion, &[("scope", "unknown")]).await;
    let right = asserted(&broker, &assertion, &[]).await;

    assert_eq!(wrong.refusal().1, "invalid_scope");
    assert_eq!(right.status, 200, "{}", right.body);
}

#[tokio::test]
async fn atk_t04_each_wrong_assertion_is_an_invalid_client() {
    let key = Key::new();
    let broker = with_service(&key).await;
    let now = broker.clock.now().timestamp();
    let changed = |name: &str, value: Value| {
        let mut claims = claims(&broker, "x");
        claims[name] = value;
        key.sign(&header(), &claims)
    };
    let wrong = [
        changed("aud", "https://evil.test".into()),
        changed("aud", json!([broker.issuer(), "https://evil.test"])),
        changed("sub", "portal".into()),
        changed("iss", "portal".into()),
        changed("exp", (now - 300).into()),
        changed("exp", (now + 90_000).into()),
        changed("iat", (now + 300).into()),
        changed("nbf", (now + 120).into()),
        changed("jti", Value::Null),
        Key::new().sign(&header(), &claims(&broker, "x")),
    ];
    for assertion in wrong {
        let before = broker.look().await;

        let refusal = asserted(&broker, &assertion, &[]).await.refusal();

        assert_eq!(refusal, (401, "invalid_client".to_owned()), "{assertion}");
        broker
            .left_only(&before, &["client.refused"], &assertion)
            .await;
    }
    // A clock that runs eight seconds ahead is still right.
    let ahead = changed("iat", (now + 8).into());
    assert_eq!(asserted(&broker, &ahead, &[]).await.status, 200);
}

#[tokio::test]
async fn atk_t02_headers_that_would_change_the_reading_are_refused() {
    let key = Key::new();
    let broker = with_service(&key).await;
    let claims = claims(&broker, "x");
    let doubled = {
        let text = claims.to_string().replacen('{', r#"{"sub":"portal","#, 1);
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header().to_string()),
            URL_SAFE_NO_PAD.encode(text)
        );
        let signature = key
            .0
            .sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes())
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let with = |header: Value| key.sign(&header, &claims);
    // What cannot be read is nobody's, and leaves no event in anybody's name.
    let mut wrong = vec![
        (doubled, false),
        (
            with(json!({ "alg": "ES256", "kid": "../../dev/null" })),
            true,
        ),
        (with(json!({ "alg": "ES256", "jwk": key.jwk() })), false),
        (
            with(json!({ "alg": "ES256", "kid": "k1", "crit": ["x"], "x": 1 })),
            false,
        ),
        (
            with(json!({ "alg": "ES256", "kid": "k1", "zip": "DEF" })),
            false,
        ),
        (
            with(json!({ "alg": "ES256", "kid": "k1", "enc": "A256GCM" })),
            false,
        ),
        (with(json!({ "alg": "RS256", "kid": "k1" })), true),
        (forged::enveloped(&broker, &with(header())).await, false),
    ];
    let by_nobody = forged::unsigned("k1", &claims);
    let by_anybody = forged::by_public_key(&key.jwk().to_string(), &claims);
    wrong.extend(by_nobody.into_iter().map(|token| (token, false)));
    wrong.extend(by_anybody.into_iter().map(|token| (token, false)));
    for (assertion, is_somebodys) in wrong {
        let before = broker.look().await;

        let refusal = asserted(&broker, &assertion, &[]).await.refusal();

        assert_eq!(refusal, (401, "invalid_client".to_owned()), "{assertion}");
        let events: &[&str] = if is_somebodys {
            &["client.refused"]
        } else {
            &[]
        };
        broker.left_only(&before, events, &assertion).await;
    }
}

#[tokio::test]
async fn atk_t03_a_client_uses_its_own_method_and_one_at_a_time() {
    let key = Key::new();
    let broker = with_service(&key).await;
    let assertion = key.sign(&header(), &claims(&broker, "x"));

    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims(&broker, "y").to_string())
    );
    let secret = [("client_secret", CLIENT_SECRET)];
    let named = [("client_id", "service"), ("client_secret", CLIENT_SECRET)];
    let portal = [("client_id", "portal")];
    let two_at_once = (400, "invalid_request");
    let not_its_own = (401, "invalid_client");

    let mut attacks = Vec::new();
    for assertion in [&assertion, &unsigned] {
        for more in [&secret[..], &named] {
            let form = [&by_assertion(assertion), &FORM[..], more].concat();
            attacks.push((None, form, two_at_once, false));
        }
    }
    let form = [&by_assertion(&assertion), &FORM[..]].concat();
    attacks.push((Some("service"), form, two_at_once, false));
    attacks.push((Some("service"), FORM.to_vec(), not_its_own, true));
    attacks.push((None, [FORM, portal].concat(), not_its_own, true));
    let form = [&FORM[..], &portal, &secret].concat();
    attacks.push((None, form, not_its_own, true));
    for (header, form, (status, error), leaves_an_event) in attacks {
        let before = broker.look().await;

        let refusal = post(&broker, "/oauth2/token", header, &form)
            .await
            .refusal();

        let attack = format!("{header:?} {form:?}");
        assert_eq!(refusal, (status, error.to_owned()), "{attack}");
        let events: &[&str] = if leaves_an_event {
            &["client.refused"]
        } else {
            &[]
        };
        broker.left_only(&before, events, &attack).await;
    }
}

#[tokio::test]
async fn atk_t05_malformed_headers_are_refused_and_valid_escapes_decoded() {
    let broker = configured(json!({ "client": { "portal": { "client_secret": "a secret: with + and % inside, 32 octets" } } })).await;
    let send = async |values: &[&str], events: &[&str]| {
        let before = broker.look().await;
        let mut request = http()
            .post(broker.at("/oauth2/token"))
            .form(&[("grant_type", "x")]);
        for value in values {
            request = request.header("authorization", *value);
        }
        let refusal = Answer::of(request.send().await.unwrap()).await.refusal();
        broker.left_only(&before, events, &values.join(", ")).await;
        refusal
    };
    let basic = |credentials: &str| format!("Basic {}", STANDARD.encode(credentials));
    let invalid_client = (401, "invalid_client".to_owned());

    // What cannot be read is nobody's.
    for unreadable in ["portal", "portal:%2", "portal:%zz"].map(basic) {
        assert_eq!(send(&[&unreadable], &[]).await, invalid_client);
    }
    assert_eq!(send(&["Basic !!!"], &[]).await, invalid_client);
    let wrong = basic("portal:wrong");
    assert_eq!(send(&[&wrong], &["client.refused"]).await, invalid_client);
    assert_eq!(
        send(&[&basic("portal:x"), &basic("portal:y")], &[]).await,
        (400, "invalid_request".to_owned())
    );
    // Right: encoded as RFC 6749 2.3.1 wants it. The grant type is what is wrong then.
    let encoded = basic("portal:a+secret%3A+with+%2B+and+%25+inside%2C+32+octets");
    assert_eq!(
        send(&[&encoded], &[]).await,
        (400, "unsupported_grant_type".to_owned())
    );
}

#[tokio::test]
async fn a_secret_in_the_form_serves_a_client_registered_for_it() {
    let broker =
        configured(json!({ "client": { "portal": { "authentication": "client_secret_post" } } }))
            .await;
    let form = |secret| {
        [
            ("grant_type", "x"),
            ("client_id", "portal"),
            ("client_secret", secret),
        ]
    };

    let right = post(&broker, "/oauth2/token", None, &form(CLIENT_SECRET)).await;
    let wrong = post(&broker, "/oauth2/token", None, &form("wrong")).await;

    assert_eq!(right.refusal().1, "unsupported_grant_type");
    assert_eq!(wrong.refusal(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_native_client_has_no_secret_and_needs_pkce() {
    let native = json!({ "native": true, "authentication": "none", "client_secret": null, "pkce": "optional" });
    let broker = configured(json!({ "client": { "portal": native } })).await;
    let mut browser = Browser::new();

    let refused = browser
        .open(&broker.authorize(
            "portal",
            &[("code_challenge", ""), ("code_challenge_method", "")],
        ))
        .await;
    assert_eq!(refused.query("error").as_deref(), Some("invalid_request"));

    let page = authorize(&broker, &mut browser, "portal", &[]).await;
    let redirect_uri = broker.clients.at("/portal/callback");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal"),
        ("code", &code(&page)),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", CODE_VERIFIER),
    ];
    assert_eq!(
        post(&broker, "/oauth2/token", None, &form).await.status,
        200
    );
}

/// The first request's assertion is used up, the second one's as well; neither stands in the way of what a second use means.
#[tokio::test]
async fn atk_t01_a_code_used_twice_with_two_assertions_revokes_what_it_gave() {
    let key = Key::new();
    let callback = "https://service.test/callback";
    let broker = configured(json!({ "client": { "service": {
        "organisation": "town", "name": { "cs": "Služba" }, "authentication": "private_key_jwt",
        "jwks": { "keys": [key.jwk()] }, "redirect_uris": [callback], "scopes": ["openid"], "information_page": false,
    } } }))
    .await;
    let mut browser = Browser::new();
    authorize(&broker, &mut browser, "portal", &[]).await;
    let url = broker.authorize(
        "service",
        &[("redirect_uri", callback), ("scope", "openid")],
    );
    let page = browser.request("GET", url.parse().unwrap(), None).await;
    let to = page.redirect().unwrap_or_else(|| panic!("{}", page.text()));
    let code = to.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let redeem = async |jti: &str| {
        let assertion = key.sign(&header(), &claims(&broker, jti));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_ref()),
            ("redirect_uri", callback),
            ("code_verifier", tests::broker::CODE_VERIFIER),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        post(&broker, "/oauth2/token", None, &form).await
    };
    let first = redeem("1").await;
    let access_token = first.text("access_token");
    assert_eq!(userinfo(&broker, &access_token).await.status, 200);

    let second = redeem("2").await;

    assert_eq!(second.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(userinfo(&broker, &access_token).await.status, 401);
    assert!(
        broker
            .events()
            .await
            .contains(&"token.code_reused".to_owned())
    );
    assert_eq!(redeem("2").await.text("error"), "invalid_client");
}
