//! The first officer decides a case.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::Tx;
use store::audit::{Actor, Event};

use super::apply::{Behind, apply, check_possible};
use super::officers::{check_strange, officer};
use super::{Acting, DECIDES, Ended, NotDecided, Outcome, WAITS, sides};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId, DecisionId};
use crate::storage::conflict;
use crate::storage::decision::{self, About, Decision, DecisionDetails};
use crate::storage::fact::{self, Fact};

/// What an officer decides about a case.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The case.
    pub conflict_id: ConflictId,
    /// What they decide.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is done.
    Done,
    /// Another officer has to agree until then.
    Waits(DateTime<Utc>),
}

/// Decides a case. What changes somebody's ways in waits for another officer; what changes nothing is done at once.
pub async fn decide(
    broker: &Broker,
    tx: &mut Tx,
    acting: &Acting,
    judgement: Judgement,
    now: DateTime<Utc>,
) -> Result<Decided, NotDecided> {
    let (id, key) = (judgement.conflict_id, &broker.master_key);
    let case = conflict::lookup(tx, key, id).await?;
    let case = case.ok_or(NotDecided::CaseUnknown(id))?;
    if case.closed_at.is_some() {
        return Err(NotDecided::Closed(id));
    }
    let first = officer(broker, tx, acting.officer, DECIDES, now).await?;
    let sides = sides(tx, &case).await?;
    let people = facts(broker, tx, &sides.accounts(), now).await?;
    check_strange(&first, &people, case.details.told.as_ref())?;
    // What can only fail at the agreement needs no second officer to learn it.
    check_possible(tx, &case, &sides, judgement.outcome).await?;
    let decision = Decision {
        decision_id: DecisionId::new(broker.random.uuid_v7(now)),
        about: About::Case(id),
        account_id: sides.account_id,
        other_account_id: sides.other_account_id,
        outcome: judgement.outcome,
        details: DecisionDetails {
            reason: fit(judgement.reason)?,
            told: case.details.told.clone(),
            operator: acting.operator.clone(),
            ends: Vec::new(),
        },
        proposed_by: acting.officer,
        proposed_at: now,
        expires_at: now + WAITS,
    };
    write_down(broker, tx, &decision, now).await?;
    if decision.outcome.needs_two() {
        return Ok(Decided::Waits(decision.expires_at));
    }
    let behind = Behind {
        decision: &decision,
        actor: Actor::Operator(acting.operator.clone()),
        second: None,
    };
    apply(broker, tx, &case, &sides, &behind, now).await?;
    decision::end(tx, decision.decision_id, Ended::Agreed, None, now).await?;
    Ok(Decided::Done)
}

/// Writes a decision down, with its event, unless one about the same waits.
pub(super) async fn write_down(
    broker: &Broker,
    tx: &mut Tx,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<(), NotDecided> {
    decision::expire(tx, now).await?;
    if !decision::add(tx, &broker.master_key, decision).await? {
        return Err(NotDecided::Waits);
    }
    let event = Event {
        kind: "decision.proposed",
        actor: Actor::Operator(decision.details.operator.clone()),
        subject: Some(decision.account_id.uuid()),
        details: json!({
            "decision": decision.decision_id,
            "about": about(decision.about),
            "outcome": decision.outcome.as_str(),
            "officer": decision.proposed_by,
        }),
    };
    Ok(audit::record(broker, tx, event, now).await?)
}

/// The key of what is decided, for the log.
pub(super) fn about(about: About) -> String {
    match about {
        About::Case(id) => id.to_string(),
        About::Removal(id) => id.to_string(),
    }
}

/// What is known of these people.
pub(super) async fn facts(
    broker: &Broker,
    tx: &mut Tx,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<Vec<Vec<Fact>>, NotDecided> {
    let mut people = Vec::new();
    for account_id in accounts {
        people.push(fact::list_current(tx, &broker.master_key, *account_id, now).await?);
    }
    Ok(people)
}

/// A reason that can be read.
pub(super) fn fit(reason: String) -> Result<String, NotDecided> {
    let is_fit = !reason.trim().is_empty()
        && reason.chars().count() <= LONGEST
        && !reason.chars().any(char::is_control);
    if is_fit {
        Ok(reason)
    } else {
        Err(NotDecided::ReasonUnfit)
    }
}

const LONGEST: usize = 500;
