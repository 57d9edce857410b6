use idp::ids::{ContactId, MergeId};
use idp::storage::account_merge::{self, AccountMerge};
use idp::storage::contact::{self, ContactKind, NewContact, ProvenBy};
use idp::storage::merge_item;
use store::{StorageError, Tx};
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

fn new<'a>(
    person: &Person,
    number: u128,
    value: &'a str,
    proven_by: Option<ProvenBy>,
) -> NewContact<'a> {
    NewContact {
        contact_id: ContactId::new(id(number)),
        account_id: person.account_id,
        kind: ContactKind::Email,
        value,
        provider: Some("nia"),
        proven_by,
    }
}

async fn add(tx: &mut Tx, contact: NewContact<'_>) -> bool {
    contact::add(tx, &master_key(), contact, noon())
        .await
        .unwrap()
}

async fn values(tx: &mut Tx, person: &Person) -> Vec<(String, bool)> {
    let key = master_key();
    let contacts = contact::list_current(tx, &key, person.account_id);
    contacts
        .await
        .unwrap()
        .into_iter()
        .map(|contact| (contact.value, contact.proven_at.is_some()))
        .collect()
}

#[tokio::test]
async fn an_address_is_proven_for_one_account_and_stated_by_any_number() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let proven = Some(ProvenBy::Provider);
        assert!(add(&mut tx, new(&petr, 1, "Oba@posta.example", None)).await);
        assert!(add(&mut tx, new(&jana, 2, "oba@posta.example", proven)).await);

        assert!(!add(&mut tx, new(&petr, 3, "OBA@posta.example", proven)).await);
        assert!(!add(&mut tx, new(&jana, 4, "oba@posta.example", None)).await);
        let stated = ContactId::new(id(1));
        assert!(contact::is_proven_elsewhere(&mut tx, stated).await.unwrap());
        let of_jana = ContactId::new(id(2));
        assert!(
            !contact::is_proven_elsewhere(&mut tx, of_jana)
                .await
                .unwrap()
        );
        assert_eq!(
            values(&mut tx, &petr).await,
            [("Oba@posta.example".to_owned(), false)],
            "{}",
            engine.name
        );

        // When she gives it up, he may prove it.
        assert!(
            contact::end(&mut tx, jana.account_id, of_jana, noon())
                .await
                .unwrap()
        );
        let prove = contact::prove(&mut tx, stated, ProvenBy::Code, noon()).await;
        assert!(prove.unwrap());
        let again = contact::prove(&mut tx, stated, ProvenBy::Code, noon()).await;
        assert!(!again.unwrap());
        assert_eq!(
            values(&mut tx, &petr).await,
            [("Oba@posta.example".to_owned(), true)]
        );
    }
}

#[tokio::test]
async fn proving_what_is_proven_elsewhere_conflicts() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        add(
            &mut tx,
            new(&jana, 1, "oba@posta.example", Some(ProvenBy::Code)),
        )
        .await;
        add(&mut tx, new(&petr, 2, "oba@posta.example", None)).await;

        let refused = contact::prove(&mut tx, ContactId::new(id(2)), ProvenBy::Code, noon()).await;

        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_removed_address_is_remembered_and_after_a_while_not_readable() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let contact_id = ContactId::new(id(1));
        add(
            &mut tx,
            new(&jana, 1, "jana@posta.example", Some(ProvenBy::Code)),
        )
        .await;
        let key = master_key();

        let of_another = contact::end(&mut tx, petr.account_id, contact_id, noon()).await;
        assert!(!of_another.unwrap());
        let ended = contact::end(&mut tx, jana.account_id, contact_id, noon()).await;
        assert!(ended.unwrap());
        let found = contact::lookup(&mut tx, &key, contact_id).await.unwrap();
        assert_eq!(found.unwrap().value, "jana@posta.example");
        let day = chrono::Duration::days(1);
        assert_eq!(contact::erase_ended(&mut tx, noon()).await.unwrap(), 0);
        assert_eq!(
            contact::erase_ended(&mut tx, noon() + day).await.unwrap(),
            1
        );

        let found = contact::lookup(&mut tx, &key, contact_id).await.unwrap();
        assert_eq!(found, None);
        let known = contact::was_known(
            &mut tx,
            &key,
            jana.account_id,
            ContactKind::Email,
            "JANA@posta.example",
        );
        assert!(known.await.unwrap(), "{}", engine.name);
        assert!(values(&mut tx, &jana).await.is_empty());
    }
}

