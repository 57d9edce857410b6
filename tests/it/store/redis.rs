use chrono::Duration;
use store::{Db, ShortLived, ShortLivedConfig, StorageError};
use tests::cable::Cable;
use tests::engines::{RedisServer, Tables, master_key, short_lived_stores, sqlite};

use super::noon;

const HOUR: Duration = Duration::hours(1);

#[tokio::test]
async fn a_program_starts_before_its_redis_and_works_when_that_is_there() {
    let mut server = RedisServer::start(&[]);
    server.kill();
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 60_000, &engine.db).await;

    let down = short_lived.get("login:1", noon()).await;
    assert!(
        matches!(down, Err(StorageError::Unavailable(_))),
        "{down:?}"
    );
    assert!(short_lived.ping().await.is_err());

    server.start_again();
    short_lived
        .put("login:1", b"open", HOUR, noon())
        .await
        .unwrap();
    assert!(short_lived.ping().await.is_ok());
}

#[tokio::test]
async fn after_a_restart_of_redis_the_first_request_is_answered() {
    let mut server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 60_000, &engine.db).await;
    short_lived
        .put("login:1", b"open", HOUR, noon())
        .await
        .unwrap();

    server.kill();
    server.start_again();

    assert_eq!(
        short_lived
            .increment("tries:1", HOUR, noon())
            .await
            .unwrap(),
        1
    );
    assert_eq!(short_lived.get("login:1", noon()).await.unwrap(), None);
}

#[tokio::test]
async fn a_broken_connection_is_noticed_by_nobody() {
    let server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 60_000, &engine.db).await;

    short_lived
        .put("login:1", b"open", HOUR, noon())
        .await
        .unwrap();
    break_connections(&server).await;
    assert!(
        !short_lived
            .put_if_absent("login:1", b"open", HOUR, noon())
            .await
            .unwrap()
    );
    break_connections(&server).await;
    assert!(
        short_lived
            .expire("login:1", HOUR * 2, noon())
            .await
            .unwrap()
    );
    break_connections(&server).await;
    assert_eq!(
        short_lived.take("login:1", noon()).await.unwrap(),
        Some(b"open".to_vec())
    );
    break_connections(&server).await;
    short_lived.remove("login:1").await.unwrap();
}

#[tokio::test]
async fn an_answer_lost_on_the_way_makes_nobody_win_twice_and_no_winner_lose() {
    let server = RedisServer::start(&[]);
    let cable = Cable::to(server.address().trim_start_matches("redis://")).await;
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&format!("redis://{}", cable.address()), 10_000, &engine.db).await;
    // Scripts are known to the server from here on: what is lost below is an answer of theirs.
    short_lived
        .put_if_absent("replay:0", b"seen", HOUR, noon())
        .await
        .unwrap();
    short_lived
        .increment("tries:0", HOUR, noon())
        .await
        .unwrap();

    cable.lose_an_answer();
    assert!(
        short_lived
            .put_if_absent("replay:1", b"seen", HOUR, noon())
            .await
            .unwrap(),
        "it was the first"
    );
    assert!(
        !short_lived
            .put_if_absent("replay:1", b"seen", HOUR, noon())
            .await
            .unwrap()
    );

    cable.lose_an_answer();
    assert_eq!(
        short_lived.take("replay:1", noon()).await.unwrap(),
        None,
        "taken, and lost with the answer"
    );
    assert_eq!(short_lived.take("replay:1", noon()).await.unwrap(), None);

    cable.lose_an_answer();
    assert_eq!(
        short_lived
            .increment("tries:1", HOUR, noon())
            .await
            .unwrap(),
        2,
        "never one too few"
    );
}

