//! What happens next to somebody who wants to reach a client: the rules of sections 1 and 3 of the identity core, as
//! one pure function over what is known.

use chrono::{DateTime, Duration, Utc};
use federation::{Demand, Levels};

use crate::acr::AcrDemand;
use crate::ids::AuthenticationId;
use crate::storage::authentication::Authentication;

/// What a request asks of the authentication.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The client's own minimum.
    pub(crate) minimum: Option<Demand>,
    /// Known values of `acr`, one of which must be met.
    pub(crate) acr: Option<AcrDemand>,
    /// Seconds an authentication may be old.
    pub(crate) max_age: Option<u64>,
    /// Whether, of a login of unknown time, the moment counts at which it was recorded.
    pub(crate) recorded: bool,
    /// `prompt=none`.
    pub(crate) silent: bool,
    /// `prompt=login`.
    pub(crate) anew: bool,
    /// `prompt=select_account`, not answered yet.
    pub(crate) select: bool,
    /// Somebody else is signed in now than the one whose login this was.
    pub(crate) swapped: bool,
    /// The client wants somebody else than who is signed in.
    pub(crate) somebody_else: bool,
    /// For whom the person acts.
    pub(crate) acting: Acting,
    /// What leaves has to be shown first.
    pub(crate) inform: bool,
}

impl Asked {
    /// What pages say is needed.
    pub(crate) fn demand(&self) -> Demand {
        let minimum = self.minimum.unwrap_or(Demand::NONE);
        self.acr
            .as_ref()
            .map_or(minimum, |acr| minimum.and(acr.demand()))
    }

    /// What has to be young.
    fn moment(&self, login: &Authentication) -> Option<DateTime<Utc>> {
        let recorded = self.recorded.then_some(login.recorded_at);
        login.authenticated_at.or(recorded)
    }

    /// Whether only a login that carries its level in law will do.
    pub(crate) fn needs_eidas(&self) -> bool {
        self.acr.as_ref().is_some_and(AcrDemand::needs_eidas)
    }

    /// Whether these levels satisfy the request.
    pub(crate) fn met_by(&self, levels: Levels, eidas: Option<&str>) -> bool {
        self.minimum.is_none_or(|minimum| levels.meets(minimum))
            && self
                .acr
                .as_ref()
                .is_none_or(|acr| acr.met_by(levels, eidas))
    }
}

/// How far it is settled for whom the person acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Acting {
    /// It is.
    #[default]
    Settled,
    /// The person has to say.
    Open,
    /// The client wants the person to act by a mandate that they do not have.
    Refused,
}

/// What is known of the browser.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known<'a> {
    /// Logins of its session, the latest first. Empty without a session.
    pub(crate) logins: &'a [Authentication],
    /// The one made for this very request.
    pub(crate) made: Option<AuthenticationId>,
    /// Whether some provider can meet the request.
    pub(crate) reachable: bool,
    /// Whether some provider can meet it with a new login.
    pub(crate) reachable_anew: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The client gets its answer, on the strength of this login.
    Finish(AuthenticationId),
    /// The person sees what leaves for whom.
    Inform(AuthenticationId),
    /// The person says who they are: as signed in, or somebody else.
    Select(AuthenticationId),
    /// The person says for whom they act.
    Act(AuthenticationId),
    /// The person logs in.
    LogIn(Why),
    /// The client gets an error.
    Fail(Failure),
}

/// Why somebody has to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody is signed in.
    First,
    /// Somebody is, and has to prove it again.
    Again,
    /// Somebody is, at a level that does not suffice.
    StepUp(Levels),
}

/// What a client is told instead of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A login is needed and no page may be shown, or another person logged in than the one expected.
    LoginRequired,
    /// A page about data is needed and none may be shown.
    ConsentRequired,
    /// No way in reaches the level.
    Unmet,
    /// The person has to say for whom they act, and no page may be shown.
    InteractionRequired,
    /// The person has no such mandate, or has it no more.
    NoMandate,
}

