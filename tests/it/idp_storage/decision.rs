//! Decisions of officers, what they said of subjects, and the queue as they read it.

use chrono::{DateTime, Duration};
use idp::ids::{ConflictId, DecisionId, MergeId, RulingId, StaffAccountId};
use idp::office::{Ended, Outcome};
use idp::staff::Role;
use idp::storage::conflict::{self, Closing, ConflictDetails, Told};
use idp::storage::decision::{self, About, Decision, DecisionDetails};
use idp::storage::retention;
use idp::storage::ruling::{self, Ruling, Says};
use store::Tx;
use tests::engines::{engines, master_key};
use tests::office::signed_in;

use super::conflict::about;
use super::{Person, id, noon, person};

fn jana() -> Told {
    Told {
        given_name: Some("Jana".to_owned()),
        family_name: Some("Nováková".to_owned()),
        birth_date: "1985-04-12".parse().ok(),
    }
}

fn decided(number: u128, about: About, person: &Person, by: StaffAccountId) -> Decision {
    Decision {
        decision_id: DecisionId::new(id(number)),
        about,
        account_id: person.account_id,
        other_account_id: None,
        outcome: Outcome::SamePerson,
        details: DecisionDetails {
            reason: "viděno".to_owned(),
            told: Some(jana()),
            operator: "alena".to_owned(),
            ends: vec![MergeId::new(id(number))],
        },
        proposed_by: by,
        proposed_at: noon(),
        expires_at: noon() + Duration::days(14),
    }
}

async fn alena(tx: &mut Tx) -> StaffAccountId {
    let realm = serde_json::from_value("caais:sandbox:x".into()).unwrap();
    let who = ("Alena Psavá", &[Role::Verifier][..]);
    signed_in(tx, &master_key(), &realm, who, noon()).await
}

#[tokio::test]
async fn one_decision_about_a_case_or_a_way_in_waits_at_a_time_and_ends_once() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, key) = (person(&mut tx, 1).await, master_key());
        let by = alena(&mut tx).await;
        let case = About::Case(ConflictId::new(id(5)));
        let removal = About::Removal(person.link_id);
        let first = decided(1, case, &person, by);
        let other = decided(2, removal, &person, by);

        assert!(decision::add(&mut tx, &key, &first).await.unwrap());
        let again = decided(3, case, &person, by);
        assert!(!decision::add(&mut tx, &key, &again).await.unwrap());
        assert!(decision::add(&mut tx, &key, &other).await.unwrap());

        for (about, held) in [(case, &first), (removal, &other)] {
            let found = decision::find_open(&mut tx, &key, about, noon()).await;
            assert_eq!(found.unwrap().as_ref(), Some(held), "{}", engine.name);
        }
        let open = decision::list_open(&mut tx, &key, noon()).await.unwrap();
        assert_eq!(open, [first.clone(), other]);
        for ends in [true, false] {
            let ended = decision::end(&mut tx, first.decision_id, Ended::Agreed, Some(by), noon());
            assert_eq!(ended.await.unwrap(), ends);
        }
        let none = decision::find_open(&mut tx, &key, case, noon()).await;
        assert_eq!(none.unwrap(), None);
        // The other one runs out of time, and makes way.
        let late = noon() + Duration::days(14);
        let found = decision::find_open(&mut tx, &key, removal, late).await;
        assert_eq!(found.unwrap(), None);
        assert_eq!(decision::expire(&mut tx, noon()).await.unwrap(), 0);
        assert_eq!(decision::expire(&mut tx, late).await.unwrap(), 1);
        let anew = decided(4, removal, &person, by);
        assert!(decision::add(&mut tx, &key, &anew).await.unwrap());
        let kept = Duration::days(14 + 90);
        assert_eq!(retention::sweep(&mut tx, noon() + kept).await.unwrap(), 1);
        let forgotten = noon() + kept + Duration::seconds(1);
        assert_eq!(retention::sweep(&mut tx, forgotten).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn a_ruling_is_found_by_its_subject_alone_and_can_be_taken_back() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, key) = (person(&mut tx, 1).await, master_key());
        let rule = |number, says| Ruling {
            ruling_id: RulingId::new(id(number)),
            decision_id: DecisionId::new(id(9)),
            says,
            account_id: person.account_id,
            told: jana(),
        };
        let (same, apart) = (rule(1, Says::Same(person.link_id)), rule(2, Says::Apart));
        for (ruling, at) in [(&same, noon()), (&apart, noon() + Duration::hours(1))] {
            ruling::add(&mut tx, &key, ruling, "bank:test:x", "s", at)
                .await
                .unwrap();
        }

        let about = ruling::list_about(&mut tx, &key, "bank:test:x", "s").await;
        assert_eq!(
            about.unwrap(),
            [apart.clone(), same.clone()],
            "{}",
            engine.name
        );
        for (realm, subject) in [("bank:test:x", "S"), ("bank:test:y", "s")] {
            let none = ruling::list_about(&mut tx, &key, realm, subject).await;
            assert_eq!(none.unwrap(), []);
        }
        ruling::remove(&mut tx, apart.ruling_id).await.unwrap();
        let left = ruling::list_about(&mut tx, &key, "bank:test:x", "s").await;
        assert_eq!(left.unwrap(), [same]);
    }
}

#[tokio::test]
async fn the_queue_tells_who_came_last_and_closed_cases_to_who_asks_for_them() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, key) = (person(&mut tx, 1).await, master_key());
        let (open, closed) = (about(1, &person, "s"), about(2, &person, "t"));
        for case in [open, closed] {
            conflict::open(&mut tx, &key, case, &ConflictDetails::default(), noon())
                .await
                .unwrap();
        }
        let (one, two) = (open.conflict_id, closed.conflict_id);
        let (links, told) = ([person.link_id], jana());
        for (case, is_open) in [(one, true), (ConflictId::new(id(7)), false)] {
            let added = conflict::add_told(&mut tx, &key, case, "s", &told, &links, noon());
            assert_eq!(added.await.unwrap(), is_open);
        }
        conflict::close(&mut tx, two, Closing::Resolved, noon())
            .await
            .unwrap();

        let waiting = conflict::list(&mut tx, &key, noon()).await.unwrap();
        let all = conflict::list(&mut tx, &key, DateTime::UNIX_EPOCH).await;
        let keys = |cases: &[conflict::Case]| {
            cases
                .iter()
                .map(|case| case.conflict_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(&waiting), [one], "{}", engine.name);
        assert_eq!(keys(&all.unwrap()), [one, two]);
        let found = conflict::lookup(&mut tx, &key, one).await.unwrap().unwrap();
        assert_eq!(found.details.told, Some(told));
        assert_eq!(found.details.links, links);
        assert!(found.is_about("s") && !found.is_about("t"));
        let none = conflict::lookup(&mut tx, &key, ConflictId::new(id(7))).await;
        assert_eq!(none.unwrap(), None);
    }
}
