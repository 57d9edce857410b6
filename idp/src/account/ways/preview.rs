//! What the page of a proposed link shows: both sides, what two accounts hold, or why there is nothing to confirm.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, Utc};
use federation::Assertion;
use store::{StorageError, Tx};
use web::{Shell, Texts, page};

use super::proposal::Proposal;
use super::sides::{Compared, Side};
use crate::broker::Broker;
use crate::identity::{self, Arrived, Verdict};
use crate::ids::AccountId;
use crate::login::problems::Trouble;
use crate::session::SignedIn;
use crate::storage::{account, conflict, fact, pairwise_subject, upstream_link, verification};
use crate::words;

/// Somebody looks at their proposed link.
pub(super) struct Looking<'a> {
    pub(super) broker: &'a Broker,
    pub(super) signed_in: &'a SignedIn,
    pub(super) proposal: &'a Proposal,
    pub(super) assertion: &'a Assertion,
    pub(super) here: String,
    pub(super) now: DateTime<Utc>,
}

impl Looking<'_> {
    /// The page, decided anew.
    pub(super) async fn show(
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
            Verdict::Link(likeness) | Verdict::Replace { likeness, .. } => page(&ConfirmPage {
                sides: self.sides(tx, t, facts).await?,
                compared: Compared::of(likeness),
                is_replacing: matches!(verdict, Verdict::Replace { .. }),
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
            other => self.outcome(tx, shell, other, &provider).await?,
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
                .arg(
                    "time",
                    t.time(login.authenticated_at.unwrap_or(login.recorded_at)),
                )
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
        provider: &str,
    ) -> Result<Response, StorageError> {
        let (word, kind) = match verdict {
            Verdict::Unlinkable => ("unlinkable", None),
            Verdict::Alone => ("alone", None),
            Verdict::Dispute { kind, .. } => (kind.as_str(), Some(kind)),
            Verdict::Already
            | Verdict::Link(_)
            | Verdict::Replace { .. }
            | Verdict::Merge { .. } => ("already", None),
        };
        let account_id = self.signed_in.account.account_id;
        let arrived = Arrived {
            provider: &self.proposal.provider,
            assertion: self.assertion,
        };
        let mut case = None;
        let mut is_told_apart = false;
        if let Some(kind) = kind {
            let (realm, subject) = (arrived.realm(), arrived.subject());
            case = conflict::find_open(tx, account_id, kind, realm, subject).await?;
            is_told_apart = identity::is_told_apart(self.broker, tx, account_id, arrived).await?;
        }
        let t = shell.t;
        let with_officer = case.map(|case| {
            t.text("link-officer-text")
                .arg("case", case.number())
                .to_string()
        });
        let text = |part: &str| {
            t.text(&format!("link-{}-{part}", word.replace('_', "-")))
                .arg("provider", provider)
                .to_string()
        };
        Ok(page(&OutcomePage {
            title: text("title"),
            what: text("text"),
            is_disputed: kind.is_some(),
            is_decided: is_told_apart && with_officer.is_none(),
            with_officer,
            here: self.here.clone(),
            shell,
        }))
    }
}

/// Whether both sides are the person's.
#[derive(Template)]
#[template(path = "pages/account/link_confirm.html")]
struct ConfirmPage {
    shell: Shell,
    sides: [Side; 2],
    compared: Compared,
    /// Whether the new side takes the place of one that the account has.
    is_replacing: bool,
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
    /// What an officer does about it, where a case is open.
    with_officer: Option<String>,
    /// Whether officers decided before that it is somebody else's.
    is_decided: bool,
    here: String,
}
