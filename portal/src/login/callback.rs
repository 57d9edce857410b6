//! `GET /prihlaseni/zpet`: the browser is back from the broker. In this order:
//!
//! 1. each parameter at most once, `state` among them
//! 2. the login is known; one that was answered leads the same browser to where the first answer led
//! 3. this browser began it: somebody else's answer signs nobody in, and does not use the login up
//! 4. the login is taken; from here on this answer has been used
//! 5. `iss` is the broker (RFC 9207)
//! 6. an error of the broker is explained
//! 7. the code becomes a person: token endpoint, ID token, userinfo
//! 8. who was signed in and sent away is who comes back; else their session here ends, and nobody else's begins
//! 9. the level that was asked for is reached, and the person acts for whom they chose
//! 10. one transaction: a new session, the browser's former one ended, the audit

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde_json::json;
use store::Db;
use url::form_urlencoded;
use web::policy::ClientAddress;
use web::problem::Way;
use web::{Clock, ErrorKind, Problem, cookie};

use super::logins::{Login, Logins};
use super::{Browser, Target};
use crate::broker::{Broker, Metadata, SignedIn};
use crate::errors::{
    ACTING_REFUSED, ALREADY_USED, ANSWER_MALFORMED, BROKER_ERROR, CANCELLED, LEVEL_TOO_LOW,
    LOGIN_UNKNOWN, OTHER_BROWSER, OTHER_ISSUER, SOMEBODY_ELSE, stored, with_ways,
};
use crate::identity::StepUp;
use crate::identity::acting::SELF;
use crate::logout::Departed;
use crate::session::{COOKIE, Device, EndedBy, Sessions};

/// What finishing a login needs.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// The database.
    pub db: Db,
    /// The logins under way.
    pub logins: Logins,
    /// The sessions.
    pub sessions: Sessions,
    /// The broker.
    pub broker: Broker,
    /// Sessions the broker ended a moment ago.
    pub departed: Departed,
    /// The time.
    pub clock: Clock,
}

/// The parameters of an answer (OpenID Connect Core 3.1.2.5, 3.1.2.6; RFC 9207).
#[derive(Debug, Default)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Signs a person in.
pub async fn get(
    State(arrivals): State<Arrivals>,
    browser: Browser,
    from: ClientAddress,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let now = arrivals.clock.now();
    match arrivals
        .arrive(
            &browser,
            &headers,
            query.as_deref().unwrap_or_default(),
            now,
        )
        .await
    {
        Ok(response) => Ok(response),
        Err(problem) => {
            arrivals.record_refusal(problem.kind(), from, now).await;
            Err(problem)
        }
    }
}

impl Arrivals {
    async fn arrive(
        &self,
        browser: &Browser,
        headers: &HeaderMap,
        query: &str,
        now: DateTime<Utc>,
    ) -> Result<Response, Problem> {
        let answer = Answer::parse(query)?;
        let state = answer.state.as_deref().ok_or_else(|| malformed("state"))?;
        let Some(login) = self.logins.find(state, now).await.map_err(stored)? else {
            return self.second_arrival(browser, state, now).await;
        };
        if !login.belongs_to(browser.0.as_deref()) {
            return Err(with_ways(Problem::new(&OTHER_BROWSER), Target::default()));
        }
        let Some(login) = self.logins.take(state, &login, now).await.map_err(stored)? else {
            return self.second_arrival(browser, state, now).await;
        };

        let person = match self.person(&answer, &login, now).await {
            Ok(person) => person,
            Err(problem) if problem.kind() == &SOMEBODY_ELSE => {
                return self.somebody_else(headers, &login, None, now).await;
            }
            Err(problem) => return Err(with_ways(problem, login.target)),
        };
        if let Some(expected) = &login.signed_in
            && !person.is(expected)
        {
            return self
                .somebody_else(headers, &login, Some(&person), now)
                .await;
        }
        if let Some(step_up) = login.step_up {
            check_level(step_up, &person, login.target)?;
        }
        if let Some(asked) = &login.acting_for {
            check_acting(asked, &person)?;
        }
        let cookie = self.open(&person, headers, login.target, now).await?;
        Ok((
            cookie::host(COOKIE, cookie),
            Redirect::to(login.target.path()),
        )
            .into_response())
    }

    /// The answer came again: a reload, the back button, a second tab. Never a second session.
    async fn second_arrival(
        &self,
        browser: &Browser,
        state: &str,
        now: DateTime<Utc>,
    ) -> Result<Response, Problem> {
        let answered = self
            .logins
            .find_answered(state, now)
            .await
            .map_err(stored)?;
        match answered {
            Some(answered) if answered.belongs_to(browser.0.as_deref()) => {
                Ok(Redirect::to(answered.target.path()).into_response())
            }
            Some(_) => Err(with_ways(Problem::new(&ALREADY_USED), Target::default())),
            None => Err(with_ways(Problem::new(&LOGIN_UNKNOWN), Target::default())),
        }
    }

    async fn person(
        &self,
        answer: &Answer,
        login: &Login,
        now: DateTime<Utc>,
    ) -> Result<SignedIn, Problem> {
        let metadata = self.broker.metadata(now).await?;
        check_iss(answer.iss.as_deref(), self.broker.issuer(), &metadata)?;
        if let Some(error) = &answer.error {
            // The broker knows whom we expect, and that somebody else has logged in (OpenID Connect Core 5.5.1, 3.1.2.6).
            if login.signed_in.is_some() && error == "login_required" {
                return Err(Problem::new(&SOMEBODY_ELSE));
            }
            // To a switch this means: there is no such mandate any more.
            if login.acting_for.is_some() && error == "access_denied" {
                return Err(Problem::new(&ACTING_REFUSED));
            }
            return Err(refused(error));
        }
        let code = answer.code.as_deref().ok_or_else(|| malformed("code"))?;
        Ok(self.broker.exchange(code, &login.secrets, now).await?)
    }

