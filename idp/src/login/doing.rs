//! How a way in does, as pages say it beside its button, and which others stand in for one that does badly.

use federation::Demand;
use web::Texts;

use super::health;
use super::offers::Offer;
use crate::words;

/// What stands beside a button.
#[derive(Debug)]
pub(crate) struct Doing {
    /// The tone of the words.
    pub(crate) tone: &'static str,
    /// The words; empty where nothing is known.
    pub(crate) words: String,
}

impl Doing {
    /// Of one of the ways in of a page that were all offered for a demand.
    pub(crate) fn of(offer: &Offer, all: &[Offer], demand: Demand, t: Texts) -> Self {
        let (tone, health) = health_words(offer, t);
        let words: Vec<String> = [health, instead(offer, all, demand, t)]
            .into_iter()
            .flatten()
            .collect();
        Self {
            tone,
            words: words.join(" "),
        }
    }
}

/// How it does. That requests are held back is said where nothing worse is known.
fn health_words(offer: &Offer, t: Texts) -> (&'static str, Option<String>) {
    if offer.is_held_back && !offer.state.is_sick() {
        return ("warn", Some(t.text("health-held-back").to_string()));
    }
    health::words(t, offer.state)
}

/// What proves at least as much as a way in that does badly, and does well. Where nothing does and something is demanded: what meets
/// the demand, which every way in of the page does.
fn instead(offer: &Offer, all: &[Offer], demand: Demand, t: Texts) -> Option<String> {
    if !offer.is_sick() {
        return None;
    }
    let names = |is_named: &dyn Fn(&Offer) -> bool| -> Vec<String> {
        all.iter()
            .filter(|other| other.id != offer.id && !other.is_sick() && is_named(other))
            .map(|other| words::provider_name(t, other.kind, other.title.as_ref()))
            .collect()
    };
    let equal = names(&|other| other.stands_in_for(offer));
    let (text, names) = if !equal.is_empty() {
        ("health-instead", equal)
    } else if demand == Demand::NONE {
        return None;
    } else {
        ("health-suffices", names(&|_| true))
    };
    let told = || t.text(text).arg("names", names.join(", ")).to_string();
    (!names.is_empty()).then(told)
}
