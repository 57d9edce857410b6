//! Subjects that a provider changes, joins, or does not stand for: what no demo provider says.

use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use federation::{Assertion, KeepKey};
use idp::Broker;
use idp::identity::{self, Admission, Arrived, Tie, Verdict};
use idp::ids::{AccountId, ConflictId};
use idp::office::Outcome;
use idp::storage::conflict::{self, ConflictKind};
use serde_json::{Value, json};
use store::Tx;
use tests::broker::{Ground, TestBroker};
use tests::office::Office;

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::PostgresAndRedis];

/// An assertion as it waits in short-lived state, sealed under a key that this test knows.
fn said(subject: &str, previous: &[&str], linkable: bool) -> Assertion {
    said_of(subject, previous, linkable, &json!([]))
}

/// The same about somebody.
fn said_of(subject: &str, previous: &[&str], linkable: bool, facts: &Value) -> Assertion {
    let claims = json!({
        "realm": "bank_id:sandbox:https://bank.example",
        "subject": subject,
        "levels": { "identity": "town", "login": "multi" },
        "acr": null,
        "authenticated_at": "2026-11-24T12:00:00Z",
        "upstream_session": null,
        "facts": facts,
        "trust_framework": "cz_aml",
        "country": null,
        "linkable": linkable,
        "previous_subjects": previous,
    });
    let key = [7; 32];
    let mut sealed = serde_json::to_vec(&claims).unwrap();
    let nonce = RandomizedNonceKey::new(&AES_256_GCM, &key)
        .unwrap()
        .seal_in_place_append_tag(Aad::from(b"here"), &mut sealed)
        .unwrap();
    let kept = [nonce.as_ref().as_slice(), &sealed].concat();
    KeepKey::new(&key).unwrap().recall("here", &kept).unwrap()
}

fn arrived(assertion: &Assertion) -> Arrived<'_> {
    Arrived {
        provider: "bank",
        assertion,
    }
}

async fn admitted(broker: &Broker, tx: &mut Tx, assertion: &Assertion) -> Admission {
    let now = broker.clock.now();
    identity::admit(broker, tx, arrived(assertion), "cs", now)
        .await
        .unwrap()
}

async fn log_in(broker: &Broker, tx: &mut Tx, assertion: &Assertion) -> Tie {
    match admitted(broker, tx, assertion).await {
        Admission::To(tie) => tie,
        refused => panic!("nobody is let in: {refused:?}"),
    }
}

#[tokio::test]
async fn a_subject_that_its_provider_changed_opens_the_same_account_and_the_former_one_is_a_stranger()
 {
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let mut tx = broker.db.begin().await.unwrap();
        let known = log_in(broker, &mut tx, &said("old", &[], true)).await;

        let changed = said("new", &["older", "old"], true);

        assert_eq!(log_in(broker, &mut tx, &changed).await, known);
        assert_eq!(log_in(broker, &mut tx, &changed).await, known);
        let stranger = log_in(broker, &mut tx, &said("old", &[], true)).await;
        assert_ne!(stranger.account_id, known.account_id);
    }
}

/// Names and date of birth, vouched for or only told.
fn person(given: &str, family: &str, born: &str, standing: &str) -> Value {
    json!([
        { "kind": "given_name", "value": { "type": "text", "value": given }, "standing": standing },
        { "kind": "family_name", "value": { "type": "text", "value": family }, "standing": standing },
        { "kind": "birth_date", "value": { "type": "date", "value": born }, "standing": standing },
    ])
}

#[tokio::test]
async fn a_changed_subject_moves_no_account_to_a_person_of_another_name_or_date_of_birth() {
    let jana = person("JANA", "NOVÁKOVÁ", "1985-04-12", "vouched");
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let mut tx = broker.db.begin().await.unwrap();
        let known = said_of("old", &[], true, &jana);
        let tie = log_in(broker, &mut tx, &known).await;
        let now = broker.clock.now();
        identity::prove(broker, &mut tx, arrived(&known), tie, now)
            .await
            .unwrap();

        for other in [
            person("TEREZA", "MALÁ", "2010-09-01", "vouched"),
            person("JANA", "MALÁ", "1985-04-12", "vouched"),
            person("JANA", "NOVÁKOVÁ", "1985-04-13", "vouched"),
            // What is only told may not contradict either.
            person("TEREZA", "MALÁ", "2010-09-01", "self_stated"),
        ] {
            let taker = said_of("new", &["old"], true, &other);
            let admission = admitted(broker, &mut tx, &taker).await;
            assert_eq!(admission, Admission::Ambiguous, "{other}");
        }

        let open = conflict::list_open(&mut tx, &broker.master_key, tie.account_id)
            .await
            .unwrap();
        let kinds: Vec<_> = open.iter().map(|conflict| conflict.kind).collect();
        assert_eq!(kinds, [ConflictKind::GraveChange]);
        assert_eq!(log_in(broker, &mut tx, &known).await, tie);
        let same = person("Jana Marie", "Nováková", "1985-04-12", "vouched");
        let changed = said_of("new", &["old"], true, &same);
        assert_eq!(log_in(broker, &mut tx, &changed).await, tie);
    }
}

