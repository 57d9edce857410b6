//! Our private keys: made, sealed, rotated, destroyed.

use chrono::Duration;
use federation::{KeyUse, SamlKeys};
use idp::keys::{self, Alg, KeyProblem, Keys, KeysConfig, Maker, Purpose, State};
use idp::storage::signing_key::{self, StoredKey};
use store::{MasterKey, StorageError, Tx};
use tests::engines::{Engine, empty_postgres, empty_sqlite, engines, master_key};
use web::{Clock, Random};

use super::noon;

async fn ensure(tx: &mut Tx, master_key: &MasterKey) -> bool {
    let random = Random::system();
    let maker = Maker {
        master_key,
        random: &random,
        host: "id.test",
        short_saml: true,
        saml_encryption: false,
        upstream: false,
    };
    keys::ensure(tx, maker, noon()).await.unwrap()
}

async fn rotate(
    tx: &mut Tx,
    at_once: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<bool, KeyProblem> {
    let (random, master_key) = (Random::system(), master_key());
    let maker = Maker {
        master_key: &master_key,
        random: &random,
        host: "id.test",
        short_saml: true,
        saml_encryption: false,
        upstream: false,
    };
    keys::rotate(tx, maker, Purpose::P256, at_once, now)
        .await
        .map(|rotation| rotation.is_some())
}

fn config(engine: &Engine) -> idp::Config {
    serde_json::from_value(serde_json::json!({
        "environment": "sandbox", "master_key": "", "town": { "name": "Vzorov" },
        "server": { "listen": "127.0.0.1:0", "public_url": "http://localhost:1" },
        "keys": { "saml_bits": 2048 },
        "organisation": { "town": { "name": { "cs": "Město" } } },
        "client": { "app": {
            "organisation": "town", "name": { "cs": "Aplikace" }, "redirect_uris": ["https://app.test/callback"],
            "client_secret": "a secret of the tests, long enough to be one",
        } },
        "database": { "url": secrecy::ExposeSecret::expose_secret(&engine.config.url) },
    }))
    .unwrap()
}

#[tokio::test]
async fn the_first_start_makes_keys_and_the_second_finds_them() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        assert!(ensure(&mut tx, &master_key()).await);
        assert!(!ensure(&mut tx, &master_key()).await, "{}", engine.name);
        let held = signing_key::list(&mut tx).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(held.len(), 8, "a current and a next one of four purposes");
        assert!(
            held.iter()
                .all(|key| key.certificate.is_some() == (key.purpose == Purpose::Saml))
        );
        let ring = Keys::load(&engine.db, &master_key(), &config(&engine))
            .await
            .unwrap();
        for alg in Alg::ALL {
            let signed = ring
                .sign(
                    alg,
                    "JWT",
                    &serde_json::json!({ "iss": "http://localhost:1" }),
                )
                .unwrap();
            assert!(
                ring.verify_own(&signed).is_some(),
                "{}: {alg:?}",
                engine.name
            );
        }
    }
}

