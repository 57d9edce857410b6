use store::MasterKey;
use store::sealing::{KeyCheckError, verify_or_install};
use tests::engines::{engines, master_key};

#[tokio::test]
async fn a_database_remembers_the_master_key_it_was_made_with() {
    for engine in engines().await {
        for _start in 0..2 {
            let mut tx = engine.db.begin().await.unwrap();
            let checked = verify_or_install(&mut tx, &master_key()).await;
            assert!(checked.is_ok(), "{}: {checked:?}", engine.name);
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn another_master_key_is_refused_by_name() {
    let another =
        MasterKey::parse(&MasterKey::encode(b"another key of 32 octets, random")).unwrap();
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        verify_or_install(&mut tx, &master_key()).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        let refused = verify_or_install(&mut tx, &another).await;

        assert!(
            matches!(refused, Err(KeyCheckError::WrongMasterKey)),
            "{}: {refused:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn of_two_replicas_with_different_keys_the_second_is_refused() {
    let another =
        MasterKey::parse(&MasterKey::encode(b"another key of 32 octets, random")).unwrap();
    for engine in engines().await {
        let starts = [master_key(), another.clone()].map(|key| {
            let db = engine.db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let checked = verify_or_install(&mut tx, &key).await;
                tx.commit().await.unwrap();
                checked
            })
        });
        let mut accepted = 0;
        for start in starts {
            match start.await.unwrap() {
                Ok(()) => accepted += 1,
                Err(error) => assert!(
                    matches!(error, KeyCheckError::WrongMasterKey),
                    "{}: {error:?}",
                    engine.name
                ),
            }
        }

        assert_eq!(accepted, 1, "{}", engine.name);
    }
}
