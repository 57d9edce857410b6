//! What officers decide about a case, and whom the next login lets in.

use chrono::Duration;
use idp::ids::{AccountId, ConflictId};
use idp::office::{self, Acting, Judgement, NotDecided, Outcome};
use idp::staff::Role;
use idp::storage::account::{self, AccountState};
use idp::storage::conflict::{self, Case, ConflictDetails, ConflictKind, NewConflict};
use idp::storage::decision::About;
use idp::storage::{account_merge, fact, upstream_link};
use serde_json::json;
use store::on;
use tests::office::{Office, officer, staffed};

use super::recycled::{DOOR, comes, neighbour, with_jana};
use super::ways::{BANK, STATE, at_account, error_code, linked, proved, sub_at, town};
use super::*;

/// The bank's subject of the same date of birth and another name.
const MARRIED: (&str, &str) = ("bank", "provdana");
/// Somebody of the same name at the same bank.
const NAMESAKE: (&str, &str) = ("bank", "jmenovkyne");

/// All cases, the oldest first.
async fn all(broker: &TestBroker) -> Vec<Case> {
    let mut tx = broker.db.read().await.unwrap();
    let since = chrono::DateTime::UNIX_EPOCH;
    conflict::list(&mut tx, &broker.broker.master_key, since)
        .await
        .unwrap()
}

/// The one case that is open.
async fn open(broker: &TestBroker) -> Case {
    let mut open = all(broker).await;
    open.retain(|case| case.closed_at.is_none());
    assert_eq!(open.len(), 1, "{open:?}");
    open.remove(0)
}

/// Two officers decide the case that is open.
async fn settle(broker: &TestBroker, outcome: Outcome) -> Case {
    let case = open(broker).await;
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(&broker.broker, &mut tx).await;
    let now = broker.clock.now();
    office
        .settles(&broker.broker, &mut tx, case.conflict_id, outcome, now)
        .await;
    tx.commit().await.unwrap();
    let closed = all(broker).await;
    let closed = closed
        .into_iter()
        .find(|held| held.conflict_id == case.conflict_id);
    assert!(closed.unwrap().closed_at.is_some());
    case
}

/// Everything that an account was told, on its page.
pub(super) async fn told(broker: &TestBroker, door: (&str, &str)) -> String {
    let mut browser = at_account(broker, door).await;
    let page = browser.open(&broker.at("/account/contacts")).await;
    page.text()
}

const IS_YOURS: &str = "rozhodl, že je váš";
const IS_NOT_YOURS: &str = "rozhodl, že patří někomu jinému";
const NOTHING: &str = "Na vaší městské identitě se nic nemění";

#[tokio::test]
async fn whose_date_of_birth_was_corrected_is_let_in_again_with_the_new_data_and_nobody_else_is() {
    let (mut broker, sub) = with_jana().await;
    broker
        .restart(neighbour("Jana", "Nováková", "1985-04-13"))
        .await;
    let page = comes(&broker).await;
    assert_eq!(error_code(&page), "LOG-121", "{}", page.text());
    let number = open(&broker).await.conflict_id.number();
    assert!(page.text().contains(&number), "{}", page.text());
    let before = broker.events().await;

    let case = settle(&broker, Outcome::SamePerson).await;

    assert_eq!(case.kind, ConflictKind::GraveChange);
    let events = broker.events_since(&before).await;
    assert_eq!(events, ["conflict.decided", "decision.proposed"]);
    let details = broker.event_details("conflict.decided").await.remove(0);
    assert_eq!(details["outcome"], "same-person");
    assert_ne!(details["officer"], details["second_officer"]);

    for _ in 0..2 {
        assert_eq!(sub_at(&broker, "portal", DOOR).await, sub);
    }
    let mut browser = at_account(&broker, DOOR).await;
    let page = browser.open(&broker.at("/account")).await;
    let shown = page.text();
    assert!(
        shown.contains("13. 4. 1985") || shown.contains("13. dubna 1985"),
        "{shown}"
    );
    assert!(
        !shown.contains("12. 4. 1985") && !shown.contains("12. dubna 1985"),
        "{shown}"
    );
    assert!(told(&broker, DOOR).await.contains(IS_YOURS));
    // The officers looked at one person; a third one by the same subject is a case again.
    for (given, born) in [("Tereza", "1985-04-13"), ("Jana", "1990-01-01")] {
        broker.restart(neighbour(given, "Nováková", born)).await;
        assert_eq!(
            error_code(&comes(&broker).await),
            "LOG-121",
            "{given} {born}"
        );
    }
    open(&broker).await;
}

