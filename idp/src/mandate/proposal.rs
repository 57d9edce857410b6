//! Four eyes: one officer verifies a mandate and proposes it, another one agrees, each under their own session.
//!
//! What was proposed is never changed, so what the second officer agrees with is what they read; and everything is asked anew at that
//! moment, the first officer's role included. A proposal that nobody decides runs out of time.

use chrono::{DateTime, Duration, Utc};
use federation::IdentityLevel;
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::{NewMandate, NotApproved, Wanted, add};
use crate::ares::Ico;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, MandateProposalId, StaffAccountId};
use crate::staff::{Officer, Role};
use crate::storage::fact::normalised;
use crate::storage::mandate_proposal::{self, MandateProposal};
use crate::storage::staff_account::{self, StaffAccount};

/// How long a proposal waits for the second officer.
pub(crate) const WAITS: Duration = Duration::days(14);
/// Who may propose.
pub(crate) const PROPOSES: Role = Role::Verifier;
/// Who may agree.
pub(crate) const AGREES: Role = Role::Supervisor;

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The second officer agreed, and it is a mandate.
    Approved,
    /// The second officer did not agree.
    Refused,
    /// Whoever proposed it took it back.
    TakenBack,
    /// Nobody decided it in time.
    Expired,
}

impl Outcome {
    /// The word in the database and at the end of the event's kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::TakenBack => "taken_back",
            Self::Expired => "expired",
        }
    }
}