impl Failure {
    /// The code on the wire and one ASCII sentence for the client's developers.
    pub(crate) const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::LoginRequired => ("login_required", "the person has to log in"),
            Self::ConsentRequired => (
                "consent_required",
                "the person has to see what is handed over",
            ),
            Self::Unmet => (
                "unmet_authentication_requirements",
                "no way to log in here reaches the requested level",
            ),
            Self::InteractionRequired => (
                "interaction_required",
                "the person has to say for whom they act",
            ),
            Self::NoMandate => (
                "access_denied",
                "the person has no such mandate, or it has ended",
            ),
        }
    }
}

/// Decides. Whether a returned login was fresh enough for a forced one was checked when it was recorded, so the login
/// made for this request is never too old for it.
pub(crate) fn decide(asked: &Asked, known: Known<'_>, now: DateTime<Utc>) -> Next {
    let made = known
        .logins
        .iter()
        .find(|login| Some(login.authentication_id) == known.made);
    if asked.somebody_else {
        return match made {
            Some(_) => Next::Fail(Failure::LoginRequired),
            None => log_in(
                asked,
                known,
                if known.logins.is_empty() {
                    Why::First
                } else {
                    Why::Again
                },
            ),
        };
    }

    let fresh = |login: &&Authentication| {
        Some(login.authentication_id) == known.made
            || !asked.anew && young_enough(asked.max_age, asked.moment(login), now)
    };
    let met = |login: &&Authentication| asked.met_by(login.levels, login.eidas.as_deref());

    let Some(login) = known.logins.iter().filter(fresh).find(met) else {
        return log_in(asked, known, why(known.logins, fresh, met));
    };
    let id = login.authentication_id;
    if asked.swapped || asked.select && known.made.is_none() {
        return if asked.silent {
            Next::Fail(Failure::LoginRequired)
        } else {
            Next::Select(id)
        };
    }
    match (asked.acting, asked.silent) {
        (Acting::Refused, _) => return Next::Fail(Failure::NoMandate),
        (Acting::Open, true) => return Next::Fail(Failure::InteractionRequired),
        (Acting::Open, false) => return Next::Act(id),
        (Acting::Settled, _) => {}
    }
    match (asked.inform, asked.silent) {
        (true, true) => Next::Fail(Failure::ConsentRequired),
        (true, false) => Next::Inform(id),
        (false, _) => Next::Finish(id),
    }
}

fn log_in(asked: &Asked, known: Known<'_>, why: Why) -> Next {
    let reachable = if why == Why::Again {
        known.reachable_anew
    } else {
        known.reachable
    };
    if !reachable {
        Next::Fail(Failure::Unmet)
    } else if asked.silent {
        Next::Fail(Failure::LoginRequired)
    } else {
        Next::LogIn(why)
    }
}

