use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use store::{ShortLived, StorageError};
use tests::engines::{Store, short_lived_stores};

use super::noon;

const HOUR: Duration = Duration::hours(1);
const MICROSECOND: Duration = Duration::microseconds(1);

#[tokio::test]
async fn a_value_is_read_until_the_microsecond_it_ends() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"open", HOUR, noon())
            .await
            .unwrap();

        for (at, expected) in [
            (noon(), Some(b"open".to_vec())),
            (noon() + HOUR - MICROSECOND, Some(b"open".to_vec())),
            (noon() + HOUR, None),
            (noon() + HOUR * 2, None),
        ] {
            assert_eq!(
                short_lived.get("login:1", at).await.unwrap(),
                expected,
                "{name} at {at}"
            );
        }
        assert_eq!(
            short_lived.get("login:2", noon()).await.unwrap(),
            None,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_second_put_replaces_value_and_end() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"open", HOUR, noon())
            .await
            .unwrap();
        short_lived
            .put("login:1", b"answered", HOUR / 2, noon())
            .await
            .unwrap();

        let held = |at| short_lived.get("login:1", at);
        assert_eq!(
            held(noon()).await.unwrap(),
            Some(b"answered".to_vec()),
            "{name}"
        );
        assert_eq!(held(noon() + HOUR / 2).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn any_bytes_and_any_key_are_kept_as_they_are() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let values = [vec![], vec![0], every_byte, vec![0xff; 300_000]];
    let long = "x".repeat(100_000);
    let keys = [
        "jti:\0",
        "jti: ",
        "jti:Petr Dvořák 🏛",
        "",
        ":",
        long.as_str(),
    ];
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        for key in keys {
            for value in &values {
                short_lived.put(key, value, HOUR, noon()).await.unwrap();
                let held = short_lived.get(key, noon()).await.unwrap();
                assert!(
                    held.as_ref() == Some(value),
                    "{name}: {} bytes",
                    value.len()
                );
            }
        }
        for key in keys {
            assert!(
                short_lived.take(key, noon()).await.unwrap().is_some(),
                "{name}: {key:?} is a key of its own"
            );
        }
    }
}

