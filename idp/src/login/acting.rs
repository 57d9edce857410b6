//! `GET` and `POST /login/{login}/acting`: for whom the person acts, asked after the login when the service supports it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;
use web::form::{Form, Path};
use web::{Shell, page};

use super::begin::{Found, find};
use super::decide::Next;
use super::frame;
use super::ids::LoginId;
use super::kept::{Login, Logins};
use super::problems::Trouble;
use super::shown::ShownTo;
use super::situation::{self, Situation};
use crate::ares::Subject;
use crate::broker::Broker;
use crate::ids::{BrowserSessionId, MandateId};
use crate::mandate::{BodyView, Told, registered};
use crate::oidc::request::ActingFor;
use crate::session::{Browser, Current};
use crate::storage::fact;
use crate::storage::mandate::Mandate;
use crate::words;

/// The page.
#[tracing::instrument(name = "login.acting", skip_all, fields(login.id, client.id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.read().await?;
    let situation = situation::look(&broker, &mut tx, &login, &current, now).await?;
    let (Next::Act(_), Some(signed_in)) = (situation.next, &situation.signed_in) else {
        return Ok(Redirect::to(&login.path()).into_response());
    };
    let account_id = signed_in.account.account_id;
    let facts = fact::list_current(&mut tx, &broker.master_key, account_id, now).await?;
    drop(tx);
    let known = registered(&broker, &situation.bodies.mandates, now).await;

    let shell = frame::shell(&broker, shell, &login, &headers, &browser);
    let t = shell.t;
    let has_ended = |mandate: &Mandate| {
        let subject = mandate.ico.as_ref().and_then(|ico| known.get(ico));
        subject.is_some_and(Subject::has_ended)
    };
    let suggested = suggested(&login, &situation).filter(|id| {
        let mut mandates = situation.bodies.mandates.iter();
        mandates.any(|mandate| mandate.mandate_id == *id && !has_ended(mandate))
    });
    let view = |mandate: &Mandate| BodyChoice {
        is_suggested: suggested == Some(mandate.mandate_id),
        has_ended: has_ended(mandate),
        body: BodyView::of(t, mandate).registered(t, mandate, &known),
    };
    let bodies: Vec<BodyChoice> = situation.bodies.mandates.iter().map(view).collect();
    let page_of = ActingPage {
        told: Told::of(bodies.iter().map(|choice| &choice.body)),
        action: format!("{}/acting", login.path()),
        session: signed_in.session.browser_session_id,
        back: format!("{}/cancel", login.path()),
        service: frame::service(situation.client.as_deref(), shell.locale).unwrap_or_default(),
        person: words::person(&facts),
        bodies,
        is_self_suggested: suggested.is_none(),
        shell: shell.narrow(),
    };
    Ok((browser, frame::allow(&broker, &login), page(&page_of)).into_response())
}

/// The form: `self` or a mandate.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    csrf: String,
    #[serde(default, rename = "session")]
    shown: ShownTo,
    #[serde(default)]
    acting: String,
}

/// The person said it. Anything but their own standing mandates leaves the question open.
#[tracing::instrument(name = "login.acting", skip_all, fields(login.id, client.id))]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    browser.csrf().check(&answer.csrf)?;
    let mut login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.read().await?;
    let situation = situation::look(&broker, &mut tx, &login, &current, now).await?;
    drop(tx);
    if matches!(situation.next, Next::Act(_))
        && situation
            .signed_in
            .as_ref()
            .is_some_and(|signed_in| answer.shown.is(signed_in))
        && let Some(choice) = choice(&answer.acting, &situation.bodies.mandates)
    {
        login.acting = Some(choice);
        Logins(&broker.short_lived).keep(&login, now).await?;
    }
    Ok((browser, Redirect::to(&login.path())).into_response())
}

fn choice(sent: &str, mandates: &[Mandate]) -> Option<ActingFor> {
    if sent == "self" {
        return Some(ActingFor::Own);
    }
    let id = MandateId::new(Uuid::try_parse(sent).ok()?);
    let is_own = mandates.iter().any(|mandate| mandate.mandate_id == id);
    is_own.then_some(ActingFor::Mandate(id))
}

/// Who came through the door of a body most likely acts for it.
fn suggested(login: &Login, situation: &Situation) -> Option<MandateId> {
    let made = situation.login(login.made?)?;
    let shown = situation
        .bodies
        .mandates
        .iter()
        .find(|mandate| mandate.upstream_link_id == Some(made.upstream_link_id))?;
    Some(shown.mandate_id)
}

/// For whom the person acts.
#[derive(Template)]
#[template(path = "pages/login/acting.html")]
struct ActingPage {
    shell: Shell,
    action: String,
    session: BrowserSessionId,
    back: String,
    service: String,
    person: Option<String>,
    bodies: Vec<BodyChoice>,
    told: Told,
    is_self_suggested: bool,
}

struct BodyChoice {
    body: BodyView,
    is_suggested: bool,
    /// It stands there to be read, and cannot be chosen.
    has_ended: bool,
}
