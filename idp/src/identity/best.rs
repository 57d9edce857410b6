//! What a login must reach to be as good as the best of an account's ways in (local-identity 8.2, rule 3).

use federation::{Demand, LoginLevel};

use super::changes::register;
use crate::storage::verification::Verification;

/// Pairs of levels, none of which another one reaches: somebody who is known well by a password and less well by two factors has
/// two, and neither does the work of both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Best(Vec<Demand>);

impl Best {
    /// Of what each way in asks.
    pub(crate) fn of(demands: impl IntoIterator<Item = Demand>) -> Self {
        let mut best: Vec<Demand> = Vec::new();
        for demand in demands {
            if best.iter().any(|known| reaches(*known, demand)) {
                continue;
            }
            best.retain(|known| !reaches(demand, *known));
            best.push(demand);
        }
        best.sort_by_key(|demand| std::cmp::Reverse((demand.identity, demand.login)));
        Self(best)
    }

    /// The first that no login meets, the highest identity level first; a session without any login meets nothing.
    pub(crate) fn unmet(&self, is_met: impl Fn(Demand) -> bool) -> Option<Demand> {
        self.demands().into_iter().find(|demand| !is_met(*demand))
    }

    /// Each of them, the highest identity level first; where nothing is proved, any login.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        if self.0.is_empty() {
            return vec![Demand::NONE];
        }
        self.0.clone()
    }
}

/// The least that a login as good as a proof reaches. *state* and *state_high* are one register, and a login of the strongest kind
/// takes a device that is not always at hand: two factors will do.
pub(crate) fn as_good_as(proof: &Verification) -> Demand {
    Demand::new(
        register(proof.identity_level),
        proof.login_level.min(LoginLevel::Multi),
    )
}

fn reaches(one: Demand, other: Demand) -> bool {
    one.identity >= other.identity && one.login >= other.login
}

#[cfg(test)]
mod tests {
    use federation::IdentityLevel::{Contact, State, Town};
    use federation::LoginLevel::{Multi, Single};
    use federation::{IdentityLevel, Levels};

    use super::*;

    fn best(pairs: &[(IdentityLevel, LoginLevel)]) -> Best {
        Best::of(
            pairs
                .iter()
                .map(|(identity, login)| Demand::new(*identity, *login)),
        )
    }

    #[test]
    fn of_equal_identity_levels_the_better_login_counts() {
        let wanted = Best(vec![Demand::new(Town, Multi)]);

        assert_eq!(best(&[(Town, Single), (Town, Multi)]), wanted);
        assert_eq!(best(&[(Town, Multi), (Town, Single)]), wanted);
        assert_eq!(
            best(&[(Town, Multi), (Contact, Multi), (Town, Multi)]),
            wanted
        );
    }

    #[test]
    fn a_password_of_the_state_and_two_factors_of_the_town_are_both_wanted() {
        let best = best(&[(Town, Multi), (State, Single), (Contact, Single)]);

        let met_by = |logins: &[(IdentityLevel, LoginLevel)]| {
            best.unmet(|demand| {
                let mut logins = logins.iter();
                logins.any(|(identity, login)| Levels::new(*identity, *login).meets(demand))
            })
        };
        assert_eq!(met_by(&[]), Some(Demand::new(State, Single)));
        assert_eq!(met_by(&[(State, Single)]), Some(Demand::new(Town, Multi)));
        assert_eq!(met_by(&[(Town, Multi)]), Some(Demand::new(State, Single)));
        assert_eq!(met_by(&[(Town, Multi), (State, Single)]), None);
        assert_eq!(met_by(&[(State, Multi)]), None);
    }

    #[test]
    fn where_nothing_is_proved_any_login_will_do_and_none_will_not() {
        let best = best(&[]);

        assert_eq!(best.unmet(|_| false), Some(Demand::NONE));
        assert_eq!(best.unmet(|_| true), None);
    }
}