#[tokio::test]
async fn a_third_person_who_comes_before_the_officers_have_agreed_gets_in_by_nobodys_word() {
    let (mut broker, _) = with_jana().await;
    broker
        .restart(neighbour("Jana", "Nováková", "1985-04-13"))
        .await;
    comes(&broker).await;
    let case = open(&broker).await;
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(&broker.broker, &mut tx).await;
    let now = broker.clock.now();
    let (id, same) = (case.conflict_id, Outcome::SamePerson);
    office
        .decides(&broker.broker, &mut tx, id, same, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    broker
        .restart(neighbour("Petr", "Svoboda", "1990-01-01"))
        .await;
    comes(&broker).await;

    let mut tx = broker.db.begin().await.unwrap();
    let about = About::Case(id);
    let agreed = office::agree(
        &staffed(&broker.broker),
        &mut tx,
        &office.second,
        about,
        now,
    )
    .await;

    assert!(matches!(agreed, Err(NotDecided::Changed)), "{agreed:?}");
    drop(tx);
    assert_eq!(error_code(&comes(&broker).await), "LOG-121");
}

#[tokio::test]
async fn whom_the_provider_gave_somebodys_subject_gets_an_account_of_their_own() {
    let (mut broker, sub) = with_jana().await;
    broker
        .restart(neighbour("Petr", "Svoboda", "1990-01-01"))
        .await;
    comes(&broker).await;
    let jana = open(&broker).await.account_id;
    let before = broker.events().await;

    settle(&broker, Outcome::AnotherPerson).await;

    let events = broker.events_since(&before).await;
    assert!(events.contains(&"link.removed".to_owned()), "{events:?}");
    let petr = sub_at(&broker, "portal", DOOR).await;
    assert_ne!(petr, sub);
    assert_eq!(sub_at(&broker, "portal", DOOR).await, petr);
    let mut browser = at_account(&broker, DOOR).await;
    let page = browser.open(&broker.at("/account")).await;
    assert!(!page.text().contains("Nováková"), "{}", page.text());
    let mut tx = broker.db.begin().await.unwrap();
    let key = &broker.broker.master_key;
    let held = fact::list_current(&mut tx, key, jana, broker.clock.now()).await;
    assert!(!held.unwrap().is_empty(), "Jana's own data stay hers");
    let left = upstream_link::list_by_account(&mut tx, jana).await.unwrap();
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn a_login_of_another_name_is_added_by_officers_and_opens_the_account() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, MARRIED).await;
    let number = open(&broker).await.conflict_id.number();
    assert!(page.text().contains(&number), "{}", page.text());

    let case = settle(&broker, Outcome::SamePerson).await;

    assert_eq!(case.kind, ConflictKind::NamesDiffer);
    for _ in 0..2 {
        assert_eq!(sub_at(&broker, "portal", MARRIED).await, sub);
    }
    assert!(told(&broker, STATE).await.contains(IS_YOURS));
}

#[tokio::test]
async fn who_made_an_account_by_the_login_while_the_case_waited_is_joined_and_can_part_again() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    proved(&broker, &mut browser, MARRIED).await;
    let theirs = sub_at(&broker, "portal", MARRIED).await;
    assert_ne!(theirs, sub);

    let case = settle(&broker, Outcome::SamePerson).await;

    assert_eq!(sub_at(&broker, "portal", MARRIED).await, sub);
    let mut tx = broker.db.begin().await.unwrap();
    let merges = account_merge::list_into(&mut tx, case.account_id).await;
    let merge = merges.unwrap().remove(0);
    let undone = idp::identity::undo(
        &broker.broker,
        &mut tx,
        case.account_id,
        merge.merge_id,
        broker.clock.now(),
    );
    assert!(matches!(
        undone.await.unwrap(),
        idp::identity::Undone::Done { .. }
    ));
    tx.commit().await.unwrap();
    assert_eq!(sub_at(&broker, "portal", MARRIED).await, theirs);
    assert_eq!(sub_at(&broker, "portal", STATE).await, sub);
}