#[tokio::test]
async fn replicas_that_start_at_once_on_a_new_database_share_one_set_of_keys() {
    for engine in [empty_sqlite().await, empty_postgres().await] {
        let start = || {
            let mut config = config(&engine);
            config.master_key = MasterKey::encode(b"master key of the tests, 32 long");
            config.database = engine.config.clone();
            idp::start::assemble(config, Clock::system(), Random::system())
        };

        let started = futures_util::future::join_all((0..4).map(|_| Box::pin(start()))).await;

        let published: Vec<String> = started
            .into_iter()
            .map(|broker| broker.unwrap().keys.jwks())
            .collect();
        assert!(
            published.windows(2).all(|pair| pair[0] == pair[1]),
            "{}: {published:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        ensure(&mut tx, &master_key()).await;
        tx.commit().await.unwrap();
        let other =
            MasterKey::parse(&MasterKey::encode(b"another master key, 32 octets...")).unwrap();

        let refused = Keys::load(&engine.db, &other, &config(&engine)).await;

        assert!(
            matches!(refused, Err(KeyProblem::Sealed(_))),
            "{}: {refused:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_rotation_moves_each_key_one_state_on_and_overlaps() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        ensure(&mut tx, &master_key()).await;
        let states = async |tx: &mut Tx| {
            let held = signing_key::list(tx).await.unwrap();
            let of_p256 = held.into_iter().filter(|key| key.purpose == Purpose::P256);
            of_p256
                .map(|key| (key.id, key.state))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let before = states(&mut tx).await;

        assert!(matches!(
            rotate(&mut tx, false, noon()).await,
            Err(KeyProblem::TooSoon { .. })
        ));
        assert!(
            rotate(&mut tx, false, noon() + Duration::hours(24))
                .await
                .unwrap()
        );
        assert!(
            rotate(&mut tx, true, noon() + Duration::hours(24))
                .await
                .unwrap(),
            "at once"
        );

        let after = states(&mut tx).await;
        for (id, state) in before {
            assert_eq!(after[&id], State::Retiring, "was {state:?}");
        }
        let count = |state| after.values().filter(|held| **held == state).count();
        assert_eq!(
            (
                count(State::Next),
                count(State::Current),
                count(State::Retiring)
            ),
            (1, 1, 2),
            "{}",
            engine.name
        );

        let config = KeysConfig::default();
        let later = noon() + Duration::days(30);
        assert!(
            !keys::destroy_retired(&mut tx, &config, later)
                .await
                .unwrap()
        );
        assert!(
            keys::destroy_retired(&mut tx, &config, later + Duration::hours(25))
                .await
                .unwrap()
        );
        assert_eq!(states(&mut tx).await.len(), 2);
        let since = noon() + Duration::hours(24);
        assert!(
            !keys::is_current_since_before(&mut tx, Purpose::P256, since)
                .await
                .unwrap()
        );
        assert!(
            keys::is_current_since_before(&mut tx, Purpose::P256, since + Duration::seconds(1))
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn a_purpose_has_one_current_and_one_next_key() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        ensure(&mut tx, &master_key()).await;
        let mut second = signing_key::list(&mut tx).await.unwrap().remove(0);
        second.id = idp::ids::SigningKeyId::new(super::id(99));

        let refused = signing_key::add(&mut tx, &second).await;

        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{}: {refused:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn each_key_goes_its_way_once_and_is_destroyed_when_it_has_retired_for_long() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        ensure(&mut tx, &master_key()).await;
        let held = signing_key::list(&mut tx).await.unwrap();
        let of = |state| {
            held.iter()
                .find(|key| key.purpose == Purpose::P256 && key.state == state)
        };
        let (current, next) = (of(State::Current).unwrap().id, of(State::Next).unwrap().id);

        let second = signing_key::promote(&mut tx, current, noon())
            .await
            .unwrap();
        assert!(!second, "{}: it signs already", engine.name);
        assert!(
            !signing_key::retire(&mut tx, next, noon()).await.unwrap(),
            "{}: it does not sign",
            engine.name
        );
        assert!(signing_key::retire(&mut tx, current, noon()).await.unwrap());
        assert!(
            !signing_key::retire(&mut tx, current, noon()).await.unwrap(),
            "{}",
            engine.name
        );
        assert!(signing_key::promote(&mut tx, next, noon()).await.unwrap());
        assert!(
            !signing_key::promote(&mut tx, next, noon()).await.unwrap(),
            "{}",
            engine.name
        );

        let moved = signing_key::list(&mut tx).await.unwrap();
        let now_at = |id| moved.iter().find(|key| key.id == id).unwrap();
        assert_eq!(
            (now_at(current).state, now_at(current).retiring_since),
            (State::Retiring, Some(noon()))
        );
        assert_eq!(
            (now_at(next).state, now_at(next).current_since),
            (State::Current, Some(noon()))
        );
        let (early, late) = (noon(), noon() + Duration::microseconds(1));
        assert_eq!(
            signing_key::destroy_retired(&mut tx, early).await.unwrap(),
            0,
            "{}",
            engine.name
        );
        assert_eq!(
            signing_key::destroy_retired(&mut tx, late).await.unwrap(),
            1,
            "{}",
            engine.name
        );
        assert_eq!(
            signing_key::list(&mut tx).await.unwrap().len(),
            held.len() - 1
        );
    }
}

#[tokio::test]
async fn no_private_key_is_found_by_searching_the_file() {
    let engine = tests::engines::sqlite(tests::engines::Tables::Idp).await;
    let mut tx = engine.db.begin().await.unwrap();
    ensure(&mut tx, &master_key()).await;
    tx.commit().await.unwrap();
    engine.db.close().await;

    let octets = std::fs::read(engine.file().unwrap()).unwrap();

    // PKCS#8 says what it is: the object identifiers of RSA, P-256 and Ed25519.
    for oid in [
        &[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04,
            0x82,
        ][..],
        &[
            0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
        ][..],
        b"PRIVATE KEY",
    ] {
        assert!(!octets.windows(oid.len()).any(|window| window == oid));
    }
}

#[tokio::test]
async fn saml_keys_are_published_in_the_order_of_their_use_and_nothing_is_encrypted_to_one_that_retires()
 {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        ensure(&mut tx, &master_key()).await;
        let held = signing_key::list(&mut tx).await.unwrap();
        let of = |state| {
            held.iter()
                .find(|key| key.purpose == Purpose::Saml && key.state == state)
        };
        let (former, present) = (of(State::Current).unwrap(), of(State::Next).unwrap());
        signing_key::retire(&mut tx, former.id, noon())
            .await
            .unwrap();
        signing_key::promote(&mut tx, present.id, noon())
            .await
            .unwrap();
        ensure(&mut tx, &master_key()).await;
        let held = signing_key::list(&mut tx).await.unwrap();
        let next = held
            .iter()
            .find(|key| key.purpose == Purpose::Saml && key.state == State::Next)
            .unwrap();
        tx.commit().await.unwrap();
        let ring = Keys::load(&engine.db, &master_key(), &config(&engine))
            .await
            .unwrap();
        let certificate = |key: &StoredKey| key.certificate.clone().unwrap();

        let published: Vec<_> = SamlKeys::published(&ring)
            .into_iter()
            .map(|key| (key.certificate, key.key_use))
            .collect();

        assert_eq!(
            published,
            [
                (certificate(present), KeyUse::Both),
                (certificate(next), KeyUse::Both),
                (certificate(former), KeyUse::Signing),
            ],
            "{}",
            engine.name
        );
        let opens: Vec<_> = SamlKeys::decryption(&ring)
            .iter()
            .map(|key| key.certificate().to_vec())
            .collect();
        assert_eq!(
            opens,
            [certificate(present), certificate(next), certificate(former)]
        );
    }
}
