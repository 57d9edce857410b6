//! What an officer types to propose a mandate, read.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use federation::BodyKind;
use serde::Deserialize;
use web::texts::prague_midnight;

use super::list::digits;
use crate::ares::Ico;
use crate::identity::Sought;
use crate::ids::AccountId;
use crate::mandate::{Act, Wanted};

/// A field of the form and the Fluent id of what to mend.
pub(super) type Wrong = (&'static str, &'static str);

/// How an officer saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// A paper that was shown at the counter.
    Counter,
    /// A public register.
    Register,
}

impl Source {
    pub(super) const ALL: [Self; 2] = [Self::Counter, Self::Register];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Register => "register",
        }
    }
}

/// The form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::staff) struct Typed {
    pub(super) csrf: String,
    pub(super) family_name: String,
    pub(super) given_name: String,
    pub(super) birth_date: String,
    /// Which of several accounts with these names.
    pub(super) account: Option<AccountId>,
    pub(super) kind: Option<BodyKind>,
    pub(super) ico: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) may: Vec<Act>,
    pub(super) source: Option<Source>,
    pub(super) evidence: String,
    pub(super) from: String,
    pub(super) until: String,
}

/// The form as it was meant.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) sought: Sought,
    kind: BodyKind,
    ico: Option<Ico>,
    name: Option<String>,
    role: Option<String>,
    scope: BTreeSet<Act>,
    source: Source,
    evidence: Option<String>,
    valid_from: DateTime<Utc>,
    valid_until: DateTime<Utc>,
}

impl Typed {
    /// What was meant, or everything that has to be mended.
    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<Draft, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut need = |is_there: bool, field, text| {
            if !is_there {
                wrong.push((field, text));
            }
        };
        let birth_date = day(&self.birth_date);
        let until = day(&self.until).and_then(end_of);
        let from = optional(&self.from).map(|typed| day(&typed).and_then(prague_midnight));
        let ico = optional(&digits(&self.ico)).map(|typed| typed.parse::<Ico>().ok());
        need(
            !self.family_name.trim().is_empty(),
            "family_name",
            "proposal-no-family-name",
        );
        need(
            !self.given_name.trim().is_empty(),
            "given_name",
            "proposal-no-given-name",
        );
        need(birth_date.is_some(), "birth_date", "proposal-no-day");
        need(self.kind.is_some(), "kind", "proposal-no-kind-picked");
        need(ico != Some(None), "ico", "staff-mandates-ico-wrong");
        need(!self.may.is_empty(), "may", "proposal-no-nothing");
        need(self.source.is_some(), "source", "proposal-no-source");
        need(from != Some(None), "from", "proposal-no-day");
        need(until.is_some(), "until", "proposal-no-day");
        let (Some(birth_date), Some(kind), Some(source), Some(valid_until), true) =
            (birth_date, self.kind, self.source, until, wrong.is_empty())
        else {
            return Err(wrong);
        };
        Ok(Draft {
            sought: Sought {
                family_name: self.family_name.trim().to_owned(),
                given_name: Some(self.given_name.trim().to_owned()),
                birth_date,
            },
            kind,
            ico: ico.flatten(),
            name: optional(&self.name),
            role: optional(&self.role),
            scope: self.may.iter().copied().collect(),
            source,
            evidence: optional(&self.evidence),
            valid_from: from.flatten().unwrap_or(now),
            valid_until,
        })
    }
}

impl Draft {
    /// The mandate, for this account.
    pub(super) fn wanted(self, account_id: AccountId) -> Wanted {
        Wanted {
            account_id,
            kind: self.kind,
            ico: self.ico,
            name: self.name,
            role: self.role,
            source: self.source.as_str().to_owned(),
            scope: self.scope,
            evidence: self.evidence,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        }
    }
}

fn optional(typed: &str) -> Option<String> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.to_owned())
}

/// As browsers send it, or as people write it where a browser knows no dates.
fn day(typed: &str) -> Option<NaiveDate> {
    let typed = digits(typed);
    NaiveDate::parse_from_str(&typed, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(&typed, "%d.%m.%Y"))
        .ok()
}

/// The end of the day, so that pages name the day that was typed.
fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.succ_opt().and_then(prague_midnight)? - Duration::seconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            family_name: " Dvořáková ".to_owned(),
            given_name: "Jana".to_owned(),
            birth_date: "14. 5. 1984".to_owned(),
            kind: Some(BodyKind::Company),
            ico: "000 000 27".to_owned(),
            may: vec![Act::View],
            source: Some(Source::Counter),
            until: "2027-06-30".to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn days_are_read_as_browsers_and_people_write_them_and_last_to_their_end() {
        let now = "2026-11-27T02:00:00Z".parse().unwrap();

        let draft = typed().read(now).unwrap();

        assert_eq!(draft.sought.birth_date.to_string(), "1984-05-14");
        assert_eq!(draft.sought.family_name, "Dvořáková");
        assert_eq!(draft.valid_from, now);
        assert_eq!(draft.valid_until.to_rfc3339(), "2027-06-30T21:59:59+00:00");
        assert_eq!(draft.ico.unwrap().as_str(), "00000027");
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let now = "2026-11-27T02:00:00Z".parse().unwrap();
        let empty = Typed {
            ico: "1".to_owned(),
            from: "yesterday".to_owned(),
            ..Typed::default()
        };

        let wrong = empty.read(now).unwrap_err();

        let fields: Vec<&str> = wrong.into_iter().map(|(field, _)| field).collect();
        let all = [
            "family_name",
            "given_name",
            "birth_date",
            "kind",
            "ico",
            "may",
            "source",
            "from",
            "until",
        ];
        assert_eq!(fields, all);
    }
}
