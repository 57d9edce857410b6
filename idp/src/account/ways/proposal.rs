//! A proposed link: both sides are proved, and the person has not confirmed yet. The assertion waits sealed by `federation`
//! for this ticket; the ticket is good for one browser, one session, one account, one provider and one use (B2).

use chrono::{DateTime, Utc};
use federation::Assertion;
use serde::{Deserialize, Serialize};
use store::{StorageError, Tx};
use web::Problem;

use super::problems;
use super::refused::{self, Reason};
use crate::broker::Broker;
use crate::ids::{AccountId, AuthenticationId, BrowserSessionId};
use crate::login::ids::LinkTicket;
use crate::login::problems::Trouble;
use crate::session::{Browser, BrowserHash, SentSession, SignedIn, once_committed};
use crate::storage::authentication;

/// Both sides of a link that waits for its page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Proposal {
    pub(super) account_id: AccountId,
    pub(super) browser_session_id: BrowserSessionId,
    pub(super) browser: BrowserHash,
    pub(super) provider: String,
    /// The assertion, sealed for this ticket.
    pub(super) kept: Vec<u8>,
    pub(super) expires_at: DateTime<Utc>,
}

/// What a ticket stands for in a session.
#[derive(Debug)]
pub(super) enum Found {
    /// Its own proposal.
    Theirs(Box<Proposal>),
    /// Another browser's, session's or account's, through this provider.
    Foreign(String),
    /// Nothing any more.
    Gone,
}

/// Records that somebody came with another one's ticket, and says so.
pub(super) async fn foreign(
    broker: &Broker,
    signed_in: &SignedIn,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<Problem, StorageError> {
    let account = Some(signed_in.account.account_id);
    refused::record_alone(broker, Reason::Foreign, account, provider, now).await?;
    Ok(problems::at_link(&problems::PROPOSAL_FOREIGN))
}

/// Where a confirmed link led, for who confirms a second time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Confirmed {
    pub(super) browser: BrowserHash,
    /// The proof that was written down with it. Where the store is Redis, what is said here may never have been done. Nothing from before
    /// an upgrade has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) authentication_id: Option<AuthenticationId>,
    /// The session cookie since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<SentSession>,
    pub(super) path: String,
}

impl Proposal {
    /// Keeps it within the caller's transaction.
    pub(super) async fn keep(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        ticket: &LinkTicket,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let ttl = broker.config.account.confirm_within();
        let mut store = broker.short_lived.within(tx);
        store.put_json(&key(ticket), self, ttl, now).await
    }

    /// Finds one for who is signed in. Anybody else's stays for its own browser.
    pub(super) async fn find(
        broker: &Broker,
        tx: &mut Tx,
        ticket: &LinkTicket,
        signed_in: &SignedIn,
        browser: &Browser,
        now: DateTime<Utc>,
    ) -> Result<Found, StorageError> {
        let found: Option<Self> = broker
            .short_lived
            .within(tx)
            .get_json(&key(ticket), now)
            .await?;
        Ok(match found {
            None => Found::Gone,
            Some(proposal)
                if proposal.account_id == signed_in.account.account_id
                    && proposal.browser_session_id == signed_in.session.browser_session_id
                    && proposal.browser == browser.hash() =>
            {
                Found::Theirs(Box::new(proposal))
            }
            Some(proposal) => Found::Foreign(proposal.provider),
        })
    }

    /// What the provider said.
    pub(super) fn assertion(
        &self,
        broker: &Broker,
        ticket: &LinkTicket,
    ) -> Result<Assertion, Trouble> {
        broker
            .keep_key
            .recall(ticket.as_str(), &self.kept)
            .map_err(|error| Problem::new(&web::problem::INTERNAL).because(error).into())
    }
}

/// Uses a ticket up and says where it leads. `false` for the second of any number of callers.
pub(super) async fn take(
    broker: &Broker,
    tx: &mut Tx,
    ticket: &LinkTicket,
    confirmed: &Confirmed,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut store = broker.short_lived.within(tx);
    let value = serde_json::to_vec(confirmed)?;
    let ttl = broker.config.account.confirm_within();
    // Said before it is taken: a second arrival must never find neither.
    if !store
        .put_if_absent(&confirmed_key(ticket), &value, ttl, now)
        .await?
    {
        return Ok(false);
    }
    Ok(store.take(&key(ticket), now).await?.is_some())
}

/// Gives a proposal up.
pub(super) async fn drop_it(
    broker: &Broker,
    tx: &mut Tx,
    ticket: &LinkTicket,
) -> Result<(), StorageError> {
    broker.short_lived.within(tx).remove(&key(ticket)).await
}

/// Where a ticket led that this browser confirmed before.
pub(super) async fn find_confirmed(
    broker: &Broker,
    ticket: &LinkTicket,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Result<Option<Confirmed>, StorageError> {
    let found: Option<Confirmed> = broker
        .short_lived
        .get_json(&confirmed_key(ticket), now)
        .await?;
    Ok(found.filter(|confirmed| confirmed.browser == browser.hash()))
}

impl Confirmed {
    /// Whether what was said was done.
    pub(super) async fn stands(&self, broker: &Broker) -> Result<bool, StorageError> {
        let Some(id) = self.authentication_id else {
            return Ok(true);
        };
        let stands = once_committed(|| async {
            let mut tx = broker.db.read().await?;
            authentication::lookup(&mut tx, id).await
        });
        Ok(stands.await?.is_some())
    }
}

fn key(ticket: &LinkTicket) -> String {
    format!("proposal:{ticket}")
}

fn confirmed_key(ticket: &LinkTicket) -> String {
    format!("confirmed:{ticket}")
}
