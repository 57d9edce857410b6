//! `/account/link/{ticket}`: both sides are proved; the person sees what will happen and says yes.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::audit::Actor;
use store::{StorageError, Tx};
use web::Shell;
use web::form::{Form, Path};

use super::super::frame::{self, Visitor};
use super::preview::Looking;
use super::proposal::{self, Confirmed, Found, Proposal};
use super::refused::{self, Reason};
use super::{LINK, problems};
use crate::broker::Broker;
use crate::contacts;
use crate::hash::sha256;
use crate::identity::{self, Arrived, Tie, Verdict};
use crate::ids::{AccountId, AuthenticationId};
use crate::login::ids::LinkTicket;
use crate::login::problems::Trouble;
use crate::session::{self, Browser, Current, SentSession, SignedIn, session_cookie};
use crate::storage::authentication::NewAuthentication;
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, account, authentication, browser_session, upstream_link};

/// The page.
#[tracing::instrument(name = "account.link.confirm", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(ticket): Path<LinkTicket>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let here = format!("{LINK}/{ticket}");
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, &here, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let found = match Proposal::find(&broker, &mut tx, &ticket, &signed_in, &browser, now).await? {
        Found::Theirs(found) => found,
        Found::Foreign(provider) => {
            drop(tx);
            return Err(proposal::foreign(&broker, &signed_in, &provider, now)
                .await?
                .into());
        }
        Found::Gone => {
            drop(tx);
            return second_arrival(&broker, &ticket, &browser, &headers, now).await;
        }
    };
    let assertion = found.assertion(&broker, &ticket)?;
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity").narrow();
    let looking = Looking {
        broker: &broker,
        signed_in: &signed_in,
        proposal: &found,
        assertion: &assertion,
        here,
        now,
    };
    let response = looking.show(&mut tx, shell, &facts).await?;
    Ok((browser, response).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    csrf: String,
    /// What the page asked: `link`, `replace` or `merge`.
    #[serde(default)]
    what: String,
}

/// The person said yes. Everything happens in one transaction, on what is true then.
#[tracing::instrument(name = "account.link.confirmed", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(ticket): Path<LinkTicket>,
    browser: Browser,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    // Whoever presses the button twice has another cookie by then, and a form that is not of its session.
    if proposal::find_confirmed(&broker, &ticket, &browser, now)
        .await?
        .is_some()
    {
        return second_arrival(&broker, &ticket, &browser, &headers, now).await;
    }
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) = frame::sender(&broker, &mut tx, &headers, &answer.csrf, now).await?
    else {
        drop(tx);
        return second_arrival(&broker, &ticket, &browser, &headers, now).await;
    };
    // Of any number of answers one holds the accounts, and the others find the ticket taken. Always in the same order, so that
    // opposite merges of one pair wait for each other and never for ever.
    let account_id = signed_in.account.account_id;
    let parties = parties(&broker, &mut tx, &ticket, &signed_in, &browser, now).await?;
    for party in &parties {
        account::hold(&mut tx, *party, now).await?;
    }
    // Whoever ended this session meanwhile held its account, and we waited for them.
    let Some(signed_in) = frame::sender(&broker, &mut tx, &headers, &answer.csrf, now).await?
    else {
        drop(tx);
        return second_arrival(&broker, &ticket, &browser, &headers, now).await;
    };
    let found = match Proposal::find(&broker, &mut tx, &ticket, &signed_in, &browser, now).await? {
        Found::Theirs(found) => found,
        Found::Foreign(provider) => {
            drop(tx);
            return Err(proposal::foreign(&broker, &signed_in, &provider, now)
                .await?
                .into());
        }
        Found::Gone => {
            drop(tx);
            return second_arrival(&broker, &ticket, &browser, &headers, now).await;
        }
    };
    let assertion = found.assertion(&broker, &ticket)?;
    let arrived = Arrived {
        provider: &found.provider,
        assertion: &assertion,
    };
    let verdict = identity::verdict(&broker, &mut tx, arrived, account_id, now).await?;
    let (expected, done) = match verdict {
        Verdict::Link(_) => ("link", "linked"),
        Verdict::Merge { .. } => ("merge", "merged"),
        Verdict::Replace { .. } => ("replace", "replaced"),
        _ => ("", ""),
    };
    let is_held = match &verdict {
        Verdict::Merge { with, .. } => parties.contains(with),
        _ => true,
    };
    if expected.is_empty() || expected != answer.what || !is_held {
        // What the page asked is not what would happen now.
        return Ok(Redirect::to(&format!("{LINK}/{ticket}")).into_response());
    }

    let token = broker.random.token();
    let authentication_id = AuthenticationId::new(broker.random.uuid_v7(now));
    let confirmed = Confirmed {
        browser: browser.hash(),
        authentication_id: Some(authentication_id),
        sent: Some(SentSession::keep(&broker, &mut tx, &token, now).await?),
        path: format!("/account?done={done}"),
    };
    if !proposal::take(&broker, &mut tx, &ticket, &confirmed, now).await? {
        drop(tx);
        return second_arrival(&broker, &ticket, &browser, &headers, now).await;
    }
    let tie = match verdict {
        Verdict::Merge { with, .. } => {
            let keep = Some(signed_in.session.browser_session_id);
            identity::merge(&broker, &mut tx, account_id, with, keep, now).await?;
            let realm = assertion.realm().as_str();
            upstream_link::find_by_subject(&mut tx, realm, assertion.subject().as_str())
                .await?
                .filter(|link| link.account_id == account_id)
                .map(|link| Tie {
                    account_id,
                    upstream_link_id: link.upstream_link_id,
                })
        }
        Verdict::Replace { link, .. } => {
            identity::replace(&broker, &mut tx, arrived, account_id, link, now).await?
        }
        _ => identity::link(&broker, &mut tx, arrived, account_id, now).await?,
    };
    let Some(tie) = tie else {
        // Somebody else holds the subject since a moment ago.
        tx.rollback().await?;
        return Err(problems::at_link(&problems::PROPOSAL_GONE).into());
    };
    let proof = (authentication_id, arrived, tie);
    settle(&broker, &mut tx, &signed_in, proof, &token, now).await?;
    tx.commit().await?;
    tracing::info!(provider.id = found.provider, done, "a way in was added");
    let go = Redirect::to(&confirmed.path);
    Ok((browser, session_cookie(&broker, &token), go).into_response())
}

