//! Transactions of SQLite that wait for one commit: each holds or not by itself, whatever becomes of the others.

use std::pin::pin;
use std::sync::Arc;

use store::{Db, StorageError, Tx};
use tests::engines::{Engine, Tables, engines, sqlite};
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, yield_now};

use super::{add, add_later, count, list, make_probe};

/// One that has written `first` and is about to commit while another waits to write.
async fn two(engine: &Engine) -> (Tx, JoinHandle<Result<Tx, StorageError>>) {
    make_probe(&engine.db).await;
    let mut first = engine.db.begin().await.unwrap();
    add_later(&mut first, "first");
    let db = engine.db.clone();
    let waits = tokio::spawn(async move { db.begin().await });
    // It stands in the queue now.
    yield_now().await;
    (first, waits)
}

/// The first one has ended and the second one writes.
async fn handed_on(engine: &Engine) -> (JoinHandle<Result<(), StorageError>>, Tx) {
    let (first, waits) = two(engine).await;
    let first = tokio::spawn(first.commit());
    let second = waits.await.unwrap().unwrap();
    assert!(!first.is_finished(), "it is told before it is committed");
    assert_eq!(list(&engine.db).await, [""; 0], "nobody else sees it yet");
    (first, second)
}

#[tokio::test]
async fn whoever_waits_commits_for_both() {
    let engine = sqlite(Tables::Idp).await;
    let (first, mut second) = handed_on(&engine).await;
    add(&mut second, "second").await.unwrap();

    second.commit().await.unwrap();

    first.await.unwrap().unwrap();
    assert_eq!(list(&engine.open_again().await).await, ["first", "second"]);
}

#[tokio::test]
async fn one_that_breaks_a_rule_undoes_its_own_writes_alone() {
    let engine = sqlite(Tables::Idp).await;
    let (first, mut second) = handed_on(&engine).await;
    add(&mut second, "second").await.unwrap();
    add_later(&mut second, "first");

    let broken = second.commit().await;

    assert!(
        matches!(broken, Err(StorageError::Conflict(_))),
        "{broken:?}"
    );
    first.await.unwrap().unwrap();
    assert_eq!(list(&engine.db).await, ["first"]);
}

#[tokio::test]
async fn one_that_is_undone_or_dropped_undoes_its_own_writes_alone() {
    for is_dropped in [true, false] {
        let engine = sqlite(Tables::Idp).await;
        let (first, mut second) = handed_on(&engine).await;
        add(&mut second, "second").await.unwrap();

        match is_dropped {
            true => drop(second),
            false => second.rollback().await.unwrap(),
        }

        first.await.unwrap().unwrap();
        assert_eq!(list(&engine.db).await, ["first"], "{is_dropped}");
        let mut next = engine.db.begin().await.unwrap();
        add(&mut next, "next").await.unwrap();
        next.commit().await.unwrap();
        assert_eq!(list(&engine.db).await, ["first", "next"], "{is_dropped}");
    }
}

/// Who lost a race sees, when they look again, that somebody won it.
#[tokio::test]
async fn what_one_saw_before_it_left_is_seen_by_whoever_reads_then() {
    for is_dropped in [true, false] {
        let engine = sqlite(Tables::Idp).await;
        let (_first, mut second) = handed_on(&engine).await;
        assert_eq!(count(&mut second).await, 1);

        match is_dropped {
            true => drop(second),
            false => second.rollback().await.unwrap(),
        }

        assert_eq!(list(&engine.db).await, ["first"], "{is_dropped}");
        let mut glance = engine.db.glance().await.unwrap();
        assert_eq!(count(&mut glance).await, 1, "{is_dropped}");
    }
}

#[tokio::test]
async fn one_that_left_is_committed_with_the_others() {
    let engine = sqlite(Tables::Idp).await;
    let (first, mut second) = handed_on(&engine).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    add(&mut second, "second").await.unwrap();

    second.commit().await.unwrap();

    assert_eq!(list(&engine.db).await, ["first", "second"]);
}

#[tokio::test]
async fn it_is_committed_when_nobody_waits_any_more() {
    let engine = sqlite(Tables::Idp).await;
    let (first, waits) = two(&engine).await;
    let first = tokio::spawn(first.commit());
    while !waits.is_finished() {
        yield_now().await;
    }
    // It got its turn and went away without having begun anything.
    drop(waits.await.unwrap().unwrap());

    first.await.unwrap().unwrap();

    assert_eq!(list(&engine.open_again().await).await, ["first"]);
}

#[tokio::test]
async fn it_is_committed_when_the_database_is_closed() {
    let engine = sqlite(Tables::Idp).await;
    let (first, waits) = two(&engine).await;
    let first = tokio::spawn(first.commit());
    drop(waits.await.unwrap().unwrap());

    engine.db.close().await;

    first.await.unwrap().unwrap();
    assert_eq!(list(&engine.open_again().await).await, ["first"]);
}

#[tokio::test]
async fn it_is_committed_when_the_last_one_is_given_up_while_the_database_closes() {
    let engine = sqlite(Tables::Idp).await;
    let (first, mut second) = handed_on(&engine).await;
    add(&mut second, "second").await.unwrap();
    let mut closing = pin!(engine.db.close());
    tokio::select! {
        biased;
        () = &mut closing => panic!("it closes with a transaction open"),
        // Whoever waits for their turn to write is sent away as soon as it is closed.
        begun = engine.db.begin() => assert!(begun.is_err(), "{begun:?}"),
    }

    drop(second);
    closing.await;

    first.await.unwrap().unwrap();
    assert_eq!(list(&engine.open_again().await).await, ["first"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_many_do_at_once_each_is_told_what_became_of_it() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let start = Arc::new(Barrier::new(WRITERS));

        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (db, start) = (engine.db.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    write(&db, number).await
                })
            })
            .collect();
        let mut kept = Vec::new();
        for (number, writer) in writers.into_iter().enumerate() {
            match writer.await.unwrap() {
                Ok(true) => kept.push(format!("{number:03}")),
                Ok(false) => {}
                Err(StorageError::Conflict(_)) => assert_eq!(number % 4, 1, "{}", engine.name),
                Err(error) => panic!("{}, {number}: {error:?}", engine.name),
            }
        }

        let stands = list(&engine.open_again().await).await;
        let (shared, own): (Vec<_>, Vec<_>) = stands.into_iter().partition(|name| name == "shared");
        assert_eq!(own, kept, "{}", engine.name);
        assert_eq!(shared.len(), 1, "{}", engine.name);
    }
}

const WRITERS: usize = 200;

/// True when what it wrote stands. Every fourth wants a name that only one can have, drops what it wrote, or undoes it.
async fn write(db: &Db, number: usize) -> Result<bool, StorageError> {
    let mut tx = db.begin().await?;
    add(&mut tx, &format!("{number:03}")).await?;
    match number % 4 {
        0 => tx.commit().await.map(|()| true),
        1 => {
            add_later(&mut tx, "shared");
            tx.commit().await.map(|()| true)
        }
        2 => {
            drop(tx);
            Ok(false)
        }
        _ => tx.rollback().await.map(|()| false),
    }
}
