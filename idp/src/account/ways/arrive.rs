//! The answer of a login that was to add a way in: both sides are proved in one browser session now, and what comes of it is
//! shown before anything is done.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::Assertion;
use store::Tx;
use web::Problem;

use super::proposal::Proposal;
use super::refused::{self, Reason};
use super::{page_of, problems};
use crate::broker::Broker;
use crate::identity::{self, Arrived, Verdict};
use crate::login::ids::{AnswerHandle, LinkTicket};
use crate::login::kept::{Goal, Linking, Login, Logins, Notice, Outcome, Waiting};
use crate::login::meter;
use crate::login::problems::Trouble;
use crate::login::record::is_anew;
use crate::session::{Browser, Current};
use crate::storage::conflict::ConflictKind;

/// An answer that the browser has proved to be its own, taken within `tx`.
pub(crate) struct Arrival {
    /// The attempt it belongs to.
    pub(crate) login: Login,
    /// Whose account is to get the way in.
    pub(crate) linking: Linking,
    /// The answer.
    pub(crate) waiting: Waiting,
    /// Where it waited.
    pub(crate) handle: AnswerHandle,
    /// Who brings it.
    pub(crate) browser: Browser,
    /// The session it came with.
    pub(crate) current: Current,
}

impl Arrival {
    /// Keeps what may become a link and leads to the page that asks; or says why it cannot.
    pub(crate) async fn propose(
        mut self,
        broker: &Broker,
        mut tx: Tx,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let signed_in = self.current.find(broker, &mut tx, now).await?;
        let is_same = signed_in.is_some_and(|signed_in| {
            signed_in.account.account_id == self.linking.account_id
                && signed_in.session.browser_session_id == self.linking.browser_session_id
        });
        let (account, provider) = (Some(self.linking.account_id), self.waiting.provider.clone());
        if !is_same {
            refused::record(
                broker,
                &mut tx,
                Reason::SessionChanged,
                account,
                &provider,
                now,
            )
            .await?;
            tx.commit().await?;
            meter::answered(&provider, Reason::SessionChanged.code());
            return Err(problems::at_link(&problems::SESSION_CHANGED).into());
        }
        let mut code = self.waiting.outcome.code();
        let notice = match &self.waiting.outcome {
            Outcome::Person(kept) => {
                let assertion = broker.keep_key.recall(self.handle.as_str(), kept);
                let assertion = assertion
                    .map_err(|error| Problem::new(&web::problem::INTERNAL).because(error))?;
                if is_anew(broker, &self.waiting, &assertion) && self.is_young(broker, &assertion) {
                    return self.keep(broker, tx, &assertion, now).await;
                }
                refused::record(broker, &mut tx, Reason::NotAnew, account, &provider, now).await?;
                code = Reason::NotAnew.code();
                Notice::NotAnew {
                    provider: provider.clone(),
                }
            }
            Outcome::Cancelled => Notice::Cancelled {
                provider: provider.clone(),
            },
            Outcome::EndedThere => Notice::EndedThere {
                provider: provider.clone(),
            },
            Outcome::Unable(why) => Notice::Unable {
                provider: provider.clone(),
                why: *why,
            },
            Outcome::TooLow => Notice::TooLow {
                provider: provider.clone(),
                reached: None,
            },
        };
        self.login.notice = Some(notice);
        let response = self.end(broker, tx, now).await?;
        meter::answered(&provider, code);
        Ok(response)
    }

    /// Where nobody can be made to log in anew, a login that the provider itself dates long ago is not proof enough. Of one
    /// it does not date nothing is known: the page that asks names both sides, and the account's was proved just now.
    fn is_young(&self, broker: &Broker, assertion: &Assertion) -> bool {
        let oldest = self.waiting.departed_at - broker.config.account.fresh_within();
        assertion.authenticated_at().is_none_or(|at| at >= oldest)
    }

    async fn keep(
        mut self,
        broker: &Broker,
        mut tx: Tx,
        assertion: &Assertion,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let account_id = self.linking.account_id;
        let arrived = Arrived {
            provider: &self.waiting.provider,
            assertion,
        };
        let verdict = identity::verdict(broker, &mut tx, arrived, account_id, now).await?;
        if let Some(reason) = Reason::of(verdict) {
            let provider = &self.waiting.provider;
            refused::record(broker, &mut tx, reason, Some(account_id), provider, now).await?;
            refused::count(broker, &mut tx, account_id, now).await?;
        }
        if let Verdict::Dispute { kind, other } = verdict
            && goes_to_an_officer(kind)
            && !identity::is_told_apart(broker, &mut tx, account_id, arrived).await?
        {
            identity::dispute(broker, &mut tx, arrived, kind, account_id, other, now).await?;
        }

        let ticket = LinkTicket::new(&broker.random);
        let kept = broker
            .keep_key
            .keep(ticket.as_str(), assertion)
            .map_err(|error| Problem::new(&web::problem::INTERNAL).because(error))?;
        let proposal = Proposal {
            account_id,
            browser_session_id: self.linking.browser_session_id,
            browser: self.browser.hash(),
            provider: self.waiting.provider.clone(),
            kept,
            expires_at: now + broker.config.account.confirm_within(),
        };
        proposal.keep(broker, &mut tx, &ticket, now).await?;
        self.linking.ticket = Some(ticket);
        self.login.notice = None;
        let provider = self.waiting.provider.clone();
        let response = self.end(broker, tx, now).await?;
        match Reason::of(verdict) {
            Some(reason) => meter::answered(&provider, reason.code()),
            None => meter::accepted(&provider, Some(assertion.levels())),
        }
        Ok(response)
    }

    /// Writes down where the attempt led, so that a second arrival of the answer goes there too.
    async fn end(
        mut self,
        broker: &Broker,
        mut tx: Tx,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let page = page_of(&self.login.id, &self.linking);
        self.login.goal = Goal::Link(self.linking);
        Logins(&broker.short_lived)
            .keep_in(&mut tx, &self.login, now)
            .await?;
        tx.commit().await?;
        Ok((self.browser, Redirect::to(&page)).into_response())
    }
}

/// Another date of birth or too few data are the person's to bring up, and so is what officers decided before; everything else an
/// officer hears of at once.
pub(super) const fn goes_to_an_officer(kind: ConflictKind) -> bool {
    !matches!(
        kind,
        ConflictKind::BirthDateDiffers | ConflictKind::NothingToCompare
    )
}
