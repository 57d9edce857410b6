//! Dates and times of Prague in the reader's language. Absolute, with the year.

use std::borrow::Borrow;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::Europe::Prague;

use super::Texts;

const NAME: &str = "date-weekday-name";
const LIMIT: &str = "date-weekday-limit";

impl Texts {
    /// `24. 11. 2026` · `24 November 2026` · `24. November 2026`
    pub fn date(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        self.day(at.borrow().with_timezone(&Prague).date_naive())
    }

    /// The same of a day that has no time, as a birth date.
    pub fn day(&self, day: impl Borrow<NaiveDate>) -> String {
        self.day_as("date-day", NAME, *day.borrow())
    }

    /// `pondělí 30. 11. 2026` · `Monday 30 November 2026` · `Montag, 30. November 2026`
    pub fn weekday(&self, day: impl Borrow<NaiveDate>) -> String {
        self.day_as("date-weekday", NAME, *day.borrow())
    }

    /// `do pondělí 30. 11. 2026` · `by Monday 30 November 2026` · `bis Montag, 30. November 2026`
    pub fn until(&self, day: impl Borrow<NaiveDate>) -> String {
        self.day_as("date-until", LIMIT, *day.borrow())
    }

    /// `14:07`
    pub fn time(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        at.borrow()
            .with_timezone(&Prague)
            .format("%-H:%M")
            .to_string()
    }

    /// `24. 11. 2026 v 14:07` · `24 November 2026 at 14:07` · `24. November 2026 um 14:07`
    pub fn moment(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        let at = at.borrow();
        let time = self.time(at);
        self.text("date-moment")
            .arg("date", self.date(at))
            .arg("time", time)
            .to_string()
    }

    /// The same with seconds, for error pages and logs people compare.
    pub fn exact_moment(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        let at = at.borrow();
        let time = at.with_timezone(&Prague).format("%-H:%M:%S").to_string();
        self.text("date-moment")
            .arg("date", self.date(at))
            .arg("time", time)
            .to_string()
    }

    fn day_as(&self, id: &str, weekday: &str, day: NaiveDate) -> String {
        let month = self.text("date-month").arg("month", day.month());
        let weekday = self
            .text(weekday)
            .arg("weekday", day.weekday().number_from_monday());
        self.text(id)
            .arg("day", day.day())
            .arg("month", month)
            .arg("year", day.year().to_string())
            .arg("weekday", weekday)
            .to_string()
    }
}

/// The day it is in Prague.
pub fn prague_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Prague).date_naive()
}

/// The moment a day begins in Prague. `None` for days that no calendar has.
pub fn prague_midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = Prague.from_local_datetime(&day.and_time(NaiveTime::MIN));
    Some(midnight.earliest()?.with_timezone(&Utc))
}

/// The hour it is in Prague, for opening hours.
pub fn prague_hour(at: DateTime<Utc>) -> u32 {
    at.with_timezone(&Prague).hour()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Locale;

    fn said(what: impl Fn(Texts) -> String) -> [String; 3] {
        Locale::ALL.map(|locale| what(Texts::of_web(locale)).replace('\u{a0}', " "))
    }

    #[test]
    fn dates_are_absolute_and_in_the_readers_language() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 4).unwrap();

        assert_eq!(
            said(|t| t.day(day)),
            ["4. 11. 2026", "4 November 2026", "4. November 2026"]
        );
        assert_eq!(
            said(|t| t.weekday(day)),
            [
                "středa 4. 11. 2026",
                "Wednesday 4 November 2026",
                "Mittwoch, 4. November 2026"
            ]
        );
        assert_eq!(
            said(|t| t.until(day)),
            [
                "do středy 4. 11. 2026",
                "by Wednesday 4 November 2026",
                "bis Mittwoch, 4. November 2026"
            ]
        );
    }

    #[test]
    fn the_time_is_that_of_prague_summer_and_winter_and_across_midnight() {
        let winter = DateTime::parse_from_rfc3339("2026-11-24T13:07:32Z")
            .unwrap()
            .to_utc();
        let summer = DateTime::parse_from_rfc3339("2026-06-30T22:05:00Z")
            .unwrap()
            .to_utc();

        assert_eq!(
            said(|t| t.exact_moment(winter)),
            [
                "24. 11. 2026 v 14:07:32",
                "24 November 2026 at 14:07:32",
                "24. November 2026 um 14:07:32"
            ]
        );
        assert_eq!(said(|t| t.moment(summer))[0], "1. 7. 2026 v 0:05");
        assert_eq!(
            prague_day(summer),
            NaiveDate::from_ymd_opt(2026, 7, 1).unwrap()
        );
    }

    #[test]
    fn a_day_begins_at_midnight_of_prague() {
        let begins = |year, month, day| {
            let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            prague_midnight(day).unwrap().to_rfc3339()
        };

        assert_eq!(begins(2026, 7, 1), "2026-06-30T22:00:00+00:00");
        assert_eq!(begins(2026, 11, 24), "2026-11-23T23:00:00+00:00");
    }

    #[test]
    fn a_czech_date_does_not_break_across_lines() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();

        assert_eq!(Texts::of_web(Locale::Cs).day(day), "24.\u{a0}11.\u{a0}2026");
    }
}
