use chrono::Duration;
use tests::engines::{Store, short_lived_stores};

use super::{HOUR, MICROSECOND};
use crate::store::noon;

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
