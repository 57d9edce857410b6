use federation::FactKind;
use idp::ids::ConflictId;
use idp::storage::conflict::{self, Closing, ConflictDetails, ConflictKind, NewConflict};
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

pub(super) fn about<'a>(number: u128, person: &Person, subject: &'a str) -> NewConflict<'a> {
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

        let first = conflict::open(
            &mut tx,
            &key,
            about(1, &person, "s"),
            &ConflictDetails::default(),
            noon(),
        )
        .await
        .unwrap();
        let same = conflict::open(
            &mut tx,
            &key,
            about(2, &person, "s"),
            &ConflictDetails::default(),
            noon(),
        )
        .await
        .unwrap();
        let other = conflict::open(
            &mut tx,
            &key,
            about(3, &person, "t"),
            &ConflictDetails::default(),
            noon(),
        )
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
        let again = conflict::open(
            &mut tx,
            &key,
            about(4, &person, "s"),
            &ConflictDetails::default(),
            noon(),
        )
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
        let conflict_id = conflict::open(
            &mut tx,
            &key,
            about(1, &person, "s"),
            &ConflictDetails::default(),
            noon(),
        )
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

#[tokio::test]
async fn what_an_upstream_reports_adds_up_in_one_case_until_it_is_closed_by_its_subject() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let key = master_key();
        let kind = ConflictKind::LinkStale;
        let case = |number, subject| NewConflict {
            kind,
            ..about(number, &person, subject)
        };
        let details = ConflictDetails {
            claims: vec!["addresses".to_owned()],
            kinds: vec![FactKind::Address],
            ..ConflictDetails::default()
        };
        let open = conflict::open(&mut tx, &key, case(1, "s"), &details, noon())
            .await
            .unwrap()
            .unwrap();
        conflict::open(&mut tx, &key, case(2, "t"), &details, noon())
            .await
            .unwrap();

        let more = ["addresses".to_owned(), "family_name".to_owned()];
        let kinds = [FactKind::Address, FactKind::FamilyName];
        assert!(
            conflict::add_claims(&mut tx, &key, open, &more, &kinds, noon())
                .await
                .unwrap()
        );
        assert!(
            conflict::explain(&mut tx, &key, open, "Stěhuji se.", noon())
                .await
                .unwrap()
        );

        let cases = conflict::list_open(&mut tx, &key, person.account_id)
            .await
            .unwrap();
        let case = cases.iter().find(|case| case.conflict_id == open).unwrap();
        assert_eq!(case.details.claims, more, "{}", engine.name);
        assert_eq!(case.details.kinds, kinds, "{}", engine.name);
        let about = conflict::list_about(&mut tx, kind, "bank:test:x", "s").await;
        assert_eq!(about.unwrap(), [open]);
        for (read, left) in [(FactKind::Email, 2), (kinds[0], 1), (kinds[1], 0)] {
            let narrowed = conflict::narrow(&mut tx, &key, open, |kind| kind != read, noon()).await;
            assert_eq!(narrowed.unwrap(), Some(left), "{}", engine.name);
        }
        assert_eq!(case.details.explanation.as_deref(), Some("Stěhuji se."));
        let realm = "bank:test:x";
        let other_kind = ConflictKind::GraveChange;
        let none =
            conflict::close_about(&mut tx, other_kind, realm, "s", Closing::Resolved, noon()).await;
        assert_eq!(none.unwrap(), []);
        let closed =
            conflict::close_about(&mut tx, kind, realm, "s", Closing::Resolved, noon()).await;
        assert_eq!(closed.unwrap(), [open]);
        assert!(
            !conflict::add_claims(&mut tx, &key, open, &more, &[], noon())
                .await
                .unwrap()
        );
        let narrowed = conflict::narrow(&mut tx, &key, open, |_| false, noon()).await;
        assert_eq!(narrowed.unwrap(), None);
        let left = conflict::list_open(&mut tx, &key, person.account_id)
            .await
            .unwrap();
        assert_eq!(left.len(), 1, "{}", engine.name);
    }
}
