use store::MasterKey;
use store::audit::{self, Break};
use tests::engines::{engines, master_key};

use super::{assert_broken, chained, record, report, tamper};
use crate::store::noon;

#[tokio::test]
async fn waiting_events_are_chained_in_order_and_batches() {
    for engine in engines().await {
        record(&engine.db, 1..=600).await;
        assert_eq!(report(&engine).await.waiting, 600, "{}", engine.name);

        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            600,
            "{}",
            engine.name
        );
        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            0,
            "{}",
            engine.name
        );
        record(&engine.db, 601..=603).await;
        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            3,
            "{}",
            engine.name
        );

        let mut tx = engine.db.read().await.unwrap();
        for told in audit::list_latest(&mut tx, 1_000).await.unwrap() {
            assert_eq!(
                told.position.map(i64::cast_unsigned).map(u128::from),
                Some(told.id.as_u128()),
                "{}",
                engine.name
            );
        }
        let report = report(&engine).await;
        assert_eq!(
            (report.chained, report.waiting, report.broken),
            (603, 0, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chainers_that_run_at_once_make_one_chain() {
    for engine in engines().await {
        record(&engine.db, 1..=1_000).await;

        let mut chainers = Vec::new();
        for _replica in 0..8 {
            let db = engine.open_again().await;
            chainers.push(tokio::spawn(async move { audit::chain(&db).await }));
        }
        let mut chained = 0;
        for chainer in chainers {
            chained += chainer
                .await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", engine.name));
        }

        assert_eq!(chained, 1_000, "{}", engine.name);
        let report = report(&engine).await;
        assert_eq!(
            (report.chained, report.waiting, report.broken),
            (1_000, 0, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_checkpoint_signs_the_head_once() {
    for engine in engines().await {
        let sign = || audit::checkpoint(&engine.db, &KEY_OF_TESTS, noon());
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: nothing to sign",
            engine.name
        );

        chained(&engine, 3).await;
        let anchor = sign().await.unwrap().unwrap();
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: signed already",
            engine.name
        );
        record(&engine.db, 4..=5).await;
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: what waits is not signed",
            engine.name
        );

        let report = audit::verify(&engine.db, &master_key(), Some(&anchor))
            .await
            .unwrap();
        assert_eq!(
            (report.chained, report.checkpoints, report.signed_to),
            (3, 1, 3),
            "{}",
            engine.name
        );
        assert_eq!(
            (report.head, report.waiting, report.broken),
            (Some(anchor), 2, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn an_empty_log_verifies() {
    for engine in engines().await {
        let report = report(&engine).await;

        assert_eq!(
            (report.chained, report.head, report.broken),
            (0, None, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_chain_of_several_pages_verifies_to_its_last_event() {
    for engine in engines().await {
        chained(&engine, 2_100).await;
        audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();
        let whole = report(&engine).await;
        assert_eq!(
            (whole.chained, whole.signed_to, whole.broken),
            (2_100, 2_100, None),
            "{}",
            engine.name
        );

        tamper(
            &engine.db,
            "update audit_event set kind = 'x' where position = 2100",
        )
        .await;

        assert_broken(&engine, 2_100, Break::Changed, "last").await;
    }
}

static KEY_OF_TESTS: std::sync::LazyLock<MasterKey> = std::sync::LazyLock::new(master_key);
