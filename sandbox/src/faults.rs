//! Faults that wait for their moment, for every part of the sandbox whose faults are an enum.

use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::controls::caller::Reads;
pub use crate::nia::fault::Expected;
use crate::often::{Often, Turn};
use crate::page;

/// One thing that goes wrong; `fault_kinds!` writes it from a table.
pub trait Kind: Copy + Eq + std::fmt::Debug + Send + 'static {
    /// All of them, those of one group together.
    const ALL: &'static [Self];

    /// The name in calls and forms.
    fn code(self) -> &'static str;
    /// Where it sits, in Czech.
    fn group(self) -> &'static str;
    /// What a careful reader does.
    fn expected(self) -> Expected;
    /// What happens, in Czech.
    fn czech(self) -> &'static str;

    /// Reads the name in calls and forms.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// Writes an enum of faults: `Variant "code" Expected "What happens.";` under the Czech name of each group.
#[macro_export]
macro_rules! fault_kinds {
    ($(#[$doc:meta])* $vis:vis $name:ident; $($group:literal => { $($variant:ident $code:literal $expected:ident $czech:literal;)+ })+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[doc = $czech] $variant,)+)+
        }

        impl $crate::faults::Kind for $name {
            const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            fn code(self) -> &'static str {
                match self { $($(Self::$variant => $code,)+)+ }
            }

            fn group(self) -> &'static str {
                match self { $($(Self::$variant => $group,)+)+ }
            }

            fn expected(self) -> $crate::faults::Expected {
                match self { $($(Self::$variant => $crate::faults::Expected::$expected,)+)+ }
            }

            fn czech(self) -> &'static str {
                match self { $($(Self::$variant => $czech,)+)+ }
            }
        }
    };
}

/// A fault that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<K> {
    /// What shall happen.
    pub fault: K,
    /// To whom; to anyone when missing.
    pub of: Option<String>,
    /// How often.
    pub often: Often,
}

impl<K: Kind> Pending<K> {
    fn json(&self) -> Value {
        json!(Told {
            fault: self.fault.code(),
            of: self.of.as_deref(),
            often: &self.often,
        })
    }
}

/// A fault that waits, for programs.
#[derive(Debug, Serialize)]
struct Told<'a> {
    fault: &'static str,
    of: Option<&'a str>,
    #[serde(flatten)]
    often: &'a Often,
}

/// Faults that wait, in the order they were asked for.
#[derive(Debug)]
pub struct Faults<K>(Mutex<Vec<Pending<K>>>);

impl<K> Default for Faults<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Kind> Faults<K> {
    /// Sets what shall happen; replaces an earlier wish for the same fault and the same one.
    pub fn set(&self, pending: Pending<K>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|other| other.fault != pending.fault || other.of != pending.of);
        waiting.push(pending);
    }

    /// Forgets all wishes.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Takes what shall happen now, among the faults that can happen here; a wish for this one goes before one for anyone.
    /// A wish that lets this call be leaves it to the next one.
    pub fn take(&self, of: &str, can_happen: impl Fn(K) -> bool) -> Option<K> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for whose in [Some(of), None] {
            for index in 0..waiting.len() {
                let meant = waiting
                    .get_mut(index)
                    .filter(|pending| can_happen(pending.fault) && pending.of.as_deref() == whose);
                let Some(pending) = meant else { continue };
                let fault = pending.fault;
                match pending.often.turn() {
                    Turn::Not => continue,
                    Turn::Now => {}
                    Turn::Last => drop(waiting.remove(index)),
                }
                return Some(fault);
            }
        }
        None
    }

    /// What waits.
    pub fn list(&self) -> Vec<Pending<K>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The page, or the list as JSON.
    pub fn shown(&self, reads: Reads, words: Words) -> Response {
        if !reads.pages {
            let known: Vec<_> = K::ALL
                .iter()
                .map(|kind| json!({ "fault": kind.code(), "group": kind.group(), "expected": kind.expected(), "what": kind.czech() }))
                .collect();
            let waiting: Vec<_> = self.list().iter().map(Pending::json).collect();
            return Json(json!({ "waiting": waiting, "faults": known })).into_response();
        }
        let waiting = self.list().iter().map(Row::of_pending).collect();
        let mut groups: Vec<(&'static str, Vec<Row>)> = Vec::new();
        for kind in K::ALL {
            match groups.last_mut().filter(|(name, _)| *name == kind.group()) {
                Some((_, rows)) => rows.push(Row::of(*kind)),
                None => groups.push((kind.group(), vec![Row::of(*kind)])),
            }
        }
        page::page(&Page {
            words,
            waiting,
            groups,
        })
    }

    /// Takes a wish from the page or a call.
    pub fn wished(&self, reads: Reads, words: &Words, wish: &Wish) -> Response {
        let Some(fault) = K::from_code(&wish.fault) else {
            return reads.refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("chyba {} neexistuje", wish.fault),
            );
        };
        let often = match Often::wished(wish.times, wish.percent) {
            Ok(often) => often,
            Err(reason) => return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason),
        };
        let pending = Pending {
            fault,
            of: wish.of.clone().filter(|of| !of.is_empty()),
            often,
        };
        tracing::info!(
            fault = fault.code(),
            page = words.path,
            "controls.fault_set"
        );
        let told = pending.json();
        self.set(pending);
        reads.done(words.path, told)
    }

    /// Forgets all, asked from the page or by a call.
    pub fn cleared(&self, reads: Reads, words: &Words) -> Response {
        self.clear();
        reads.done(words.path, json!({ "waiting": [] }))
    }
}

