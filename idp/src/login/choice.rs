//! `GET /login/{login}`: what happens next with a login, and the page where the person chooses how to log in.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Demand, Unable};
use web::form::Path;
use web::texts::Message;
use web::{Shell, Texts, page};

use super::begin::{Found, find};
use super::decide::{Next, Why};
use super::depart::depart;
use super::finish;
use super::frame;
use super::health::State as Health;
use super::ids::LoginId;
use super::kept::{Login, Logins, Notice};
use super::ladder::{self, Ladder};
use super::offer_view::OfferView;
use super::offers::Offer;
use super::problems::Trouble;
use super::remembered::remembered;
use super::restart;
use super::situation::{self, Situation};
use super::way::Way;
use crate::broker::Broker;
use crate::ids::BrowserSessionId;
use crate::session::{Browser, Current, SignedIn};
use crate::storage::fact;
use crate::words;

/// The page of a login.
#[tracing::instrument(name = "login.choice", skip_all, fields(login.id, client.id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.read().await?;
    let situation = situation::look(&broker, &mut tx, &login, &current, now).await?;
    let here = match (situation.next, &situation.signed_in) {
        (Next::Select(_), Some(signed_in)) => {
            let account_id = signed_in.account.account_id;
            fact::list_current(&mut tx, &broker.master_key, account_id, now).await?
        }
        _ => Vec::new(),
    };
    drop(tx);
    if let (None, Some(signed_in), false) = (
        login.person,
        &situation.signed_in,
        matches!(situation.next, Next::Finish(_) | Next::Fail(_)),
    ) {
        login.person = Some(signed_in.account.account_id);
        Logins(&broker.short_lived).keep(&login, now).await?;
    }

    match situation.next {
        Next::Finish(id) => {
            let mut tx = broker.db.begin().await?;
            situation.seen(&mut tx, now).await?;
            // Who presses "back" finds that person's answer again, and nobody else's.
            login.person = situation
                .signed_in
                .as_ref()
                .map(|who| who.account.account_id);
            let response = finish::finish(&broker, &login, &situation, id, now)?;
            finish::keep_finished(&broker, &mut tx, &mut login, now).await?;
            tx.commit().await?;
            Ok((browser, response).into_response())
        }
        Next::Act(_) => {
            let go = Redirect::to(&format!("{}/acting", login.path()));
            Ok((restart::remember(&broker, &login, &browser), browser, go).into_response())
        }
        Next::Inform(_) => {
            let go = Redirect::to(&format!("{}/information", login.path()));
            Ok((restart::remember(&broker, &login, &browser), browser, go).into_response())
        }
        Next::Fail(failure) => {
            let failed = finish::fail(&broker, &login, failure, browser.address(), now).await?;
            Ok((browser, failed).into_response())
        }
        Next::LogIn(_) | Next::Select(_) => {
            let shell = frame::shell(&broker, shell, &login, &headers, &browser);
            let restarts = restart::remember(&broker, &login, &browser);
            if let Some(provider) = only_way(&broker, &login, &situation, now) {
                let way = Way::of(&provider, None);
                let locale = shell.locale;
                let (login, situation) = (&mut login, &situation);
                let left = depart(&broker, login, situation, &way, &browser, locale, now).await?;
                return Ok((restarts, left).into_response());
            }
            let allow = frame::allow(&broker, &login);
            let known = remembered(&broker, &headers);
            let mut shown = show(
                &broker,
                shell,
                &login,
                &situation,
                known.as_ref(),
                words::person(&here),
                now,
            )
            .await;
            if matches!(login.notice, Some(Notice::Down { refused: true, .. })) {
                // For whoever reads no pages: it is no outage, and another try would not help.
                *shown.status_mut() = StatusCode::FAILED_DEPENDENCY;
            }
            Ok((restarts, browser, allow, shown).into_response())
        }
    }
}

