use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use store::jobs::{self, Claimed, Job};
use store::{Db, StorageError};
use tests::engines::engines;
use uuid::Uuid;

use super::{id, noon};

const LEASE: Duration = Duration::seconds(30);

#[tokio::test]
async fn a_due_job_is_claimed_with_all_it_was_given() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;

        let claimed = claim(&engine.db, 7, noon()).await;

        let [job] = claimed.as_slice() else {
            panic!("{}: {claimed:?}", engine.name)
        };
        assert_eq!(
            (job.id, job.kind.as_str(), job.reference.as_str()),
            (id(1), "mail.send", "1"),
            "{}",
            engine.name
        );
        assert_eq!(
            (&job.payload, job.attempts),
            (&json!({"to": "a"}), 1),
            "{}",
            engine.name
        );
        assert_eq!(
            (job.due_at, job.lease_token),
            (noon(), id(7)),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_job_that_is_not_due_or_of_another_kind_is_left_alone() {
    for engine in engines().await {
        add(
            &engine.db,
            1,
            "mail.send",
            noon() + Duration::microseconds(1),
        )
        .await;
        add(&engine.db, 2, "other", noon()).await;

        assert!(
            claim(&engine.db, 7, noon()).await.is_empty(),
            "{}",
            engine.name
        );
        assert!(
            jobs::claim(&engine.db, &[], id(7), noon(), LEASE)
                .await
                .unwrap()
                .is_empty(),
            "{}",
            engine.name
        );
        let both = jobs::claim(
            &engine.db,
            &["other", "mail.send"],
            id(7),
            noon() + LEASE,
            LEASE,
        )
        .await
        .unwrap();
        assert_eq!(both.len(), 2, "{}", engine.name);
    }
}

#[tokio::test]
async fn those_due_longest_come_first_and_no_more_than_sixteen() {
    for engine in engines().await {
        for number in 1..=20 {
            add(
                &engine.db,
                number,
                "mail.send",
                noon() - Duration::seconds(i64::try_from(number).unwrap()),
            )
            .await;
        }

        let claimed = claim(&engine.db, 7, noon()).await;

        let order: Vec<_> = claimed.iter().map(|job| job.id).collect();
        assert_eq!(
            order,
            (5..=20).rev().map(id).collect::<Vec<_>>(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_job_of_a_transaction_that_was_rolled_back_never_was() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        jobs::enqueue(&mut tx, id(1), &job(1, "mail.send", noon()), noon())
            .await
            .unwrap();
        tx.rollback().await.unwrap();

        assert!(
            claim(&engine.db, 7, noon()).await.is_empty(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_lease_keeps_others_out_until_it_ends() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let dead = claim(&engine.db, 7, noon()).await.remove(0);

        let end = noon() + LEASE;
        assert!(
            claim(&engine.db, 8, end - Duration::microseconds(1))
                .await
                .is_empty(),
            "{}",
            engine.name
        );
        let again = claim(&engine.db, 9, end).await.remove(0);
        assert_eq!(
            (again.id, again.attempts, again.lease_token),
            (id(1), 2, id(9)),
            "{}",
            engine.name
        );

        // The dead one wakes up.
        assert_lost(&jobs::renew(&engine.db, &dead, end + LEASE).await);
        let mut tx = engine.db.begin().await.unwrap();
        assert_lost(&jobs::finish(&mut tx, &dead).await);
        assert_lost(&jobs::again(&mut tx, &dead, end).await);
        assert_lost(&jobs::retry(&mut tx, &dead, "unreachable", end).await);
        assert_lost(&jobs::give_up(&mut tx, &dead, "refused", end).await);
        jobs::finish(&mut tx, &again).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            jobs::tally(&mut engine.db.read().await.unwrap())
                .await
                .unwrap()
                .open,
            0,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_renewed_lease_lasts_longer() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let job = claim(&engine.db, 7, noon()).await.remove(0);

        jobs::renew(&engine.db, &job, noon() + LEASE * 2)
            .await
            .unwrap();

        assert!(
            claim(&engine.db, 8, noon() + LEASE).await.is_empty(),
            "{}",
            engine.name
        );
        assert_eq!(
            claim(&engine.db, 8, noon() + LEASE * 2).await.len(),
            1,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_finished_job_is_gone_and_cannot_be_finished_again() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let job = claim(&engine.db, 7, noon()).await.remove(0);

        let mut tx = engine.db.begin().await.unwrap();
        jobs::finish(&mut tx, &job).await.unwrap();
        assert_lost(&jobs::finish(&mut tx, &job).await);
        tx.commit().await.unwrap();

        assert!(
            claim(&engine.db, 8, noon() + LEASE).await.is_empty(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_failed_job_comes_back_when_its_caller_wants_and_counts_its_attempts() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let job = claim(&engine.db, 7, noon()).await.remove(0);
        let next = noon() + Duration::minutes(5);

        let mut tx = engine.db.begin().await.unwrap();
        jobs::retry(&mut tx, &job, "unreachable", next)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert!(
            claim(&engine.db, 8, next - Duration::microseconds(1))
                .await
                .is_empty(),
            "{}",
            engine.name
        );
        assert_eq!(
            claim(&engine.db, 8, next).await.remove(0).attempts,
            2,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_recurring_job_begins_its_attempts_anew() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let job = claim(&engine.db, 7, noon()).await.remove(0);

        let mut tx = engine.db.begin().await.unwrap();
        jobs::again(&mut tx, &job, noon() + LEASE).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            claim(&engine.db, 8, noon() + LEASE)
                .await
                .remove(0)
                .attempts,
            1,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_job_given_up_is_shown_and_can_be_revived() {
    for engine in engines().await {
        add(&engine.db, 1, "mail.send", noon()).await;
        let job = claim(&engine.db, 7, noon()).await.remove(0);

        let mut tx = engine.db.begin().await.unwrap();
        jobs::give_up(&mut tx, &job, "refused", noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(
            claim(&engine.db, 8, noon() + LEASE).await.is_empty(),
            "{}",
            engine.name
        );

        let mut tx = engine.db.begin().await.unwrap();
        let tally = jobs::tally(&mut tx).await.unwrap();
        assert_eq!((tally.open, tally.given_up), (0, 1), "{}", engine.name);
        let shown = jobs::list_given_up(&mut tx, 10).await.unwrap().remove(0);
        assert_eq!(
            (shown.id, shown.failure.as_deref()),
            (id(1), Some("refused")),
            "{}",
            engine.name
        );
        assert_eq!(
            (shown.kind.as_str(), shown.reference.as_str()),
            ("mail.send", "1"),
            "{}",
            engine.name
        );
        assert_eq!(shown.given_up_at, noon(), "{}", engine.name);
        assert!(
            jobs::revive(&mut tx, id(1), noon()).await.unwrap(),
            "{}",
            engine.name
        );
        assert!(
            !jobs::revive(&mut tx, id(1), noon()).await.unwrap(),
            "{}",
            engine.name
        );
        tx.commit().await.unwrap();
        assert_eq!(
            claim(&engine.db, 9, noon()).await.remove(0).attempts,
            1,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn what_recurs_is_enqueued_once_by_any_number_of_replicas() {
    for engine in engines().await {
        let mut added = 0;
        for _replica in 0..3 {
            let mut tx = engine.db.begin().await.unwrap();
            added += u32::from(
                jobs::enqueue_once(&mut tx, &job(1, "audit.chain", noon()), noon())
                    .await
                    .unwrap(),
            );
            tx.commit().await.unwrap();
        }
        let mut tx = engine.db.begin().await.unwrap();
        let another = jobs::enqueue_once(&mut tx, &job(2, "audit.chain", noon()), noon())
            .await
            .unwrap();

        assert_eq!((added, another), (1, true), "{}", engine.name);
    }
}

#[tokio::test]
async fn a_payload_is_an_object_and_an_id_is_used_once() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for payload in [json!(5), json!("text"), json!(null), json!([1])] {
            let odd = Job {
                payload,
                ..job(1, "mail.send", noon())
            };
            let added = jobs::enqueue(&mut tx, id(1), &odd, noon()).await;
            assert!(
                matches!(added, Err(StorageError::Broken(_))),
                "{}: {odd:?}",
                engine.name
            );
        }
        jobs::enqueue(&mut tx, id(1), &job(1, "mail.send", noon()), noon())
            .await
            .unwrap();
        let twice = jobs::enqueue(&mut tx, id(1), &job(1, "mail.send", noon()), noon()).await;

        assert!(
            matches!(twice, Err(StorageError::Broken(_))),
            "{}: {twice:?}",
            engine.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_claimers_never_share_a_job() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for number in 1..=100 {
            jobs::enqueue(
                &mut tx,
                id(number),
                &job(number, "mail.send", noon()),
                noon(),
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let start = Arc::new(tokio::sync::Barrier::new(20));

        let mut claimers = Vec::new();
        for claimer in 0..20 {
            let (db, start) = (engine.open_again().await, Arc::clone(&start));
            claimers.push(tokio::spawn(async move {
                start.wait().await;
                claim(&db, 1_000 + claimer, noon()).await
            }));
        }
        let mut claimed: Vec<Uuid> = Vec::new();
        for claimer in claimers {
            let jobs = claimer.await.unwrap();
            assert!(jobs.len() <= 16, "{}: {} at once", engine.name, jobs.len());
            claimed.extend(jobs.iter().map(|job| job.id));
        }

        let distinct: BTreeSet<_> = claimed.iter().collect();
        assert_eq!(
            distinct.len(),
            claimed.len(),
            "{}: a job was claimed twice",
            engine.name
        );
        assert_eq!(
            claimed.len(),
            100,
            "{}: twenty claimers are enough for all",
            engine.name
        );
    }
}

fn job(number: u128, kind: &'static str, due_at: DateTime<Utc>) -> Job {
    Job {
        kind,
        reference: number.to_string(),
        payload: json!({"to": "a"}),
        due_at,
    }
}

async fn add(db: &Db, number: u128, kind: &'static str, due_at: DateTime<Utc>) {
    let mut tx = db.begin().await.unwrap();
    jobs::enqueue(&mut tx, id(number), &job(number, kind, due_at), noon())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn claim(db: &Db, token: u128, now: DateTime<Utc>) -> Vec<Claimed> {
    jobs::claim(db, &["mail.send"], id(token), now, LEASE)
        .await
        .unwrap()
}

fn assert_lost(result: &Result<(), StorageError>) {
    assert!(matches!(result, Err(StorageError::LeaseLost)), "{result:?}");
}

#[tokio::test]
async fn a_job_is_found_by_what_it_is_about_until_it_is_done() {
    for engine in engines().await {
        let find = async |kind| {
            let mut tx = engine.db.read().await.unwrap();
            let found = jobs::find_undone(&mut tx, kind, "1").await.unwrap();
            found.map(|undone| undone.failure)
        };
        add(&engine.db, 1, "mail.send", noon()).await;
        assert_eq!(find("mail.send").await, Some(None), "{}", engine.name);
        assert_eq!(find("another").await, None, "{}", engine.name);

        let job = claim(&engine.db, 7, noon()).await.remove(0);
        let mut tx = engine.db.begin().await.unwrap();
        jobs::retry(&mut tx, &job, "refused", noon()).await.unwrap();
        tx.commit().await.unwrap();
        let failure = Some("refused".to_owned());
        assert_eq!(find("mail.send").await, Some(failure), "{}", engine.name);

        let job = claim(&engine.db, 8, noon()).await.remove(0);
        let mut tx = engine.db.begin().await.unwrap();
        jobs::finish(&mut tx, &job).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find("mail.send").await, None, "{}", engine.name);
    }
}
