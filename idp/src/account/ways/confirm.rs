//! `/account/link/{ticket}`: both sides are proved; the person sees what will happen and says yes.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::Assertion;
use serde::Deserialize;
use store::audit::Actor;
use store::{StorageError, Tx};
use web::form::{Form, Path};
use web::{Shell, Texts, page};

use super::super::frame::{self, Visitor};
use super::proposal::{self, Confirmed, Found, Proposal};
use super::refused::{self, Reason};
use super::sides::{Compared, Side};
use super::{LINK, problems};
use crate::broker::Broker;
use crate::contacts;
use crate::hash::sha256;
use crate::identity::{self, Arrived, Tie, Verdict};
use crate::ids::{AccountId, AuthenticationId};
use crate::login::answer::is_needed;
use crate::login::ids::LinkTicket;
use crate::login::problems::Trouble;
use crate::session::{self, Browser, Current, SignedIn, session_cookie};
use crate::storage::authentication::NewAuthentication;
use crate::storage::browser_session::EndReason;
use crate::storage::conflict;
use crate::storage::{
    access_grant, account, authentication, browser_session, fact, pairwise_subject, upstream_link,
    verification,
};
use crate::words;

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
    let mut tx = broker.db.read().await?;
    let (signed_in, csrf) =
        match frame::visitor(&broker, &mut tx, &browser, &headers, &here, now).await? {
            Visitor::Known(signed_in, csrf) => (signed_in, csrf),
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

struct Looking<'a> {
    broker: &'a Broker,
    signed_in: &'a SignedIn,
    proposal: &'a Proposal,
    assertion: &'a Assertion,
    here: String,
    now: DateTime<Utc>,
}

impl Looking<'_> {
    async fn show(
        &self,
        tx: &mut Tx,
        shell: Shell,
        facts: &[fact::Fact],
    ) -> Result<Response, Trouble> {
        let account_id = self.signed_in.account.account_id;
        let arrived = Arrived {
            provider: &self.proposal.provider,
            assertion: self.assertion,
        };
        let verdict = identity::verdict(self.broker, tx, arrived, account_id, self.now).await?;
        let t = shell.t;
        let provider = words::provider(self.broker, t, &self.proposal.provider);
        Ok(match verdict {
            Verdict::Link(likeness) => page(&ConfirmPage {
                sides: self.sides(tx, t, facts).await?,
                compared: Compared::of(likeness),
                until: t.time(self.proposal.expires_at),
                provider,
                here: self.here.clone(),
                shell,
            }),
            Verdict::Merge { with, likeness } => page(&MergePage {
                mine: self.holding(tx, t, account_id).await?,
                other: self.holding(tx, t, with).await?,
                compared: Compared::of(likeness),
                organisations: self.organisations(tx, t, account_id, with).await?,
                until: t.time(self.proposal.expires_at),
                undo_days: self.broker.config.account.undo_days,
                provider,
                here: self.here.clone(),
                shell,
            }),
            other => self.outcome(tx, shell, other, provider).await?,
        })
    }

    async fn sides(
        &self,
        tx: &mut Tx,
        t: Texts,
        facts: &[fact::Fact],
    ) -> Result<[Side; 2], StorageError> {
        let account_id = self.signed_in.account.account_id;
        let proofs = verification::list_valid(tx, account_id, self.now).await?;
        let login = self.signed_in.logins.first();
        let when = login.map(|login| {
            t.text("link-side-signed-in")
                .arg("provider", words::provider(self.broker, t, &login.provider))
                .arg("time", t.time(login.authenticated_at))
                .to_string()
        });
        Ok([
            Side::of_account(self.broker, t, facts, &proofs, when.unwrap_or_default()),
            Side::of_assertion(self.broker, t, &self.proposal.provider, self.assertion),
        ])
    }

    /// What one of two accounts holds, for the preview of their merge.
    async fn holding(
        &self,
        tx: &mut Tx,
        t: Texts,
        account_id: AccountId,
    ) -> Result<Holding, StorageError> {
        let key = &self.broker.master_key;
        let facts = fact::list_current(tx, key, account_id, self.now).await?;
        let proofs = verification::list_valid(tx, account_id, self.now).await?;
        let links = upstream_link::list_by_account(tx, account_id).await?;
        let since = account::lookup(tx, account_id).await?;
        let when = since.map(|account| {
            t.text("merge-since")
                .arg("date", t.date(account.created_at))
                .to_string()
        });
        Ok(Holding {
            side: Side::of_account(self.broker, t, &facts, &proofs, when.unwrap_or_default()),
            ways: links
                .iter()
                .map(|link| words::provider(self.broker, t, &link.provider))
                .collect(),
        })
    }

    /// Which organisation knows which of the two.
    async fn organisations(
        &self,
        tx: &mut Tx,
        t: Texts,
        mine: AccountId,
        other: AccountId,
    ) -> Result<Vec<Known>, StorageError> {
        let by_mine = pairwise_subject::list_organisations(tx, mine).await?;
        let by_other = pairwise_subject::list_organisations(tx, other).await?;
        let mut all: Vec<_> = by_mine.iter().chain(&by_other).cloned().collect();
        all.sort();
        all.dedup();
        let known = all.into_iter().map(|organisation| {
            let keeps = match (
                by_mine.contains(&organisation),
                by_other.contains(&organisation),
            ) {
                (true, true) => "merge-knows-both",
                (true, false) => "merge-knows-this",
                _ => "merge-knows-other",
            };
            let name = self.broker.clients.organisation(&organisation);
            Known {
                name: name.map_or_else(
                    || organisation.to_string(),
                    |known| known.name.get(t.locale().code()).to_owned(),
                ),
                keeps,
            }
        });
        Ok(known.collect())
    }

    /// Everything that is not a question.
    async fn outcome(
        &self,
        tx: &mut Tx,
        shell: Shell,
        verdict: Verdict,
        provider: String,
    ) -> Result<Response, StorageError> {
        let (word, kind) = match verdict {
            Verdict::Already => ("already", None),
            Verdict::Unlinkable => ("unlinkable", None),
            Verdict::Alone => ("alone", None),
            Verdict::Dispute { kind, .. } => (kind.as_str(), Some(kind)),
            Verdict::Link(_) | Verdict::Merge { .. } => ("already", None),
        };
        let account_id = self.signed_in.account.account_id;
        let is_with_officer = match kind {
            Some(kind) => {
                let (realm, subject) = (self.assertion.realm(), self.assertion.subject());
                conflict::find_open(tx, account_id, kind, realm.as_str(), subject.as_str())
                    .await?
                    .is_some()
            }
            None => false,
        };
        let t = shell.t;
        let text = |part: &str| {
            t.text(&format!("link-{}-{part}", word.replace('_', "-")))
                .arg("provider", &provider)
                .to_string()
        };
        Ok(page(&OutcomePage {
            title: text("title"),
            what: text("text"),
            is_disputed: kind.is_some(),
            is_with_officer,
            here: self.here.clone(),
            shell,
        }))
    }
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    csrf: String,
    /// What the page asked: `link` or `merge`.
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
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) = frame::sender(&broker, &mut tx, &headers, &answer.csrf, now).await?
    else {
        drop(tx);
        return second_arrival(&broker, &ticket, &browser, &headers, now).await;
    };
    // Of any number of answers one holds the account, and the others find it taken.
    let account_id = signed_in.account.account_id;
    account::hold(&mut tx, account_id, now).await?;
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
        _ => ("", ""),
    };
    if expected.is_empty() || expected != answer.what {
        // What the page asked is not what would happen now.
        return Ok(Redirect::to(&format!("{LINK}/{ticket}")).into_response());
    }

    let confirmed = Confirmed {
        browser: browser.hash(),
        session: broker.random.token(),
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
        _ => identity::link(&broker, &mut tx, arrived, account_id, now).await?,
    };
    let Some(tie) = tie else {
        // Somebody else holds the subject since a moment ago.
        tx.rollback().await?;
        return Err(problems::at_link(&problems::PROPOSAL_GONE).into());
    };
    settle(
        &broker,
        &mut tx,
        &signed_in,
        arrived,
        tie,
        &confirmed.session,
        now,
    )
    .await?;
    tx.commit().await?;
    tracing::info!(provider.id = found.provider, done, "a way in was added");
    let go = Redirect::to(&confirmed.path);
    Ok((browser, session_cookie(&broker, &confirmed.session), go).into_response())
}