/// A way in that needs no choice: the one the client named, or the only one when it asks on a page of ours. After an
/// attempt that failed the person chooses.
fn only_way(
    broker: &Broker,
    login: &Login,
    situation: &Situation,
    now: DateTime<Utc>,
) -> Option<String> {
    if login.notice.is_some() || matches!(situation.next, Next::Select(_)) {
        return None;
    }
    let offers = situation.offers(broker, now);
    let hint = login
        .request()
        .and_then(|request| request.idp_hint.as_deref());
    if let Some(hinted) = hint.and_then(|hint| offers.iter().find(|offer| offer.id == hint)) {
        return (!matches!(hinted.state, Health::Down(_))).then(|| hinted.id.clone());
    }
    match (&offers[..], situation.next) {
        ([only], Next::LogIn(Why::First | Why::Again))
            if broker.providers.demo(&only.id).is_some() =>
        {
            Some(only.id.clone())
        }
        _ => None,
    }
}

async fn show(
    broker: &Broker,
    shell: Shell,
    login: &Login,
    situation: &Situation,
    known: Option<&Way>,
    person: Option<String>,
    now: DateTime<Utc>,
) -> Response {
    let t = shell.t;
    let demand = situation.asked.demand();
    let mut offers = situation.offers(broker, now);
    let is_known = |offer: &Offer| known.is_some_and(|way| way.provider == offer.id);
    // What worked last comes first, unless it does not work now.
    offers.sort_by_key(|offer| !is_known(offer) || offer.is_sick());
    let offered: Vec<String> = offers.iter().map(|offer| offer.id.clone()).collect();
    let has_nia = offers.iter().any(|offer| offer.kind == "nia");
    let forget = offers
        .iter()
        .any(is_known)
        .then(|| format!("{}/forget", login.path()));
    let offers = OfferView::list(broker, &offers, known, demand, t, now).await;
    let service = frame::service(situation.client.as_deref(), shell.locale);
    let notice = login
        .notice
        .as_ref()
        .map(|notice| NoticeView::of(broker, notice, t));
    let has_client = situation.client.is_some();
    let back = has_client.then(|| format!("{}/cancel", login.path()));
    let too_low = match &login.notice {
        Some(Notice::TooLow { reached, .. }) if demand != Demand::NONE => Some(*reached),
        _ => None,
    };
    match (situation.next, too_low) {
        (Next::LogIn(Why::StepUp(held)), _) => {
            let ladder = Ladder::of(t, Some(held), &situation.asked);
            let title = Message::new("step-up-title");
            page(&StepUpPage {
                shell: shell.narrow(),
                action: action(login),
                service,
                title,
                notice,
                ladder,
                offers,
                forget,
                back,
            })
        }
        (_, Some(reached)) => {
            let ladder = Ladder::of(t, reached, &situation.asked);
            let title = Message::new("too-low-title");
            page(&StepUpPage {
                shell: shell.narrow(),
                action: action(login),
                service,
                title,
                notice: None,
                ladder,
                offers,
                forget,
                back,
            })
        }
        (next, _) => {
            let (title, lead) = match next {
                Next::Select(_) if situation.asked.swapped => {
                    ("select-title", "select-swapped-lead")
                }
                Next::Select(_) => ("select-title", "select-lead"),
                Next::LogIn(Why::Again) if is_stranded(situation.signed_in.as_ref(), &offered) => {
                    ("again-title", "again-untold-lead")
                }
                Next::LogIn(Why::Again) => ("again-title", "again-lead"),
                _ => ("choice-title", "choice-lead"),
            };
            let needed = (has_client && demand != Demand::NONE).then(|| Needed {
                level: words::Level::of(t, demand.identity),
                login: ladder::needed_login(demand).map(|login| words::login_level(t, login)),
                in_law: situation.asked.needs_eidas(),
            });
            let goes_on = match (next, &situation.signed_in) {
                (Next::Select(_), Some(signed_in)) => Some(GoesOn {
                    action: format!("{}/continue", login.path()),
                    session: signed_in.session.browser_session_id,
                    person,
                    ways: ways(broker, t, signed_in),
                }),
                _ => None,
            };
            page(&ChoicePage {
                shell,
                action: action(login),
                service,
                title,
                lead,
                notice,
                offers,
                has_nia,
                needed,
                forget,
                goes_on,
                back,
            })
        }
    }
}

