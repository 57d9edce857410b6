//! Both scales in words: where a person stands, what the service demands, and what a way in brings.

use federation::{Demand, IdentityLevel, Levels, LoginLevel};
use web::Texts;

use super::decide::Asked;
use crate::words;

/// What the page that explains a level shows.
#[derive(Debug)]
pub(super) struct Ladder {
    /// Why what one has does not suffice: a text's id.
    pub(super) lead: &'static str,
    /// Who the person is, in four steps, or in five where the state's highest is needed.
    pub(super) identity: Vec<Rung>,
    /// How they log in, in three steps; empty where the service does not mind.
    pub(super) login: Vec<Rung>,
    /// Only a login that carries its level in law will do.
    pub(super) in_law: bool,
}

/// One step of a scale.
#[derive(Debug)]
pub(super) struct Rung {
    /// How many of four bars repeat the word; none on the scale of logins.
    pub(super) bars: u8,
    pub(super) word: String,
    pub(super) explained: String,
    pub(super) is_now: bool,
    pub(super) is_goal: bool,
    pub(super) is_enough: bool,
}

impl Ladder {
    /// What a person who holds these levels, if any are known, needs for what is asked.
    pub(super) fn of(t: Texts, held: Option<Levels>, asked: &Asked) -> Self {
        let demand = asked.demand();
        let login = needed_login(demand);
        Self {
            lead: lead(held, demand),
            identity: identities(t, held, demand.identity),
            login: login.map_or_else(Vec::new, |login| logins(t, held, login)),
            in_law: asked.needs_eidas(),
        }
    }
}

/// The login level a page has to name: anything above a single factor. The state's highest level is reached by the strongest
/// login only.
pub(super) fn needed_login(demand: Demand) -> Option<LoginLevel> {
    let login = match demand.identity {
        IdentityLevel::StateHigh => LoginLevel::Strong,
        _ => demand.login,
    };
    (login > LoginLevel::Single).then_some(login)
}

/// What a way in brings.
pub(super) fn gain(t: Texts, proves: Levels, demand: Demand) -> String {
    let level = words::level(t, proves.identity);
    let text = match needed_login(demand) {
        None => t.text("step-up-gain"),
        Some(_) => t
            .text("step-up-gain-login")
            .arg("login", words::login_level(t, proves.login)),
    };
    text.arg("level", level).to_string()
}

/// The scale that does not suffice, the identity before the login; where both would, the level lacks its standing in law.
fn lead(held: Option<Levels>, demand: Demand) -> &'static str {
    match held {
        Some(held) if held.meets(demand) => "step-up-lead-law",
        Some(held) if held.identity >= demand.identity => "step-up-lead-login",
        _ => "step-up-lead",
    }
}

/// *state* and *state_high* share a step, unless the highest is needed: then it has one of its own, which says what reaches it.
fn identities(t: Texts, held: Option<Levels>, needed: IdentityLevel) -> Vec<Rung> {
    let highest = needed.max(IdentityLevel::State);
    let steps = IdentityLevel::ALL
        .into_iter()
        .filter(|level| *level <= highest);
    let now = held.map(|levels| levels.identity.min(highest));
    let rung = |level: IdentityLevel| Rung {
        bars: words::bars(level),
        word: words::level(t, level),
        explained: text(t, &format!("level-{}-explained", level.as_str())),
        ..Rung::at(level, now, needed)
    };
    steps.map(rung).collect()
}

fn logins(t: Texts, held: Option<Levels>, needed: LoginLevel) -> Vec<Rung> {
    let now = held.map(|levels| levels.login);
    let rung = |level: LoginLevel| Rung {
        word: words::login_level(t, level),
        explained: text(t, &format!("login-level-{}-explained", level.as_str())),
        ..Rung::at(level, now, needed)
    };
    LoginLevel::ALL.into_iter().map(rung).collect()
}

fn text(t: Texts, id: &str) -> String {
    t.text(id).to_string()
}

impl Rung {
    fn at<L: PartialOrd + Copy>(level: L, now: Option<L>, goal: L) -> Self {
        let reached = now.is_some_and(|now| now >= goal);
        Self {
            bars: 0,
            word: String::new(),
            explained: String::new(),
            is_now: now == Some(level),
            is_goal: level == goal && now != Some(goal),
            is_enough: level > goal && !reached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_names_the_scale_that_does_not_suffice() {
        let demand = Demand::new(IdentityLevel::Town, LoginLevel::Multi);
        let held = |identity, login| Some(Levels::new(identity, login));

        assert_eq!(lead(None, demand), "step-up-lead");
        assert_eq!(
            lead(held(IdentityLevel::Contact, LoginLevel::Multi), demand),
            "step-up-lead"
        );
        assert_eq!(
            lead(held(IdentityLevel::Town, LoginLevel::Single), demand),
            "step-up-lead-login"
        );
        assert_eq!(
            lead(held(IdentityLevel::State, LoginLevel::Strong), demand),
            "step-up-lead-law"
        );
    }

    #[test]
    fn a_single_factor_is_not_worth_a_word_and_the_highest_identity_needs_the_strongest_login() {
        let needed = |identity, login| needed_login(Demand::new(identity, login));

        assert_eq!(needed(IdentityLevel::State, LoginLevel::Single), None);
        assert_eq!(
            needed(IdentityLevel::Town, LoginLevel::Multi),
            Some(LoginLevel::Multi)
        );
        assert_eq!(
            needed(IdentityLevel::StateHigh, LoginLevel::Single),
            Some(LoginLevel::Strong)
        );
    }
}