#[tokio::test]
async fn a_namesake_stays_apart_and_is_not_brought_before_an_officer_twice() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", BANK).await;
    let theirs = sub_at(&broker, "portal", NAMESAKE).await;
    let mut browser = at_account(&broker, BANK).await;
    proved(&broker, &mut browser, NAMESAKE).await;

    let case = settle(&broker, Outcome::AnotherPerson).await;

    assert_eq!(case.kind, ConflictKind::SubjectTaken);
    assert!(told(&broker, BANK).await.contains(IS_NOT_YOURS));
    assert!(told(&broker, NAMESAKE).await.contains(NOTHING));
    let page = proved(&broker, &mut browser, NAMESAKE).await;
    assert!(
        page.text().contains("úřad o tomto způsobu rozhodl"),
        "{}",
        page.text()
    );
    assert_eq!(all(&broker).await.len(), 1, "no second case");
    assert_eq!(sub_at(&broker, "portal", BANK).await, sub);
    assert_eq!(sub_at(&broker, "portal", NAMESAKE).await, theirs);
    // Whoever has something new to say brings it up again.
    browser.submit(&page, "link-review", &[]).await;
    assert_eq!(open(&broker).await.kind, ConflictKind::SubjectTaken);
}

#[tokio::test]
async fn two_accounts_that_the_rules_keep_apart_become_one_by_officers() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", BANK).await;
    let theirs = sub_at(&broker, "portal", NAMESAKE).await;
    assert_ne!(sub, theirs);
    let mut browser = at_account(&broker, BANK).await;
    proved(&broker, &mut browser, NAMESAKE).await;

    settle(&broker, Outcome::SamePerson).await;

    assert_eq!(sub_at(&broker, "portal", NAMESAKE).await, sub);
    assert_eq!(sub_at(&broker, "portal", BANK).await, sub);
    let told = told(&broker, BANK).await;
    assert!(
        told.contains(IS_YOURS) && told.contains("spojili v jednu"),
        "{told}"
    );
}

#[tokio::test]
async fn a_case_in_which_nothing_is_to_be_done_needs_one_officer_and_changes_nothing() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    proved(&broker, &mut browser, MARRIED).await;
    let links = broker.rows("upstream_link").await;

    settle(&broker, Outcome::NothingToDo).await;

    assert_eq!(broker.rows("upstream_link").await, links);
    assert!(told(&broker, STATE).await.contains(NOTHING));
    assert_ne!(sub_at(&broker, "portal", MARRIED).await, sub);
}

/// A case of names that differ, and whose it is.
async fn waiting(broker: &TestBroker) -> (ConflictId, AccountId) {
    let mut browser = at_account(broker, STATE).await;
    proved(broker, &mut browser, MARRIED).await;
    let case = open(broker).await;
    (case.conflict_id, case.account_id)
}

