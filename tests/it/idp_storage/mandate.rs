use chrono::Duration;
use federation::{BodyKind, IdentityLevel};
use idp::ids::{AccountId, ClientId, MandateId, MergeId, UpstreamLinkId};
use idp::mandate::{Act, EndReason};
use idp::storage::access_grant::{self, AccessGrant};
use idp::storage::account_merge::{self, AccountMerge};
use idp::storage::mandate::{self, Mandate};
use idp::storage::{client_session, merge_item, refresh_token};
use store::{StorageError, Tx};
use tests::engines::engines;

use super::tokens::granted;
use super::{Person, at_client, id, noon, person};

fn of(number: u128, account_id: AccountId, link: Option<UpstreamLinkId>) -> Mandate {
    Mandate {
        mandate_id: MandateId::new(id(number)),
        account_id,
        kind: BodyKind::Company,
        ico: Some("00000027".to_owned()),
        name: "Pekařství Vltava s.r.o.".to_owned(),
        source: "isds".to_owned(),
        upstream_link_id: link,
        reference: link.map(|_| "k7m2p9x".to_owned()),
        role: link.map(|_| "PRIMARY_USER".to_owned()),
        scope: [Act::View, Act::Pay].into(),
        level: IdentityLevel::Town,
        approved_by: link.is_none().then(|| id(77)),
        second_officer: link.is_none().then(|| id(78)),
        shown_at: noon(),
        valid_from: noon(),
        valid_until: noon() + Duration::days(30),
        revoked_at: None,
    }
}

pub(super) async fn add(tx: &mut Tx, number: u128, person: &Person) -> Mandate {
    let mandate = of(number, person.account_id, Some(person.link_id));
    mandate::add(tx, &mandate, noon()).await.unwrap();
    mandate
}

#[tokio::test]
async fn a_mandate_counts_for_its_person_within_its_time() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (one, other) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let shown = add(&mut tx, 1, &one).await;
        let approved = Mandate {
            name: "Spolek Pod Věží, z. s.".to_owned(),
            valid_from: noon() + Duration::hours(1),
            ..of(2, one.account_id, None)
        };
        mandate::add(&mut tx, &approved, noon()).await.unwrap();
        let approved_id = approved.mandate_id;
        let find = async |tx: &mut Tx, account, at| {
            mandate::find_valid(tx, shown.mandate_id, account, at)
                .await
                .unwrap()
        };

        assert_eq!(
            mandate::lookup(&mut tx, shown.mandate_id).await.unwrap(),
            Some(shown.clone()),
            "{}",
            engine.name
        );
        assert_eq!(
            find(&mut tx, one.account_id, noon()).await,
            Some(shown.clone())
        );
        assert_eq!(find(&mut tx, other.account_id, noon()).await, None);
        assert_eq!(find(&mut tx, one.account_id, shown.valid_until).await, None);
        let list =
            async |tx: &mut Tx, at| mandate::list_valid(tx, one.account_id, at).await.unwrap();
        assert_eq!(list(&mut tx, noon()).await, std::slice::from_ref(&shown));
        assert_eq!(
            list(&mut tx, approved.valid_from).await,
            [shown.clone(), approved]
        );
        assert_eq!(
            mandate::list_by_link(&mut tx, one.link_id).await.unwrap(),
            std::slice::from_ref(&shown)
        );
        let numbers = async |tx: &mut Tx, at| mandate::list_numbers(tx, at).await.unwrap();
        assert_eq!(numbers(&mut tx, noon()).await, ["00000027"]);
        assert!(numbers(&mut tx, shown.valid_until).await.is_empty());
        let held = mandate::list_by_number(&mut tx, "00000027").await.unwrap();
        assert_eq!(held.len(), 2);
        let mut shapes = mandate::list_shapes(&mut tx).await.unwrap();
        shapes.sort_by_key(|shape| shape.realm.clone());
        let realms: Vec<_> = shapes.iter().map(|shape| shape.realm.as_deref()).collect();
        assert_eq!(realms, [None, Some("nia:test:x")], "{}", engine.name);
        let mut of_shapes = Vec::new();
        for shape in &shapes {
            assert_eq!(shape.scope, shown.scope);
            let found = mandate::list_of_shape(&mut tx, shape).await.unwrap();
            of_shapes.extend(found.into_iter().map(|mandate| mandate.mandate_id));
        }
        assert_eq!(of_shapes, [approved_id, shown.mandate_id]);
    }
}

#[tokio::test]
async fn one_link_shows_a_body_once_and_renewing_keeps_the_mandate() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let one = person(&mut tx, 1).await;
        let shown = add(&mut tx, 1, &one).await;

        let later = Mandate {
            name: "Pekařství Vltava a.s.".to_owned(),
            role: Some("LIQUIDATOR".to_owned()),
            scope: Act::ALL.into(),
            level: IdentityLevel::Contact,
            shown_at: noon() + Duration::days(1),
            valid_until: noon() + Duration::days(31),
            ..shown.clone()
        };
        assert!(mandate::renew(&mut tx, &later).await.unwrap());
        assert_eq!(
            mandate::lookup(&mut tx, shown.mandate_id).await.unwrap(),
            Some(later),
            "{}",
            engine.name
        );
        let again = of(2, one.account_id, Some(one.link_id));
        let refused = mandate::add(&mut tx, &again, noon()).await;
        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_ended_mandate_is_history_and_its_body_can_be_shown_again() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let one = person(&mut tx, 1).await;
        let shown = add(&mut tx, 1, &one).await;
        let end = async |tx: &mut Tx| {
            mandate::revoke(tx, shown.mandate_id, EndReason::GivenUp, noon())
                .await
                .unwrap()
        };

        assert!(end(&mut tx).await);
        assert!(!end(&mut tx).await);

        assert!(
            mandate::list_valid(&mut tx, one.account_id, noon())
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            mandate::list_by_link(&mut tx, one.link_id)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(!mandate::renew(&mut tx, &shown).await.unwrap());
        let kept = mandate::lookup(&mut tx, shown.mandate_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(kept.revoked_at, Some(noon()), "{}", engine.name);
        add(&mut tx, 2, &one).await;
    }
}