#[tokio::test]
async fn a_redis_that_hangs_costs_a_request_no_more_than_its_timeout() {
    let server = RedisServer::start(&[]);
    let cable = Cable::to(server.address().trim_start_matches("redis://")).await;
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&format!("redis://{}", cable.address()), 5_000, &engine.db).await;
    short_lived
        .put("login:1", b"open", HOUR, noon())
        .await
        .unwrap();

    cable.hang();
    let hung = tokio::time::timeout(
        std::time::Duration::from_mins(1),
        short_lived.get("login:1", noon()),
    )
    .await;
    assert!(
        matches!(hung, Ok(Err(StorageError::Unavailable(_)))),
        "{hung:?}"
    );

    // The old connection hangs on, as after a power cut at the server.
    cable.mend();
    let back = short_lived.get("login:1", noon()).await.unwrap();
    assert_eq!(back, Some(b"open".to_vec()));

    cable.pull();
    let pulled = short_lived.get("login:1", noon()).await;
    assert!(
        matches!(pulled, Err(StorageError::Unavailable(_))),
        "{pulled:?}"
    );
}

#[tokio::test]
async fn a_redis_without_memory_is_full_and_keeps_what_it_has() {
    let server = RedisServer::start(&["--maxmemory", "3mb"]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 10_000, &engine.db).await;
    let half_a_megabyte = vec![7; 500_000];

    let mut kept = 0;
    let refused = loop {
        match short_lived
            .put(&format!("login:{kept}"), &half_a_megabyte, HOUR, noon())
            .await
        {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 20, "3 MB hold 10 MB");
    };

    assert!(matches!(refused, StorageError::Full), "{refused:?}");
    assert!(kept > 0);
    for number in 0..kept {
        assert!(
            short_lived
                .take(&format!("login:{number}"), noon())
                .await
                .unwrap()
                .is_some(),
            "{number}"
        );
    }
}

#[tokio::test]
async fn foreign_content_is_a_defect_and_no_panic() {
    let server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 10_000, &engine.db).await;
    for foreign in [
        "",
        "short",
        "9999999999999999",
        "9999999999999999 long enough and never sealed",
    ] {
        short_lived
            .put("login:1", b"open", HOUR, noon())
            .await
            .unwrap();
        let mut direct = direct(&server).await;
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("*")
            .query_async(&mut direct)
            .await
            .unwrap();
        let _: () = redis::cmd("SET")
            .arg(&keys[0])
            .arg(foreign)
            .query_async(&mut direct)
            .await
            .unwrap();

        let read = short_lived.get("login:1", noon()).await;

        assert!(
            matches!(read, Err(StorageError::Broken(_))),
            "{foreign:?}: {read:?}"
        );
    }
}

#[tokio::test]
async fn two_programs_share_a_server_without_seeing_each_other() {
    let server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let config = ShortLivedConfig {
        redis: Some(server.address().into()),
        ..ShortLivedConfig::default()
    };
    let idp = ShortLived::open(&config, "idp", &engine.db, &master_key())
        .await
        .unwrap();
    let portal = ShortLived::open(&config, "portal", &engine.db, &master_key())
        .await
        .unwrap();

    idp.put("login:1", b"open", HOUR, noon()).await.unwrap();

    assert_eq!(portal.take("login:1", noon()).await.unwrap(), None);
    assert_eq!(
        idp.take("login:1", noon()).await.unwrap(),
        Some(b"open".to_vec())
    );
}

#[tokio::test]
async fn neither_key_nor_value_can_be_read_from_redis_and_everything_in_it_ends() {
    let server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&server.address(), 10_000, &engine.db).await;
    short_lived
        .put("login:petr.dvorak", b"Petr Novotny", HOUR, noon())
        .await
        .unwrap();
    short_lived
        .put_if_absent("replay:petr.dvorak", b"Petr Novotny", HOUR, noon())
        .await
        .unwrap();
    short_lived
        .increment("tries:petr.dvorak", HOUR, noon())
        .await
        .unwrap();
    short_lived
        .increment("tries:petr.dvorak", HOUR, noon())
        .await
        .unwrap();
    short_lived
        .expire("login:petr.dvorak", HOUR, noon())
        .await
        .unwrap();

    let mut direct = direct(&server).await;
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*")
        .query_async(&mut direct)
        .await
        .unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let content: Vec<u8> = redis::cmd("GET")
            .arg(&key)
            .query_async(&mut direct)
            .await
            .unwrap();
        let content = String::from_utf8_lossy(&content);
        let ends_in: i64 = redis::cmd("PTTL")
            .arg(&key)
            .query_async(&mut direct)
            .await
            .unwrap();
        assert!(
            !key.contains("dvorak") && !content.contains("Novotny"),
            "{key} {content}"
        );
        assert!(
            (1..=3_660_000).contains(&ends_in),
            "{key} ends in {ends_in} ms"
        );
    }
}