/// By what the session was signed in, in words.
fn ways(broker: &Broker, t: Texts, signed_in: &SignedIn) -> String {
    let logins = signed_in.logins.iter();
    let names: std::collections::BTreeSet<String> = logins
        .map(|login| words::provider(broker, t, &login.provider))
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whether the person came by ways alone that do not say when they logged in and cannot be asked to have it done anew.
fn is_stranded(signed_in: Option<&SignedIn>, offered: &[String]) -> bool {
    signed_in.is_some_and(|signed_in| {
        !signed_in.logins.is_empty()
            && signed_in
                .logins
                .iter()
                .all(|login| login.authenticated_at.is_none() && !offered.contains(&login.provider))
    })
}

/// The text that tells why a provider cannot vouch for a person.
pub(crate) const fn unable_text(why: Unable) -> &'static str {
    match why {
        Unable::NoIdentity => "notice-no-identity",
        Unable::NotEligible => "notice-not-eligible",
        Unable::Withheld(_) => "notice-withheld",
        Unable::BoxOfOffice => "notice-box-of-office",
    }
}

/// What the person did not agree to hand over, in words.
pub(crate) fn withheld(notice: &Notice, t: Texts) -> String {
    let Notice::Unable {
        why: Unable::Withheld(withheld),
        ..
    } = notice
    else {
        return String::new();
    };
    let words: Vec<String> = withheld
        .kinds()
        .map(|kind| t.text(&format!("fact-{}", kind.as_str())).to_string())
        .collect();
    words.join(", ")
}

fn action(login: &Login) -> String {
    format!("{}/choose", login.path())
}

/// Who may go on without choosing a way in.
struct GoesOn {
    action: String,
    session: BrowserSessionId,
    person: Option<String>,
    ways: String,
}

/// Where people choose how to log in.
#[derive(Template)]
#[template(path = "pages/login/choice.html")]
struct ChoicePage {
    shell: Shell,
    action: String,
    service: Option<String>,
    title: &'static str,
    lead: &'static str,
    notice: Option<NoticeView>,
    offers: Vec<OfferView>,
    has_nia: bool,
    needed: Option<Needed>,
    forget: Option<String>,
    goes_on: Option<GoesOn>,
    back: Option<String>,
}

/// Where a level that does not suffice is explained.
#[derive(Template)]
#[template(path = "pages/login/step_up.html")]
struct StepUpPage {
    shell: Shell,
    action: String,
    service: Option<String>,
    title: Message,
    notice: Option<NoticeView>,
    ladder: Ladder,
    offers: Vec<OfferView>,
    forget: Option<String>,
    back: Option<String>,
}

/// What the service demands, on both scales.
struct Needed {
    level: words::Level,
    login: Option<String>,
    in_law: bool,
}

struct NoticeView {
    tone: &'static str,
    title: String,
    text: String,
}

impl NoticeView {
    fn of(broker: &Broker, notice: &Notice, t: Texts) -> Self {
        let (tone, id) = match notice {
            Notice::Restarted => ("info", "notice-restarted"),
            Notice::Cancelled { .. } => ("info", "notice-cancelled"),
            Notice::EndedThere { .. } => ("info", "notice-ended-there"),
            Notice::Unable { why, .. } => ("warn", unable_text(*why)),
            Notice::TooLow { .. } => ("warn", "notice-too-low"),
            Notice::NotAnew { .. } => ("warn", "notice-not-anew"),
            Notice::Down { .. } => ("bad", "notice-down"),
            Notice::BranchGone { .. } => ("warn", "notice-branch-gone"),
            Notice::Again => ("info", "notice-again"),
        };
        let provider = notice
            .provider()
            .map(|id| words::provider(broker, t, id))
            .unwrap_or_default();
        let withheld = withheld(notice, t);
        let text = |part: &str| {
            t.text(&format!("{id}-{part}"))
                .arg("provider", &provider)
                .arg("withheld", &withheld)
                .to_string()
        };
        Self {
            tone,
            title: text("title"),
            text: text("text"),
        }
    }
}
