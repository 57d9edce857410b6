//! What a provider says that must not be believed.

use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker, claims_of};

use super::liar::{Liar, World, stranger};
use super::{GROUNDS, at_bank, log_in, problem};

/// A broker that knows the liar by configuration alone, and takes e-mail addresses from it.
pub(super) async fn at_town(ground: Ground, liar: &Liar) -> TestBroker {
    let config = json!({
        "provider": { "demo": null, "town": {
            "kind": "oidc", "environment": "sandbox", "title": { "cs": "Sousední město" }, "issuer": liar.issuer,
            "client_id": "city-identity", "client_secret": "a-secret-of-the-tests", "auth": "client_secret_post",
            "algorithms": ["PS512"], "claim": { "email": "email" }, "self_stated": [],
            "level": { "loa3": { "identity": "town", "login": "multi" } },
        } },
    });
    let broker = TestBroker::configured(ground, config).await;
    liar.world().clock = broker.clock.clone();
    broker
}

/// One thing that is wrong.
type Lie = Box<dyn FnOnce(&mut World)>;

/// What a client hears of the address, from userinfo.
async fn heard(broker: &TestBroker) -> Value {
    let page = log_in(broker, "town", &[("scope", "openid email")]).await;
    let code = page
        .query("code")
        .unwrap_or_else(|| panic!("{}", page.text()));
    let tokens = broker.redeem("portal", &code).await;
    let request = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let person: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        claims_of(tokens["id_token"].as_str().unwrap())["sub"],
        person["sub"]
    );
    json!({ "email": person["email"], "email_verified": person["email_verified"] })
}

/// Contacts that count.
async fn proven(broker: &TestBroker) -> i64 {
    let mut tx = broker.db.read().await.unwrap();
    store::on!(&mut tx, db => {
        sqlx::query_scalar("select count(*) from contact where proven_at is not null").fetch_one(db).await
    })
    .unwrap()
}

#[tokio::test]
async fn atk_b06_a_verified_flag_elsewhere_in_words_or_absent_verifies_no_address() {
    let address = "jana@posta.example";
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_town(ground, &liar).await;
        for (userinfo, id_token) in [
            (json!({ "email": address }), json!({})),
            (
                json!({ "email": address, "email_verified": "false" }),
                json!({}),
            ),
            (json!({ "email": address, "email_verified": 1 }), json!({})),
            // The flag is in the other payload, by itself or with another address.
            (
                json!({ "email": address }),
                json!({ "email_verified": true }),
            ),
            (
                json!({ "email_verified": true }),
                json!({ "email": address }),
            ),
            (
                json!({ "email": address, "email_verified": false }),
                json!({ "email": "jina@posta.example", "email_verified": true }),
            ),
            (
                json!({ "email": address, "verified_claims": { "email_verified": true } }),
                json!({}),
            ),
        ] {
            let subject = json!({ "sub": format!("person-{}", liar.asked("/userinfo")) });
            {
                let mut world = liar.world();
                world.userinfo = with(userinfo.clone(), &subject);
                world.id_token = with(id_token.clone(), &subject);
            }

            let told = heard(&broker).await;

            let expected = json!({ "email": address, "email_verified": false });
            assert_eq!(told, expected, "{userinfo} {id_token}");
            assert_eq!(proven(&broker).await, 0, "{userinfo} {id_token}");
        }

        // And one that is verified where it is told, is.
        let subject = json!({ "sub": "person" });
        {
            let mut world = liar.world();
            world.userinfo = with(
                json!({ "email": address, "email_verified": true }),
                &subject,
            );
            world.id_token = subject;
        }
        assert_eq!(
            heard(&broker).await,
            json!({ "email": address, "email_verified": true })
        );
        assert_eq!(proven(&broker).await, 1);
    }
}

fn with(mut claims: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test]
async fn atk_b15_a_banks_answer_that_is_not_for_us_now_and_by_its_key_is_refused() {
    for ground in GROUNDS {
        let liar = Liar::start().await;
        let broker = at_bank(ground, &liar, &json!({})).await;
        let now = broker.clock.now().timestamp();
        let keys_elsewhere = format!("{}thief-keys", liar.issuer);
        let stranger = stranger().jwk();
        let by_a_stranger = |header: Value| {
            move |world: &mut World| {
                world.by_a_stranger = true;
                world.header = header;
            }
        };
        let id_token = |claims: Value| move |world: &mut World| world.id_token = claims;
        let lies: [(Lie, bool, &str); 13] = [
            (
                Box::new(id_token(json!({ "aud": "somebody-else" }))),
                false,
                "token-audience-wrong",
            ),
            (
                Box::new(id_token(
                    json!({ "aud": ["city-identity", "somebody-else"] }),
                )),
                false,
                "token-audience-wrong",
            ),
            (
                Box::new(id_token(json!({ "auth_time": now - 3_600 }))),
                true,
                "authn-not-fresh",
            ),
            (
                Box::new(id_token(json!({ "auth_time": null }))),
                true,
                "auth-time-missing",
            ),
            (
                Box::new(id_token(json!({ "nonce": "of-another-login" }))),
                false,
                "nonce-wrong",
            ),
            (
                Box::new(id_token(json!({ "nonce": null }))),
                false,
                "nonce-wrong",
            ),
            (
                Box::new(|world: &mut World| world.signs = false),
                false,
                "signature-algorithm-forbidden",
            ),
            (
                Box::new(by_a_stranger(
                    json!({ "kid": "stranger", "jku": keys_elsewhere }),
                )),
                false,
                "signing-key-unknown",
            ),
            (
                Box::new(by_a_stranger(json!({ "jku": keys_elsewhere }))),
                false,
                "signature-mismatch",
            ),
            (
                Box::new(by_a_stranger(json!({ "kid": null, "x5u": keys_elsewhere }))),
                false,
                "signature-mismatch",
            ),
            (
                Box::new(by_a_stranger(json!({ "kid": "stranger", "jwk": stranger }))),
                false,
                "signing-key-unknown",
            ),
            (
                Box::new(|world: &mut World| world.userinfo = json!({ "sub": "somebody-else" })),
                false,
                "userinfo-subject-wrong",
            ),
            (
                Box::new(|world: &mut World| world.userinfo = json!({ "sub": null })),
                false,
                "userinfo-subject-wrong",
            ),
        ];
        for (lie, anew, reason) in lies {
            {
                let mut world = liar.world();
                world.header = json!({});
                world.id_token = json!({});
                world.userinfo = json!({});
                (world.signs, world.by_a_stranger) = (true, false);
                lie(&mut world);
            }
            let before = broker.events().await;
            let prompt: &[(&str, &str)] = if anew { &[("prompt", "login")] } else { &[] };

            let page = log_in(&broker, "bank", prompt).await;

            assert_eq!(
                (page.status, problem(&page).as_str()),
                (400, "LOG-107"),
                "{reason}: {}",
                page.text()
            );
            assert_eq!(
                broker.events_since(&before).await,
                [format!("login.refused.{reason}")]
            );
            assert_eq!(broker.counts().await, [0, 0, 0, 0], "{reason}");
            assert!(
                !page.body.contains(reason) && !page.body.contains("somebody-else"),
                "{reason}"
            );
        }
        assert_eq!(liar.asked("/thief-keys"), 0, "no header is ever followed");

        {
            let mut world = liar.world();
            world.userinfo = json!({});
        }
        let page = log_in(&broker, "bank", &[]).await;
        assert!(page.query("code").is_some(), "{}", page.text());
    }
}
