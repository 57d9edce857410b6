//! What observations come to.

use chrono::{DateTime, Duration, Utc};

use crate::storage::provider_observation::{Observation, Outcome};

/// Observations remembered for each provider.
pub(super) const REMEMBERED: u32 = 30;
/// Older ones say nothing about now.
pub(super) const CURRENT: Duration = Duration::minutes(30);
/// From here on people should know before they choose.
const SLOW: Duration = Duration::seconds(45);
/// Who is away longer has gone for coffee.
const PLAUSIBLE: Duration = Duration::minutes(5);
/// A failure is believed so long, unless something works before.
const BELIEVED: Duration = Duration::minutes(3);
/// So many departures that failed in a row are a provider that does not answer.
pub(super) const IN_A_ROW: usize = 5;
/// Failures further apart are no row.
pub(super) const ROW_WITHIN: Duration = Duration::minutes(3);
/// A provider where more than one of so many departures fails does badly.
const ONE_IN: usize = 5;
/// Departures that say how it does now.
const LATEST: usize = 10;
/// A provider with that many departures written down within so long is a busy one...
const BUSY: Duration = Duration::minutes(1);
/// ...of which one departure in so long is enough to write down.
const SAMPLED: Duration = Duration::seconds(5);

/// How a provider does, for the words on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was measured lately.
    Quiet,
    /// Was reached a moment ago.
    Reached,
    /// Works; a login takes this many seconds.
    Works(i64),
    /// Works slowly; a login takes this many seconds, last measured then.
    Slow(i64, DateTime<Utc>),
    /// So many of so many logins failed, last at that time.
    Unsteady(usize, usize, DateTime<Utc>),
    /// So many people came back with the word that it cannot answer, last at that time.
    SaidOut(DateTime<Utc>),
    /// Could not be reached at that time.
    Down(DateTime<Utc>),
}

impl State {
    /// Whether another way in should be taken first. What only browsers say must not move a provider behind another one.
    pub(crate) const fn is_sick(self) -> bool {
        matches!(self, Self::Down(_) | Self::Unsteady(..))
    }
}

/// How a provider does, from its observations, the newest first.
pub(super) fn state(seen: &[Observation], now: DateTime<Utc>) -> State {
    let current = || seen.iter().filter(|seen| now < seen.at + CURRENT);
    let is_believed = |at: DateTime<Utc>| now < at + BELIEVED;
    let looks =
        |seen: &&Observation| matches!(seen.outcome, Outcome::Reached | Outcome::Unreachable);
    let departures: Vec<&Observation> = current()
        .filter(|seen| is_departure(seen))
        .take(LATEST)
        .collect();
    let look = current().find(looks);

    let failed_in_a_row = departures
        .iter()
        .take_while(|seen| seen.outcome == Outcome::Failed)
        .count();
    let answered_since = |at: DateTime<Utc>| {
        departures
            .first()
            .is_some_and(|last| last.outcome == Outcome::Answered && last.at > at)
    };
    let reached_since = |at: DateTime<Utc>| {
        look.is_some_and(|look| look.outcome == Outcome::Reached && look.at > at)
    };
    if let Some(look) = look.filter(|look| look.outcome == Outcome::Unreachable)
        && is_believed(look.at)
        && !answered_since(look.at)
    {
        return State::Down(look.at);
    }
    if let Some(row) = current().find(|seen| seen.outcome == Outcome::FailedInARow)
        && is_believed(row.at)
        && !answered_since(row.at)
        && !reached_since(row.at)
    {
        return State::Down(row.at);
    }
    let failures: Vec<_> = departures
        .iter()
        .filter(|seen| seen.outcome == Outcome::Failed)
        .collect();
    if let Some(last) = failures.first().filter(|last| is_believed(last.at)) {
        if failed_in_a_row >= IN_A_ROW && !reached_since(last.at) {
            return State::Down(last.at);
        }
        if failures.len() * ONE_IN > departures.len() {
            return State::Unsteady(failures.len(), departures.len(), last.at);
        }
    }
    if let Some(last) = said_out(current(), departures.first().copied(), now) {
        return State::SaidOut(last);
    }
    speed(current().filter(|seen| is_departure(seen))).unwrap_or(
        if look.is_some_and(|look| look.outcome == Outcome::Reached) {
            State::Reached
        } else {
            State::Quiet
        },
    )
}

/// Since when enough people have brought the word that it cannot answer, none of whom came after somebody who got in.
fn said_out<'a>(
    seen: impl Iterator<Item = &'a Observation>,
    last: Option<&Observation>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let answered_at = last
        .filter(|last| last.outcome == Outcome::Answered)
        .map(|last| last.at);
    let mut said = seen.filter(|seen| {
        seen.outcome == Outcome::SaidOut
            && now < seen.at + BELIEVED
            && answered_at.is_none_or(|at| seen.at > at)
    });
    let newest = said.next()?;
    (said.count() + 1 >= IN_A_ROW).then_some(newest.at)
}

fn is_departure(seen: &Observation) -> bool {
    matches!(seen.outcome, Outcome::Answered | Outcome::Failed)
}

/// Whether enough is known of a busy provider, so that a departure that ends now is not written down. How it ends must not
/// matter, nor how the ones before it did.
pub(super) fn is_enough(seen: &[Observation], now: DateTime<Utc>) -> bool {
    let departures = || seen.iter().filter(|seen| is_departure(seen));
    let is_busy = departures().filter(|seen| now < seen.at + BUSY).count() >= LATEST;
    is_busy
        && departures()
            .next()
            .is_some_and(|last| now < last.at + SAMPLED)
}