#[tokio::test]
async fn a_known_subject_that_is_vouched_for_as_another_person_lets_nobody_in_and_a_stated_one_says_nothing()
 {
    let jana = person("JANA", "NOVÁKOVÁ", "1985-04-12", "vouched");
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let mut tx = broker.db.begin().await.unwrap();
        let known = said_of("known", &[], true, &jana);
        let tie = log_in(broker, &mut tx, &known).await;
        let now = broker.clock.now();
        identity::prove(broker, &mut tx, arrived(&known), tie, now)
            .await
            .unwrap();
        let says = |given, family, born, standing| {
            said_of("known", &[], true, &person(given, family, born, standing))
        };

        let stated = says("PETR", "SVOBODA", "1990-01-01", "self_stated");
        assert_eq!(log_in(broker, &mut tx, &stated).await, tie);
        let key = &broker.master_key;
        let open = conflict::list_open(&mut tx, key, tie.account_id).await;
        assert_eq!(open.unwrap(), []);
        let married = says("JANA", "SVOBODOVÁ", "1985-04-12", "vouched");
        assert_eq!(log_in(broker, &mut tx, &married).await, tie);
        let other = says("JANA", "NOVÁKOVÁ", "1990-01-01", "vouched");
        let refused = admitted(broker, &mut tx, &other).await;
        assert_eq!(refused, Admission::SomebodyElse(tie.account_id));
        // Nor under a new subject that its provider calls the same person's.
        let followed = person("JANA", "NOVÁKOVÁ", "1990-01-01", "vouched");
        let followed = said_of("new", &["known"], true, &followed);
        assert_eq!(
            admitted(broker, &mut tx, &followed).await,
            Admission::Ambiguous
        );

        let open = conflict::list_open(&mut tx, key, tie.account_id).await;
        let mut kinds: Vec<_> = open
            .unwrap()
            .iter()
            .map(|case| case.kind.as_str())
            .collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["grave_change", "grave_change", "name_changed"]);
        assert_eq!(log_in(broker, &mut tx, &known).await, tie);
    }
}

#[tokio::test]
async fn subjects_that_a_provider_joins_and_we_know_as_two_people_are_an_officers_matter() {
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let mut tx = broker.db.begin().await.unwrap();
        let one = log_in(broker, &mut tx, &said("one", &[], true)).await;
        let two = log_in(broker, &mut tx, &said("two", &[], true)).await;

        // Under a third subject nobody is let in; under one of the two its own account opens, and stays alone.
        let third = admitted(broker, &mut tx, &said("three", &["one", "two"], true)).await;
        let second = log_in(broker, &mut tx, &said("two", &["one"], true)).await;

        assert_eq!(third, Admission::Ambiguous);
        assert_eq!(second, two);
        assert_eq!(log_in(broker, &mut tx, &said("one", &[], true)).await, one);
        for tie in [one, two] {
            let open = conflict::list_open(&mut tx, &broker.master_key, tie.account_id)
                .await
                .unwrap();
            let kinds: Vec<_> = open.iter().map(|conflict| conflict.kind).collect();
            assert_eq!(kinds, [ConflictKind::SubjectsJoined]);
        }
    }
}

#[tokio::test]
async fn a_subject_that_names_nobody_for_good_is_added_to_nothing_and_nothing_to_it() {
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let now = broker.clock.now();
        let mut tx = broker.db.begin().await.unwrap();
        let lasting = said("lasting", &[], true);
        let passing = said("passing", &[], false);
        let person = log_in(broker, &mut tx, &lasting).await;

        let verdict =
            identity::verdict(broker, &mut tx, arrived(&passing), person.account_id, now).await;
        assert_eq!(verdict.unwrap(), Verdict::Unlinkable);

        let weak = log_in(broker, &mut tx, &passing).await;
        let other = said("other", &[], true);
        for added in [&lasting, &other] {
            let verdict =
                identity::verdict(broker, &mut tx, arrived(added), weak.account_id, now).await;
            assert_eq!(verdict.unwrap(), Verdict::Alone);
        }
    }
}