/// What was proved counts from now on, in this browser alone: every other session ends, and this one's cookie changes.
async fn settle(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    arrived: Arrived<'_>,
    tie: Tie,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let verification_id = identity::prove(broker, tx, arrived, tie, now).await?;
    let (provider, assertion) = (arrived.provider, arrived.assertion);
    contacts::note(broker, tx, tie.account_id, provider, assertion, now).await?;
    let browser_session_id = signed_in.session.browser_session_id;
    let login = NewAuthentication {
        authentication_id: AuthenticationId::new(broker.random.uuid_v7(now)),
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
    browser_session::renew_token(tx, browser_session_id, &sha256(token.as_bytes()), now).await?;
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
    let Some(confirmed) = proposal::find_confirmed(broker, ticket, browser, now).await? else {
        refused::record_alone(broker, Reason::Gone, None, "", now).await?;
        return Err(problems::at_link(&problems::PROPOSAL_GONE).into());
    };
    let go = Redirect::to(&confirmed.path);
    let current = Current::of(broker, headers);
    if is_needed(broker, &current, &confirmed.session, now).await? {
        return Ok((session_cookie(broker, &confirmed.session), go).into_response());
    }
    Ok(go.into_response())
}

/// Whether both sides are the person's.
#[derive(Template)]
#[template(path = "pages/account/link_confirm.html")]
struct ConfirmPage {
    shell: Shell,
    sides: [Side; 2],
    compared: Compared,
    provider: String,
    until: String,
    here: String,
}

/// What becomes of two accounts of one person.
#[derive(Template)]
#[template(path = "pages/account/merge.html")]
struct MergePage {
    shell: Shell,
    mine: Holding,
    other: Holding,
    compared: Compared,
    organisations: Vec<Known>,
    provider: String,
    until: String,
    undo_days: u16,
    here: String,
}

struct Holding {
    side: Side,
    ways: Vec<String>,
}

struct Known {
    name: String,
    keeps: &'static str,
}

/// Why there is nothing to confirm, and what happens next.
#[derive(Template)]
#[template(path = "pages/account/link_outcome.html")]
struct OutcomePage {
    shell: Shell,
    title: String,
    what: String,
    is_disputed: bool,
    is_with_officer: bool,
    here: String,
}