/// What a caller wants to go wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    fault: String,
    #[serde(default)]
    of: Option<String>,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    percent: Option<u8>,
}

/// What the page of faults says around them.
#[derive(Debug, Clone)]
pub struct Words {
    /// Its address.
    pub path: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// One sentence below it.
    pub lead: &'static str,
    /// What is chosen in the first field.
    pub whom: &'static str,
    /// Value and label.
    pub choices: Vec<(String, String)>,
}

#[derive(Debug, Template)]
#[template(path = "controls/faults.html")]
struct Page {
    words: Words,
    waiting: Vec<Row>,
    groups: Vec<(&'static str, Vec<Row>)>,
}

#[derive(Debug, Serialize)]
struct Row {
    code: &'static str,
    czech: &'static str,
    expected: &'static str,
    tone: &'static str,
    of: Option<String>,
    often: Option<String>,
}

impl Row {
    fn of<K: Kind>(kind: K) -> Self {
        Self {
            code: kind.code(),
            czech: kind.czech(),
            expected: kind.expected().czech(),
            tone: kind.expected().tone(),
            of: None,
            often: None,
        }
    }

    fn of_pending<K: Kind>(pending: &Pending<K>) -> Self {
        Self {
            of: pending.of.clone(),
            often: Some(pending.often.czech()),
            ..Self::of(pending.fault)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fault_kinds! {
        /// For these tests.
        Trouble;
        "Všude" => {
            Slow "slow" Refuse "Pomalu.";
            Broken "broken" Accept "Rozbité.";
        }
    }

    fn pending(fault: Trouble, of: Option<&str>, times: Option<u32>) -> Pending<Trouble> {
        Pending {
            fault,
            of: of.map(str::to_owned),
            often: Often::times(times),
        }
    }

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_where_it_can() {
        let faults = Faults::default();
        faults.set(pending(Trouble::Slow, Some("a"), Some(2)));

        assert_eq!(faults.take("b", |_| true), None);
        assert_eq!(faults.take("a", |kind| kind == Trouble::Broken), None);
        assert_eq!(faults.take("a", |_| true), Some(Trouble::Slow));
        assert_eq!(faults.take("a", |_| true), Some(Trouble::Slow));
        assert_eq!(faults.take("a", |_| true), None);
    }

    #[test]
    fn a_wish_for_one_goes_before_a_lasting_one_for_anyone() {
        let faults = Faults::default();
        faults.set(pending(Trouble::Slow, None, None));
        faults.set(pending(Trouble::Broken, Some("a"), Some(1)));

        assert_eq!(faults.take("a", |_| true), Some(Trouble::Broken));
        assert_eq!(faults.take("a", |_| true), Some(Trouble::Slow));
        assert_eq!(faults.take("a", |_| true), Some(Trouble::Slow));
        faults.clear();
        assert_eq!(faults.take("a", |_| true), None);
    }
}
