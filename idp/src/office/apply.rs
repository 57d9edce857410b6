//! Doing what was decided about a case: everything in one transaction, which has taken the accounts.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::sides::Sides;
use super::{NotDecided, Outcome};
use crate::audit;
use crate::broker::Broker;
use crate::hash::subject_mark;
use crate::identity::{self, Removing};
use crate::ids::{AccountId, RulingId, StaffAccountId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::conflict::{self, Case, Closing, ConflictKind};
use crate::storage::decision::Decision;
use crate::storage::ruling::{self, Ruling, Says};
use crate::storage::upstream_link::{self, NewUpstreamLink};
use crate::storage::{account, account_merge, merge_item};

/// Who stands behind a decision.
pub(super) struct Behind<'a> {
    pub(super) decision: &'a Decision,
    pub(super) actor: Actor,
    pub(super) second: Option<StaffAccountId>,
}

/// Does it, closes the case, records it with every person concerned, and tells each of them.
pub(super) async fn apply(
    broker: &Broker,
    tx: &mut Tx,
    case: &Case,
    sides: &Sides,
    behind: &Behind<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotDecided> {
    let doing = Doing {
        broker,
        case,
        sides,
        behind,
        now,
    };
    // Of two who decide the same case one finds it closed.
    let closing = match behind.decision.outcome {
        Outcome::NothingToDo => Closing::Dismissed,
        _ => Closing::Resolved,
    };
    if !conflict::close(tx, case.conflict_id, closing, now).await? {
        return Err(NotDecided::Closed(case.conflict_id));
    }
    doing.record(tx).await?;
    match behind.decision.outcome {
        Outcome::SamePerson => doing.same(tx).await,
        Outcome::AnotherPerson => doing.another(tx).await,
        Outcome::NothingToDo | Outcome::Removed => doing.nothing(tx).await,
    }
}

/// Whether an outcome can be done as things are. Asked when an officer decides; the agreement asks everything anew.
pub(super) async fn check_possible(
    tx: &mut Tx,
    case: &Case,
    sides: &Sides,
    outcome: Outcome,
) -> Result<(), NotDecided> {
    if !outcome.needs_two() {
        return Ok(());
    }
    for account_id in sides.accounts() {
        let held = account::lookup(tx, account_id).await?;
        if !held.is_some_and(|account| account.is_active()) {
            return Err(NotDecided::AccountGone);
        }
    }
    if outcome != Outcome::SamePerson {
        return Ok(());
    }
    let is_known = sides.link.is_some() || sides.subject.is_some();
    match sides.other_account_id {
        Some(other) => check_joinable(tx, &[sides.account_id, other]).await,
        None if !is_known => Err(NotDecided::SubjectUnknown),
        // A way in that is there, or follows from a former subject, joins nothing.
        None if sides.link.is_some() => Ok(()),
        None => {
            for former in &case.details.links {
                let link = upstream_link::lookup(tx, *former).await?;
                if link.is_some_and(|link| link.account_id == sides.account_id) {
                    return Ok(());
                }
            }
            check_joinable(tx, &[sides.account_id]).await
        }
    }
}

/// A subject that names nobody for good is joined with nothing.
async fn check_joinable(tx: &mut Tx, accounts: &[AccountId]) -> Result<(), NotDecided> {
    for account_id in accounts {
        let links = upstream_link::list_by_account(tx, *account_id).await?;
        if links.iter().any(|link| !link.linkable) {
            return Err(NotDecided::Unjoinable);
        }
    }
    Ok(())
}

struct Doing<'a> {
    broker: &'a Broker,
    case: &'a Case,
    sides: &'a Sides,
    behind: &'a Behind<'a>,
    now: DateTime<Utc>,
}

