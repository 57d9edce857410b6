use std::task::Poll;

use sqlx::SqlSafeStr as _;
use store::{DatabaseConfig, Db, StorageError, Tx, on};
use tests::engines::{Tables, engines, postgres};

use super::{add, add_later, count, list, make_probe};

#[tokio::test]
async fn what_is_committed_stays_and_what_is_dropped_never_was() {
    for engine in engines().await {
        make_probe(&engine.db).await;

        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "committed").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "dropped").await.unwrap();
        drop(tx);
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "rolled back").await.unwrap();
        tx.rollback().await.unwrap();

        assert_eq!(list(&engine.db).await, ["committed"], "{}", engine.name);
    }
}

#[tokio::test]
async fn a_transaction_that_begins_with_its_first_statement_is_one_from_there_on() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let lock = || "select 1 from probe where name = 'nobody' for share".into_sql_str();

        for (name, stays) in [("kept", true), ("given up", false)] {
            let mut tx = engine.db.begin_with(lock()).await.unwrap();
            let first = tx.first("select count(*) from probe where name = $1");
            let none: i64 =
                on!(&mut tx, db => sqlx::query_scalar(first).bind(name).fetch_one(db).await)
                    .unwrap();
            assert_eq!(none, 0, "{}", engine.name);
            add(&mut tx, name).await.unwrap();
            match stays {
                true => tx.commit().await.unwrap(),
                false => drop(tx),
            }
        }

        assert_eq!(list(&engine.db).await, ["kept"], "{}", engine.name);
    }
}

#[tokio::test]
async fn what_waits_is_written_with_the_commit_and_not_without_it() {
    for engine in engines().await {
        make_probe(&engine.db).await;

        let mut tx = engine.db.begin().await.unwrap();
        add_later(&mut tx, "first");
        add_later(&mut tx, "second");
        assert_eq!(count(&mut tx).await, 0, "{}", engine.name);
        tx.flush().await.unwrap();
        assert_eq!(count(&mut tx).await, 2, "{}", engine.name);
        add_later(&mut tx, "third");
        tx.commit().await.unwrap();
        let mut tx = engine.db.begin().await.unwrap();
        add_later(&mut tx, "dropped");
        drop(tx);
        let mut tx = engine.db.begin().await.unwrap();
        add_later(&mut tx, "rolled back");
        tx.rollback().await.unwrap();

        assert_eq!(
            list(&engine.db).await,
            ["first", "second", "third"],
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn any_number_may_wait() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut tx = engine.db.begin().await.unwrap();
        for number in 0..7_000 {
            tx.later("insert into probe values ($1)")
                .bind(number.to_string());
        }
        tx.commit().await.unwrap();

        let mut tx = engine.db.read().await.unwrap();
        assert_eq!(count(&mut tx).await, 7_000, "{}", engine.name);
    }
}

#[tokio::test]
async fn one_that_waits_and_breaks_a_rule_takes_the_whole_transaction_with_it() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "known").await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "at once").await.unwrap();
        add_later(&mut tx, "new");
        add_later(&mut tx, "known");
        add_later(&mut tx, "never reached");
        let committed = tx.commit().await;

        assert!(
            matches!(committed, Err(StorageError::Conflict(_))),
            "{}: {committed:?}",
            engine.name
        );
        assert_eq!(list(&engine.db).await, ["known"], "{}", engine.name);
    }
}