#[tokio::test]
async fn an_eviction_that_would_lose_logins_can_be_warned_of() {
    let evicting = RedisServer::start(&["--maxmemory-policy", "allkeys-lru"]);
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open(&evicting.address(), 10_000, &engine.db).await;
    assert_eq!(
        short_lived.eviction_policy().await.unwrap().as_deref(),
        Some("allkeys-lru")
    );

    let risk = short_lived.eviction_risk().await.unwrap().unwrap();
    assert!(
        risk.contains("allkeys-lru") && risk.contains("noeviction"),
        "{risk}"
    );

    let [sqlite, postgres, redis] = short_lived_stores().await;
    assert_eq!(redis.short_lived.eviction_risk().await.unwrap(), None);
    assert_eq!(sqlite.short_lived.eviction_risk().await.unwrap(), None);
    assert_eq!(sqlite.short_lived.eviction_policy().await.unwrap(), None);
    assert_eq!(postgres.short_lived.eviction_policy().await.unwrap(), None);
    assert_eq!(
        redis
            .short_lived
            .eviction_policy()
            .await
            .unwrap()
            .as_deref(),
        Some("noeviction")
    );
}

#[tokio::test]
async fn a_wrong_address_stops_the_start_with_the_key_to_change() {
    let engine = sqlite(Tables::Idp).await;
    let problem = |config: ShortLivedConfig| {
        let db = engine.db.clone();
        async move {
            ShortLived::open(&config, "idp", &db, &master_key())
                .await
                .unwrap_err()
                .to_string()
        }
    };
    let with = |address: &str| ShortLivedConfig {
        redis: Some(address.into()),
        ..ShortLivedConfig::default()
    };

    let file = tests::engines::folder().join("redis-address");
    assert!(
        problem(with("http://localhost"))
            .await
            .starts_with("`redis` is not an address")
    );
    assert!(
        problem(with(""))
            .await
            .starts_with("`redis` is not an address")
    );
    let both = ShortLivedConfig {
        redis_file: Some(file.clone()),
        ..with("redis://localhost")
    };
    assert!(problem(both).await.contains("keep one of them"));
    let missing = ShortLivedConfig {
        redis_file: Some(file.clone()),
        ..ShortLivedConfig::default()
    };
    assert!(problem(missing).await.contains(&file.display().to_string()));
}

#[tokio::test]
async fn the_address_may_stand_in_a_file() {
    let server = RedisServer::start(&[]);
    let engine = sqlite(Tables::Idp).await;
    let file = tests::engines::folder().join("redis-address");
    std::fs::write(&file, format!("{}\n", server.address())).unwrap();
    let config = ShortLivedConfig {
        redis_file: Some(file),
        ..ShortLivedConfig::default()
    };

    let short_lived = ShortLived::open(&config, "idp", &engine.db, &master_key())
        .await
        .unwrap();

    assert!(short_lived.ping().await.is_ok());
}

#[tokio::test]
async fn a_store_does_not_show_its_password() {
    let engine = sqlite(Tables::Idp).await;
    let short_lived = open("redis://:hunter2@127.0.0.1:1", 10, &engine.db).await;

    assert!(!format!("{short_lived:?}").contains("hunter2"));
}

async fn open(address: &str, timeout_ms: u32, db: &Db) -> ShortLived {
    let config = ShortLivedConfig {
        redis: Some(address.into()),
        timeout_ms,
        ..ShortLivedConfig::default()
    };
    ShortLived::open(&config, "idp", db, &master_key())
        .await
        .unwrap()
}

async fn direct(server: &RedisServer) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(server.address()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

async fn break_connections(server: &RedisServer) {
    let mut direct = direct(server).await;
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL")
        .arg("TYPE")
        .arg("normal")
        .arg("SKIPME")
        .arg("yes");
    let _: i64 = kill.query_async(&mut direct).await.unwrap();
}
