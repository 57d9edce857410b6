use serde::{Deserialize, Serialize};
use store::StorageError;
use tests::engines::{Store, short_lived_stores};

use super::HOUR;
use crate::store::noon;

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