impl Doing<'_> {
    /// The subject opens the account; whoever else has it becomes one with it. Whom the upstream named is let in by it from now on,
    /// and what it tells counts.
    async fn same(&self, tx: &mut Tx) -> Result<(), NotDecided> {
        self.hold(tx).await?;
        let account_id = self.sides.account_id;
        if let Some(other) = self.sides.other_account_id {
            check_joinable(tx, &[account_id, other]).await?;
            let actor = self.behind.actor.clone();
            let pair = [account_id, other];
            let joined = identity::join(self.broker, tx, pair, None, actor, self.now).await?;
            joined.ok_or(NotDecided::AccountGone)?;
        }
        let link = match (&self.sides.link, &self.sides.subject) {
            (Some(link), _) => Some(link.upstream_link_id),
            (None, Some(subject)) => Some(self.tie(tx, subject).await?),
            // Two accounts became one; their subjects are its ways in.
            (None, None) if self.sides.other_account_id.is_some() => None,
            (None, None) => return Err(NotDecided::SubjectUnknown),
        };
        if let (Some(link), Some(subject)) = (link, &self.sides.subject) {
            self.rule(tx, subject, Says::Same(link), account_id).await?;
        }
        self.tell(tx, account_id, self.notice(Told::Same)).await
    }

    /// The subject is no way into the account, and no former subject makes it one; its next login finds an account of its own.
    async fn another(&self, tx: &mut Tx) -> Result<(), NotDecided> {
        self.hold(tx).await?;
        let account_id = self.sides.account_id;
        let is_joined = self.case.kind == ConflictKind::SubjectsJoined;
        let held = self.sides.link.as_ref();
        let held = held.filter(|link| link.account_id == account_id);
        if let Some(link) = held.filter(|_| !is_joined) {
            let removing = Removing {
                account_id,
                keep: None,
                actor: self.behind.actor.clone(),
                notice: self.notice(Told::Another),
            };
            identity::remove(self.broker, tx, link, removing, self.now).await?;
        } else {
            let told = if held.is_some() {
                Told::Nothing
            } else {
                Told::Another
            };
            self.tell(tx, account_id, self.notice(told)).await?;
        }
        if let Some(subject) = &self.sides.subject {
            // Of subjects that were joined, each account keeps its own.
            if held.is_none() || !is_joined {
                self.rule(tx, subject, Says::Apart, account_id).await?;
            }
            if let Some(other) = self.sides.other_account_id.filter(|_| is_joined) {
                self.rule(tx, subject, Says::Apart, other).await?;
            }
        }
        if let Some(other) = self.sides.other_account_id {
            self.tell(tx, other, self.notice(Told::Nothing)).await?;
        }
        Ok(())
    }

    /// Who knows of the case hears that nothing changes.
    async fn nothing(&self, tx: &mut Tx) -> Result<(), NotDecided> {
        let is_known =
            self.case.kind.comes_of_a_link() || self.case.kind == ConflictKind::GraveChange;
        for account_id in self.sides.accounts().into_iter().filter(|_| is_known) {
            if account::hold(tx, account_id, self.now).await? {
                self.tell(tx, account_id, self.notice(Told::Nothing))
                    .await?;
            }
        }
        Ok(())
    }

    /// Always in the same order, as a merge takes them.
    async fn hold(&self, tx: &mut Tx) -> Result<(), NotDecided> {
        for account_id in self.sides.accounts() {
            if !account::hold(tx, account_id, self.now).await? {
                return Err(NotDecided::AccountGone);
            }
        }
        Ok(())
    }

    /// Makes the subject a way into the account: the way in of a former subject follows to it, else it is one more.
    async fn tie(&self, tx: &mut Tx, subject: &str) -> Result<UpstreamLinkId, NotDecided> {
        let (account_id, now) = (self.sides.account_id, self.now);
        let fresh = UpstreamLinkId::new(self.broker.random.uuid_v7(now));
        for former in &self.case.details.links {
            let link = upstream_link::lookup(tx, *former).await?;
            let Some(link) = link.filter(|link| link.account_id == account_id) else {
                continue;
            };
            let id = link.upstream_link_id;
            if !upstream_link::change_subject(tx, id, subject, fresh, now).await? {
                return Err(NotDecided::Changed);
            }
            self.note(tx, "link.subject-changed", id, subject).await?;
            return Ok(id);
        }
        check_joinable(tx, &[account_id]).await?;
        let link = NewUpstreamLink {
            upstream_link_id: fresh,
            account_id,
            realm: &self.case.realm,
            subject,
            provider: &self.case.provider,
            linkable: true,
            passing: false,
        };
        if !upstream_link::add(tx, link, now).await? {
            return Err(NotDecided::Changed);
        }
        for merge in account_merge::list_within(tx, account_id).await? {
            let realm = &self.case.realm;
            merge_item::take_again(tx, merge.merge_id, fresh, realm, subject).await?;
        }
        self.note(tx, "link.added", fresh, subject).await?;
        Ok(fresh)
    }

    async fn note(
        &self,
        tx: &mut Tx,
        kind: &'static str,
        link: UpstreamLinkId,
        subject: &str,
    ) -> Result<(), StorageError> {
        let realm = &self.case.realm;
        let event = Event {
            kind,
            actor: self.behind.actor.clone(),
            subject: Some(self.sides.account_id.uuid()),
            details: json!({
                "provider": self.case.provider, "realm": realm, "link": link,
                "subject": subject_mark(&self.broker.master_key, realm, subject),
            }),
        };
        audit::record(self.broker, tx, event, self.now).await
    }

    /// The latest word about a subject and an account, or a way in, is the only one.
    async fn rule(
        &self,
        tx: &mut Tx,
        subject: &str,
        says: Says,
        account_id: AccountId,
    ) -> Result<(), NotDecided> {
        let key = &self.broker.master_key;
        let mut whole = vec![account_id];
        let parts = account_merge::list_parts(tx, account_id).await?;
        whole.extend(parts.into_iter().map(|(part, _)| part));
        for former in ruling::list_about(tx, key, &self.case.realm, subject).await? {
            let is_same_way = matches!(says, Says::Same(_)) && former.says == says;
            if is_same_way || whole.contains(&former.account_id) {
                ruling::remove(tx, former.ruling_id).await?;
            }
        }
        let ruling = Ruling {
            ruling_id: RulingId::new(self.broker.random.uuid_v7(self.now)),
            decision_id: self.behind.decision.decision_id,
            says,
            account_id,
            told: self
                .behind
                .decision
                .details
                .told
                .clone()
                .unwrap_or_default(),
        };
        ruling::add(tx, key, &ruling, &self.case.realm, subject, self.now).await?;
        Ok(())
    }

    /// With every person concerned.
    async fn record(&self, tx: &mut Tx) -> Result<(), StorageError> {
        let decision = self.behind.decision;
        for account_id in self.sides.accounts() {
            let event = Event {
                kind: "conflict.decided",
                actor: self.behind.actor.clone(),
                subject: Some(account_id.uuid()),
                details: json!({
                    "conflict": self.case.conflict_id,
                    "kind": self.case.kind.as_str(),
                    "outcome": decision.outcome.as_str(),
                    "decision": decision.decision_id,
                    "officer": decision.proposed_by,
                    "second_officer": self.behind.second,
                }),
            };
            audit::record(self.broker, tx, event, self.now).await?;
        }
        Ok(())
    }

    fn notice(&self, told: Told) -> Notice {
        let provider = self.case.provider.clone();
        match told {
            Told::Same => Notice::CaseSame { provider },
            Told::Another => Notice::CaseAnother { provider },
            Told::Nothing => Notice::CaseClosed { provider },
        }
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        account_id: AccountId,
        notice: Notice,
    ) -> Result<(), NotDecided> {
        Ok(notices::enqueue(self.broker, tx, account_id, &notice, self.now).await?)
    }
}

/// What a person hears of the result.
#[derive(Clone, Copy)]
enum Told {
    Same,
    Another,
    Nothing,
}
