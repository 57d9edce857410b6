//! How much of what happens is written down.

use super::*;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// One departure ends; whether it was written down.
fn ends(health: &Health, outcome: Outcome, now: DateTime<Utc>) -> bool {
    let took = (outcome == Outcome::Answered).then(|| Duration::seconds(20));
    let observation = health.departure("bank", outcome, took, now);
    if let Some(observation) = observation {
        health.remember("bank", observation);
    }
    observation.is_some()
}

#[test]
fn one_failure_in_a_hundred_of_many_logins_stays_one_in_a_hundred() {
    let health = Health::default();
    let (mut written, mut failed, mut draw) = (0_u32, 0_u32, 7_u32);
    // Twenty logins a second for half an hour.
    for number in 0..36_000 {
        let now = start() + Duration::milliseconds(50) * number;
        draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let fails = (draw >> 8) % 100 == 0;
        let outcome = if fails {
            Outcome::Failed
        } else {
            Outcome::Answered
        };
        if ends(&health, outcome, now) {
            written += 1;
            failed += u32::from(fails);
        }
        assert!(!health.of("bank", now).is_sick(), "login {number}");
    }

    assert!((300..500).contains(&written), "{written}");
    assert!(failed * 100 <= written * 3, "{failed} of {written}");
}

#[test]
fn the_first_failures_of_a_quiet_provider_all_count() {
    let health = Health::default();
    for minutes in 0..30 {
        let look = Observation {
            at: start() + Duration::minutes(minutes),
            outcome: Outcome::Reached,
            took: Some(Duration::zero()),
        };
        health.remember("bank", look);
    }
    let now = |seconds| start() + Duration::minutes(29) + Duration::seconds(seconds);

    for seconds in 1..=5 {
        assert!(ends(&health, Outcome::Failed, now(seconds)));
    }

    assert_eq!(health.of("bank", now(5)), State::Down(now(5)));
}
