//! `GET /login/{login}/answer/{handle}`: the browser that left is back, and proves it is the same one.
//!
//! 1. The `Lax` cookie, missing on the cross-site POST that brought the answer, is here: its hash must be the
//!    departure's. 2. The answer is taken, not read; 3. one transaction makes everything; 4. a second arrival finds where
//!    the first one ended, when it is the same browser.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Audience, Levels};
use web::form::Path;
use web::{Problem, Shell};

use super::begin::way_back;
use super::cancel;
use super::decide::young_enough;
use super::frame;
use super::ids::{AnswerHandle, LoginId};
use super::kept::{Ended, Goal, Login, Logins, Notice, Outcome, Waiting, path_of};
use super::meter;
use super::problems::{self, Trouble};
use super::record::{Bearer, Recorded, record};
use super::refused::{self, Circumstances, Reason};
use super::remembered::remember;
use super::way::Way;
use crate::account::Arrival;
use crate::audit;
use crate::broker::Broker;
use crate::ids::ConflictId;
use crate::session::{Browser, Current, SentSession, session_cookie};
use crate::staff;

/// The browser is back.
#[tracing::instrument(name = "login.answer", skip_all, fields(login.id, client.id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path((login_id, handle)): Path<(LoginId, AnswerHandle)>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let logins = Logins(&broker.short_lived);
    let current = Current::of(&broker, &headers);
    let Some(waiting) = logins.peek(&handle, now).await? else {
        return arrived_before(&broker, &login_id, &handle, &browser, &current, now).await;
    };
    if waiting.browser != browser.hash() || waiting.login_id != login_id {
        let known = Circumstances {
            provider: Some(&waiting.provider),
            login: Some(&login_id),
            from: Some(browser.address()),
            ..Circumstances::default()
        };
        meter::answered(&waiting.provider, Reason::OtherBrowser.code());
        refused::record(&broker, Reason::OtherBrowser, known, now).await?;
        // Nothing is taken: the browser that left may still come.
        return Err(Problem::new(&problems::OTHER_BROWSER)
            .way(way_back(&login_id))
            .into());
    }

    let token = broker.random.token();
    let is_person = matches!(waiting.outcome, Outcome::Person(_)) && !is_officer(&broker, &waiting);
    let mut tx = broker.db.begin().await?;
    let sent = match is_person {
        true => Some(SentSession::keep(&broker, &mut tx, &token, now).await?),
        false => None,
    };
    let ended = Ended {
        browser: browser.hash(),
        login_id: login_id.clone(),
        sent,
    };
    let Some(waiting) = logins.take_answer(&mut tx, &handle, &ended, now).await? else {
        drop(tx);
        return arrived_before(&broker, &login_id, &handle, &browser, &current, now).await;
    };
    let Some(mut login) = logins.find_in(&mut tx, &login_id, now).await? else {
        return Err(super::begin::unknown().into());
    };
    if let Goal::Link(linking) = login.goal.clone() {
        let arrival = Arrival {
            login,
            linking,
            waiting,
            handle,
            browser,
            current,
        };
        return arrival.propose(&broker, tx, now).await;
    }
    if matches!(login.goal, Goal::Staff) {
        let arrival = staff::Arrival {
            login,
            waiting,
            handle,
            browser,
            current: staff::Current::of(&broker, &headers),
        };
        return arrival.sign_in(&broker, tx, now).await;
    }
    let locale = frame::locale(&broker, &login, &headers, shell.locale);
    let bearer = Bearer {
        current: &current,
        token: &token,
        locale,
    };

    let mut levels = None;
    let recorded = match &waiting.outcome {
        Outcome::Person(kept) => {
            let assertion = broker.keep_key.recall(handle.as_str(), kept);
            let assertion =
                assertion.map_err(|error| Problem::new(&web::problem::INTERNAL).because(error))?;
            levels = Some(assertion.levels());
            record(&broker, &mut tx, &waiting, &assertion, bearer, now).await?
        }
        Outcome::Cancelled => Recorded::Refused {
            reason: Reason::Cancelled,
            reached: None,
            account_id: None,
            case: None,
        },
        Outcome::EndedThere => Recorded::Refused {
            reason: Reason::EndedThere,
            reached: None,
            account_id: None,
            case: None,
        },
        Outcome::Unable(why) => Recorded::Refused {
            reason: Reason::Unable(*why),
            reached: None,
            account_id: None,
            case: None,
        },
        Outcome::TooLow => Recorded::Refused {
            reason: Reason::TooLow,
            reached: None,
            account_id: None,
            case: None,
        },
    };
    match recorded {
        Recorded::SignedIn {
            account_id,
            authentication_id,
            authenticated_at,
        } => {
            // A login that is older than is accepted here counts elsewhere, and is repeated here.
            let max_age = login.max_age();
            if waiting.force || young_enough(max_age, authenticated_at, now) {
                login.made = Some(authentication_id);
            }
            login.notice = None;
            let is_theirs = login.person.is_none_or(|person| person == account_id);
            if is_theirs || waiting.takes_anybody {
                login.taken_over_by(account_id);
            }
            logins.keep_in(&mut tx, &login, now).await?;
            tx.commit().await?;
            meter::accepted(&waiting.provider, levels);
            tracing::info!(provider.id = waiting.provider, "somebody logged in");
            let go = Redirect::to(&login.path());
            let way = remember(&broker, &Way::of(&waiting.provider, waiting.branch.clone()));
            Ok((browser, session_cookie(&broker, &token), way, go).into_response())
        }
        Recorded::Refused {
            reason,
            reached,
            account_id,
            case,
        } => {
            let known = Circumstances {
                provider: Some(&waiting.provider),
                login: Some(&login_id),
                client: login.client_id().map(crate::ids::ClientId::as_str),
                account: account_id,
                ..Circumstances::default()
            };
            audit::record(&broker, &mut tx, refused::event(reason, known), now).await?;
            login.notice = notice(reason, &waiting, reached);
            logins.keep_in(&mut tx, &login, now).await?;
            tx.commit().await?;
            meter::answered(&waiting.provider, reason.code());
            tracing::info!(
                event.kind = reason.kind(),
                provider.id = waiting.provider,
                "a login was refused"
            );
            Ok((
                browser,
                turned_away(&broker, reason, case, &waiting, &login)?,
            )
                .into_response())
        }
    }
}

