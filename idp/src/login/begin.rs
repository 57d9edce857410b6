//! A login begins, is found again, or begins anew.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use web::Problem;
use web::policy::ClientAddress;

use super::ids::LoginId;
use super::kept::{Goal, Login, Logins, Notice, path_of};
use super::problems::{self, Trouble};
use super::restart;
use crate::account;
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::oidc::authorize;
use crate::oidc::request::check_again;
use crate::session::{Browser, BrowserHash};
use crate::staff;

/// A client that got its answer may be led to it once more so long; then the person is led to its front door.
const ANSWER_MAY_BE_LOST: Duration = Duration::seconds(30);

/// Begins a login: not more than `login.begun_per_minute` of one address, and none while the short-lived store is full.
pub(crate) async fn begin(
    broker: &Broker,
    goal: Goal,
    browser: Option<BrowserHash>,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Login, Trouble> {
    broker.begun.admit(from, now)?;
    broker.short_lived.admit(now).await?;
    let login = Login::new(LoginId::new(&broker.random), goal, browser, now);
    Logins(&broker.short_lived).keep(&login, now).await?;
    tracing::Span::current().record("login.id", login.id.short());
    Ok(login)
}

/// What is found under a login's address.
#[derive(Debug)]
pub(crate) enum Found {
    /// The login, and this browser may go on with it.
    Open(Box<Login>),
    /// Something else to do first or instead.
    Elsewhere(Response),
}

/// Finds a login for a browser. One that came by POST takes the first browser that opens it; one of another browser,
/// or an expired one, begins anew towards the same client; a finished one leads to where it ended. A browser that keeps no
/// cookies would begin anew for ever, and is told so.
pub(crate) async fn find(
    broker: &Broker,
    id: &LoginId,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Result<Found, Trouble> {
    let logins = Logins(&broker.short_lived);
    let Some(mut login) = logins.find(id, now).await? else {
        let former = restart::recall(broker, id, browser, now).ok_or_else(unknown)?;
        return anew(broker, former, browser, Some(Notice::Restarted), now).await;
    };
    let elsewhere = match &login.goal {
        // Nobody logs in here; the account's own pages know who may go on.
        Goal::Link(linking) => Some(account::page_of(&login.id, linking)),
        // No way in of people is ever offered to an officer's login.
        Goal::Staff => Some(staff::page_of(&login.id)),
        _ => None,
    };
    if let Some(page) = elsewhere {
        return Ok(Found::Elsewhere(Redirect::to(&page).into_response()));
    }
    if !login.is_open(now) {
        let person = login
            .person
            .filter(|_| login.browser.as_ref() == Some(&browser.hash()));
        let former = (login.goal, person);
        return anew(broker, former, browser, Some(Notice::Restarted), now).await;
    }
    match &login.browser {
        Some(owner) if *owner == browser.hash() => {}
        Some(_) if login.without_cookie && browser.is_new() => {
            // The cookie goes along: whoever only followed a link gets on with the button.
            let told = Problem::new(&problems::COOKIES_REFUSED).way(way_back(id));
            return Ok(Found::Elsewhere((browser.clone(), told).into_response()));
        }
        Some(_) => return anew(broker, (login.goal, None), browser, None, now).await,
        None => login.browser = Some(browser.hash()),
    }
    if !login.opened {
        login.opened = true;
        logins.keep(&login, now).await?;
    }
    if let Some(home) = front_door(broker, &login, now) {
        return Ok(Found::Elsewhere(Redirect::to(&home).into_response()));
    }
    Ok(Found::Open(Box::new(login)))
}

/// The same request from the start, for this browser; as the same person's, where it was somebody's in it. What would not be accepted now
/// ends as it would if it had just been sent.
async fn anew(
    broker: &Broker,
    (goal, person): (Goal, Option<AccountId>),
    browser: &Browser,
    notice: Option<Notice>,
    now: DateTime<Utc>,
) -> Result<Found, Trouble> {
    let goal = match goal {
        Goal::Client(request) => match check_again(*request, &broker.clients) {
            Ok(request) => Goal::Client(Box::new(request)),
            Err(refusal) => {
                let refused = authorize::refuse(broker, refusal, browser.address(), now).await?;
                return Ok(Found::Elsewhere(refused));
            }
        },
        other => other,
    };
    let mut login = begin(broker, goal, Some(browser.hash()), browser.address(), now).await?;
    if notice.is_some() || browser.is_new() || person.is_some() {
        login.person = person;
        login.notice = notice;
        login.without_cookie = browser.is_new();
        Logins(&broker.short_lived).keep(&login, now).await?;
    }
    let response = (browser.clone(), Redirect::to(&login.path())).into_response();
    Ok(Found::Elsewhere(response))
}

/// Where a login that ended a while ago leads: a second code would only meet a client that has forgotten it.
fn front_door(broker: &Broker, login: &Login, now: DateTime<Utc>) -> Option<String> {
    let finished_at = login.finished_at?;
    if now < finished_at + ANSWER_MAY_BE_LOST {
        return None;
    }
    let client = broker.clients.get(login.client_id()?.as_str())?;
    client.home_uri.as_ref().map(ToString::to_string)
}

/// Nothing is left that says where the person wanted to go; the page still leads on.
pub(crate) fn unknown() -> Problem {
    Problem::new(&problems::LOGIN_UNKNOWN).way(web::Way::link("way-account", "/account"))
}

/// The way back into a login, for error pages.
pub(crate) fn way_back(id: &LoginId) -> web::Way {
    web::Way::link("way-login", path_of(id))
}
