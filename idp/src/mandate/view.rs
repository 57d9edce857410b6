//! A mandate in the words of the pages.

use web::Texts;

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
        }
    }

    /// Name and number in one line.
    pub(crate) fn line(&self) -> String {
        format!("{}, {}", self.name, self.number)
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