#[tokio::test]
async fn what_ran_out_of_date_is_found_until_it_is_ended() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let one = person(&mut tx, 1).await;
        let shown = add(&mut tx, 1, &one).await;
        let expired = async |tx: &mut Tx, at| mandate::list_expired(tx, at).await.unwrap();

        assert!(expired(&mut tx, noon()).await.is_empty());
        assert_eq!(
            expired(&mut tx, shown.valid_until).await,
            std::slice::from_ref(&shown)
        );
        mandate::revoke(&mut tx, shown.mandate_id, EndReason::Expired, noon())
            .await
            .unwrap();
        assert!(
            expired(&mut tx, shown.valid_until).await.is_empty(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_merge_carries_mandates_and_its_undoing_gives_them_back() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (one, other) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let (ones, others) = (add(&mut tx, 1, &one).await, add(&mut tx, 2, &other).await);
        let list = async |tx: &mut Tx, account| -> Vec<MandateId> {
            let mandates = mandate::list_valid(tx, account, noon()).await.unwrap();
            mandates.iter().map(|mandate| mandate.mandate_id).collect()
        };

        let merge = AccountMerge {
            merge_id: MergeId::new(id(9)),
            survivor_id: one.account_id,
            merged_id: other.account_id,
            merged_at: noon(),
            undo_until: noon() + Duration::days(90),
            undone_at: None,
        };
        account_merge::add(&mut tx, &merge).await.unwrap();
        let (survivor, merged) = (one.account_id, other.account_id);

        merge_item::take_over(&mut tx, merge.merge_id, merged, survivor)
            .await
            .unwrap();

        assert_eq!(
            list(&mut tx, one.account_id).await,
            [ones.mandate_id, others.mandate_id]
        );
        assert!(
            list(&mut tx, other.account_id).await.is_empty(),
            "{}",
            engine.name
        );

        merge_item::give_back(&mut tx, merge.merge_id, survivor, merged)
            .await
            .unwrap();
        assert_eq!(list(&mut tx, one.account_id).await, [ones.mandate_id]);
        assert_eq!(list(&mut tx, other.account_id).await, [others.mandate_id]);
    }
}

#[tokio::test]
async fn a_session_at_a_client_knows_for_whom_one_acts_and_ends_with_the_mandate() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let one = person(&mut tx, 1).await;
        let shown = add(&mut tx, 1, &one).await;
        let portal = ClientId::new("portal");
        let chosen = async |tx: &mut Tx| {
            client_session::find_mandate(tx, one.session_id, &portal)
                .await
                .unwrap()
        };
        assert_eq!(chosen(&mut tx).await, None);
        let at_portal = at_client(&mut tx, &one, 1, "portal").await;
        at_client(&mut tx, &one, 2, "library").await;
        assert_eq!(chosen(&mut tx).await, Some(None));
        let choose = async |tx: &mut Tx, mandate| {
            client_session::choose_mandate(tx, at_portal, mandate, noon())
                .await
                .unwrap()
        };

        assert!(choose(&mut tx, None).await, "{}", engine.name);
        assert!(choose(&mut tx, Some(shown.mandate_id)).await);
        assert!(choose(&mut tx, Some(shown.mandate_id)).await);
        assert_eq!(chosen(&mut tx).await, Some(Some(shown.mandate_id)));
        let before = noon() - Duration::seconds(1);
        let older = client_session::choose_mandate(&mut tx, at_portal, None, before);
        assert!(!older.await.unwrap(), "{}", engine.name);
        assert_eq!(chosen(&mut tx).await, Some(Some(shown.mandate_id)));

        let ended = client_session::end_for_mandate(&mut tx, shown.mandate_id, noon())
            .await
            .unwrap();
        let ended: Vec<_> = ended
            .iter()
            .map(|session| session.client_session_id)
            .collect();
        assert_eq!(ended, [at_portal]);
        assert_eq!(chosen(&mut tx).await, None);
        assert!(!choose(&mut tx, None).await);
    }
}

#[tokio::test]
async fn grants_end_with_their_mandate_those_for_offline_access_too() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, own) = granted(&mut tx, 1, true).await;
        let shown = add(&mut tx, 1, &person).await;
        let bodys = AccessGrant {
            id: idp::ids::AccessGrantId::new(id(2)),
            mandate_id: Some(shown.mandate_id),
            ..own.clone()
        };
        access_grant::add(&mut tx, &bodys);
        for (hash, grant) in [([1; 32], &own), ([2; 32], &bodys)] {
            let until = noon() + Duration::days(1);
            refresh_token::add(&mut tx, &hash, grant.id, until, noon());
        }
        tx.flush().await.unwrap();

        let revoked = access_grant::revoke_for_mandate(&mut tx, shown.mandate_id, noon())
            .await
            .unwrap();

        assert_eq!(revoked, 1, "{}", engine.name);
        let of_body = refresh_token::find(&mut tx, &[2; 32])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (of_body.grant.mandate_id, of_body.revoked_at),
            (Some(shown.mandate_id), Some(noon()))
        );
        let of_person = refresh_token::find(&mut tx, &[1; 32])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (of_person.grant.mandate_id, of_person.revoked_at),
            (None, None)
        );
    }
}
