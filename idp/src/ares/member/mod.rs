//! Who sits in the statutory bodies of a subject, as the public register of a court has it (`EkonomickySubjektVr`).

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Ico;

/// A seat in a statutory body, a former one too: the register keeps those, and has a new entry for whoever changed their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who has it.
    pub who: Who,
    /// When the register wrote the entry down, where it tells.
    pub entered: Option<NaiveDate>,
    /// Since when it is over, at the latest of the days that the register tells. `None`: it lasts.
    pub until: Option<NaiveDate>,
}

/// Who has a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A natural person.
    Person(Person),
    /// A legal person, for which somebody acts.
    LegalPerson,
    /// Somebody whom the register hides, or does not name in full.
    Untold,
}

/// A natural person as the register has them. Personal data: for comparing only, never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Given names.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Date of birth; of associations it is sometimes missing.
    pub born: Option<NaiveDate>,
}

/// Why an answer is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is about another subject")]
    AnotherSubject,
    #[error("it has no record, or several and none that leads")]
    Record,
    #[error("one of its days is none")]
    Day,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    ico_id: Option<String>,
    zaznamy: Option<Vec<Record>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    primarni_zaznam: Option<bool>,
    statutarni_organy: Option<Vec<Organ>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organ {
    datum_vymazu: Option<String>,
    clenove_organu: Option<Vec<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    datum_zapisu: Option<String>,
    datum_vymazu: Option<String>,
    clenstvi: Option<Engagement>,
    fyzicka_osoba: Option<NaturalPerson>,
    pravnicka_osoba: Option<IgnoredAny>,
    skryty_udaj: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Engagement {
    clenstvi: Option<Membership>,
    funkce: Option<Function>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Membership {
    vznik_clenstvi: Option<String>,
    zanik_clenstvi: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Function {
    zanik_funkce: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NaturalPerson {
    jmeno: Option<String>,
    prijmeni: Option<String>,
    datum_narozeni: Option<String>,
}

impl Answer {
    /// All seats, when the answer is about the subject that was asked for.
    pub(super) fn read(self, asked: &Ico, now: DateTime<Utc>) -> Result<Vec<Member>, Unreadable> {
        if self.ico_id.as_deref() != Some(asked.as_str()) {
            return Err(Unreadable::AnotherSubject);
        }
        let record = leading(self.zaznamy.unwrap_or_default())?;
        // Days begin an hour or two later in UTC: a membership lasts for that long at most.
        let today = now.date_naive();
        let mut members = Vec::new();
        for organ in record.statutarni_organy.unwrap_or_default() {
            let organ_until = day(organ.datum_vymazu)?;
            for entry in organ.clenove_organu.unwrap_or_default() {
                members.push(entry.read(organ_until, today)?);
            }
        }
        Ok(members)
    }
}

/// The record that says so of itself, or the only one.
fn leading(mut records: Vec<Record>) -> Result<Record, Unreadable> {
    if records.len() > 1 {
        records.retain(|record| record.primarni_zaznam == Some(true));
    }
    match (records.pop(), records.is_empty()) {
        (Some(record), true) => Ok(record),
        _ => Err(Unreadable::Record),
    }
}

impl Entry {
    fn read(self, organ_until: Option<NaiveDate>, today: NaiveDate) -> Result<Member, Unreadable> {
        let (membership, function) = match self.clenstvi {
            Some(engagement) => (engagement.clenstvi, engagement.funkce),
            None => (None, None),
        };
        let is_member = membership
            .as_ref()
            .is_some_and(|it| it.vznik_clenstvi.is_some() || it.zanik_clenstvi.is_some());
        let membership_until = day(membership.and_then(|it| it.zanik_clenstvi))?;
        let function_until = day(function.and_then(|it| it.zanik_funkce))?;
        // A chairman who is that no more may still be a member. A director of a limited company has a function alone.
        let function_until = function_until.filter(|_| !is_member);
        let ends = [
            organ_until,
            day(self.datum_vymazu)?,
            membership_until,
            function_until,
        ];
        Ok(Member {
            who: who(self.fyzicka_osoba, self.pravnicka_osoba, self.skryty_udaj)?,
            entered: day(self.datum_zapisu)?,
            // The court learns of an end later than it is: the later day is when the register said so. One to come was announced.
            until: ends.into_iter().flatten().filter(|end| *end <= today).max(),
        })
    }
}

fn who(
    person: Option<NaturalPerson>,
    legal: Option<IgnoredAny>,
    hidden: Option<IgnoredAny>,
) -> Result<Who, Unreadable> {
    if hidden.is_some() {
        return Ok(Who::Untold);
    }
    let Some(person) = person else {
        return Ok(legal.map_or(Who::Untold, |_| Who::LegalPerson));
    };
    let name = |name: Option<String>| name.filter(|name| !name.trim().is_empty());
    let born = day(person.datum_narozeni)?;
    Ok(match (name(person.jmeno), name(person.prijmeni)) {
        (Some(given), Some(family)) => Who::Person(Person {
            given,
            family,
            born,
        }),
        _ => Who::Untold,
    })
}

fn day(told: Option<String>) -> Result<Option<NaiveDate>, Unreadable> {
    told.map(|day| NaiveDate::parse_from_str(&day, "%Y-%m-%d"))
        .transpose()
        .map_err(|_| Unreadable::Day)
}

#[cfg(test)]
mod tests;
