//! The signed-in person as an argument of a handler.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::Method;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use web::csrf::CsrfSecret;
use web::{Clock, Problem, cookie};

use super::sessions::{COOKIE, Sessions};
use super::{Confirmed, EndedBy};
use crate::errors::{
    SESSION_ALONE, SESSION_ENDED, SESSION_EXPIRED, SESSION_OUTLIVED, stored, with_ways,
};
use crate::identity::Claims;
use crate::login::Target;
use crate::storage::portal_session::PortalSession;

/// Somebody whose session counts. A page that takes it as an argument is private.
#[derive(Debug, Clone)]
pub struct SignedInPerson {
    /// The session.
    pub session: PortalSession,
    /// What the broker released.
    pub claims: Claims,
    /// Makes and checks the tokens of forms.
    pub csrf: CsrfSecret,
}

/// Somebody or nobody, as far as our own row says. For public pages: the broker is not asked.
#[derive(Debug, Clone)]
pub struct Maybe(pub Option<SignedInPerson>);

impl<S> FromRequestParts<S> for SignedInPerson
where
    S: Send + Sync,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let (sessions, now) = (Sessions::from_ref(state), Clock::from_ref(state).now());
        let target = Target::of_page(parts.uri.path());
        let Some(cookie) = cookie::value(&parts.headers, COOKIE) else {
            return Err(Redirect::to(target.login_path()).into_response());
        };
        let failed = |error| stored(error).into_response();
        let Some(session) = sessions.find(Some(&cookie)).await.map_err(failed)? else {
            return Err(over(None, target).into_response());
        };
        match sessions.confirm(session, now).await.map_err(failed)? {
            Confirmed::Open(session) => {
                sessions.touch(&session, now).await.map_err(failed)?;
                let claims = sessions.claims(&session).map_err(failed)?;
                Ok(Self {
                    session: *session,
                    claims,
                    csrf: CsrfSecret::of(&cookie),
                })
            }
            // Nothing the person would understand happened, and the broker most likely knows them still.
            Confirmed::Over(Some(EndedBy::Lost)) if parts.method == Method::GET => {
                let go = Redirect::to(target.login_path());
                Err((cookie::remove(COOKIE), go).into_response())
            }
            Confirmed::Over(by) => Err(over(by, target).into_response()),
        }
    }
}

impl<S> FromRequestParts<S> for Maybe
where
    S: Send + Sync,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (sessions, now) = (Sessions::from_ref(state), Clock::from_ref(state).now());
        let Some(cookie) = cookie::value(&parts.headers, COOKIE) else {
            return Ok(Self(None));
        };
        let session = sessions.find(Some(&cookie)).await.map_err(stored)?;
        let Some(session) = session.filter(|session| session.is_open(now)) else {
            return Ok(Self(None));
        };
        let claims = sessions.claims(&session).map_err(stored)?;
        Ok(Self(Some(SignedInPerson {
            session,
            claims,
            csrf: CsrfSecret::of(&cookie),
        })))
    }
}

/// The page that says why, with the way back in; the cookie that leads nowhere goes.
fn over(by: Option<EndedBy>, target: Target) -> Problem {
    let kind = match by {
        None => &SESSION_EXPIRED,
        Some(EndedBy::Unreachable | EndedBy::Lost) => &SESSION_ALONE,
        Some(EndedBy::Grant) => &SESSION_OUTLIVED,
        Some(_) => &SESSION_ENDED,
    };
    let problem = with_ways(Problem::new(kind), target);
    match cookie::remove(COOKIE).header() {
        Some(header) => problem.header(SET_COOKIE, header),
        None => problem,
    }
}