/// How long a login takes: the median, told from three on. Two people say nothing about all; a number that jumps with
/// each of them helps nobody.
fn speed<'a>(departures: impl Iterator<Item = &'a Observation>) -> Option<State> {
    let plausible = |took: &Duration| *took >= Duration::zero() && *took <= PLAUSIBLE;
    let mut last = None;
    let mut away: Vec<Duration> = departures
        .filter_map(|seen| {
            let took = seen.took.filter(plausible)?;
            last = last.or(Some(seen.at));
            Some(took)
        })
        .collect();
    if away.len() < 3 {
        return None;
    }
    away.sort();
    let median = *away.get(away.len() / 2)?;
    let seconds = rounded(median.num_seconds());
    Some(if median < SLOW {
        State::Works(seconds)
    } else {
        State::Slow(seconds, last?)
    })
}

/// To whole five seconds, and never none.
fn rounded(seconds: i64) -> i64 {
    ((seconds + 2) / 5 * 5).max(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn ago(seconds: i64, outcome: Outcome, took: Option<i64>) -> Observation {
        Observation {
            at: now() - Duration::seconds(seconds),
            outcome,
            took: took.map(Duration::seconds),
        }
    }

    fn answered(seconds_ago: i64, took: i64) -> Observation {
        ago(seconds_ago, Outcome::Answered, Some(took))
    }

    fn failed(seconds_ago: i64) -> Observation {
        ago(seconds_ago, Outcome::Failed, None)
    }

    #[test]
    fn the_median_of_a_few_current_logins_is_told() {
        let seen = [answered(1, 12), answered(2, 13), answered(3, 200)];

        assert_eq!(state(&seen, now()), State::Works(15));
        assert_eq!(state(&seen, now() + CURRENT), State::Quiet);
        assert_eq!(state(&[], now()), State::Quiet);
    }

    #[test]
    fn slowness_is_told_with_its_time_and_coffee_breaks_are_not_counted() {
        let seen = [
            answered(0, 50),
            answered(1, 52),
            answered(2, 55),
            answered(3, 1000),
        ];

        assert_eq!(state(&seen, now()), State::Slow(50, now()));
    }

    #[test]
    fn five_failures_in_a_row_are_a_provider_that_does_not_answer_and_fewer_an_unsteady_one() {
        let row: Vec<_> = (0..5).map(failed).collect();

        assert_eq!(state(&row, now()), State::Down(now()));
        assert_eq!(state(&row[..4], now()), State::Unsteady(4, 4, now()));
        let mut broken_row = row.clone();
        broken_row.insert(0, answered(0, 10));
        assert_eq!(state(&broken_row, now()), State::Unsteady(5, 6, now()));
    }

    #[test]
    fn one_failure_among_many_answers_is_nobodys_business() {
        let mut seen = vec![failed(0)];
        seen.extend((1..=9).map(|seconds| answered(seconds, 10)));

        assert_eq!(state(&seen, now()), State::Works(10));
        seen[1] = failed(1);
        seen[2] = failed(2);
        assert_eq!(state(&seen, now()), State::Unsteady(3, 10, now()));
    }

    #[test]
    fn failures_are_forgotten_after_a_while_and_a_look_that_reaches_it_softens_them() {
        let mut seen: Vec<_> = (10..15).map(failed).collect();
        assert_eq!(state(&seen, now() + BELIEVED), State::Quiet);

        seen.insert(0, ago(0, Outcome::Reached, Some(0)));

        let last = now() - Duration::seconds(10);
        assert_eq!(state(&seen, now()), State::Unsteady(5, 5, last));
        assert_eq!(state(&seen, now() + BELIEVED), State::Reached);
    }

    #[test]
    fn what_browsers_say_is_told_by_the_fifth_and_makes_nothing_sick() {
        let mut seen: Vec<_> = (1..5).map(|at| ago(at, Outcome::SaidOut, None)).collect();
        assert_eq!(state(&seen, now()), State::Quiet);

        seen.insert(0, ago(0, Outcome::SaidOut, None));
        assert_eq!(state(&seen, now()), State::SaidOut(now()));
        assert!(!state(&seen, now()).is_sick());
        assert_eq!(state(&seen, now() + BELIEVED), State::Quiet);

        // Somebody got in since; and what was really seen counts more.
        let mut answered_since = seen.clone();
        answered_since.insert(0, ago(0, Outcome::Answered, Some(9)));
        assert_eq!(state(&answered_since, now()), State::Quiet);
        let mut failed_too = seen.clone();
        failed_too.push(failed(6));
        assert_eq!(
            state(&failed_too, now()),
            State::Unsteady(1, 1, now() - Duration::seconds(6))
        );
    }

    #[test]
    fn a_look_that_does_not_reach_it_counts_until_something_works() {
        let missed = ago(5, Outcome::Unreachable, None);

        assert_eq!(state(&[missed], now()), State::Down(missed.at));
        assert_eq!(state(&[missed], now() + BELIEVED), State::Quiet);
        assert_eq!(
            state(&[ago(0, Outcome::Reached, Some(0)), missed], now()),
            State::Reached
        );
        assert_eq!(state(&[answered(0, 10), missed], now()), State::Quiet);
    }
}
