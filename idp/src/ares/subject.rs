//! What ARES says about a subject, as far as we need it.

use chrono::{DateTime, NaiveDate, Utc};
use federation::BodyKind;
use serde::Deserialize;

use super::Ico;

const LONGEST_NAME: usize = 400;

/// A company, association, trader or office, as ARES knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its number.
    pub ico: Ico,
    /// Its name as registered.
    pub name: String,
    /// Where it has its seat, in one line; `None` where ARES tells none that can be shown.
    pub seat: Option<String>,
    /// Legal form, three digits of the state's list.
    pub legal_form: String,
    /// Whether it lives.
    pub state: State,
    /// When ARES said so.
    pub as_of: DateTime<Utc>,
    /// Whether ARES was asked again since and could not be reached.
    pub stale: bool,
}

/// Whether a subject lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// It has ended, on that day where ARES tells it.
    Ended(Option<NaiveDate>),
}

impl Subject {
    /// What kind of body it is. `None` for a legal form that is not on our list: nothing is guessed.
    pub fn kind(&self) -> Option<BodyKind> {
        kind(&self.legal_form)
    }

    /// Whether it has ended.
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }
}

/// Kinds of body by legal form. The forms are those of the code list `PravniForma` of ARES.
fn kind(legal_form: &str) -> Option<BodyKind> {
    Some(match legal_form {
        // Natural persons in business, by trade or by another law, farmers, and foreign ones.
        "100" | "101" | "102" | "103" | "104" | "105" | "106" | "107" | "108" | "424" | "425" => {
            BodyKind::SoleTrader
        }
        // Partnerships, companies, cooperatives, state enterprises, branches of foreign ones.
        "111" | "112" | "113" | "121" | "205" | "301" | "302" | "421" | "932" => BodyKind::Company,
        // Foundations, institutes, owners' associations, societies, parties, churches, chambers, hunters.
        "117" | "118" | "141" | "145" | "161" | "706" | "711" | "721" | "722" | "736" | "741"
        | "745" | "751" | "761" => BodyKind::Association,
        // Offices of the state, bodies that a town, a region or the state founded, schools, municipalities, regions.
        "325" | "331" | "332" | "601" | "641" | "771" | "801" | "804" | "811" => {
            BodyKind::PublicBody
        }
        _ => return None,
    })
}

/// `EkonomickySubjekt`, the parts that we read.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    ico: Option<String>,
    #[serde(rename = "obchodniJmeno")]
    name: Option<String>,
    #[serde(rename = "pravniForma")]
    legal_form: Option<String>,
    #[serde(rename = "datumZaniku")]
    ended_on: Option<String>,
    #[serde(rename = "seznamRegistraci")]
    registrations: Option<Registrations>,
    #[serde(rename = "sidlo")]
    seat: Option<Seat>,
}

#[derive(Debug, Deserialize)]
struct Seat {
    #[serde(rename = "textovaAdresa")]
    line: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Registrations {
    /// The basic register of persons, which leads.
    #[serde(rename = "stavZdrojeRos")]
    basic_register: Option<String>,
}

/// Why an answer is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is about another subject.
    #[error("it is about another subject")]
    AnotherSubject,
    /// It has no name, or one that cannot be shown.
    #[error("it has no name that can be shown")]
    Name,
    /// The legal form is not three digits.
    #[error("its legal form is none")]
    LegalForm,
    /// The day of its end is no day.
    #[error("the day of its end is none")]
    Day,
}

impl Answer {
    /// The subject, when the answer is about the one that was asked for.
    pub(super) fn read(self, asked: &Ico, now: DateTime<Utc>) -> Result<Subject, Unreadable> {
        if self.ico.as_deref() != Some(asked.as_str()) {
            return Err(Unreadable::AnotherSubject);
        }
        let name = self.name.unwrap_or_default().trim().to_owned();
        if !can_be_shown(&name) {
            return Err(Unreadable::Name);
        }
        let seat = self.seat.and_then(|seat| seat.line);
        let seat = seat
            .map(|line| line.trim().to_owned())
            .filter(|line| can_be_shown(line));
        let legal_form = self.legal_form.unwrap_or_default();
        if legal_form.len() != 3 || !legal_form.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(Unreadable::LegalForm);
        }
        let ended_on = self
            .ended_on
            .map(|day| NaiveDate::parse_from_str(&day, "%Y-%m-%d"))
            .transpose()
            .map_err(|_| Unreadable::Day)?;
        let register = self.registrations.unwrap_or_default().basic_register;
        // A day that is still to come is an end that was announced. (Days begin an hour or two later in UTC: a subject lives on
        // for that long at most.)
        let over = ended_on.is_some_and(|day| day <= now.date_naive());
        let state = if over || register.as_deref() == Some("ZANIKLY") {
            State::Ended(ended_on)
        } else {
            State::Active
        };
        Ok(Subject {
            ico: asked.clone(),
            name,
            seat,
            legal_form,
            state,
            as_of: now,
            stale: false,
        })
    }
}