/// Writes down what an officer has verified. `name` is what [`Wanted::check`] told. Whether the officer has the role, the caller asked.
pub(crate) async fn propose(
    broker: &Broker,
    tx: &mut Tx,
    officer: &Officer,
    wanted: Wanted,
    name: String,
    now: DateTime<Utc>,
) -> Result<MandateProposalId, NotApproved> {
    wanted
        .check_person(broker, tx, &[&officer.account], now)
        .await?;
    wanted.check_not_held(tx, &name, now).await?;
    for other in mandate_proposal::list_by_account(tx, wanted.account_id, now).await? {
        if wanted.is_for(other.ico.as_deref(), &other.name, &name) {
            return Err(NotApproved::Proposed);
        }
    }
    let proposal = MandateProposal {
        mandate_proposal_id: MandateProposalId::new(broker.random.uuid_v7(now)),
        account_id: wanted.account_id,
        kind: wanted.kind,
        ico: wanted.ico.map(|ico| ico.as_str().to_owned()),
        name,
        role: wanted.role,
        source: wanted.source,
        scope: wanted.scope,
        evidence: wanted.evidence,
        valid_from: wanted.valid_from,
        valid_until: wanted.valid_until,
        proposed_by: officer.account.staff_account_id,
        proposed_at: now,
        expires_at: now + WAITS,
    };
    mandate_proposal::add(tx, &proposal).await?;
    let event = Event {
        kind: "mandate.proposed",
        actor: officer.actor(),
        subject: Some(proposal.account_id.uuid()),
        details: json!({
            "proposal": proposal.mandate_proposal_id,
            "source": proposal.source,
            "scope": proposal.scope,
            "evidence": proposal.evidence,
            "valid_until": proposal.valid_until,
        }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(proposal.mandate_proposal_id)
}

/// Agrees with a proposal, which becomes a mandate; the person is told. `name` is what [`Wanted::check`] told just now. Whether the
/// officer has the role, the caller asked.
pub(crate) async fn approve(
    broker: &Broker,
    tx: &mut Tx,
    officer: &Officer,
    proposal: &MandateProposal,
    name: &str,
    now: DateTime<Utc>,
) -> Result<MandateId, NotApproved> {
    let wanted = wanted(proposal);
    let proposer = check_officers(broker, tx, officer, proposal).await?;
    // Whoever decides the same proposal waits here, and finds it decided.
    wanted
        .check_person(broker, tx, &[&proposer, &officer.account], now)
        .await?;
    wanted.check_not_held(tx, name, now).await?;
    let (id, by) = (
        proposal.mandate_proposal_id,
        officer.account.staff_account_id,
    );
    let still = mandate_proposal::find_open(tx, id, now).await?;
    if still.as_ref() != Some(proposal)
        || !mandate_proposal::decide(tx, id, Outcome::Approved, Some(by), now).await?
    {
        return Err(NotApproved::Decided);
    }
    let new = NewMandate {
        account_id: wanted.account_id,
        kind: wanted.kind,
        ico: proposal.ico.as_deref(),
        name,
        role: wanted.role.as_deref(),
        source: &wanted.source,
        scope: wanted.scope,
        level: IdentityLevel::Town,
        approved_by: proposal.proposed_by.uuid(),
        second_officer: by.uuid(),
        evidence: wanted.evidence.as_deref(),
        valid_from: wanted.valid_from,
        valid_until: wanted.valid_until,
    };
    Ok(add(broker, tx, new, officer.actor(), now).await?)
}

/// Ends a proposal without a mandate: taken back by whoever proposed it, else refused. `None` when it was decided before.
pub(crate) async fn decline(
    broker: &Broker,
    tx: &mut Tx,
    officer: &Officer,
    proposal: &MandateProposal,
    now: DateTime<Utc>,
) -> Result<Option<Outcome>, StorageError> {
    let by = officer.account.staff_account_id;
    let outcome = if proposal.proposed_by == by {
        Outcome::TakenBack
    } else {
        Outcome::Refused
    };
    let ended = end(
        broker,
        tx,
        proposal,
        outcome,
        Some(by),
        officer.actor(),
        now,
    )
    .await?;
    Ok(ended.then_some(outcome))
}

/// Records that open proposals are about another account from now on: the person's accounts were joined or parted. What the officer
/// wrote down stays as it is, and who may act is asked anew when the second one agrees.
pub(crate) async fn carried(
    broker: &Broker,
    tx: &mut Tx,
    proposals: &[MandateProposal],
    to: AccountId,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for proposal in proposals {
        let event = Event {
            kind: "mandate.proposal.carried",
            actor: actor.clone(),
            subject: Some(to.uuid()),
            details: json!({ "proposal": proposal.mandate_proposal_id }),
        };
        audit::record(broker, tx, event, now).await?;
    }
    Ok(())
}

/// Ends proposals that nobody decided in time. Returns how many.
pub async fn expire(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let late = mandate_proposal::list_expired(&mut tx, now).await?;
    drop(tx);
    let mut count = 0;
    for proposal in late {
        let mut tx = broker.db.begin().await?;
        let (outcome, actor) = (Outcome::Expired, Actor::System);
        if end(broker, &mut tx, &proposal, outcome, None, actor, now).await? {
            count += 1;
        }
        tx.commit().await?;
    }
    Ok(count)
}

async fn end(
    broker: &Broker,
    tx: &mut Tx,
    proposal: &MandateProposal,
    outcome: Outcome,
    by: Option<StaffAccountId>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let id = proposal.mandate_proposal_id;
    if !mandate_proposal::decide(tx, id, outcome, by, now).await? {
        return Ok(false);
    }
    let event = Event {
        kind: "mandate.proposal.ended",
        actor,
        subject: Some(proposal.account_id.uuid()),
        details: json!({ "proposal": id, "outcome": outcome.as_str() }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}

/// What the proposal asks for, in the words of the rules.
pub(crate) fn wanted(proposal: &MandateProposal) -> Wanted {
    Wanted {
        account_id: AccountId::new(proposal.account_id.uuid()),
        kind: proposal.kind,
        ico: proposal
            .ico
            .as_deref()
            .and_then(|ico| ico.parse::<Ico>().ok()),
        name: Some(proposal.name.clone()),
        role: proposal.role.clone(),
        source: proposal.source.clone(),
        scope: proposal.scope.clone(),
        evidence: proposal.evidence.clone(),
        valid_from: proposal.valid_from,
        valid_until: proposal.valid_until,
    }
}

/// Two people: another account, and another name, since one person can have two profiles. The first one still has the role.
async fn check_officers(
    broker: &Broker,
    tx: &mut Tx,
    officer: &Officer,
    proposal: &MandateProposal,
) -> Result<StaffAccount, NotApproved> {
    if proposal.proposed_by == officer.account.staff_account_id {
        return Err(NotApproved::OwnProposal);
    }
    let found = staff_account::lookup(tx, &broker.master_key, proposal.proposed_by).await?;
    let proposer = found
        .filter(|one| one.disabled_at.is_none() && one.roles.contains(&PROPOSES))
        .ok_or(NotApproved::ProposerGone)?;
    if normalised(&proposer.name) == normalised(&officer.account.name) {
        return Err(NotApproved::SameName);
    }
    Ok(proposer)
}
