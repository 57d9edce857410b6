//! `/account/close`: the person ends their account, after reading what ends, what is erased and what stays.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::{StorageError, Tx};
use web::form::{Form, Query};
use web::{Locale, Shell, Texts, page};

use super::frame::{self, IDENTITY, Visitor};
use super::ways::fresh::{is_recent, needed};
use super::ways::part;
use crate::broker::Broker;
use crate::identity;
use crate::ids::AccountId;
use crate::login::problems::Trouble;
use crate::login::remembered;
use crate::mandate::list_counting;
use crate::oidc::leave::leave;
use crate::oidc::logout;
use crate::session::{Browser, no_session_cookie};
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::{authentication, client_session, upstream_link};
use crate::words;

const HERE: &str = "/account/close";
/// Where the page says that it was not said whose the merged accounts are.
const UNSAID: &str = "/account/close?unsaid=parts";
/// What the form says when they are all the person's.
const MINE: &str = "mine";
const DONE: &str = "/account/closed";

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    unsaid: Option<String>,
}

/// The page.
#[tracing::instrument(name = "account.close", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, HERE, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let account_id = signed_in.account.account_id;
    let ends = Ends::of(&broker, &mut tx, shell.t, account_id, now).await?;
    let best = needed(&broker, &mut tx, account_id, None, now).await?;
    let is_proved = is_recent(&broker, &mut tx, &signed_in, &best, now)
        .await?
        .is_ok();
    drop(tx);

    let page_of = ClosePage {
        shell: frame::framed(&broker, shell, &facts, &csrf, "identity").narrow(),
        is_unsaid: asked.unsaid.is_some() && !ends.merges.is_empty(),
        ends,
        is_proved,
    };
    Ok((browser, page(&page_of)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Closes {
    #[serde(default)]
    csrf: String,
    /// [`MINE`]: the accounts that can still be parted from this one are the person's own.
    #[serde(default)]
    parts: String,
}

/// The person wants it. Nothing of them stays in this browser either, and the browser leaves through the provider's logout.
#[tracing::instrument(name = "account.closed", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    locale: Locale,
    Form(form): Form<Closes>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) = frame::sender_alone(&broker, &mut tx, &headers, &form.csrf, now).await?
    else {
        return Ok(Redirect::to(IDENTITY).into_response());
    };
    let account_id = signed_in.account.account_id;
    let best = needed(&broker, &mut tx, account_id, None, now).await?;
    if let Err(stale) = is_recent(&broker, &mut tx, &signed_in, &best, now).await? {
        drop(tx);
        return stale.prove(&broker, &browser, HERE.to_owned(), now).await;
    }
    if form.parts != MINE && !open_merges(&mut tx, account_id, now).await?.is_empty() {
        return Ok(Redirect::to(UNSAID).into_response());
    }
    let session_id = signed_in.session.browser_session_id;
    let upstream =
        authentication::list_upstream_sessions(&mut tx, &broker.master_key, session_id).await?;
    if !identity::close(&broker, &mut tx, account_id, now).await? {
        return Ok(Redirect::to(IDENTITY).into_response());
    }
    tx.commit().await?;
    tracing::info!("an account was closed");

    let response = match leave(&broker, upstream, DONE, &browser, locale, now).await {
        Some(response) => response,
        None => logout::go_on(DONE),
    };
    let gone = (no_session_cookie(&broker), remembered::forgotten(&broker));
    Ok((gone.0, gone.1, response).into_response())
}

/// `GET /account/closed`: it is done.
#[tracing::instrument(name = "account.closed.done", skip_all)]
pub(crate) async fn done(shell: Shell) -> Response {
    page(&ClosedPage {
        shell: shell.narrow(),
    })
}

/// The merges of an account that can still be undone.
async fn open_merges(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<AccountMerge>, StorageError> {
    let mut merges = account_merge::list_within(tx, account_id).await?;
    merges.retain(|merge| now < merge.undo_until);
    merges.sort_by_key(|merge| (merge.merged_at, merge.merge_id));
    Ok(merges)
}

/// What ends, in words.
struct Ends {
    ways: String,
    /// Empty: none is in use.
    services: String,
    /// Empty: the person acts for nobody.
    bodies: String,
    /// Other accounts became part of this one.
    has_parts: bool,
    /// Those that can still be parted from it.
    merges: Vec<PartView>,
}

/// A merge that can still be undone.
struct PartView {
    here: String,
    merged: String,
}

impl Ends {
    async fn of(
        broker: &Broker,
        tx: &mut Tx,
        t: Texts,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let links = upstream_link::list_by_account(tx, account_id).await?;
        let mut ways: Vec<String> = links
            .iter()
            .map(|link| words::provider(broker, t, &link.provider))
            .collect();
        ways.dedup();
        let clients = client_session::list_clients_in_use(tx, account_id, now).await?;
        let services: Vec<String> = clients
            .iter()
            .filter_map(|id| broker.clients.get(id.as_str()))
            .map(|client| client.name.get(t.locale().code()).to_owned())
            .collect();
        let held = list_counting(broker, tx, None, account_id, now).await?;
        let bodies: Vec<String> = held.into_iter().map(|mandate| mandate.name).collect();
        Ok(Self {
            ways: ways.join(", "),
            services: services.join(", "),
            bodies: bodies.join(", "),
            merges: open_merges(tx, account_id, now)
                .await?
                .iter()
                .map(|merge| PartView {
                    here: part::path(merge.merge_id),
                    merged: t.date(merge.merged_at),
                })
                .collect(),
            has_parts: !account_merge::list_into(tx, account_id).await?.is_empty(),
        })
    }
}

/// What closing the account means.
#[derive(Template)]
#[template(path = "pages/account/close.html")]
struct ClosePage {
    shell: Shell,
    ends: Ends,
    /// It was not said whose the merged accounts are.
    is_unsaid: bool,
    is_proved: bool,
}

/// "The account is closed."
#[derive(Template)]
#[template(path = "pages/account/closed.html")]
struct ClosedPage {
    shell: Shell,
}
