//! Dates and times of Prague in the reader's language. Absolute, with the year.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Europe::Prague;

use super::Texts;

impl Texts {
    /// `24. 11. 2026` · `24 November 2026` · `24. November 2026`
    pub fn date(&self, at: DateTime<Utc>) -> String {
        self.day(at.with_timezone(&Prague).date_naive())
    }

    /// The same of a day that has no time, as a birth date.
    pub fn day(&self, day: NaiveDate) -> String {
        self.day_as("date-day", day)
    }

    /// `pondělí 30. 11. 2026` · `Monday 30 November 2026` · `Montag, 30. November 2026`
    pub fn weekday(&self, day: NaiveDate) -> String {
        self.day_as("date-weekday", day)
    }

    /// `do pondělí 30. 11. 2026` · `by Monday 30 November 2026` · `bis Montag, 30. November 2026`
    pub fn until(&self, day: NaiveDate) -> String {
        self.day_as("date-until", day)
    }

    /// `14:07`
    pub fn time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&Prague).format("%-H:%M").to_string()
    }

    /// `24. 11. 2026 v 14:07` · `24 November 2026 at 14:07` · `24. November 2026 um 14:07`
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        let time = self.time(at);
        self.text("date-moment")
            .arg("date", self.date(at))
            .arg("time", time)
            .to_string()
    }

    /// The same with seconds, for error pages and logs people compare.
    pub fn exact_moment(&self, at: DateTime<Utc>) -> String {
        let time = at.with_timezone(&Prague).format("%-H:%M:%S").to_string();
        self.text("date-moment")
            .arg("date", self.date(at))
            .arg("time", time)
            .to_string()
    }

    fn day_as(&self, id: &str, day: NaiveDate) -> String {
        self.text(id)
            .arg("day", day.day().to_string())
            .arg("month", day.month().to_string())
            .arg("year", day.year().to_string())
            .arg("weekday", day.weekday().number_from_monday().to_string())
            .to_string()
    }
}

/// The day it is in Prague.
pub fn prague_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Prague).date_naive()
}

/// The hour it is in Prague, for opening hours.
pub fn prague_hour(at: DateTime<Utc>) -> u32 {
    at.with_timezone(&Prague).hour()
}
