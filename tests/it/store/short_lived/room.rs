use chrono::{DateTime, Utc};
use store::StorageError;
use tests::engines::{Store, short_lived_stores};

use super::{HOUR, MICROSECOND};
use crate::store::noon;

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

#[tokio::test]
async fn a_store_that_works_answers_a_ping() {
    for Store {
        name, short_lived, ..
    } in &short_lived_stores().await
    {
        assert!(short_lived.ping().await.is_ok(), "{name}");
    }
}