#[tokio::test]
async fn one_person_is_not_two_officers_and_nobody_decides_their_own_matter() {
    let broker = town().await;
    let (id, _) = waiting(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let both = [Role::Verifier, Role::Supervisor];
    let twin = officer(core, &mut tx, "ALENA PSAVA", &both, now).await;
    let own = officer(core, &mut tx, "Jana Nová", &both, now).await;
    let acting = |officer, operator: &str| Acting {
        officer,
        operator: operator.to_owned(),
    };
    let same = Outcome::SamePerson;
    let by = |first: Acting| Office {
        first,
        second: office.second.clone(),
    };

    let decided = by(office.second.clone())
        .decides(core, &mut tx, id, same, now)
        .await;
    assert!(
        matches!(decided, Err(NotDecided::RoleMissing(..))),
        "{decided:?}"
    );
    let decided = by(acting(own, "jana"))
        .decides(core, &mut tx, id, same, now)
        .await;
    assert!(
        matches!(decided, Err(NotDecided::OwnName(_))),
        "{decided:?}"
    );
    office.decides(core, &mut tx, id, same, now).await.unwrap();
    let again = office.decides(core, &mut tx, id, same, now).await;
    assert!(matches!(again, Err(NotDecided::Waits)), "{again:?}");
    tx.commit().await.unwrap();

    for (who, expected) in [
        (office.first.clone(), "RoleMissing"),
        (acting(twin, "bohumil"), "SameName"),
        (acting(own, "bohumil"), "OwnName"),
        (acting(office.second.officer, "alena"), "SameOperator"),
    ] {
        let mut tx = broker.db.begin().await.unwrap();
        let agreed = office::agree(core, &mut tx, &who, About::Case(id), now).await;
        let refused = format!("{:?}", agreed.unwrap_err());
        assert!(refused.starts_with(expected), "{expected}: {refused}");
    }
    assert!(open(&broker).await.closed_at.is_none());
    assert_eq!(broker.rows("ruling").await, 0);
}

/// Whatever stands of their login: the provider serves officers now, and its roles mean something now.
#[tokio::test]
async fn who_is_no_officer_any_more_decides_nothing() {
    let broker = town().await;
    let (id, _) = waiting(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let changed = |change: fn(&mut idp::Config)| {
        let mut config = (*core.config).clone();
        change(&mut config);
        idp::Broker {
            config: config.into(),
            ..core.clone()
        }
    };
    let nobodys = changed(|config| config.staff = None);
    let elsewhere = changed(|config| {
        config.staff.as_mut().unwrap().provider = "nobody".to_owned();
    });
    let unmapped = changed(|config| config.staff.as_mut().unwrap().roles.clear());

    for (core, expected) in [
        (&nobodys, "OfficerAway"),
        (&elsewhere, "OfficerAway"),
        (&unmapped, "RoleMissing"),
    ] {
        let judgement = Judgement {
            conflict_id: id,
            outcome: Outcome::SamePerson,
            reason: "viděno u přepážky, spis 12/2026".to_owned(),
        };
        let decided = office::decide(core, &mut tx, &office.first, judgement, now).await;
        let refused = format!("{:?}", decided.unwrap_err());
        assert!(refused.starts_with(expected), "{expected}: {refused}");
    }
    office
        .decides(core, &mut tx, id, Outcome::SamePerson, now)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_is_decided_once_and_in_time() {
    let broker = town().await;
    let (id, _) = waiting(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let same = Outcome::SamePerson;
    let about = About::Case(id);
    office.decides(core, &mut tx, id, same, now).await.unwrap();

    let late = now + Duration::days(14);
    let agreed = office::agree(core, &mut tx, &office.second, about, late).await;
    assert!(
        matches!(agreed, Err(NotDecided::NothingWaits)),
        "{agreed:?}"
    );
    // Whoever decides anew does not find the former one in the way.
    office.decides(core, &mut tx, id, same, late).await.unwrap();
    office::decline(core, &mut tx, &office.second, about, late)
        .await
        .unwrap();
    office.settles(core, &mut tx, id, same, late).await;
    let again = office.decides(core, &mut tx, id, same, late).await;
    assert!(matches!(again, Err(NotDecided::Closed(_))), "{again:?}");
    let agreed = office::agree(core, &mut tx, &office.second, about, late).await;
    assert!(
        matches!(agreed, Err(NotDecided::NothingWaits)),
        "{agreed:?}"
    );
}

#[tokio::test]
async fn of_officers_who_agree_at_once_one_does_it() {
    let broker = town().await;
    let (id, _) = waiting(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let same = Outcome::SamePerson;
    office.decides(core, &mut tx, id, same, now).await.unwrap();
    tx.commit().await.unwrap();

    let agree = || async {
        let mut tx = broker.db.begin().await.unwrap();
        let about = About::Case(id);
        let agreed = office::agree(core, &mut tx, &office.second, about, now).await;
        if agreed.is_ok() {
            tx.commit().await.unwrap();
        }
        agreed
    };
    let agreed = futures_util::future::join_all([agree(), agree(), agree()]).await;

    let done = agreed.iter().filter(|agreed| agreed.is_ok()).count();
    assert_eq!(done, 1, "{agreed:?}");
    let events = broker.events().await;
    let decided = events.iter().filter(|kind| *kind == "conflict.decided");
    assert_eq!(decided.count(), 1);
    assert_eq!(broker.rows("ruling").await, 1);
}

#[tokio::test]
async fn what_was_joined_or_closed_meanwhile_is_judged_anew() {
    let broker = town().await;
    let (id, account_id) = waiting(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let same = Outcome::SamePerson;
    office.decides(core, &mut tx, id, same, now).await.unwrap();
    tx.commit().await.unwrap();
    // The login has an account of its own by now.
    sub_at(&broker, "portal", MARRIED).await;

    let mut tx = broker.db.begin().await.unwrap();
    let about = About::Case(id);
    let agreed = office::agree(core, &mut tx, &office.second, about, now).await;
    assert!(matches!(agreed, Err(NotDecided::Changed)), "{agreed:?}");
    drop(tx);

    let mut tx = broker.db.begin().await.unwrap();
    idp::identity::close(core, &mut tx, account_id, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = broker.db.begin().await.unwrap();
    let agreed = office::agree(core, &mut tx, &office.second, about, now).await;
    assert!(
        matches!(agreed, Err(NotDecided::NothingWaits)),
        "{agreed:?}"
    );
    let decided = office.decides(core, &mut tx, id, same, now).await;
    assert!(
        matches!(decided, Err(NotDecided::CaseUnknown(_))),
        "{decided:?}"
    );
    drop(tx);
    assert_eq!(broker.rows("decision").await, 0, "erased with the account");
}

#[tokio::test]
async fn who_lost_their_last_way_in_to_somebody_else_comes_back_by_a_new_one_at_the_counter() {
    let (mut broker, sub) = with_jana().await;
    broker
        .restart(neighbour("Petr", "Svoboda", "1990-01-01"))
        .await;
    comes(&broker).await;
    let jana = settle(&broker, Outcome::AnotherPerson).await.account_id;
    let new_door = ("bank", "petr");
    assert_ne!(sub_at(&broker, "portal", new_door).await, sub);
    let fresh = way(&broker, "bank").await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let mut tx = broker.db.begin().await.unwrap();
    let first = office::bring(core, &mut tx, "alena", (jana, fresh), now).await;
    let again = office::bring(core, &mut tx, "alena", (jana, fresh), now).await;
    assert_eq!(first.unwrap(), again.unwrap(), "one case");
    tx.commit().await.unwrap();

    settle(&broker, Outcome::SamePerson).await;

    assert_eq!(sub_at(&broker, "portal", new_door).await, sub);
    assert_ne!(sub_at(&broker, "portal", DOOR).await, sub);
    let mut tx = broker.db.begin().await.unwrap();
    let own = office::bring(core, &mut tx, "alena", (jana, fresh), now).await;
    assert!(matches!(own, Err(NotDecided::OwnWay)), "{own:?}");
}

/// The way in of a provider.
pub(super) async fn way(broker: &TestBroker, provider: &str) -> idp::ids::UpstreamLinkId {
    let mut tx = broker.db.read().await.unwrap();
    let id: uuid::Uuid = on!(&mut tx, db => {
        sqlx::query_scalar("select upstream_link_id from upstream_link where provider = $1 and ended_at is null")
            .bind(provider)
            .fetch_one(db)
            .await
    })
    .unwrap();
    idp::ids::UpstreamLinkId::new(id)
}

#[tokio::test]
async fn a_lost_way_in_is_removed_at_the_counter_by_two_officers() {
    let broker = town().await;
    let sub = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let lost = way(&broker, "register").await;
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    let only = office.removes(core, &mut tx, lost, false, now).await;
    assert!(matches!(only, Err(NotDecided::LastWayIn)), "{only:?}");
    tx.commit().await.unwrap();
    linked(&broker, &mut browser, BANK).await;
    let mut elsewhere = at_account(&broker, STATE).await;

    let mut tx = broker.db.begin().await.unwrap();
    let vain = office.removes(core, &mut tx, lost, true, now).await;
    assert!(matches!(vain, Err(NotDecided::NothingToEnd)), "{vain:?}");
    office
        .removes(core, &mut tx, lost, false, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sub_at(&broker, "portal", STATE).await, sub, "nothing yet");
    let mut tx = broker.db.begin().await.unwrap();
    let vain = office
        .agrees_to_remove(core, &mut tx, lost, true, now)
        .await;
    assert!(matches!(vain, Err(NotDecided::NothingToEnd)), "{vain:?}");
    drop(tx);
    let mut tx = broker.db.begin().await.unwrap();
    let agreed = office
        .agrees_to_remove(core, &mut tx, lost, false, now)
        .await;
    assert_eq!(agreed.unwrap().ended.len(), 0);
    tx.commit().await.unwrap();

    assert_eq!(sub_at(&broker, "portal", BANK).await, sub);
    assert_ne!(sub_at(&broker, "portal", STATE).await, sub);
    let page = elsewhere.open(&broker.at("/account")).await;
    assert_ne!(page.url.path(), "/account", "every session has ended");
    let told = told(&broker, BANK).await;
    assert!(told.contains("byl odebrán způsob přihlášení"), "{told}");
    let details = broker.event_details("link.removal-decided").await.remove(0);
    assert_eq!(details["link"], json!(lost));
}

/// What can only fail at the agreement is not left for a second officer to find.
#[tokio::test]
async fn what_cannot_be_done_is_refused_to_the_first_officer() {
    let broker = town().await;
    let theirs = sub_at(&broker, "portal", NAMESAKE).await;
    sub_at(&broker, "portal", BANK).await;
    let mut browser = at_account(&broker, BANK).await;
    proved(&broker, &mut browser, NAMESAKE).await;
    let case = open(&broker).await;
    let (core, now) = (&staffed(&broker.broker), broker.clock.now());
    let (id, same) = (case.conflict_id, Outcome::SamePerson);
    let mut tx = broker.db.begin().await.unwrap();
    let office = Office::open(core, &mut tx).await;
    tx.commit().await.unwrap();

    // One of the subjects names nobody for good.
    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query("update upstream_link set linkable = false").execute(db).await.map(drop))
        .unwrap();
    let decided = office.decides(core, &mut tx, id, same, now).await;
    assert!(
        matches!(decided, Err(NotDecided::Unjoinable)),
        "{decided:?}"
    );
    drop(tx);

    // One of the accounts may not be used.
    let other = case.other_account_id.unwrap();
    let mut tx = broker.db.begin().await.unwrap();
    account::set_state(&mut tx, other, AccountState::Disabled, now)
        .await
        .unwrap();
    for outcome in [same, Outcome::AnotherPerson] {
        let decided = office.decides(core, &mut tx, id, outcome, now).await;
        assert!(
            matches!(decided, Err(NotDecided::AccountGone)),
            "{decided:?}"
        );
    }
    drop(tx);

    // A case of a former release knows a subject by its hash alone, and it is nobody's way in.
    let mut tx = broker.db.begin().await.unwrap();
    let unknown = NewConflict {
        conflict_id: ConflictId::new(uuid::Uuid::new_v4()),
        kind: ConflictKind::NamesDiffer,
        account_id: case.account_id,
        other_account_id: None,
        provider: "bank",
        realm: &case.realm,
        subject: "nobody's",
    };
    let details = ConflictDetails::default();
    let unknown = conflict::open(&mut tx, &core.master_key, unknown, &details, now).await;
    let unknown = unknown.unwrap().unwrap();
    let decided = office.decides(core, &mut tx, unknown, same, now).await;
    assert!(
        matches!(decided, Err(NotDecided::SubjectUnknown)),
        "{decided:?}"
    );
    drop(tx);

    assert_eq!(broker.rows("decision").await, 0);
    settle(&broker, same).await;
    assert_ne!(sub_at(&broker, "portal", NAMESAKE).await, theirs);
}