/// The case that is open with an account.
async fn case(broker: &Broker, tx: &mut Tx, account_id: AccountId) -> ConflictId {
    let open = conflict::list_open(tx, &broker.master_key, account_id).await;
    let open = open.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    open[0].conflict_id
}

#[tokio::test]
async fn officers_say_whether_a_changed_subject_of_another_name_is_the_person() {
    let jana = person("JANA", "NOVÁKOVÁ", "1985-04-12", "vouched");
    let other = person("JANA", "MALÁ", "1985-04-13", "vouched");
    for ground in GROUNDS {
        for outcome in [Outcome::SamePerson, Outcome::AnotherPerson] {
            let town = TestBroker::start(ground).await;
            let broker = &town.broker;
            let now = broker.clock.now();
            let mut tx = broker.db.begin().await.unwrap();
            let known = said_of("old", &[], true, &jana);
            let tie = log_in(broker, &mut tx, &known).await;
            identity::prove(broker, &mut tx, arrived(&known), tie, now)
                .await
                .unwrap();
            let taker = said_of("new", &["old"], true, &other);
            assert_eq!(
                admitted(broker, &mut tx, &taker).await,
                Admission::Ambiguous
            );
            let case = case(broker, &mut tx, tie.account_id).await;
            let office = Office::open(broker, &mut tx).await;

            office.settles(broker, &mut tx, case, outcome, now).await;

            let let_in = log_in(broker, &mut tx, &taker).await;
            identity::prove(broker, &mut tx, arrived(&taker), let_in, now)
                .await
                .unwrap();
            assert_eq!(log_in(broker, &mut tx, &taker).await, let_in);
            let former = log_in(broker, &mut tx, &known).await;
            if outcome == Outcome::SamePerson {
                // The former subject is a stranger, as after every change.
                assert_eq!(let_in, tie);
                assert_ne!(former.account_id, tie.account_id);
            } else {
                assert_ne!(let_in.account_id, tie.account_id);
                assert_eq!(former, tie);
            }
        }
    }
}

#[tokio::test]
async fn officers_say_whether_subjects_that_a_provider_joined_are_one_person() {
    for ground in GROUNDS {
        for outcome in [Outcome::SamePerson, Outcome::AnotherPerson] {
            let town = TestBroker::start(ground).await;
            let broker = &town.broker;
            let now = broker.clock.now();
            let mut tx = broker.db.begin().await.unwrap();
            let one = log_in(broker, &mut tx, &said("one", &[], true)).await;
            let two = log_in(broker, &mut tx, &said("two", &[], true)).await;
            let third = said("three", &["one", "two"], true);
            assert_eq!(
                admitted(broker, &mut tx, &third).await,
                Admission::Ambiguous
            );
            let case = case(broker, &mut tx, one.account_id).await;
            let office = Office::open(broker, &mut tx).await;

            office.settles(broker, &mut tx, case, outcome, now).await;

            let let_in = log_in(broker, &mut tx, &third).await.account_id;
            assert_eq!(
                log_in(broker, &mut tx, &third).await.account_id,
                let_in,
                "for good"
            );
            let second = log_in(broker, &mut tx, &said("two", &[], true)).await;
            if outcome == Outcome::SamePerson {
                assert_eq!(let_in, one.account_id);
                assert_eq!(second.account_id, one.account_id);
            } else {
                assert!(![one.account_id, two.account_id].contains(&let_in));
                assert_eq!(second, two);
                let first = log_in(broker, &mut tx, &said("one", &[], true)).await;
                assert_eq!(first, one);
            }
        }
    }
}

#[tokio::test]
async fn subjects_that_officers_keep_apart_are_not_brought_before_them_again() {
    for ground in GROUNDS {
        let town = TestBroker::start(ground).await;
        let broker = &town.broker;
        let now = broker.clock.now();
        let mut tx = broker.db.begin().await.unwrap();
        let one = log_in(broker, &mut tx, &said("one", &[], true)).await;
        let two = log_in(broker, &mut tx, &said("two", &[], true)).await;
        let joined = said("two", &["one"], true);
        assert_eq!(log_in(broker, &mut tx, &joined).await, two);
        let case = case(broker, &mut tx, two.account_id).await;
        let office = Office::open(broker, &mut tx).await;

        let apart = Outcome::AnotherPerson;
        office.settles(broker, &mut tx, case, apart, now).await;

        assert_eq!(log_in(broker, &mut tx, &joined).await, two);
        assert_eq!(log_in(broker, &mut tx, &said("one", &[], true)).await, one);
        let open = conflict::list_open(&mut tx, &broker.master_key, two.account_id).await;
        assert_eq!(open.unwrap(), []);
    }
}