    /// Whoever sits there now sees nothing of the person who was sent away: that one's session ends here. Nobody else is signed in by an
    /// answer that was asked for under another name; but who is signed in here by now as themself goes on.
    async fn somebody_else(
        &self,
        headers: &HeaderMap,
        login: &Login,
        person: Option<&SignedIn>,
        now: DateTime<Utc>,
    ) -> Result<Response, Problem> {
        let cookie = cookie::value(headers, COOKIE);
        let here = self
            .sessions
            .find(cookie.as_deref())
            .await
            .map_err(stored)?;
        if let Some(here) = here.filter(|session| session.is_open(now)) {
            if person.is_some_and(|person| person.is(&here.subject)) {
                return Ok(Redirect::to(login.target.path()).into_response());
            }
            self.sessions
                .end(&here, EndedBy::SomebodyElse, now)
                .await
                .map_err(stored)?;
        }
        let problem = with_ways(Problem::new(&SOMEBODY_ELSE), login.target);
        Err(match cookie::remove(COOKIE).header() {
            Some(header) => problem.header(SET_COOKIE, header),
            None => problem,
        })
    }

    async fn open(
        &self,
        person: &SignedIn,
        headers: &HeaderMap,
        target: Target,
        now: DateTime<Utc>,
    ) -> Result<String, Problem> {
        let before = cookie::value(headers, COOKIE);
        let device = headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let device = Device::from_user_agent(device);
        let mut tx = self.db.begin().await.map_err(stored)?;
        // The broker may have ended its session while it answered us.
        if self
            .departed
            .contains(&mut tx, person, now)
            .await
            .map_err(stored)?
        {
            return Err(with_ways(
                Problem::new(&crate::errors::SESSION_ENDED),
                target,
            ));
        }
        let (_, cookie) = self
            .sessions
            .open(&mut tx, person, &device, before.as_deref(), now)
            .await
            .map_err(stored)?;
        tx.commit().await.map_err(stored)?;
        Ok(cookie)
    }

    /// A refusal leaves its mark in the audit; when even that fails, the log has it.
    async fn record_refusal(&self, kind: &ErrorKind, from: ClientAddress, now: DateTime<Utc>) {
        let details = json!({"error": kind.code});
        let recorded = self
            .sessions
            .record_refusal("login.refused", details, from, now)
            .await;
        if let Err(error) = recorded {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                error.code = kind.code,
                "a refused login was not recorded"
            );
        }
    }
}

impl Answer {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "iss" => &mut answer.iss,
                "error" => &mut answer.error,
                _ => continue,
            };
            // RFC 6749 3.1: parameters must not be included more than once.
            if place.replace(value.into_owned()).is_some() {
                return Err(malformed("twice"));
            }
        }
        Ok(answer)
    }
}

/// RFC 9207 2.4: compared when there is one, and demanded of a provider that says it always sends one.
fn check_iss(iss: Option<&str>, issuer: &str, metadata: &Metadata) -> Result<(), Problem> {
    let demanded = metadata
        .additional_metadata()
        .authorization_response_iss_parameter_supported;
    match iss {
        Some(iss) if iss == issuer => Ok(()),
        None if !demanded => Ok(()),
        _ => Err(Problem::new(&OTHER_ISSUER)),
    }
}

fn check_level(step_up: StepUp, person: &SignedIn, target: Target) -> Result<(), Problem> {
    if step_up.is_met_by(person.acr.as_deref()) {
        return Ok(());
    }
    Err(level_too_low(target, step_up))
}

/// A switch has to bring what was asked: nobody acts for somebody else than they see.
fn check_acting(asked: &str, person: &SignedIn) -> Result<(), Problem> {
    let acting = person.claims.acting_for.as_ref();
    let told = acting.map_or(SELF, |acting| acting.body.mandate_id.as_str());
    if told == asked {
        return Ok(());
    }
    Err(with_ways(Problem::new(&ACTING_REFUSED), Target::Identity))
}

fn level_too_low(target: Target, step_up: StepUp) -> Problem {
    let again = format!("{}&uroven={}", target.login_path(), step_up.word());
    Problem::new(&LEVEL_TOO_LOW).way(Way::link("way-sign-in-higher", again))
}

/// An error of the broker. Its code is shown only when it is one of the standards'.
fn refused(error: &str) -> Problem {
    let Some(known) = ERRORS.iter().find(|known| **known == error) else {
        return Problem::new(&BROKER_ERROR);
    };
    match *known {
        "access_denied" => Problem::new(&CANCELLED),
        "unmet_authentication_requirements" => Problem::new(&LEVEL_TOO_LOW),
        code => Problem::new(&BROKER_ERROR).oauth(code),
    }
}

fn malformed(what: &'static str) -> Problem {
    with_ways(
        Problem::new(&ANSWER_MALFORMED).because(what),
        Target::default(),
    )
}

/// RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, OpenID Connect Unmet Authentication Requirements.
const ERRORS: [&str; 17] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unmet_authentication_requirements",
];
