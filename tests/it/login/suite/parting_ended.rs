//! Officers remove the last way in of an account that could be parted: it is one with the other for good.

use idp::ids::UpstreamLinkId;
use idp::office::NotDecided;
use idp::storage::account::{self, AccountState};
use idp::storage::{account_merge, upstream_link};
use serde_json::json;
use tests::office::Office;

use super::officers::{told, way};
use super::parting::{merged, ways};
use super::ways::{BANK, STATE, at_account, error_code, linked, sub_at, town};
use super::*;

/// Another way in of whoever has the bank.
const BOX: (&str, &str) = ("box", "jmenovkyne");

/// Two officers remove a way in, with the word.
async fn removed(broker: &TestBroker, way: UpstreamLinkId) {
    let (core, now) = (&broker.broker, broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let silent = office.removes(core, &mut tx, way, false, now).await;
    assert!(
        matches!(silent, Err(NotDecided::EndsParting(_))),
        "{silent:?}"
    );
    office.removes(core, &mut tx, way, true, now).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = broker.db.begin().await.unwrap();
    let silent = office
        .agrees_to_remove(core, &mut tx, way, false, now)
        .await;
    assert!(
        matches!(silent, Err(NotDecided::EndsParting(_))),
        "{silent:?}"
    );
    drop(tx);
    let mut tx = broker.db.begin().await.unwrap();
    let agreed = office.agrees_to_remove(core, &mut tx, way, true, now).await;
    assert_eq!(agreed.unwrap().ended.len(), 1);
    tx.commit().await.unwrap();
}

/// The bank's account has become part of the register's, and where the page to part them is.
async fn town_of_two() -> (TestBroker, String, url::Url) {
    let broker = town().await;
    sub_at(&broker, "portal", BANK).await;
    let sub = sub_at(&broker, "portal", STATE).await;
    let mut browser = merged(&broker).await;
    let page = browser.open(&broker.at("/account")).await;
    let merge = page.link("Rozdělit účty");
    (broker, sub, merge)
}

#[tokio::test]
async fn a_stolen_way_of_a_merged_account_opens_nothing_any_more_and_the_owner_is_told() {
    let (broker, sub, merge) = town_of_two().await;
    let stolen = way(&broker, "bank").await;
    let mut thief = at_account(&broker, BANK).await;
    let before = broker.events().await;

    removed(&broker, stolen).await;

    let events = broker.events_since(&before).await;
    for kind in [
        "decision.proposed",
        "link.removal-decided",
        "merge.parting-ended",
        "link.removed",
    ] {
        assert_eq!(events.iter().filter(|event| *event == kind).count(), 1);
    }
    let details = broker.event_details("merge.parting-ended").await.remove(0);
    assert_eq!(details["link"], json!(stolen));
    let page = thief.open(&broker.at("/account")).await;
    assert_ne!(page.url.path(), "/account", "the thief is signed out");
    assert_ne!(sub_at(&broker, "portal", BANK).await, sub);
    assert_eq!(sub_at(&broker, "portal", STATE).await, sub);
    let told = told(&broker, STATE).await;
    assert!(told.contains("už tyto účty rozdělit nepůjde"), "{told}");

    // Nobody parts them, whatever page they had open.
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account")).await;
    assert!(!page.text().contains("Rozdělit účty"), "{}", page.text());
    let page = browser.open(merge.as_str()).await;
    assert_eq!((page.status, error_code(&page).as_str()), (409, "LNK-107"));
}

#[tokio::test]
async fn a_way_that_serves_no_more_goes_at_the_counter_and_the_pages_say_so() {
    let (mut broker, sub, merge) = town_of_two().await;
    broker
        .restart(json!({ "account": { "link_only": ["bank"] } }))
        .await;
    let mut browser = at_account(&broker, STATE).await;
    let of_bank = ways(&broker, &mut browser).await[0].clone();
    let page = browser.open(of_bank.as_str()).await;
    let why = page.text_of("#unlink-stays").unwrap();
    assert!(
        why.contains("přijďte s dokladem totožnosti na úřad"),
        "{why}"
    );
    assert!(page.text_of("#unlink-part").is_none(), "{}", page.text());
    let page = browser.open(merge.as_str()).await;
    assert!(
        page.text()
            .contains("přijďte s dokladem totožnosti na úřad")
    );
    // The other one could be replaced by a third.
    let of_state = ways(&broker, &mut browser).await[1].clone();
    let page = browser.open(of_state.as_str()).await;
    let why = page.text_of("#unlink-stays").unwrap();
    assert!(why.contains("Žádný jiný způsob"), "{why}");

    removed(&broker, way(&broker, "bank").await).await;

    assert_eq!(sub_at(&broker, "portal", STATE).await, sub);
    let mut browser = at_account(&broker, STATE).await;
    assert_eq!(ways(&broker, &mut browser).await.len(), 1);
    // And the bank, when it serves again, opens an account of its own.
    broker
        .restart(json!({ "account": { "link_only": [] } }))
        .await;
    assert_ne!(sub_at(&broker, "portal", BANK).await, sub);
}

#[tokio::test]
async fn an_account_s_own_way_that_serves_no_more_can_be_replaced_by_another_one() {
    let (mut broker, _, _) = town_of_two().await;
    broker
        .restart(json!({ "account": { "link_only": ["register"] } }))
        .await;
    let mut browser = at_account(&broker, BANK).await;
    let of_state = ways(&broker, &mut browser).await[1].clone();
    let page = browser.open(of_state.as_str()).await;
    let why = page.text_of("#unlink-stays").unwrap();
    assert!(why.contains("Přidejte nejdřív jiný způsob"), "{why}");

    linked(&broker, &mut browser, BOX).await;

    let page = browser.open(of_state.as_str()).await;
    assert!(page.text_of("#unlink-stays").is_none(), "{}", page.text());
}

#[tokio::test]
async fn what_was_parted_or_added_meanwhile_is_not_removed_by_the_former_word() {
    let (broker, _, _) = town_of_two().await;
    let stolen = way(&broker, "bank").await;
    let (core, now) = (&broker.broker, broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    office
        .removes(core, &mut tx, stolen, true, now)
        .await
        .unwrap();
    let link = upstream_link::lookup(&mut tx, stolen)
        .await
        .unwrap()
        .unwrap();
    let survivor = link.account_id;
    tx.commit().await.unwrap();

    // The owner parts them first.
    let mut tx = broker.db.begin().await.unwrap();
    let merge = account_merge::list_into(&mut tx, survivor).await.unwrap();
    let undone = idp::identity::undo(core, &mut tx, survivor, merge[0].merge_id, now).await;
    assert!(matches!(undone, Ok(idp::identity::Undone::Done { .. })));
    let agreed = office
        .agrees_to_remove(core, &mut tx, stolen, true, now)
        .await;
    assert!(matches!(agreed, Err(NotDecided::Changed)), "{agreed:?}");
    drop(tx);

    // Or has another way in of the same account by then: nothing has to end.
    let mut other = at_account(&broker, STATE).await;
    let page = other.open(&broker.at("/account")).await;
    assert!(page.text().contains("Rozdělit účty"));
    let mut tx = broker.db.begin().await.unwrap();
    let extra = idp::ids::UpstreamLinkId::new(uuid::Uuid::new_v4());
    let realm = link.realm.replace(":bank", ":box");
    let new = upstream_link::NewUpstreamLink {
        upstream_link_id: extra,
        account_id: survivor,
        realm: &realm,
        subject: "nova",
        provider: "box",
        linkable: true,
        passing: false,
    };
    assert!(upstream_link::add(&mut tx, new, now).await.unwrap());
    let merges = account_merge::list_into(&mut tx, survivor).await.unwrap();
    let id = merges[0].merge_id;
    store::on!(&mut tx, db => {
        sqlx::query("insert into merge_item (merge_id, kind, item_id) values ($1, 'upstream_link', $2)")
            .bind(id)
            .bind(extra)
            .execute(db)
            .await
            .map(drop)
    })
    .unwrap();
    let agreed = office
        .agrees_to_remove(core, &mut tx, stolen, true, now)
        .await;
    assert_eq!(agreed.unwrap().ended.len(), 0);
    let merges = account_merge::list_into(&mut tx, survivor).await.unwrap();
    assert!(now < merges[0].undo_until, "they can be parted");
}

#[tokio::test]
async fn a_stolen_account_is_switched_off_until_the_way_in_is_gone() {
    let (broker, sub, _) = town_of_two().await;
    let stolen = way(&broker, "bank").await;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await.unwrap();
    let link = upstream_link::lookup(&mut tx, stolen)
        .await
        .unwrap()
        .unwrap();
    let account_id = link.account_id;
    account::set_state(&mut tx, account_id, AccountState::Disabled, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    removed(&broker, stolen).await;

    let mut tx = broker.db.begin().await.unwrap();
    assert!(!account::hold(&mut tx, account_id, now).await.unwrap());
    assert!(account::enable(&mut tx, account_id, now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(sub_at(&broker, "portal", STATE).await, sub);
}

/// The owner parts the accounts at the moment in which the second officer agrees: one of the two happens.
#[tokio::test]
async fn of_parting_and_a_removal_at_once_one_happens() {
    for _ in 0..4 {
        let (broker, _, _) = town_of_two().await;
        let stolen = way(&broker, "bank").await;
        let (core, now) = (&broker.broker, broker.clock.now());
        let mut tx = broker.db.begin().await.unwrap();
        let office = Office::open(core, &mut tx).await;
        office
            .removes(core, &mut tx, stolen, true, now)
            .await
            .unwrap();
        let link = upstream_link::lookup(&mut tx, stolen)
            .await
            .unwrap()
            .unwrap();
        let survivor = link.account_id;
        let merges = account_merge::list_into(&mut tx, survivor).await.unwrap();
        let id = merges[0].merge_id;
        tx.commit().await.unwrap();

        let part = async {
            let mut tx = broker.db.begin().await.unwrap();
            let undone = idp::identity::undo(core, &mut tx, survivor, id, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            matches!(undone, idp::identity::Undone::Done { .. })
        };
        let remove = async {
            let mut tx = broker.db.begin().await.unwrap();
            let agreed = office
                .agrees_to_remove(core, &mut tx, stolen, true, now)
                .await;
            if agreed.is_ok() {
                tx.commit().await.unwrap();
            }
            agreed
        };
        let (parted, agreed) = tokio::join!(part, remove);

        assert_ne!(parted, agreed.is_ok(), "{agreed:?}");
        if let Err(error) = agreed {
            assert!(matches!(error, NotDecided::Changed), "{error:?}");
        }
        let mut tx = broker.db.read().await.unwrap();
        let left = upstream_link::lookup(&mut tx, stolen).await.unwrap();
        assert_eq!(left.is_some(), parted);
    }
}
