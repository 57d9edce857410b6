use store::ShortLived;
use tests::engines::{Store, short_lived_stores};

use super::HOUR;
use crate::store::noon;

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
