//! How much of what is refused leaves a trace: a refusal costs its caller nothing and us a row that is kept for ever, so one address
//! has so many of them written down within a minute. Beyond that everything is refused as before; the metric counts it, and one row
//! an hour says that rows are missing.
//!
//! Nobody is shut out here: who proves themself behind the same address is served.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::Shield;
use crate::policy::ClientAddress;
use crate::shield::place_of;

/// All addresses together have so many times as many refusals written down as one: a flood from everywhere is one, too.
const ADDRESSES_AT_ONCE: u32 = 10;
/// So many addresses are remembered whose missing rows were told.
const REMEMBERED: usize = 10_000;

/// What becomes of the trace of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// It is written down.
    Kept,
    /// In its place it is written down that further ones will be missing.
    Summed,
    /// It is counted and nothing else.
    Counted,
}

/// What one process writes down of refusals. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Refusals {
    per_minute: u32,
    each: Shield,
    all: Shield,
    told: Arc<Mutex<HashMap<IpAddr, DateTime<Utc>>>>,
}

impl Refusals {
    /// So many of one address within a minute; 0 sets no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            each: Shield::new(per_minute),
            all: Shield::new(per_minute.saturating_mul(ADDRESSES_AT_ONCE)),
            told: Arc::default(),
        }
    }

    /// How many of one address are written down within a minute.
    pub fn per_minute(&self) -> u32 {
        self.per_minute
    }

    /// Weighs one refusal. `kind` is the event's, for the metric `refusals_unrecorded_total`.
    pub fn weigh(
        &self,
        ClientAddress(address): ClientAddress,
        kind: &'static str,
        now: DateTime<Utc>,
    ) -> Trace {
        let flooding = if self.each.admit(ClientAddress(address), now).is_err() {
            place_of(address)
        } else if self.all.admit(EVERYBODY, now).is_err() {
            EVERYBODY.0
        } else {
            return Trace::Kept;
        };
        metrics::counter!("refusals_unrecorded_total", "kind" => kind).increment(1);
        if self.is_news(flooding, now) {
            Trace::Summed
        } else {
            Trace::Counted
        }
    }

    /// Whether nobody was told within the hour; from now on somebody was.
    fn is_news(&self, address: IpAddr, now: DateTime<Utc>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |at: &DateTime<Utc>| now.signed_duration_since(*at).abs() < HOUR;
        if told.get(&address).is_some_and(is_known) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.retain(|_, at| is_known(at));
        }
        if told.len() >= REMEMBERED {
            return false;
        }
        told.insert(address, now);
        true
    }
}

/// Stands for all addresses together: no caller has it.
const EVERYBODY: ClientAddress = ClientAddress(IpAddr::V4(Ipv4Addr::BROADCAST));
const HOUR: Duration = Duration::hours(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn traces(refusals: &Refusals, address: &str, count: usize, second: i64) -> Vec<Trace> {
        let address = ClientAddress(address.parse().unwrap());
        (0..count)
            .map(|_| refusals.weigh(address, "login.refused", at(second)))
            .collect()
    }

    #[test]
    fn a_flood_leaves_its_first_rows_one_that_says_so_and_then_none() {
        let refusals = Refusals::new(3);

        let kept = [Trace::Kept; 3];
        let traces_of = traces(&refusals, "192.0.2.7", 6, 0);

        assert_eq!(traces_of[..3], kept);
        assert_eq!(
            traces_of[3..],
            [Trace::Summed, Trace::Counted, Trace::Counted]
        );
        assert_eq!(traces(&refusals, "192.0.2.8", 3, 0), kept);
    }

    #[test]
    fn a_flood_that_goes_on_is_told_once_an_hour() {
        let refusals = Refusals::new(1);
        let told = |second| {
            let traces = traces(&refusals, "192.0.2.7", 5, second);
            traces.contains(&Trace::Summed)
        };

        assert!(told(0));
        assert!(!told(3_599));
        assert!(told(3_600));
    }

    #[test]
    fn a_flood_from_everywhere_is_one() {
        let refusals = Refusals::new(2);

        let traces: Vec<Trace> = (0..100)
            .flat_map(|at| traces(&refusals, &format!("192.0.2.{at}"), 2, 0))
            .collect();

        let count = |wanted| traces.iter().filter(|trace| **trace == wanted).count();
        assert_eq!((count(Trace::Kept), count(Trace::Summed)), (20, 1));
    }

    #[test]
    fn without_a_limit_everything_is_written_down() {
        let refusals = Refusals::new(0);

        assert_eq!(traces(&refusals, "192.0.2.7", 50, 0), [Trace::Kept; 50]);
    }
}