/// A level that does not suffice is explained; a login that is merely too old is not.
fn why<'a>(
    logins: &'a [Authentication],
    fresh: impl Fn(&&'a Authentication) -> bool,
    met: impl Fn(&&'a Authentication) -> bool,
) -> Why {
    if logins.is_empty() {
        return Why::First;
    }
    if logins.iter().any(|login| met(&login)) {
        return Why::Again;
    }
    let best = |login: &&Authentication| (login.levels.identity, login.levels.login);
    let held = logins.iter().filter(|login| fresh(login)).max_by_key(best);
    held.or_else(|| logins.iter().max_by_key(best))
        .map_or(Why::First, |login| Why::StepUp(login.levels))
}

/// Whether an authentication is not older than a request allows. One at a provider that does not say when it was may be of
/// any age, and is too old for every request that names one.
pub(crate) fn young_enough(
    max_age: Option<u64>,
    authenticated_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    max_age.is_none_or(|seconds| {
        let seconds = i64::try_from(seconds)
            .ok()
            .and_then(Duration::try_seconds)
            .unwrap_or(Duration::MAX);
        authenticated_at.is_some_and(|at| now.signed_duration_since(at) <= seconds)
    })
}

#[cfg(test)]
mod tests {
    use federation::{IdentityLevel, LoginLevel};
    use uuid::Uuid;

    use super::*;
    use crate::ids::{AccountId, BrowserSessionId, UpstreamLinkId};

    const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";

    fn login(id: u128, levels: Levels, eidas: Option<&str>, seconds_ago: i64) -> Authentication {
        let at = now() - Duration::seconds(seconds_ago);
        Authentication {
            authentication_id: AuthenticationId::new(Uuid::from_u128(id)),
            browser_session_id: BrowserSessionId::new(Uuid::nil()),
            account_id: AccountId::new(Uuid::nil()),
            upstream_link_id: UpstreamLinkId::new(Uuid::nil()),
            provider: "nia".to_owned(),
            realm: "nia".to_owned(),
            levels,
            eidas: eidas.map(str::to_owned),
            authenticated_at: Some(at),
            recorded_at: at,
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn id(id: u128) -> AuthenticationId {
        AuthenticationId::new(Uuid::from_u128(id))
    }

    fn contact() -> Levels {
        Levels::new(IdentityLevel::Contact, LoginLevel::Single)
    }

    fn state() -> Levels {
        Levels::new(IdentityLevel::State, LoginLevel::Multi)
    }

    fn known(logins: &[Authentication]) -> Known<'_> {
        Known {
            logins,
            made: None,
            reachable: true,
            reachable_anew: true,
        }
    }

    #[test]
    fn a_session_that_meets_the_request_is_enough() {
        let logins = [login(1, state(), Some(SUBSTANTIAL), 60)];
        let asked = Asked {
            acr: AcrDemand::parse([SUBSTANTIAL]),
            ..Asked::default()
        };

        assert_eq!(decide(&asked, known(&logins), now()), Next::Finish(id(1)));
    }

    #[test]
    fn nobody_signed_in_logs_in_and_silently_fails() {
        assert_eq!(
            decide(&Asked::default(), known(&[]), now()),
            Next::LogIn(Why::First)
        );

        let silent = Asked {
            silent: true,
            ..Asked::default()
        };

        assert_eq!(
            decide(&silent, known(&[]), now()),
            Next::Fail(Failure::LoginRequired)
        );
    }

    #[test]
    fn a_demand_picks_the_login_that_meets_it_and_else_steps_up() {
        let asked = Asked {
            acr: AcrDemand::parse([SUBSTANTIAL]),
            ..Asked::default()
        };
        let both = [
            login(2, contact(), None, 5),
            login(1, state(), Some(SUBSTANTIAL), 60),
        ];

        assert_eq!(decide(&asked, known(&both), now()), Next::Finish(id(1)));
        assert_eq!(
            decide(&asked, known(&both[..1]), now()),
            Next::LogIn(Why::StepUp(contact()))
        );
    }

    #[test]
    fn a_demand_no_provider_reaches_is_told_to_the_client_also_silently() {
        for silent in [false, true] {
            let asked = Asked {
                silent,
                minimum: Some(Demand::new(IdentityLevel::StateHigh, LoginLevel::Strong)),
                ..Asked::default()
            };
            let logins = [login(1, state(), None, 60)];
            let known = Known {
                reachable: false,
                reachable_anew: false,
                ..known(&logins)
            };

            assert_eq!(decide(&asked, known, now()), Next::Fail(Failure::Unmet));
        }
    }

    #[test]
    fn max_age_counts_from_the_upstreams_own_time_and_not_against_the_login_just_made() {
        let logins = [login(1, state(), None, 61)];
        let asked = Asked {
            max_age: Some(60),
            ..Asked::default()
        };

        assert_eq!(
            decide(&asked, known(&logins), now()),
            Next::LogIn(Why::Again)
        );
        assert_eq!(
            decide(&asked, known(&logins), now() - Duration::seconds(1)),
            Next::Finish(id(1))
        );

        let made = Known {
            made: Some(id(1)),
            ..known(&logins)
        };

        assert_eq!(decide(&asked, made, now()), Next::Finish(id(1)));
        assert_eq!(
            decide(
                &Asked {
                    max_age: Some(u64::MAX),
                    ..asked
                },
                known(&logins),
                now()
            ),
            Next::Finish(id(1))
        );
    }

    #[test]
    fn a_login_of_no_known_time_is_too_old_for_every_max_age() {
        let untold = Authentication {
            authenticated_at: None,
            ..login(1, state(), None, 0)
        };
        let logins = [untold];
        let asked = |max_age| Asked {
            max_age,
            ..Asked::default()
        };

        for max_age in [0, 60, u64::MAX] {
            assert_eq!(
                decide(&asked(Some(max_age)), known(&logins), now()),
                Next::LogIn(Why::Again),
                "{max_age}"
            );
        }
        assert_eq!(
            decide(&asked(None), known(&logins), now()),
            Next::Finish(id(1))
        );
    }

    #[test]
    fn where_the_record_will_do_a_login_of_no_known_time_is_as_old_as_it() {
        let untold = Authentication {
            authenticated_at: None,
            ..login(1, state(), None, 0)
        };
        let recorded_at = untold.recorded_at;
        let logins = [untold];
        let asked = Asked {
            max_age: Some(300),
            recorded: true,
            ..Asked::default()
        };

        for (seconds, next) in [(300, Next::Finish(id(1))), (301, Next::LogIn(Why::Again))] {
            let now = recorded_at + Duration::seconds(seconds);
            assert_eq!(decide(&asked, known(&logins), now), next, "{seconds}");
        }
    }

    #[test]
    fn a_forced_login_takes_only_the_one_made_for_it() {
        let logins = [login(2, state(), None, 1), login(1, state(), None, 0)];
        let asked = Asked {
            anew: true,
            ..Asked::default()
        };

        assert_eq!(
            decide(&asked, known(&logins), now()),
            Next::LogIn(Why::Again)
        );

        let made = Known {
            made: Some(id(2)),
            ..known(&logins)
        };

        assert_eq!(decide(&asked, made, now()), Next::Finish(id(2)));
    }

    #[test]
    fn somebody_else_than_expected_logs_in_once_and_then_the_client_is_told() {
        let logins = [login(1, state(), None, 1)];
        let asked = Asked {
            somebody_else: true,
            ..Asked::default()
        };

        assert_eq!(
            decide(&asked, known(&logins), now()),
            Next::LogIn(Why::Again)
        );

        let made = Known {
            made: Some(id(1)),
            ..known(&logins)
        };

        assert_eq!(
            decide(&asked, made, now()),
            Next::Fail(Failure::LoginRequired)
        );
    }

    #[test]
    fn choosing_who_one_is_comes_before_being_informed() {
        let logins = [login(1, state(), None, 1)];
        let asked = Asked {
            select: true,
            inform: true,
            ..Asked::default()
        };

        assert_eq!(decide(&asked, known(&logins), now()), Next::Select(id(1)));

        let chosen = Asked {
            select: false,
            ..asked
        };

        assert_eq!(decide(&chosen, known(&logins), now()), Next::Inform(id(1)));
        assert_eq!(
            decide(
                &Asked {
                    silent: true,
                    ..chosen
                },
                known(&logins),
                now()
            ),
            Next::Fail(Failure::ConsentRequired)
        );
    }

    #[test]
    fn whoever_took_somebodys_place_is_named_before_anything_else() {
        let logins = [login(1, state(), None, 1)];
        let swapped = Asked {
            swapped: true,
            ..Asked::default()
        };
        let made = Known {
            made: Some(id(1)),
            ..known(&logins)
        };

        assert_eq!(decide(&swapped, known(&logins), now()), Next::Select(id(1)));
        assert_eq!(decide(&swapped, made, now()), Next::Select(id(1)));
        assert_eq!(
            decide(
                &Asked {
                    anew: true,
                    ..swapped.clone()
                },
                known(&logins),
                now()
            ),
            Next::LogIn(Why::Again)
        );
        assert_eq!(
            decide(
                &Asked {
                    silent: true,
                    ..swapped
                },
                known(&logins),
                now()
            ),
            Next::Fail(Failure::LoginRequired)
        );
    }

    #[test]
    fn for_whom_one_acts_is_settled_before_being_informed() {
        let logins = [login(1, state(), None, 1)];
        let open = Asked {
            acting: Acting::Open,
            inform: true,
            ..Asked::default()
        };
        let silent = Asked {
            silent: true,
            ..open.clone()
        };
        let refused = Asked {
            acting: Acting::Refused,
            ..open.clone()
        };

        assert_eq!(decide(&open, known(&logins), now()), Next::Act(id(1)));
        assert_eq!(
            decide(&silent, known(&logins), now()),
            Next::Fail(Failure::InteractionRequired)
        );
        assert_eq!(
            decide(&refused, known(&logins), now()),
            Next::Fail(Failure::NoMandate)
        );
        assert_eq!(decide(&refused, known(&[]), now()), Next::LogIn(Why::First));
    }
}
