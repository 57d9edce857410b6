//! `GET` and `POST /login/{login}/information`: which service gets what from whom, shown before anything leaves for the
//! first time.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use store::audit::{Actor, Event};
use web::form::{Form, Path};
use web::{Shell, page};

use super::begin::{Found, find};
use super::decide::Next;
use super::finish;
use super::frame;
use super::handed::{Handed, handed};
use super::ids::LoginId;
use super::kept::Login;
use super::problems::Trouble;
use super::shown::ShownTo;
use super::situation::{self, Situation, items};
use crate::account::older;
use crate::audit;
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::{AuthenticationId, BrowserSessionId, ConsentId};
use crate::mandate::{self, BodyView};
use crate::session::{Browser, Current, SignedIn};
use crate::storage::consent::ConsentContent;
use crate::storage::{access_grant, account, consent, fact, upstream_link};
use crate::words;

/// What the page needs, when it is the next step at all.
struct Informing<'a> {
    client: &'a Client,
    signed_in: &'a SignedIn,
    authentication_id: AuthenticationId,
}

/// The page.
#[tracing::instrument(name = "login.information", skip_all, fields(login.id, client.id))]
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
    let mut tx = broker.db.read().await?;
    let situation = situation::look(
        &broker,
        &mut tx,
        &login,
        &Current::of(&broker, &headers),
        now,
    )
    .await?;
    let Some(informing) = informing(&situation) else {
        return Ok(Redirect::to(&login.path()).into_response());
    };
    let facts = fact::list_current(
        &mut tx,
        &broker.master_key,
        informing.signed_in.account.account_id,
        now,
    )
    .await?;
    let account = &informing.signed_in.account;
    let asks_older = older::is_asked(&mut tx, account, now).await?;
    let is_passing = match situation.login(informing.authentication_id) {
        Some(login) => upstream_link::lookup(&mut tx, login.upstream_link_id)
            .await?
            .is_some_and(|link| link.passing),
        None => false,
    };
    drop(tx);

    let shell = frame::shell(&broker, shell, &login, &headers, &browser);
    let t = shell.t;
    let language = shell.locale.code();
    let organisation = broker
        .clients
        .organisation(&informing.client.organisation_id);
    let organisation = organisation.map_or_else(String::new, |organisation| {
        organisation.name.get(language).to_owned()
    });
    let Some(request) = login.request() else {
        return Ok(Redirect::to(&login.path()).into_response());
    };
    let chosen_before = situation.consent.as_ref();
    let handed = handed(&broker, t, request, informing.client, &facts, chosen_before);
    let authentication = situation.login(informing.authentication_id);
    let page_of = InformationPage {
        action: format!("{}/information", login.path()),
        session: informing.signed_in.session.browser_session_id,
        back: format!("{}/cancel", login.path()),
        older: format!("/account/link?from={}", login.id),
        service: informing.client.name.get(language).to_owned(),
        organisation,
        purpose: informing
            .client
            .purpose
            .as_ref()
            .map(|purpose| purpose.get(language).to_owned()),
        privacy: informing
            .client
            .privacy_uri
            .as_ref()
            .map(ToString::to_string),
        level: authentication.map(|login| words::Level::of(t, login.levels.identity)),
        acting: request.scope.contains(mandate::SCOPE).then(|| {
            let chosen = situation.bodies.chosen.as_ref();
            chosen.map_or_else(
                || t.text("acting-self").to_string(),
                |mandate| BodyView::of(t, mandate).line(),
            )
        }),
        offline: request.scope.contains("offline_access"),
        handed,
        asks_older,
        is_passing,
        shell,
    };
    Ok((browser, frame::allow(&broker, &login), page(&page_of)).into_response())
}

/// The form: the optional items that the person ticked.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    csrf: String,
    #[serde(default, rename = "session")]
    shown: ShownTo,
    #[serde(default)]
    item: Vec<String>,
}

/// The person read it and goes on. What was offered and not ticked is declined and not asked about again.
#[tracing::instrument(name = "login.information", skip_all, fields(login.id, client.id))]
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
    let mut tx = broker.db.begin().await?;
    let mut situation = situation::look(
        &broker,
        &mut tx,
        &login,
        &Current::of(&broker, &headers),
        now,
    )
    .await?;
    let Some(informing) = informing(&situation) else {
        return Ok(Redirect::to(&login.path()).into_response());
    };
    if !answer.shown.is(informing.signed_in) {
        return Ok(Redirect::to(&login.path()).into_response());
    }
    let account_id = informing.signed_in.account.account_id;
    let authentication_id = informing.authentication_id;
    // A second press of the button, or another device, waits.
    let is_active = account::hold(&mut tx, account_id, now).await?;
    // Whoever ended the session meanwhile held the account, and was waited for.
    let current = Current::of(&broker, &headers)
        .find(&broker, &mut tx, now)
        .await?;
    if !is_active || !current.is_some_and(|current| answer.shown.is(&current)) {
        return Ok(Redirect::to(&login.path()).into_response());
    }
    let before = consent::find(&mut tx, account_id, &informing.client.id).await?;
    let before = before.map(|consent| consent.content().clone());
    let before = before.unwrap_or_default();
    let content = before.followed_by(&content(&login, informing.client, &answer.item));
    if !before.allowed.is_subset(&content.allowed) {
        // What was given for more than is allowed now ends, whatever else it holds.
        access_grant::revoke_for_account_client(&mut tx, account_id, &informing.client.id, now)
            .await?;
    }
    let consent_id = ConsentId::new(broker.random.uuid_v7(now));
    consent::give(
        &mut tx,
        consent_id,
        account_id,
        &informing.client.id,
        &content,
        now,
    )
    .await?;
    let event = Event {
        kind: "consent.given",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({ "client": informing.client.id, "allowed": content.allowed, "declined": content.declined }),
    };
    audit::record(&broker, &mut tx, event, now).await?;

    login.informed = true;
    situation.consent = Some(content);
    situation.seen(&mut tx, now).await?;
    let response = finish::finish(&broker, &login, &situation, authentication_id, now)?;
    finish::keep_finished(&broker, &mut tx, &mut login, now).await?;
    tx.commit().await?;
    Ok((browser, response).into_response())
}

fn informing(situation: &Situation) -> Option<Informing<'_>> {
    let Next::Inform(authentication_id) = situation.next else {
        return None;
    };
    Some(Informing {
        client: situation.client.as_deref()?,
        signed_in: situation.signed_in.as_ref()?,
        authentication_id,
    })
}

/// What the person allowed: everything the service cannot do without, and what they ticked of the rest.
fn content(login: &Login, client: &Client, ticked: &[String]) -> ConsentContent {
    let Some(request) = login.request() else {
        return ConsentContent::default();
    };
    let (allowed, declined): (BTreeSet<String>, BTreeSet<String>) = items(request)
        .into_iter()
        .partition(|item| !super::handed::is_optional(item, client) || ticked.contains(item));
    ConsentContent { allowed, declined }
}

/// Which service gets what from whom.
#[derive(Template)]
#[template(path = "pages/login/information.html")]
struct InformationPage {
    shell: Shell,
    action: String,
    session: BrowserSessionId,
    back: String,
    older: String,
    service: String,
    organisation: String,
    purpose: Option<String>,
    privacy: Option<String>,
    level: Option<words::Level>,
    acting: Option<String>,
    offline: bool,
    handed: Handed,
    asks_older: bool,
    is_passing: bool,
}
