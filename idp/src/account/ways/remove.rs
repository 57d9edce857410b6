//! `/account/ways/{link}`: removing a way in, after seeing what that means.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use web::form::{Form, Path};
use web::{Shell, page};

use super::super::frame::{self, IDENTITY, Visitor};
use super::fresh::{Missing, missing};
use super::problems;
use super::refused::{self, Reason};
use super::stays::{Next, Stays};
use crate::broker::Broker;
use crate::hash::sha256;
use crate::identity::{self, Kept, Unlinked};
use crate::ids::UpstreamLinkId;
use crate::login::problems::Trouble;
use crate::session::{Browser, SignedIn, session_cookie};
use crate::storage::{browser_session, upstream_link};
use crate::words;

/// The page.
#[tracing::instrument(name = "account.way", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(link_id): Path<UpstreamLinkId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let here = path(link_id);
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, &here, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let link = upstream_link::lookup(&mut tx, link_id).await?;
    let Some(link) = link.filter(|link| link.account_id == account_id) else {
        return Err(problems::at_account(&problems::WAY_UNKNOWN).into());
    };
    let kept = identity::why_kept(&broker, &mut tx, account_id, link_id, now).await?;
    let stays = match kept {
        Some(kept) => Some(Stays::read(&broker, &mut tx, (account_id, link_id), kept, now).await?),
        None => None,
    };
    let missing = missing(&broker, &mut tx, &signed_in, Some(link_id), now).await?;
    drop(tx);

    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity").narrow();
    let t = shell.t;
    let provider = words::provider(&broker, t, &link.provider);
    let (stays, next) = match stays {
        Some(stays) => (Some(stays.text(&broker, t, &provider)), stays.next()),
        None => (None, Next::Add),
    };
    let prove = missing.map(|missing| match missing {
        Missing::Best(_) => "unlink-prove-best",
        Missing::Another => "unlink-prove",
    });
    let page_of = UnlinkPage {
        shell,
        provider,
        stays,
        next,
        prove,
        here,
    };
    Ok((browser, page(&page_of)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Removes {
    #[serde(default)]
    csrf: String,
}

/// The person wants it removed. What they came by must be the best way in and another one than this, a moment ago.
#[tracing::instrument(name = "account.way.remove", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(link_id): Path<UpstreamLinkId>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<Removes>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) = frame::sender_alone(&broker, &mut tx, &headers, &form.csrf, now).await?
    else {
        return Ok(Redirect::to(IDENTITY).into_response());
    };
    let account_id = signed_in.account.account_id;
    if let Some(kept) = identity::why_kept(&broker, &mut tx, account_id, link_id, now).await? {
        drop(tx);
        return Err(stays(&broker, &signed_in, kept, now).await?.into());
    }
    if let Some(missing) = missing(&broker, &mut tx, &signed_in, Some(link_id), now).await? {
        drop(tx);
        let page = path(link_id);
        return missing.prove(&broker, &browser, page, true, now).await;
    }
    let keep = Some(signed_in.session.browser_session_id);
    let unlinked = identity::unlink(&broker, &mut tx, account_id, link_id, keep, now).await?;
    if let Unlinked::Kept(kept) = unlinked {
        drop(tx);
        return Err(stays(&broker, &signed_in, kept, now).await?.into());
    }
    let token = broker.random.token();
    let id = signed_in.session.browser_session_id;
    browser_session::renew_token(&mut tx, id, &sha256(token.as_bytes()), None, now).await?;
    tx.commit().await?;
    tracing::info!("a way in was removed");
    let go = Redirect::to("/account?done=unlinked");
    Ok((browser, session_cookie(&broker, &token), go).into_response())
}

async fn stays(
    broker: &Broker,
    signed_in: &SignedIn,
    kept: Kept,
    now: DateTime<Utc>,
) -> Result<web::Problem, Trouble> {
    let account = Some(signed_in.account.account_id);
    let (reason, kind) = match kept {
        Kept::Unknown => return Ok(problems::at_account(&problems::WAY_UNKNOWN)),
        Kept::LastWayIn => (Reason::LastWayIn, &problems::WAY_STAYS),
        Kept::Merged(_) => (Reason::Merged, &problems::WAY_STAYS),
        Kept::Needed(_) | Kept::Allowed(_) => (Reason::Needed, &problems::WAY_STAYS),
    };
    refused::record_alone(broker, reason, account, "", now).await?;
    Ok(problems::at_account(kind))
}

fn path(link_id: UpstreamLinkId) -> String {
    format!("/account/ways/{link_id}")
}

/// What removing a way in means.
#[derive(Template)]
#[template(path = "pages/account/unlink.html")]
struct UnlinkPage {
    shell: Shell,
    provider: String,
    stays: Option<String>,
    /// What it takes first.
    next: Next,
    /// The beginning of the Fluent ids that say what has to be proved first.
    prove: Option<&'static str>,
    here: String,
}