/// The account that is signed in and the one that holds the subject, in the order in which they are taken.
async fn parties(
    broker: &Broker,
    tx: &mut Tx,
    ticket: &LinkTicket,
    signed_in: &SignedIn,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Result<BTreeSet<AccountId>, Trouble> {
    let mut parties = BTreeSet::from([signed_in.account.account_id]);
    if let Found::Theirs(found) =
        Proposal::find(broker, tx, ticket, signed_in, browser, now).await?
    {
        let assertion = found.assertion(broker, ticket)?;
        let subjects = std::iter::once(assertion.subject()).chain(assertion.previous_subjects());
        for subject in subjects {
            let realm = assertion.realm().as_str();
            let link = upstream_link::find_by_subject(tx, realm, subject.as_str()).await?;
            parties.extend(link.map(|link| link.account_id));
        }
    }
    Ok(parties)
}

/// What was proved counts from now on, in this browser alone: every other session ends, and this one's cookie changes.
async fn settle(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    (authentication_id, arrived, tie): (AuthenticationId, Arrived<'_>, Tie),
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let verification_id = identity::prove(broker, tx, arrived, tie, now).await?;
    let (provider, assertion) = (arrived.provider, arrived.assertion);
    contacts::note(broker, tx, tie, provider, assertion, now).await?;
    let browser_session_id = signed_in.session.browser_session_id;
    let login = NewAuthentication {
        authentication_id,
        browser_session_id,
        account_id: tie.account_id,
        upstream_link_id: tie.upstream_link_id,
        verification_id,
        provider: arrived.provider,
        realm: arrived.assertion.realm(),
        levels: arrived.assertion.levels(),
        eidas: arrived.assertion.acr(),
        authenticated_at: arrived.assertion.authenticated_at(),
        upstream_session: arrived.assertion.upstream_session(),
    };
    authentication::add(tx, &broker.master_key, login, now).await?;
    let actor = Actor::Account(tie.account_id.uuid());
    let (keep, reason) = (Some(browser_session_id), EndReason::WayAdded);
    session::end_all_but(broker, tx, tie.account_id, keep, reason, &actor, now).await?;
    access_grant::revoke_for_other_sessions(tx, tie.account_id, browser_session_id, now).await?;
    browser_session::renew_token(tx, browser_session_id, &sha256(token.as_bytes()), None, now)
        .await?;
    Ok(())
}

/// The ticket was used, or its time is over. The browser that used it goes where that led, with the session it may have
/// lost on the way; nothing is done a second time.
async fn second_arrival(
    broker: &Broker,
    ticket: &LinkTicket,
    browser: &Browser,
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let confirmed = proposal::find_confirmed(broker, ticket, browser, now).await?;
    let stands = match &confirmed {
        Some(confirmed) => confirmed.stands(broker).await?,
        None => false,
    };
    let Some(confirmed) = confirmed.filter(|_| stands) else {
        refused::record_alone(broker, Reason::Gone, None, "", now).await?;
        return Err(problems::at_link(&problems::PROPOSAL_GONE).into());
    };
    let go = Redirect::to(&confirmed.path);
    let token = match &confirmed.sent {
        Some(sent) => {
            sent.again(broker, &Current::of(broker, headers), now)
                .await?
        }
        None => None,
    };
    Ok(match token {
        Some(token) => (session_cookie(broker, &token), go).into_response(),
        None => go.into_response(),
    })
}
