use idp::ids::ConflictId;
use idp::storage::conflict::{self, Closing, ConflictKind, NewConflict};
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

fn about<'a>(number: u128, person: &Person, subject: &'a str) -> NewConflict<'a> {
    NewConflict {
        conflict_id: ConflictId::new(id(number)),
        kind: ConflictKind::NamesDiffer,
        account_id: person.account_id,
        other_account_id: None,
        provider: "bank",
        realm: "bank:test:x",
        subject,
    }
}

#[tokio::test]
async fn the_same_case_is_open_once_and_may_be_opened_again_after_it_was_closed() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let key = master_key();

        let first = conflict::open(&mut tx, &key, about(1, &person, "s"), noon())
            .await
            .unwrap();
        let same = conflict::open(&mut tx, &key, about(2, &person, "s"), noon())
            .await
            .unwrap();
        let other = conflict::open(&mut tx, &key, about(3, &person, "t"), noon())
            .await
            .unwrap();

        assert_eq!(
            (first, same, other),
            (
                Some(ConflictId::new(id(1))),
                None,
                Some(ConflictId::new(id(3)))
            )
        );
        let found = conflict::find_open(
            &mut tx,
            person.account_id,
            ConflictKind::NamesDiffer,
            "bank:test:x",
            "s",
        );
        assert_eq!(found.await.unwrap(), first);
        let open = conflict::list_open(&mut tx, &key, person.account_id)
            .await
            .unwrap();
        assert_eq!(open.len(), 2);

        let first = first.unwrap();
        assert!(
            conflict::close(&mut tx, first, Closing::Dismissed, noon())
                .await
                .unwrap()
        );
        assert!(
            !conflict::close(&mut tx, first, Closing::Resolved, noon())
                .await
                .unwrap()
        );
        let again = conflict::open(&mut tx, &key, about(4, &person, "s"), noon())
            .await
            .unwrap();
        assert!(again.is_some(), "{}", engine.name);
    }
}

#[tokio::test]
async fn the_persons_words_are_sealed_and_read_back() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let key = master_key();
        let conflict_id = conflict::open(&mut tx, &key, about(1, &person, "s"), noon())
            .await
            .unwrap()
            .unwrap();

        let said = "Po svatbě jsem změnila příjmení.";
        assert!(
            conflict::explain(&mut tx, &key, conflict_id, said, noon())
                .await
                .unwrap()
        );

        let open = conflict::list_open(&mut tx, &key, person.account_id)
            .await
            .unwrap();
        assert_eq!(open[0].details.explanation.as_deref(), Some(said));
        assert_eq!(open[0].kind, ConflictKind::NamesDiffer);
        conflict::close(&mut tx, conflict_id, Closing::Resolved, noon())
            .await
            .unwrap();
        assert!(
            !conflict::explain(&mut tx, &key, conflict_id, "x", noon())
                .await
                .unwrap(),
            "{}",
            engine.name
        );
    }
}