fn can_be_shown(line: &str) -> bool {
    !line.is_empty() && line.chars().count() <= LONGEST_NAME && !line.chars().any(is_unsafe)
}

/// What must not stand in a name that is shown: controls, and what turns the direction of reading.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-26T12:00:00Z".parse().unwrap()
    }

    fn read(changes: &Value) -> Result<Subject, Unreadable> {
        let mut answer = json!({
            "ico": "00000027", "obchodniJmeno": "Pekařství Vltava s.r.o.", "pravniForma": "112",
            "datumVzniku": "2001-02-03", "seznamRegistraci": { "stavZdrojeRos": "AKTIVNI" },
            "sidlo": { "psc": 38101, "textovaAdresa": "Latrán 7, 38101 Český Krumlov" },
        });
        for (key, value) in changes.as_object().unwrap() {
            answer[key] = value.clone();
        }
        let answer: Answer = serde_json::from_value(answer).unwrap();
        answer.read(&"00000027".parse().unwrap(), now())
    }

    #[test]
    fn a_living_company_is_read() {
        let subject = read(&json!({})).unwrap();

        assert_eq!(subject.name, "Pekařství Vltava s.r.o.");
        assert_eq!(
            subject.seat.as_deref(),
            Some("Latrán 7, 38101 Český Krumlov")
        );
        assert_eq!(subject.kind(), Some(BodyKind::Company));
        assert_eq!((subject.state, subject.has_ended()), (State::Active, false));
        assert_eq!((subject.as_of, subject.stale), (now(), false));
    }

    #[test]
    fn a_seat_that_cannot_be_shown_is_none() {
        for seat in [
            json!(null),
            json!({}),
            json!({ "textovaAdresa": " " }),
            json!({ "textovaAdresa": "a\u{202e}b" }),
        ] {
            let subject = read(&json!({ "sidlo": seat })).unwrap();

            assert_eq!(subject.seat, None, "{seat}");
        }
    }

    #[test]
    fn an_end_that_came_is_an_end_and_one_announced_is_not() {
        let day = |text: &str| Some(text.parse().unwrap());
        let of = |changes: Value| read(&changes).unwrap().state;

        assert_eq!(
            of(json!({ "datumZaniku": "2026-11-26" })),
            State::Ended(day("2026-11-26"))
        );
        assert_eq!(of(json!({ "datumZaniku": "2026-11-27" })), State::Active);
        let register = json!({ "seznamRegistraci": { "stavZdrojeRos": "ZANIKLY" } });
        assert_eq!(of(register), State::Ended(None));
        assert_eq!(of(json!({ "seznamRegistraci": null })), State::Active);
    }

    #[test]
    fn legal_forms_are_kinds_of_body_and_unknown_ones_are_none() {
        let of = |form: &str| read(&json!({ "pravniForma": form })).unwrap().kind();

        assert_eq!(of("101"), Some(BodyKind::SoleTrader));
        assert_eq!(of("121"), Some(BodyKind::Company));
        assert_eq!(of("706"), Some(BodyKind::Association));
        assert_eq!(of("801"), Some(BodyKind::PublicBody));
        assert_eq!(of("999"), None);
    }

    #[test]
    fn an_answer_that_does_not_say_what_it_should_is_not_used() {
        for (changes, problem) in [
            (json!({ "ico": "00000019" }), Unreadable::AnotherSubject),
            (json!({ "ico": null }), Unreadable::AnotherSubject),
            (json!({ "obchodniJmeno": " " }), Unreadable::Name),
            (json!({ "obchodniJmeno": "a\u{202e}b" }), Unreadable::Name),
            (
                json!({ "obchodniJmeno": "a".repeat(401) }),
                Unreadable::Name,
            ),
            (json!({ "pravniForma": "12" }), Unreadable::LegalForm),
            (json!({ "pravniForma": null }), Unreadable::LegalForm),
            (json!({ "datumZaniku": "brzy" }), Unreadable::Day),
        ] {
            assert_eq!(read(&changes), Err(problem), "{changes}");
        }
    }
}
