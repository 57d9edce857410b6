//! A shield of one process against floods: how many requests of a kind one address may bring.
//!
//! It keeps load away and protects nobody's account: what does that counts in the short-lived store, for all replicas.
//! `governor` counts by key as well, but keeps every key until somebody sweeps: the bound on addresses, the house of IPv6 and
//! the clock that tests move would be ours all the same, and are most of this file.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::Problem;
use crate::policy::ClientAddress;
use crate::problem::TOO_MANY;

/// So many addresses are remembered. Beyond that new ones pass: a flood from everywhere must not shut anybody out.
const ADDRESSES: usize = 50_000;

/// How many requests one address may bring within a minute: all of them at once, and then one whenever a place is free
/// again. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shield(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    /// The time that one request takes up.
    each: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When each address has all its places free again.
    free_at: HashMap<IpAddr, DateTime<Utc>>,
    swept_at: Option<DateTime<Utc>>,
}

impl Shield {
    /// So many a minute; 0 sets no limit.
    pub fn new(per_minute: u32) -> Self {
        Self((per_minute > 0).then(|| {
            Arc::new(Inner {
                each: minute() / i32::try_from(per_minute).unwrap_or(i32::MAX),
                seen: Mutex::default(),
            })
        }))
    }

    /// Lets one request of an address pass, or says when the next one may come.
    pub fn admit(
        &self,
        ClientAddress(address): ClientAddress,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let Some(inner) = &self.0 else {
            return Ok(());
        };
        inner.take(place_of(address), now).map_err(|wait| {
            let seconds = u32::try_from(wait.num_seconds()).unwrap_or(60);
            Problem::new(&TOO_MANY).retry_after(seconds.saturating_add(1))
        })
    }
}

impl Inner {
    fn take(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.make_room(address, now);
        let known = seen.free_at.get(&address).copied();
        // Later than a minute from now only says that the clock was set back.
        let free_at = known
            .filter(|at| *at - now <= minute())
            .map_or(now, |at| at.max(now));
        let next = free_at + self.each;
        if next - now > minute() {
            return Err(next - now - minute());
        }
        if known.is_some() || seen.free_at.len() < ADDRESSES {
            seen.free_at.insert(address, next);
        }
        Ok(())
    }
}

impl Seen {
    /// Forgets who has all places free, when there is no room; at most once a second, since it looks at everybody.
    fn make_room(&mut self, address: IpAddr, now: DateTime<Utc>) {
        let is_due = self
            .swept_at
            .is_none_or(|at| now < at || at + Duration::seconds(1) <= now);
        if self.free_at.len() >= ADDRESSES && !self.free_at.contains_key(&address) && is_due {
            self.free_at.retain(|_, free_at| *free_at > now);
            self.swept_at = Some(now);
        }
    }
}

/// Whom an address stands for: of IPv6, a whole house has 64 bits to choose from.
pub(crate) fn place_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

const fn minute() -> Duration {
    Duration::minutes(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn passes(shield: &Shield, address: &str, now: DateTime<Utc>) -> bool {
        shield
            .admit(ClientAddress(address.parse().unwrap()), now)
            .is_ok()
    }

    fn how_many_pass(shield: &Shield, address: &str, now: DateTime<Utc>) -> usize {
        (0..100).filter(|_| passes(shield, address, now)).count()
    }

    #[test]
    fn a_minutes_worth_passes_at_once_and_then_one_whenever_a_place_is_free() {
        let shield = Shield::new(30);

        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(0)), 30);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(1)), 0);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(2)), 1);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(12)), 5);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(600)), 30);
    }

    #[test]
    fn one_address_does_not_use_up_what_another_may() {
        let shield = Shield::new(3);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(0)), 3);

        assert!(passes(&shield, "192.0.2.8", at(0)));
        assert!(!passes(&shield, "::ffff:192.0.2.7", at(0)));
    }

    #[test]
    fn a_house_on_ipv6_counts_as_one() {
        let shield = Shield::new(2);

        assert!(passes(&shield, "2001:db8:1:2::1", at(0)));
        assert!(passes(&shield, "2001:db8:1:2:ffff::2", at(0)));
        assert!(!passes(&shield, "2001:db8:1:2::3", at(0)));
        assert!(passes(&shield, "2001:db8:1:3::3", at(0)));
    }

    #[test]
    fn no_limit_is_none_and_a_clock_set_back_shuts_nobody_out() {
        assert_eq!(how_many_pass(&Shield::new(0), "192.0.2.7", at(0)), 100);
        let shield = Shield::new(10);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(3_600)), 10);

        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(0)), 10);
    }

    #[test]
    fn with_too_many_addresses_those_who_are_through_are_forgotten_and_new_ones_still_pass() {
        let shield = Shield::new(60);
        let flood = |now| {
            for number in 0..ADDRESSES {
                let address =
                    Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | (number as u128) << 64);
                assert!(passes(&shield, &address.to_string(), now));
            }
        };
        let kept = || {
            let inner = shield.0.as_ref().unwrap();
            inner.seen.lock().unwrap().free_at.len()
        };
        flood(at(0));
        assert!(passes(&shield, "192.0.2.7", at(0)));
        assert_eq!(kept(), ADDRESSES);

        assert!(passes(&shield, "192.0.2.7", at(2)));

        assert_eq!(kept(), 1);
    }

    #[test]
    fn who_is_turned_away_reads_when_to_come_again() {
        let shield = Shield::new(6);
        assert_eq!(how_many_pass(&shield, "192.0.2.7", at(0)), 6);

        let problem = shield
            .admit(ClientAddress("192.0.2.7".parse().unwrap()), at(1))
            .unwrap_err();

        assert_eq!(problem.kind().code, "WEB-429");
    }
}
