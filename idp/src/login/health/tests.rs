//! How much of what happens is written down.

use super::*;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// What a process knows, and the row that all of them count.
#[derive(Default)]
struct Bank {
    health: Health,
    row: usize,
}

/// One departure ends; whether it was written down.
fn ends(bank: &mut Bank, outcome: Outcome, now: DateTime<Utc>) -> bool {
    let took = (outcome == Outcome::Answered).then(|| Duration::seconds(20));
    bank.row = if outcome == Outcome::Failed {
        bank.row + 1
    } else {
        0
    };
    let is_row = bank.row >= IN_A_ROW;
    let written = bank.health.departure("bank", outcome, took, is_row, now);
    for observation in &written {
        bank.health.remember("bank", *observation);
    }
    written.iter().any(|written| written.outcome == outcome)
}

/// A provider that had twenty logins a second for a minute, all of them answered; when that ended.
fn busy(bank: &mut Bank) -> DateTime<Utc> {
    for number in 0..1_200 {
        ends(
            bank,
            Outcome::Answered,
            start() + Duration::milliseconds(50) * number,
        );
    }
    start() + Duration::minutes(1)
}

#[test]
fn the_fifth_failure_in_a_row_shuts_the_door_of_a_busy_provider_and_an_answer_opens_it() {
    let mut bank = Bank::default();
    let down = busy(&mut bank);
    let at = |number: i32| down + Duration::milliseconds(50) * number;

    for number in 0..5 {
        assert!(
            !bank.health.of("bank", at(number)).is_sick(),
            "failure {number}"
        );
        ends(&mut bank, Outcome::Failed, at(number));
    }
    assert_eq!(bank.health.of("bank", at(4)), State::Down(at(4)));
    let (_, failed) = bank.health.tally("bank", at(4));
    assert!(failed <= 1, "the row is no sample: {failed}");
    // It is told once.
    for number in 5..60 {
        ends(&mut bank, Outcome::Failed, at(number));
    }
    let rows = bank.health.known().seen["bank"]
        .iter()
        .filter(|seen| seen.outcome == Outcome::FailedInARow)
        .count();
    assert_eq!(rows, 1);

    // One that is written down comes within seconds.
    for number in 60..180 {
        ends(&mut bank, Outcome::Answered, at(number));
    }
    assert!(!matches!(bank.health.of("bank", at(180)), State::Down(_)));
}

#[test]
fn failures_with_an_answer_between_them_are_no_row() {
    let mut bank = Bank::default();
    let later = busy(&mut bank);
    for number in 0..400 {
        let outcome = if number % 5 == 4 {
            Outcome::Answered
        } else {
            Outcome::Failed
        };
        ends(
            &mut bank,
            outcome,
            later + Duration::milliseconds(10) * number,
        );
    }
    let known = bank.health.known();
    let rows = known.seen["bank"]
        .iter()
        .filter(|seen| seen.outcome == Outcome::FailedInARow);
    assert_eq!(rows.count(), 0);
}

#[test]
fn one_failure_in_a_hundred_of_many_logins_stays_one_in_a_hundred() {
    let mut bank = Bank::default();
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
        if ends(&mut bank, outcome, now) {
            written += 1;
            failed += u32::from(fails);
        }
        assert!(!bank.health.of("bank", now).is_sick(), "login {number}");
    }

    assert!((300..500).contains(&written), "{written}");
    assert!(failed * 100 <= written * 3, "{failed} of {written}");
}

#[test]
fn the_first_failures_of_a_quiet_provider_all_count() {
    let mut bank = Bank::default();
    for minutes in 0..30 {
        let look = Observation {
            at: start() + Duration::minutes(minutes),
            outcome: Outcome::Reached,
            took: Some(Duration::zero()),
        };
        bank.health.remember("bank", look);
    }
    let now = |seconds| start() + Duration::minutes(29) + Duration::seconds(seconds);

    for seconds in 1..=5 {
        assert!(ends(&mut bank, Outcome::Failed, now(seconds)));
    }

    assert_eq!(bank.health.of("bank", now(5)), State::Down(now(5)));
}