#[tokio::test]
async fn a_stated_address_can_be_discarded_and_a_refusal_is_kept() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 1).await;
        let key = master_key();
        add(&mut tx, new(&jana, 1, "stara@posta.example", None)).await;
        add(
            &mut tx,
            new(&jana, 2, "jana@posta.example", Some(ProvenBy::Provider)),
        )
        .await;
        for (value, gone) in [("stara@posta.example", true), ("jana@posta.example", false)] {
            let kind = ContactKind::Email;
            let discarded =
                contact::discard_stated(&mut tx, &key, jana.account_id, kind, value).await;
            assert_eq!(discarded.unwrap(), gone, "{value}");
        }

        let contact_id = ContactId::new(id(2));
        contact::refuse(&mut tx, contact_id, noon()).await.unwrap();

        let kind = ContactKind::Email;
        let found =
            contact::find_current(&mut tx, &key, jana.account_id, kind, "Jana@posta.example").await;
        let found = found.unwrap().unwrap();
        assert_eq!(found.refused_at, Some(noon()), "{}", engine.name);
        assert_eq!(found.proven_by, Some(ProvenBy::Provider));
        assert_eq!(found.provider.as_deref(), Some("nia"));
    }
}

#[tokio::test]
async fn contacts_follow_a_merge_and_its_undoing() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (survivor, merged) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let by_code = Some(ProvenBy::Code);
        add(&mut tx, new(&survivor, 1, "oba@posta.example", None)).await;
        add(&mut tx, new(&merged, 2, "oba@posta.example", None)).await;
        add(&mut tx, new(&merged, 3, "jana@posta.example", by_code)).await;
        let record = AccountMerge {
            merge_id: MergeId::new(id(1)),
            survivor_id: survivor.account_id,
            merged_id: merged.account_id,
            merged_at: noon(),
            undo_until: noon() + chrono::Duration::days(90),
            undone_at: None,
        };
        account_merge::add(&mut tx, &record).await.unwrap();
        let (from, to) = (merged.account_id, survivor.account_id);

        merge_item::take_over(&mut tx, record.merge_id, from, to)
            .await
            .unwrap();
        assert_eq!(
            values(&mut tx, &survivor).await,
            [
                ("jana@posta.example".to_owned(), true),
                ("oba@posta.example".to_owned(), false)
            ],
            "{}",
            engine.name
        );

        // One that came back meanwhile by the link of a mail, followed twice.
        add(&mut tx, new(&survivor, 4, "zpet@posta.example", None)).await;
        for _ in 0..2 {
            merge_item::add_contact(&mut tx, record.merge_id, ContactId::new(id(4)))
                .await
                .unwrap();
        }
        merge_item::give_back(&mut tx, record.merge_id, to, from)
            .await
            .unwrap();
        assert_eq!(
            values(&mut tx, &survivor).await,
            [("oba@posta.example".to_owned(), false)]
        );
        assert_eq!(values(&mut tx, &merged).await.len(), 3, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_proven_address_trades_places_with_a_stated_one_and_back() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (survivor, merged) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let one = |proven| [("oba@posta.example".to_owned(), proven)];
        add(&mut tx, new(&survivor, 1, "oba@posta.example", None)).await;
        let by_code = Some(ProvenBy::Code);
        add(&mut tx, new(&merged, 2, "oba@posta.example", by_code)).await;
        let (from, to) = (merged.account_id, survivor.account_id);
        let record = |number| AccountMerge {
            merge_id: MergeId::new(id(number)),
            survivor_id: to,
            merged_id: from,
            merged_at: noon(),
            undo_until: noon() + chrono::Duration::days(90),
            undone_at: None,
        };
        let first = record(1);
        account_merge::add(&mut tx, &first).await.unwrap();

        merge_item::take_over(&mut tx, first.merge_id, from, to)
            .await
            .unwrap();
        assert_eq!(
            values(&mut tx, &survivor).await,
            one(true),
            "{}",
            engine.name
        );
        assert_eq!(
            values(&mut tx, &merged).await,
            one(false),
            "{}",
            engine.name
        );

        account_merge::undo(&mut tx, first.merge_id, noon())
            .await
            .unwrap();
        merge_item::give_back(&mut tx, first.merge_id, to, from)
            .await
            .unwrap();
        assert_eq!(
            values(&mut tx, &survivor).await,
            one(false),
            "{}",
            engine.name
        );
        assert_eq!(values(&mut tx, &merged).await, one(true), "{}", engine.name);

        // Merged again; the person removes the address, and states it anew before the accounts part.
        let second = record(2);
        account_merge::add(&mut tx, &second).await.unwrap();
        merge_item::take_over(&mut tx, second.merge_id, from, to)
            .await
            .unwrap();
        contact::end(&mut tx, to, ContactId::new(id(2)), noon())
            .await
            .unwrap();
        add(&mut tx, new(&survivor, 3, "oba@posta.example", None)).await;
        merge_item::give_back(&mut tx, second.merge_id, to, from)
            .await
            .unwrap();
        assert_eq!(
            values(&mut tx, &survivor).await,
            one(false),
            "{}",
            engine.name
        );
        assert_eq!(values(&mut tx, &merged).await, [], "{}", engine.name);
    }
}

