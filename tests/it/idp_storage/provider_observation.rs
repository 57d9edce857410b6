use chrono::Duration;
use idp::storage::provider_observation::{self, Observation, Outcome};
use tests::engines::engines;

use super::{id, noon};

fn seen(seconds: i64, outcome: Outcome, took: Option<i64>) -> Observation {
    Observation {
        at: noon() + Duration::seconds(seconds),
        outcome,
        took: took.map(Duration::milliseconds),
    }
}

#[tokio::test]
async fn the_latest_of_one_provider_come_first_and_old_ones_go() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let all = [
            seen(0, Outcome::Reached, Some(120)),
            seen(1, Outcome::Answered, Some(12_500)),
            seen(2, Outcome::Unreachable, None),
            seen(3, Outcome::Failed, None),
            seen(4, Outcome::FailedInARow, None),
        ];
        for (number, observation) in (1..).zip(all) {
            provider_observation::add(&mut tx, id(number), "nia", observation)
                .await
                .unwrap();
        }
        let of_another = seen(9, Outcome::Answered, Some(1));
        provider_observation::add(&mut tx, id(9), "bank", of_another)
            .await
            .unwrap();

        let latest = provider_observation::list_latest(&mut tx, "nia", noon(), 2).await;
        assert_eq!(latest.unwrap(), [all[4], all[3]], "{}", engine.name);
        let since = noon() - Duration::seconds(1);
        let latest = provider_observation::list_latest(&mut tx, "nia", since, 20).await;
        assert_eq!(latest.unwrap(), [all[4], all[3], all[2], all[1], all[0]]);

        let swept = provider_observation::sweep(&mut tx, all[2].at).await;
        assert_eq!(swept.unwrap(), 2, "{}", engine.name);
        let latest = provider_observation::list_latest(&mut tx, "nia", since, 20).await;
        assert_eq!(latest.unwrap(), [all[4], all[3], all[2]]);
    }
}