/// Whether the answer is one of a provider for officers: no session of a person comes of it.
fn is_officer(broker: &Broker, waiting: &Waiting) -> bool {
    broker
        .providers
        .get(&waiting.provider)
        .is_some_and(|provider| provider.describe().audience == Audience::Staff)
}

/// What the page of the login tells.
fn notice(reason: Reason, waiting: &Waiting, reached: Option<Levels>) -> Option<Notice> {
    let provider = waiting.provider.clone();
    match reason {
        Reason::Cancelled => Some(Notice::Cancelled { provider }),
        Reason::EndedThere => Some(Notice::EndedThere { provider }),
        Reason::Unable(why) => Some(Notice::Unable { provider, why }),
        Reason::TooLow => Some(Notice::TooLow { provider, reached }),
        Reason::NotAnew => Some(Notice::NotAnew { provider }),
        _ => None,
    }
}

/// Back to the choice. Who gave up on a page of ours gave up the whole login.
fn turned_away(
    broker: &Broker,
    reason: Reason,
    case: Option<ConflictId>,
    waiting: &Waiting,
    login: &Login,
) -> Result<Response, Trouble> {
    let number = || case.map_or_else(|| "–".to_owned(), ConflictId::number);
    match reason {
        Reason::AccountDisabled => Err((&problems::ACCOUNT_DISABLED).into()),
        Reason::Ambiguous => Err(Problem::new(&problems::SUBJECTS_JOINED)
            .arg("case", number())
            .into()),
        Reason::SomebodyElse => Err(Problem::new(&problems::SOMEBODY_ELSE)
            .arg("case", number())
            .way(way_back(&login.id))
            .into()),
        Reason::ProviderDisabled => Err(Problem::new(&problems::PROVIDER_NOT_OFFERED)
            .way(way_back(&login.id))
            .into()),
        Reason::Cancelled if broker.providers.demo(&waiting.provider).is_some() => {
            Ok(cancel::to_client(broker, login))
        }
        _ => Ok(Redirect::to(&login.path()).into_response()),
    }
}

/// A second arrival. The same browser goes where the first one ended, and is given the session it may have lost on the
/// way; nobody else learns anything, and nothing is made a second time.
async fn arrived_before(
    broker: &Broker,
    login_id: &LoginId,
    handle: &AnswerHandle,
    browser: &Browser,
    current: &Current,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let logins = Logins(&broker.short_lived);
    let login = logins.find(login_id, now).await?;
    match logins.find_end(handle, now).await? {
        Some(ended) if ended.browser == browser.hash() && ended.login_id == *login_id => {
            let go = Redirect::to(&path_of(&ended.login_id));
            let token = match &ended.sent {
                Some(sent) => sent.again(broker, current, now).await?,
                None => None,
            };
            Ok(match token {
                Some(token) => (session_cookie(broker, &token), go).into_response(),
                None => go.into_response(),
            })
        }
        // The answer expired, or was lost with the process that had taken it: the login itself still stands.
        None if login.as_ref().is_some_and(|login| {
            login.browser.as_ref() == Some(&browser.hash()) && login.is_open(now)
        }) =>
        {
            if let Some(mut login) =
                login.filter(|login| login.notice.is_none() && login.made.is_none())
            {
                login.notice = Some(Notice::Again);
                logins.keep(&login, now).await?;
            }
            Ok(Redirect::to(&path_of(login_id)).into_response())
        }
        _ => {
            let known = Circumstances {
                login: Some(login_id),
                from: Some(browser.address()),
                ..Circumstances::default()
            };
            refused::record(broker, Reason::AlreadyUsed, known, now).await?;
            Err(Problem::new(&problems::ALREADY_USED)
                .way(way_back(login_id))
                .into())
        }
    }
}
