use std::sync::Arc;

use store::{ShortLived, StorageError};
use tests::engines::{Store, short_lived_stores};

use super::HOUR;
use crate::store::noon;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_takes_over_two_replicas_exactly_one_wins() {
    for store in &short_lived_stores().await {
        store
            .short_lived
            .put("code:1", b"grant", HOUR, noon())
            .await
            .unwrap();

        let taken = race(store, |replica| async move {
            replica.take("code:1", noon()).await
        })
        .await;

        assert_eq!(
            taken.iter().filter(|value| value.is_some()).count(),
            1,
            "{}",
            store.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_puts_if_absent_over_two_replicas_exactly_one_wins() {
    for store in &short_lived_stores().await {
        let put = |replica: Arc<ShortLived>| async move {
            replica
                .put_if_absent("replay:1", b"seen", HOUR, noon())
                .await
        };

        let won = race(store, put).await;

        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_puts_over_one_that_ended_exactly_one_wins() {
    for store in &short_lived_stores().await {
        store
            .short_lived
            .put("replay:1", b"seen", HOUR, noon() - HOUR)
            .await
            .unwrap();
        let put = |replica: Arc<ShortLived>| async move {
            replica
                .put_if_absent("replay:1", b"seen again", HOUR, noon())
                .await
        };

        let won = race(store, put).await;

        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_parallel_increments_count_to_200_without_a_gap() {
    for store in &short_lived_stores().await {
        let counted = race(store, |replica| async move {
            replica.increment("tries:1", HOUR, noon()).await
        });

        let mut counted = counted.await;

        counted.sort_unstable();
        assert_eq!(counted, (1..=200).collect::<Vec<i64>>(), "{}", store.name);
        assert_eq!(
            store.short_lived.count("tries:1", noon()).await.unwrap(),
            200,
            "{}",
            store.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_sweep_side_by_side() {
    let [sqlite, postgres, _redis] = short_lived_stores().await;
    for store in &[sqlite, postgres] {
        let mut tx = store.engine.db.begin().await.unwrap();
        for number in 0..1_500 {
            let key = format!("login:{number}");
            store
                .short_lived
                .within(&mut tx)
                .put(&key, b"open", HOUR, noon())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();

        let swept = race(store, |replica| async move {
            replica.sweep(noon() + HOUR).await
        })
        .await;

        assert_eq!(swept.iter().sum::<u64>(), 1_500, "{}", store.name);
    }
}

/// 200 calls at once, spread over two replicas.
async fn race<T, F>(store: &Store, call: impl Fn(Arc<ShortLived>) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StorageError>> + Send + 'static,
{
    let replicas = [
        Arc::new(store.open_again(250_000).await),
        Arc::new(store.open_again(250_000).await),
    ];
    let start = Arc::new(tokio::sync::Barrier::new(200));
    let calls: Vec<_> = replicas
        .iter()
        .cycle()
        .take(200)
        .map(|replica| {
            let (start, call) = (Arc::clone(&start), call(Arc::clone(replica)));
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(
            call.await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", store.name)),
        );
    }
    results
}
