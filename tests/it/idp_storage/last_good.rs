use chrono::Duration;
use idp::storage::last_good;
use store::{MasterKey, on};
use tests::engines::engines;

use super::noon;

const METADATA: &str = "https://nia.test/metadata";
const KEYS: &str = "https://bank.test/keys";

#[tokio::test]
async fn the_youngest_copy_of_each_document_is_kept_and_nobody_else_can_put_one_there() {
    let key = |octets| MasterKey::parse(&MasterKey::encode(octets)).unwrap();
    let other = key(b"foster key of the tests, 32 long");
    let key = key(b"master key of the tests, 32 long");
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (now, before) = (noon(), noon() - Duration::hours(1));
        let kept = |text: &str, at| Some((text.as_bytes().to_vec(), at));
        assert_eq!(last_good::lookup(&mut tx, &key, KEYS).await.unwrap(), None);

        for (url, text, at) in [
            (METADATA, "first", before),
            (METADATA, "second", now),
            (METADATA, "late", before),
            (KEYS, "keys", before),
        ] {
            let put = last_good::put(&mut tx, &key, url, text.as_bytes(), at);
            put.await.unwrap();
        }

        let metadata = last_good::lookup(&mut tx, &key, METADATA).await.unwrap();
        assert_eq!(metadata, kept("second", now), "{}", engine.name);
        let keys = last_good::lookup(&mut tx, &key, KEYS).await.unwrap();
        assert_eq!(keys, kept("keys", before), "{}", engine.name);

        assert!(last_good::lookup(&mut tx, &other, KEYS).await.is_err());
        on!(&mut tx, db => {
            sqlx::query("update last_good set fetched_at = $1 where url = $2")
                .bind(noon())
                .bind(KEYS)
                .execute(db)
                .await
                .map(drop)
        })
        .unwrap();
        let young = last_good::lookup(&mut tx, &key, KEYS).await;
        assert!(young.is_err(), "{}: it is not that young", engine.name);
        on!(&mut tx, db => {
            sqlx::query(
                "update last_good set document = (select document from last_good where url = $1) where url = $2",
            )
            .bind(METADATA)
            .bind(KEYS)
            .execute(db)
            .await
            .map(drop)
        })
        .unwrap();
        let moved = last_good::lookup(&mut tx, &key, KEYS).await;
        assert!(moved.is_err(), "{}: it belongs elsewhere", engine.name);
    }
}
