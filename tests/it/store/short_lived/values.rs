use chrono::Duration;
use tests::engines::{Store, short_lived_stores};

use super::{HOUR, MICROSECOND};
use crate::store::noon;

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

fn contains(content: &[u8], text: &[u8]) -> bool {
    content.windows(text.len()).any(|window| window == text)
}
