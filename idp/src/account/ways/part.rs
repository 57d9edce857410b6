//! `/account/merges/{merge}`: making two accounts of one again, while there is time.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::{Form, Path};
use web::{Shell, page};

use super::super::frame::{self, IDENTITY, Visitor};
use super::fresh::missing;
use super::problems;
use crate::broker::Broker;
use crate::identity::{self, Undone};
use crate::ids::MergeId;
use crate::login::problems::Trouble;
use crate::session::{Browser, no_session_cookie};
use crate::storage::account_merge;

/// Where everybody ends who wanted two accounts again, however often they said so.
const PARTED: &str = "/account/parted";

/// The page.
#[tracing::instrument(name = "account.merge", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(merge_id): Path<MergeId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let here = path(merge_id);
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, &here, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let merges = account_merge::list_within(&mut tx, account_id).await?;
    let merge = merges
        .into_iter()
        .find(|merge| merge.merge_id == merge_id && now < merge.undo_until);
    let Some(merge) = merge else {
        if account_merge::is_undone(&mut tx, merge_id).await? {
            return Ok(Redirect::to(PARTED).into_response());
        }
        return Err(problems::at_account(&problems::MERGE_STANDS).into());
    };
    let is_possible = identity::can_part(&broker, &mut tx, account_id, merge_id).await?;
    drop(tx);

    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity").narrow();
    let page_of = PartPage {
        merged: shell.t.date(merge.merged_at),
        until: shell.t.date(merge.undo_until),
        is_possible,
        here,
        shell,
    };
    Ok((browser, page(&page_of)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Parts {
    #[serde(default)]
    csrf: String,
}

/// The person wants two accounts again.
#[tracing::instrument(name = "account.merge.undo", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(merge_id): Path<MergeId>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<Parts>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    // Whoever presses the button twice was signed out by the first press, or has signed in anew since: what they wanted is done.
    if account_merge::is_undone(&mut tx, merge_id).await? {
        return Ok(Redirect::to(PARTED).into_response());
    }
    let Some(signed_in) = frame::sender_alone(&broker, &mut tx, &headers, &form.csrf, now).await?
    else {
        // The first press may have been under way, and was waited for.
        let is_undone = account_merge::is_undone(&mut tx, merge_id).await?;
        return Ok(Redirect::to(if is_undone { PARTED } else { IDENTITY }).into_response());
    };
    if let Some(missing) = missing(&broker, &mut tx, &signed_in, None, now).await? {
        drop(tx);
        let page = path(merge_id);
        return missing.prove(&broker, &browser, page, false, now).await;
    }
    let account_id = signed_in.account.account_id;
    match identity::undo(&broker, &mut tx, account_id, merge_id, now).await? {
        Undone::Done { .. } => {}
        Undone::TooLate | Undone::NoWayIn => {
            return Err(problems::at_account(&problems::MERGE_STANDS).into());
        }
    }
    tx.commit().await?;
    tracing::info!("a merge was undone");
    let go = Redirect::to(PARTED);
    Ok((browser, no_session_cookie(&broker), go).into_response())
}

/// `GET /account/parted`: it is done, and everybody signs in anew.
#[tracing::instrument(name = "account.parted", skip_all)]
pub(crate) async fn done(shell: Shell) -> Response {
    page(&PartedPage {
        shell: shell.narrow(),
    })
}

/// Its address.
pub(in crate::account) fn path(merge_id: MergeId) -> String {
    format!("/account/merges/{merge_id}")
}

/// What making two of one means.
#[derive(Template)]
#[template(path = "pages/account/part.html")]
struct PartPage {
    shell: Shell,
    merged: String,
    until: String,
    is_possible: bool,
    here: String,
}

/// "There are two accounts again."
#[derive(Template)]
#[template(path = "pages/account/parted.html")]
struct PartedPage {
    shell: Shell,
}
