//! Things kept for a while under an unguessable name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Things of one kind.
#[derive(Debug)]
pub struct Kept<T> {
    lifetime: TimeDelta,
    things: Mutex<HashMap<String, (DateTime<Utc>, T)>>,
}

impl<T: Clone> Kept<T> {
    /// Things that live so long.
    pub fn new(lifetime: TimeDelta) -> Self {
        Self {
            lifetime,
            things: Mutex::default(),
        }
    }

    /// How long they live.
    pub fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }

    /// Keeps a thing from now on, and forgets the old ones.
    pub fn put(&self, name: String, thing: T, now: DateTime<Utc>) {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.retain(|_, (since, _)| self.lives(*since, now));
        things.insert(name, (now, thing));
    }

    /// Changes a thing; tells whether there was one.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut T)) -> bool {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        match things.get_mut(name) {
            Some((_, thing)) => {
                change(thing);
                true
            }
            None => false,
        }
    }

    /// A thing that still lives, and since when it is kept.
    pub fn lookup(&self, name: &str, now: DateTime<Utc>) -> Option<(DateTime<Utc>, T)> {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things
            .get(name)
            .filter(|(since, _)| self.lives(*since, now))
            .cloned()
    }

    /// Takes a thing away.
    pub fn remove(&self, name: &str) -> Option<T> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.remove(name).map(|(_, thing)| thing)
    }

    /// Takes away whatever fits; tells how many.
    pub fn remove_where(&self, fits: impl Fn(&T) -> bool) -> usize {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let before = things.len();
        things.retain(|_, (_, thing)| !fits(thing));
        before - things.len()
    }

    /// All of them, the latest first.
    pub fn list(&self) -> Vec<T> {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = things.values().cloned().collect();
        all.sort_by_key(|(since, _)| std::cmp::Reverse(*since));
        all.into_iter().map(|(_, thing)| thing).collect()
    }

    /// A clock set back must not make things immortal.
    fn lives(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        (now - since).abs() < self.lifetime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_lives_as_long_as_its_kind() {
        let kept = Kept::new(TimeDelta::seconds(60));
        let now = Utc::now();
        kept.put("a".to_owned(), 1, now);

        assert_eq!(
            kept.lookup("a", now + TimeDelta::seconds(59)),
            Some((now, 1))
        );
        assert_eq!(kept.lookup("a", now + TimeDelta::seconds(60)), None);
        assert_eq!(kept.remove("a"), Some(1));
        assert_eq!(kept.lookup("a", now), None);
    }
}
