//! A mandate in the words of the pages.

use std::collections::BTreeMap;

use web::Texts;

use crate::ares::{State, Subject};
use crate::ids::MandateId;
use crate::storage::mandate::Mandate;

/// A body and what one may do for it, as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct BodyView {
    /// The mandate.
    pub(crate) id: MandateId,
    /// The body's name.
    pub(crate) name: String,
    /// Its number, or what kind of body it is where it has none.
    pub(crate) number: String,
    /// What the person may do.
    pub(crate) may: String,
    /// Where the mandate comes from.
    pub(crate) source: String,
    /// Until when it counts.
    pub(crate) until: String,
    /// What the state's register says of the body; `None` where it was not asked or does not know.
    pub(crate) register: Option<RegisterView>,
}

/// What the state's register says of a body, as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct RegisterView {
    /// Where it has its seat.
    pub(crate) seat: Option<String>,
    /// When the register said so.
    pub(crate) as_of: String,
    /// The register could not be asked again since.
    pub(crate) is_old: bool,
    /// It has ended.
    pub(crate) has_ended: bool,
}

impl BodyView {
    /// A mandate in a language.
    pub(crate) fn of(t: Texts, mandate: &Mandate) -> Self {
        let acts: Vec<String> = mandate
            .scope
            .iter()
            .map(|act| t.text(&format!("act-{}", act.as_str())).to_string())
            .collect();
        Self {
            id: mandate.mandate_id,
            name: mandate.name.clone(),
            number: number(t, mandate),
            may: acts.join(", "),
            source: source(t, &mandate.source),
            until: t
                .text("mandate-until")
                .arg("date", t.date(mandate.valid_until))
                .to_string(),
            register: None,
        }
    }

    /// With the name, seat and state that the register knows.
    pub(crate) fn registered(
        mut self,
        t: Texts,
        mandate: &Mandate,
        known: &BTreeMap<String, Subject>,
    ) -> Self {
        let Some(subject) = mandate.ico.as_ref().and_then(|ico| known.get(ico)) else {
            return self;
        };
        self.name.clone_from(&subject.name);
        self.register = Some(RegisterView {
            seat: subject.seat.clone(),
            as_of: t
                .text("register-as-of")
                .arg("date", t.date(subject.as_of))
                .to_string(),
            is_old: subject.stale,
            has_ended: matches!(subject.state, State::Ended(_)),
        });
        self
    }

    /// Name and number in one line.
    pub(crate) fn line(&self) -> String {
        format!("{}, {}", self.name, self.number)
    }
}

/// What a page with bodies has to tell before anything else.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Bodies that have ended, in one list; empty when none has.
    pub(crate) ended: String,
    /// Something stands there of which the register could not be asked again.
    pub(crate) is_old: bool,
}

impl Told {
    /// What is to be told of these bodies.
    pub(crate) fn of<'a>(bodies: impl Iterator<Item = &'a BodyView>) -> Self {
        let mut told = Self {
            ended: String::new(),
            is_old: false,
        };
        let mut ended: Vec<&str> = Vec::new();
        for body in bodies {
            let Some(register) = &body.register else {
                continue;
            };
            told.is_old |= register.is_old;
            if register.has_ended {
                ended.push(&body.name);
            }
        }
        told.ended = ended.join(", ");
        told
    }
}

fn number(t: Texts, mandate: &Mandate) -> String {
    match &mandate.ico {
        Some(ico) => t.text("mandate-ico").arg("ico", ico).to_string(),
        None => t
            .text(&format!("body-{}", mandate.kind.as_str()))
            .to_string(),
    }
}

fn source(t: Texts, source: &str) -> String {
    let id = format!("mandate-source-{source}");
    if t.has(&id) {
        t.text(&id).to_string()
    } else {
        t.text("mandate-source-other").to_string()
    }
}