#[tokio::test]
async fn what_is_taken_is_gone() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("code:1", b"grant", HOUR, noon())
            .await
            .unwrap();

        assert_eq!(
            short_lived.take("code:1", noon()).await.unwrap(),
            Some(b"grant".to_vec()),
            "{name}"
        );
        assert_eq!(
            short_lived.take("code:1", noon()).await.unwrap(),
            None,
            "{name}"
        );
        assert_eq!(
            short_lived.get("code:1", noon()).await.unwrap(),
            None,
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_has_ended_cannot_be_taken() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("code:1", b"grant", HOUR, noon())
            .await
            .unwrap();

        assert_eq!(
            short_lived.take("code:1", noon() + HOUR).await.unwrap(),
            None,
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_takes_over_two_replicas_exactly_one_wins() {
    for store in &short_lived_stores().await {
        store
            .short_lived
            .put("code:1", b"grant", HOUR, noon())
            .await
            .unwrap();

        let taken = race(store, |replica| async move {
            replica.take("code:1", noon()).await
        })
        .await;

        assert_eq!(
            taken.iter().filter(|value| value.is_some()).count(),
            1,
            "{}",
            store.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_puts_if_absent_over_two_replicas_exactly_one_wins() {
    for store in &short_lived_stores().await {
        let put = |replica: Arc<ShortLived>| async move {
            replica
                .put_if_absent("replay:1", b"seen", HOUR, noon())
                .await
        };

        let won = race(store, put).await;

        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_puts_over_one_that_ended_exactly_one_wins() {
    for store in &short_lived_stores().await {
        store
            .short_lived
            .put("replay:1", b"seen", HOUR, noon() - HOUR)
            .await
            .unwrap();
        let put = |replica: Arc<ShortLived>| async move {
            replica
                .put_if_absent("replay:1", b"seen again", HOUR, noon())
                .await
        };

        let won = race(store, put).await;

        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_parallel_increments_count_to_200_without_a_gap() {
    for store in &short_lived_stores().await {
        let counted = race(store, |replica| async move {
            replica.increment("tries:1", HOUR, noon()).await
        });

        let mut counted = counted.await;

        counted.sort_unstable();
        assert_eq!(counted, (1..=200).collect::<Vec<i64>>(), "{}", store.name);
        assert_eq!(
            store.short_lived.count("tries:1", noon()).await.unwrap(),
            200,
            "{}",
            store.name
        );
    }
}

#[tokio::test]
async fn a_guard_holds_until_it_ends_and_then_another_is_first() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        let put = |at| short_lived.put_if_absent("replay:1", b"seen", HOUR, at);

        assert!(put(noon()).await.unwrap(), "{name}");
        assert!(!put(noon()).await.unwrap(), "{name}");
        assert!(!put(noon() + HOUR - MICROSECOND).await.unwrap(), "{name}");
        assert!(put(noon() + HOUR).await.unwrap(), "{name}");
        assert!(
            !put(noon() + HOUR * 2 - MICROSECOND).await.unwrap(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_refused_put_leaves_the_first_value() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put_if_absent("replay:1", b"first", HOUR, noon())
            .await
            .unwrap();
        short_lived
            .put_if_absent("replay:1", b"second", HOUR, noon())
            .await
            .unwrap();

        assert_eq!(
            short_lived.get("replay:1", noon()).await.unwrap(),
            Some(b"first".to_vec()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_count_ends_where_its_first_increment_put_its_end_and_begins_anew() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        let increment = |at| short_lived.increment("tries:1", HOUR, at);

        assert_eq!(increment(noon()).await.unwrap(), 1, "{name}");
        assert_eq!(
            increment(noon() + HOUR - MICROSECOND).await.unwrap(),
            2,
            "{name}"
        );
        assert_eq!(
            short_lived
                .count("tries:1", noon() + HOUR - MICROSECOND)
                .await
                .unwrap(),
            2,
            "{name}"
        );
        assert_eq!(
            short_lived.count("tries:1", noon() + HOUR).await.unwrap(),
            0,
            "{name}"
        );
        assert_eq!(increment(noon() + HOUR).await.unwrap(), 1, "{name}");
        assert_eq!(
            increment(noon() + HOUR * 2 - MICROSECOND).await.unwrap(),
            2,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_value_and_a_count_of_one_key_are_two_things() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .increment("account:1", HOUR, noon())
            .await
            .unwrap();

        assert_eq!(
            short_lived.get("account:1", noon()).await.unwrap(),
            None,
            "{name}"
        );
        assert!(
            short_lived
                .put_if_absent("account:1", b"locked", HOUR, noon())
                .await
                .unwrap(),
            "{name}"
        );
        assert_eq!(
            short_lived
                .increment("account:1", HOUR, noon())
                .await
                .unwrap(),
            2,
            "{name}"
        );
        assert_eq!(
            short_lived.take("account:1", noon()).await.unwrap(),
            Some(b"locked".to_vec()),
            "{name}"
        );
        assert_eq!(
            short_lived.count("account:1", noon()).await.unwrap(),
            2,
            "{name}"
        );
    }
}

#[tokio::test]
async fn expire_moves_the_end_of_value_and_count() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"finished", HOUR, noon())
            .await
            .unwrap();
        short_lived
            .increment("login:1", HOUR, noon())
            .await
            .unwrap();

        assert!(
            short_lived
                .expire("login:1", HOUR * 2, noon())
                .await
                .unwrap(),
            "{name}"
        );
        let later = noon() + HOUR * 2 - MICROSECOND;
        assert_eq!(
            short_lived.get("login:1", later).await.unwrap(),
            Some(b"finished".to_vec()),
            "{name}"
        );
        assert_eq!(
            short_lived.count("login:1", later).await.unwrap(),
            1,
            "{name}"
        );

        assert!(
            short_lived
                .expire("login:1", Duration::zero(), noon())
                .await
                .unwrap(),
            "{name}"
        );
        assert_eq!(
            short_lived.get("login:1", noon()).await.unwrap(),
            None,
            "{name}"
        );
        assert_eq!(
            short_lived.count("login:1", noon()).await.unwrap(),
            0,
            "{name}"
        );
    }
}

#[tokio::test]
async fn expire_revives_nothing() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"open", HOUR, noon())
            .await
            .unwrap();

        assert!(
            !short_lived
                .expire("login:1", HOUR, noon() + HOUR)
                .await
                .unwrap(),
            "{name}"
        );
        assert!(
            !short_lived.expire("login:2", HOUR, noon()).await.unwrap(),
            "{name}"
        );
        assert_eq!(
            short_lived.get("login:1", noon() + HOUR).await.unwrap(),
            None,
            "{name}"
        );
        assert_eq!(
            short_lived.get("login:2", noon()).await.unwrap(),
            None,
            "{name}"
        );
    }
}

#[tokio::test]
async fn remove_takes_value_and_count_away() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("account:1", b"locked", HOUR, noon())
            .await
            .unwrap();
        short_lived
            .increment("account:1", HOUR, noon())
            .await
            .unwrap();
        short_lived
            .put("account:2", b"locked", HOUR, noon())
            .await
            .unwrap();

        short_lived.remove("account:1").await.unwrap();
        short_lived.remove("account:1").await.unwrap();

        assert_eq!(
            short_lived.get("account:1", noon()).await.unwrap(),
            None,
            "{name}"
        );
        assert_eq!(
            short_lived.count("account:1", noon()).await.unwrap(),
            0,
            "{name}"
        );
        assert!(
            short_lived
                .get("account:2", noon())
                .await
                .unwrap()
                .is_some(),
            "{name}"
        );
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Login {
    client: String,
    tries: u8,
}

#[tokio::test]
async fn values_are_kept_as_json() {
    let login = || Login {
        client: "library".into(),
        tries: 3,
    };
    for Store {
        name,
        short_lived,
        engine,
        ..
    } in &short_lived_stores().await
    {
        short_lived
            .put_json("login:1", &login(), HOUR, noon())
            .await
            .unwrap();
        assert_eq!(
            short_lived.get_json("login:1", noon()).await.unwrap(),
            Some(login()),
            "{name}"
        );
        assert_eq!(
            short_lived.take_json("login:1", noon()).await.unwrap(),
            Some(login()),
            "{name}"
        );
        assert_eq!(
            short_lived
                .take_json::<Login>("login:1", noon())
                .await
                .unwrap(),
            None,
            "{name}"
        );

        let mut tx = engine.db.begin().await.unwrap();
        let mut within = short_lived.within(&mut tx);
        within
            .put_json("login:1", &login(), HOUR, noon())
            .await
            .unwrap();
        assert_eq!(
            within.get_json("login:1", noon()).await.unwrap(),
            Some(login()),
            "{name}"
        );
        assert_eq!(
            within.take_json("login:1", noon()).await.unwrap(),
            Some(login()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn json_of_another_shape_is_a_defect_and_no_panic() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"[1, 2", HOUR, noon())
            .await
            .unwrap();

        let read = short_lived.get_json::<Login>("login:1", noon()).await;

        assert!(
            matches!(read, Err(StorageError::Broken(_))),
            "{name}: {read:?}"
        );
    }
}

#[tokio::test]
async fn every_operation_works_inside_a_transaction() {
    for Store {
        name,
        short_lived,
        engine,
        ..
    } in &short_lived_stores().await
    {
        let mut tx = engine.db.begin().await.unwrap();
        let mut within = short_lived.within(&mut tx);

        within.put("login:1", b"open", HOUR, noon()).await.unwrap();
        assert!(
            !within
                .put_if_absent("login:1", b"x", HOUR, noon())
                .await
                .unwrap(),
            "{name}"
        );
        assert!(
            within
                .put_if_absent("login:2", b"x", HOUR, noon())
                .await
                .unwrap(),
            "{name}"
        );
        assert_eq!(
            within.increment("login:1", HOUR, noon()).await.unwrap(),
            1,
            "{name}"
        );
        assert_eq!(within.count("login:1", noon()).await.unwrap(), 1, "{name}");
        assert!(
            within.expire("login:1", HOUR * 2, noon()).await.unwrap(),
            "{name}"
        );
        within.remove("login:2").await.unwrap();
        tx.commit().await.unwrap();

        let later = noon() + HOUR;
        assert_eq!(
            short_lived.get("login:1", later).await.unwrap(),
            Some(b"open".to_vec()),
            "{name}"
        );
        assert_eq!(
            short_lived.get("login:2", noon()).await.unwrap(),
            None,
            "{name}"
        );
        let mut tx = engine.db.begin().await.unwrap();
        assert_eq!(
            short_lived
                .within(&mut tx)
                .take("login:1", later)
                .await
                .unwrap(),
            Some(b"open".to_vec()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn in_the_database_a_rolled_back_transaction_took_nothing() {
    let [sqlite, postgres, _redis] = short_lived_stores().await;
    for Store {
        name,
        short_lived,
        engine,
        ..
    } in &[sqlite, postgres]
    {
        short_lived
            .put("code:1", b"grant", HOUR, noon())
            .await
            .unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        assert!(
            short_lived
                .within(&mut tx)
                .take("code:1", noon())
                .await
                .unwrap()
                .is_some(),
            "{name}"
        );
        tx.rollback().await.unwrap();

        assert_eq!(
            short_lived.take("code:1", noon()).await.unwrap(),
            Some(b"grant".to_vec()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_one_replica_puts_the_other_takes_after_a_restart_of_both() {
    for store in &short_lived_stores().await {
        let put = |replica: ShortLived| async move {
            replica.put("login:1", b"open", HOUR, noon()).await
        };
        put(store.open_again(1_000_000).await).await.unwrap();

        let taken = store
            .open_again(1_000_000)
            .await
            .take("login:1", noon())
            .await
            .unwrap();

        assert_eq!(taken, Some(b"open".to_vec()), "{}", store.name);
    }
}

#[tokio::test]
async fn a_full_store_takes_nothing_new_and_keeps_what_it_has() {
    for store in &short_lived_stores().await {
        store
            .short_lived
            .put("login:1", b"open", HOUR, noon())
            .await
            .unwrap();
        store
            .short_lived
            .increment("tries:1", HOUR, noon())
            .await
            .unwrap();
        let full = store.open_again(1).await;
        let name = &store.name;

        let refused = [
            full.put("login:2", b"open", HOUR, noon()).await,
            full.put_if_absent("replay:2", b"seen", HOUR, noon())
                .await
                .map(drop),
            full.increment("tries:2", HOUR, noon()).await.map(drop),
            full.admit(noon()).await,
        ];
        for refusal in refused {
            assert!(
                matches!(refusal, Err(StorageError::Full)),
                "{name}: {refusal:?}"
            );
        }

        full.put("login:1", b"answered", HOUR, noon())
            .await
            .unwrap();
        assert!(
            !full
                .put_if_absent("login:1", b"open", HOUR, noon())
                .await
                .unwrap(),
            "{name}"
        );
        assert_eq!(
            full.increment("tries:1", HOUR, noon()).await.unwrap(),
            2,
            "{name}"
        );
        assert!(
            full.expire("login:1", HOUR * 2, noon()).await.unwrap(),
            "{name}"
        );
        assert_eq!(
            full.take("login:1", noon()).await.unwrap(),
            Some(b"answered".to_vec()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn in_the_database_room_is_made_by_taking_removing_and_ending() {
    let [sqlite, postgres, _redis] = short_lived_stores().await;
    for store in &[sqlite, postgres] {
        let ten = store.open_again(10).await;
        let name = &store.name;
        let put = |number: u32, at: DateTime<Utc>| {
            let ten = ten.clone();
            async move { ten.put(&format!("login:{number}"), b"open", HOUR, at).await }
        };
        for number in 0..9 {
            put(number, noon()).await.unwrap();
        }
        assert!(
            matches!(ten.admit(noon()).await, Err(StorageError::Full)),
            "{name}: the last tenth is for what runs"
        );
        put(9, noon()).await.unwrap();
        assert!(
            matches!(put(10, noon()).await, Err(StorageError::Full)),
            "{name}"
        );

        ten.take("login:0", noon()).await.unwrap();
        put(10, noon()).await.unwrap();
        assert!(
            matches!(put(11, noon()).await, Err(StorageError::Full)),
            "{name}"
        );

        ten.remove("login:1").await.unwrap();
        put(11, noon()).await.unwrap();
        assert!(
            matches!(put(12, noon()).await, Err(StorageError::Full)),
            "{name}"
        );

        put(12, noon() + HOUR).await.unwrap();
        ten.admit(noon() + HOUR).await.unwrap();
    }
}

#[tokio::test]
async fn a_sweep_removes_what_ended_and_nothing_else() {
    let [sqlite, postgres, redis] = short_lived_stores().await;
    for Store {
        name,
        short_lived,
        engine,
        ..
    } in &[sqlite, postgres]
    {
        let mut tx = engine.db.begin().await.unwrap();
        for number in 0..2_500 {
            let key = format!("login:{number}");
            short_lived
                .within(&mut tx)
                .put(&key, b"open", HOUR, noon())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        short_lived
            .put("login:later", b"open", HOUR + MICROSECOND, noon())
            .await
            .unwrap();

        assert_eq!(short_lived.sweep(noon()).await.unwrap(), 0, "{name}");
        assert_eq!(
            short_lived.sweep(noon() + HOUR).await.unwrap(),
            2_500,
            "{name}"
        );
        assert!(
            short_lived
                .get("login:later", noon() + HOUR)
                .await
                .unwrap()
                .is_some(),
            "{name}"
        );
        assert_eq!(short_lived.sweep(noon() + HOUR).await.unwrap(), 0, "{name}");
    }
    assert_eq!(
        redis.short_lived.sweep(noon() + HOUR).await.unwrap(),
        0,
        "Redis sweeps by itself"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_sweep_side_by_side() {
    let [sqlite, postgres, _redis] = short_lived_stores().await;
    for store in &[sqlite, postgres] {
        let mut tx = store.engine.db.begin().await.unwrap();
        for number in 0..1_500 {
            let key = format!("login:{number}");
            store
                .short_lived
                .within(&mut tx)
                .put(&key, b"open", HOUR, noon())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();

        let swept = race(store, |replica| async move {
            replica.sweep(noon() + HOUR).await
        })
        .await;

        assert_eq!(swept.iter().sum::<u64>(), 1_500, "{}", store.name);
    }
}

#[tokio::test]
async fn a_store_that_works_answers_a_ping() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        assert!(short_lived.ping().await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn extreme_times_are_cut_and_do_not_panic() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        short_lived
            .put("login:1", b"open", Duration::MAX, noon())
            .await
            .unwrap();
        assert!(
            short_lived
                .get("login:1", noon() + Duration::days(3_000))
                .await
                .unwrap()
                .is_some(),
            "{name}"
        );

        short_lived
            .put("login:2", b"open", Duration::MIN, noon())
            .await
            .unwrap();
        assert_eq!(
            short_lived.get("login:2", noon()).await.unwrap(),
            None,
            "{name}"
        );
    }
}

#[tokio::test]
async fn neither_key_nor_value_can_be_read_from_the_database_file() {
    let [sqlite, _postgres, _redis] = short_lived_stores().await;
    let file = sqlite.engine.file().unwrap();
    sqlite
        .short_lived
        .put("login:petr.dvorak", b"Petr Novotny", HOUR, noon())
        .await
        .unwrap();
    sqlite
        .short_lived
        .increment("tries:petr.dvorak", HOUR, noon())
        .await
        .unwrap();
    sqlite.engine.db.close().await;

    let content = std::fs::read(file).unwrap();

    assert!(contains(&content, b"v:login:"), "the entry is there");
    assert!(!contains(&content, b"petr.dvorak") && !contains(&content, b"Novotny"));
}

/// 200 calls at once, spread over two replicas.
async fn race<T, F>(store: &Store, call: impl Fn(Arc<ShortLived>) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StorageError>> + Send + 'static,
{
    let replicas = [
        Arc::new(store.open_again(250_000).await),
        Arc::new(store.open_again(250_000).await),
    ];
    let start = Arc::new(tokio::sync::Barrier::new(200));
    let calls: Vec<_> = replicas
        .iter()
        .cycle()
        .take(200)
        .map(|replica| {
            let (start, call) = (Arc::clone(&start), call(Arc::clone(replica)));
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(
            call.await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", store.name)),
        );
    }
    results
}

fn contains(content: &[u8], text: &[u8]) -> bool {
    content.windows(text.len()).any(|window| window == text)
}
