//! How a provider does, in words.

use web::Texts;

use super::State;

/// The tone and the words; none when nothing is known.
pub(crate) fn words(t: Texts, state: State) -> (&'static str, Option<String>) {
    let (tone, text) = match state {
        State::Quiet => return ("ok", None),
        State::Reached => ("ok", t.text("health-reached")),
        State::Works(seconds) => ("ok", t.text("health-works").arg("seconds", seconds)),
        State::Slow(seconds, at) => (
            "warn",
            t.text("health-slow")
                .arg("seconds", seconds)
                .arg("time", t.time(at)),
        ),
        State::Unsteady(failed, of, at) => (
            "warn",
            t.text("health-unsteady")
                .arg("failed", failed)
                .arg("of", of)
                .arg("time", t.time(at)),
        ),
        State::SaidOut(at) => ("warn", t.text("health-said-out").arg("time", t.time(at))),
        State::Down(at) => ("bad", t.text("health-down").arg("time", t.time(at))),
    };
    (tone, Some(text.to_string()))
}