#[tokio::test]
async fn the_end_of_a_contact_is_taken_back_only_as_long_as_it_is_that_end() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 1).await;
        let contact_id = ContactId::new(id(1));
        let by_code = Some(ProvenBy::Code);
        add(&mut tx, new(&jana, 1, "jana@posta.example", by_code)).await;
        let later = noon() + chrono::Duration::seconds(1);
        assert!(
            !contact::restore(&mut tx, contact_id, noon(), jana.account_id, later)
                .await
                .unwrap()
        );
        contact::end(&mut tx, jana.account_id, contact_id, later)
            .await
            .unwrap();
        let ended = contact::lookup(&mut tx, &master_key(), contact_id).await;
        assert_eq!(ended.unwrap().unwrap().ended_at, Some(later));

        assert!(
            !contact::restore(&mut tx, contact_id, noon(), jana.account_id, later)
                .await
                .unwrap()
        );
        assert!(
            contact::restore(&mut tx, contact_id, later, jana.account_id, later)
                .await
                .unwrap()
        );
        assert!(
            !contact::restore(&mut tx, contact_id, later, jana.account_id, later)
                .await
                .unwrap()
        );
        assert_eq!(values(&mut tx, &jana).await.len(), 1, "{}", engine.name);

        contact::end(&mut tx, jana.account_id, contact_id, later)
            .await
            .unwrap();
        contact::erase_ended(&mut tx, later + chrono::Duration::days(1))
            .await
            .unwrap();
        assert!(
            !contact::restore(&mut tx, contact_id, later, jana.account_id, later)
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn what_is_not_proven_any_more_is_free_for_another_account() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let proven = Some(ProvenBy::Provider);
        assert!(add(&mut tx, new(&jana, 1, "jana@posta.example", proven)).await);
        assert!(!add(&mut tx, new(&petr, 2, "jana@posta.example", proven)).await);

        contact::unprove(&mut tx, ContactId::new(id(1)))
            .await
            .unwrap();

        let of_jana = values(&mut tx, &jana).await;
        assert_eq!(of_jana, [("jana@posta.example".to_owned(), false)]);
        assert!(add(&mut tx, new(&petr, 3, "jana@posta.example", proven)).await);
    }
}