#[tokio::test]
async fn a_glance_sees_the_state_of_each_moment() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut glance = engine.db.glance().await.unwrap();
        assert_eq!(count(&mut glance).await, 0, "{}", engine.name);

        let mut writer = engine.db.begin().await.unwrap();
        add(&mut writer, "meanwhile").await.unwrap();
        writer.commit().await.unwrap();

        assert_eq!(count(&mut glance).await, 1, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_reader_sees_one_state_from_first_to_last_statement_and_blocks_no_writer() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut reader = engine.db.read().await.unwrap();
        assert_eq!(count(&mut reader).await, 0, "{}", engine.name);

        let mut writer = engine.db.begin().await.unwrap();
        add(&mut writer, "meanwhile").await.unwrap();
        writer.commit().await.unwrap();

        assert_eq!(count(&mut reader).await, 0, "{}", engine.name);
        reader.commit().await.unwrap();
        assert_eq!(list(&engine.db).await, ["meanwhile"], "{}", engine.name);
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut reader = engine.db.read().await.unwrap();

        let written = add(&mut reader, "by a reader").await;

        assert!(
            matches!(written, Err(StorageError::Broken(_))),
            "{}: {written:?}",
            engine.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_processes_wait_for_each_other_and_lose_nothing() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let processes = [engine.open_again().await, engine.open_again().await];

        let mut writers = Vec::new();
        for number in 0..64 {
            let db = processes[number % 2].clone();
            writers.push(tokio::spawn(async move {
                let mut tx = db.begin().await?;
                add(&mut tx, &number.to_string()).await?;
                tx.commit().await
            }));
        }
        for writer in writers {
            writer
                .await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", engine.name));
        }

        assert_eq!(list(&engine.db).await.len(), 64, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_second_row_of_a_unique_name_is_a_conflict() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "one").await.unwrap();

        let second = add(&mut tx, "one").await;

        assert!(
            matches!(second, Err(StorageError::Conflict(_))),
            "{}: {second:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn foreign_keys_are_kept() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for statement in [
            "create table parent (parent_id bigint primary key)",
            "create table child (parent_id bigint not null references parent (parent_id))",
        ] {
            on!(&mut tx, db => sqlx::query(statement).execute(db).await.map(drop)).unwrap();
        }

        let orphan = on!(&mut tx, db => sqlx::query("insert into child values (1)").execute(db).await.map(drop));

        assert!(
            orphan
                .unwrap_err()
                .as_database_error()
                .unwrap()
                .is_foreign_key_violation(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn of_two_transactions_in_each_others_way_one_is_told_to_begin_again() {
    let engine = postgres(Tables::Idp).await;
    make_probe(&engine.db).await;
    let mut tx = engine.db.begin().await.unwrap();
    add(&mut tx, "one").await.unwrap();
    add(&mut tx, "two").await.unwrap();
    tx.commit().await.unwrap();
    let (mut first, mut second) = (
        engine.db.begin().await.unwrap(),
        engine.db.begin().await.unwrap(),
    );
    lock(&mut first, "one").await.unwrap();
    lock(&mut second, "two").await.unwrap();

    let (first, second) = tokio::join!(lock(&mut first, "two"), async {
        let refused = lock(&mut second, "one").await;
        second.rollback().await.unwrap();
        refused
    });

    let refused: Vec<_> = [first, second]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(
        matches!(refused.as_slice(), [StorageError::Collided(_)]),
        "{refused:?}"
    );
    assert!(refused[0].is_temporary());
}

/// A browser that goes away, or a request that takes too long, ends a handler anywhere.
#[tokio::test]
async fn a_request_given_up_at_any_moment_leaves_the_database_as_it_was() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let config = DatabaseConfig {
            max_connections: Some(1),
            ..engine.config.clone()
        };
        let db = Db::open(&config).await.unwrap();
        for polls in 0..40 {
            give_up_after(polls, async {
                let mut tx = db.read().await.unwrap();
                count(&mut tx).await;
                tx.commit().await.unwrap();
            })
            .await;
            give_up_after(polls, async {
                let mut tx = db.begin().await.unwrap();
                add(&mut tx, &format!("given up after {polls}"))
                    .await
                    .unwrap();
                add(&mut tx, &format!("and {polls}")).await.unwrap();
                tx.rollback().await.unwrap();
            })
            .await;

            let mut tx = db.begin().await.unwrap();
            add(&mut tx, &polls.to_string())
                .await
                .unwrap_or_else(|e| panic!("{}, {polls}: {e:?}", engine.name));
            tx.commit().await.unwrap();
        }

        let names = list(&engine.db).await;
        assert!(
            names.iter().all(|name| name.parse::<u32>().is_ok()),
            "{}: {names:?}",
            engine.name
        );
    }
}

/// Polls a future so many times, and drops it when it has not ended by then.
async fn give_up_after(polls: usize, work: impl Future<Output = ()>) {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        work.as_mut().poll(context)
    })
    .await;
}

async fn lock(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => sqlx::query("update probe set name = name where name = $1").bind(name).execute(db).await.map(drop))?;
    Ok(())
}
