//! The second officer agrees, or somebody takes a decision back.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::apply::{Behind, apply};
use super::decide::{about as key_of, facts};
use super::officers::{check_strange, officer};
use super::removal::apply_removal;
use super::{AGREES, Acting, DECIDES, Ended, NotDecided, Outcome, sides};
use crate::audit;
use crate::broker::Broker;
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::decision::{self, About, Decision};
use crate::storage::fact::normalised;
use crate::storage::staff_account::StaffAccount;
use crate::storage::{account, conflict, staff_account};

/// What the second officer agrees with.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// What waits.
    pub about: About,
    /// Whether the possibility to part accounts may end with it.
    pub end_parting: bool,
}

impl From<About> for Agreement {
    fn from(about: About) -> Self {
        Self {
            about,
            end_parting: false,
        }
    }
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// What was decided.
    pub outcome: Outcome,
    /// The merges that cannot be undone any more.
    pub ended: Vec<AccountMerge>,
}

/// Agrees with what waits, and does it. The accounts are taken first, so that of two who agree, or of an officer and the account's
/// owner, one waits for the other.
pub async fn agree(
    broker: &Broker,
    tx: &mut Tx,
    acting: &Acting,
    agreement: impl Into<Agreement>,
    now: DateTime<Utc>,
) -> Result<Agreed, NotDecided> {
    let Agreement { about, end_parting } = agreement.into();
    let decision = waiting(broker, tx, about, now).await?;
    let second = officer(broker, tx, acting.officer, AGREES, now).await?;
    let first = check_two(broker, tx, acting, &second, &decision).await?;
    let mut accounts: Vec<_> = [Some(decision.account_id), decision.other_account_id]
        .into_iter()
        .flatten()
        .collect();
    accounts.sort_unstable();
    for account_id in &accounts {
        let is_held = match about {
            About::Case(_) => account::hold(tx, *account_id, now).await?,
            About::Removal(_) => account::hold_even_disabled(tx, *account_id, now).await?,
        };
        if !is_held {
            return Err(NotDecided::Changed);
        }
    }
    check_said(tx, end_parting, &decision).await?;
    if !decision::end(
        tx,
        decision.decision_id,
        Ended::Agreed,
        Some(acting.officer),
        now,
    )
    .await?
    {
        return Err(NotDecided::NothingWaits);
    }
    let people = facts(broker, tx, &accounts, now).await?;
    for one in [&first, &second] {
        check_strange(one, &people, decision.details.told.as_ref())?;
    }
    let behind = Behind {
        decision: &decision,
        actor: Actor::Operator(acting.operator.clone()),
        second: Some(acting.officer),
    };
    let ended = match about {
        About::Case(id) => {
            let case = conflict::lookup(tx, &broker.master_key, id).await?;
            let case = case.ok_or(NotDecided::CaseUnknown(id))?;
            if case.closed_at.is_some() {
                return Err(NotDecided::Closed(id));
            }
            let now_sides = sides(tx, &case).await?;
            if now_sides.accounts() != accounts || case.details.told != decision.details.told {
                return Err(NotDecided::Changed);
            }
            apply(broker, tx, &case, &now_sides, &behind, now).await?;
            Vec::new()
        }
        About::Removal(id) => apply_removal(broker, tx, id, &behind, now).await?,
    };
    Ok(Agreed {
        outcome: decision.outcome,
        ended,
    })
}

/// Whoever agrees says by the same word what whoever decided has said.
async fn check_said(tx: &mut Tx, is_said: bool, decision: &Decision) -> Result<(), NotDecided> {
    let judged = judged(tx, decision).await?;
    match (is_said, decision.details.ends.is_empty()) {
        (true, true) => Err(NotDecided::NothingToEnd),
        (false, false) => {
            let merge = judged.first().ok_or(NotDecided::Changed)?;
            Err(NotDecided::EndsParting(merge.undo_until.date_naive()))
        }
        (true, false) | (false, true) => Ok(()),
    }
}

/// The merges that the first officer knew would be final, where they stand.
pub async fn judged(tx: &mut Tx, decision: &Decision) -> Result<Vec<AccountMerge>, StorageError> {
    let mut judged = Vec::new();
    for merge_id in &decision.details.ends {
        judged.extend(account_merge::lookup(tx, *merge_id).await?);
    }
    Ok(judged)
}

/// Ends what waits, and changes nothing else: whoever decided takes it back, or the second officer does not agree.
pub async fn decline(
    broker: &Broker,
    tx: &mut Tx,
    acting: &Acting,
    about: About,
    now: DateTime<Utc>,
) -> Result<(), NotDecided> {
    let decision = waiting(broker, tx, about, now).await?;
    let role = if acting.officer == decision.proposed_by {
        DECIDES
    } else {
        AGREES
    };
    officer(broker, tx, acting.officer, role, now).await?;
    let id = decision.decision_id;
    if !decision::end(tx, id, Ended::Declined, Some(acting.officer), now).await? {
        return Err(NotDecided::NothingWaits);
    }
    let event = Event {
        kind: "decision.declined",
        actor: Actor::Operator(acting.operator.clone()),
        subject: Some(decision.account_id.uuid()),
        details: json!({
            "decision": id, "about": key_of(about), "officer": acting.officer,
        }),
    };
    Ok(audit::record(broker, tx, event, now).await?)
}

async fn waiting(
    broker: &Broker,
    tx: &mut Tx,
    about: About,
    now: DateTime<Utc>,
) -> Result<Decision, NotDecided> {
    let found = decision::find_open(tx, &broker.master_key, about, now).await?;
    found.ok_or(NotDecided::NothingWaits)
}

/// Two people: another account, another name, since one person can have two profiles, and another login of the machine. The first one
/// still has the role.
async fn check_two(
    broker: &Broker,
    tx: &mut Tx,
    acting: &Acting,
    second: &StaffAccount,
    decision: &Decision,
) -> Result<StaffAccount, NotDecided> {
    if decision.proposed_by == acting.officer {
        return Err(NotDecided::OwnDecision);
    }
    let found = staff_account::lookup(tx, &broker.master_key, decision.proposed_by).await?;
    let first = found
        .filter(|one| one.disabled_at.is_none() && one.roles.contains(&DECIDES))
        .ok_or(NotDecided::DeciderGone)?;
    if normalised(&first.name) == normalised(&second.name) {
        return Err(NotDecided::SameName);
    }
    if decision.details.operator == acting.operator {
        return Err(NotDecided::SameOperator(acting.operator.clone()));
    }
    Ok(first)
}
