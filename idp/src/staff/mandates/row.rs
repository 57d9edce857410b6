//! A mandate in the words of the officers' pages.

use chrono::{DateTime, Utc};
use federation::{BodyKind, FactKind};
use store::{StorageError, Tx};
use web::Texts;

use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, StaffAccountId};
use crate::mandate::BodyView;
use crate::storage::mandate::Mandate;
use crate::storage::mandate_proposal::MandateProposal;
use crate::storage::{fact, staff_account};
use crate::words;

/// A mandate as officers see it.
pub(super) struct MandateRow {
    pub(super) person: String,
    pub(super) body: BodyView,
    /// From when it counts, where that is to come.
    pub(super) from: Option<String>,
    /// Which officers stand behind it.
    pub(super) officers: String,
}

impl MandateRow {
    pub(super) async fn of(
        broker: &Broker,
        tx: &mut Tx,
        t: Texts,
        mandate: &Mandate,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let mut officers = Vec::new();
        for id in [mandate.approved_by, mandate.second_officer] {
            if let Some(id) = id.map(StaffAccountId::new) {
                officers.extend(officer(broker, tx, id).await?);
            }
        }
        Ok(Self {
            person: person(broker, tx, t, mandate.account_id, now).await?,
            body: BodyView::of(t, mandate),
            from: from(t, mandate.valid_from, now),
            officers: officers.join(", "),
        })
    }
}

/// A proposal as officers see it.
pub(super) struct ProposalRow {
    pub(super) person: String,
    pub(super) body: BodyView,
    pub(super) from: Option<String>,
    /// What kind of body.
    pub(super) kind: String,
    /// The person's part in it.
    pub(super) role: Option<String>,
    pub(super) evidence: Option<String>,
    /// Who verified it, and when.
    pub(super) proposed: String,
    /// Until when the second officer can agree.
    pub(super) expires: String,
}

impl ProposalRow {
    pub(super) async fn of(
        broker: &Broker,
        tx: &mut Tx,
        t: Texts,
        proposal: &MandateProposal,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let proposer = officer(broker, tx, proposal.proposed_by).await?;
        let mandate = as_mandate(proposal);
        Ok(Self {
            person: person(broker, tx, t, proposal.account_id, now).await?,
            body: BodyView::of(t, &mandate),
            from: from(t, proposal.valid_from, now),
            kind: kind(t, proposal.kind),
            role: proposal.role.clone(),
            evidence: proposal.evidence.clone(),
            proposed: t
                .text("proposal-by")
                .arg("officer", proposer.unwrap_or_default())
                .arg("at", t.moment(proposal.proposed_at))
                .to_string(),
            expires: t.moment(proposal.expires_at),
        })
    }
}

/// What kind of body.
pub(super) fn kind(t: Texts, kind: BodyKind) -> String {
    t.text(&format!("body-{}", kind.as_str())).to_string()
}

/// As it would stand, so that both read alike. It has the key of the proposal, and is nowhere else.
fn as_mandate(proposal: &MandateProposal) -> Mandate {
    Mandate {
        mandate_id: MandateId::new(proposal.mandate_proposal_id.uuid()),
        account_id: proposal.account_id,
        kind: proposal.kind,
        ico: proposal.ico.clone(),
        name: proposal.name.clone(),
        source: proposal.source.clone(),
        upstream_link_id: None,
        reference: None,
        role: proposal.role.clone(),
        scope: proposal.scope.clone(),
        level: federation::IdentityLevel::Town,
        approved_by: Some(proposal.proposed_by.uuid()),
        second_officer: None,
        shown_at: proposal.proposed_at,
        valid_from: proposal.valid_from,
        valid_until: proposal.valid_until,
        revoked_at: None,
    }
}

/// The name, and what tells namesakes apart: date of birth and address, as far as we know them.
async fn person(
    broker: &Broker,
    tx: &mut Tx,
    t: Texts,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<String, StorageError> {
    let facts = fact::list_current(tx, &broker.master_key, account_id, now).await?;
    let name = words::person(&facts);
    let mut told = vec![name.unwrap_or_else(|| t.text("staff-mandates-unnamed").to_string())];
    for kind in [FactKind::BirthDate, FactKind::Address] {
        let best = facts.iter().find(|fact| fact.kind == kind);
        told.extend(best.map(|fact| words::fact_value(t, kind, &fact.value)));
    }
    Ok(told.join(", "))
}

async fn officer(
    broker: &Broker,
    tx: &mut Tx,
    id: StaffAccountId,
) -> Result<Option<String>, StorageError> {
    let found = staff_account::lookup(tx, &broker.master_key, id).await?;
    Ok(found.map(|officer| officer.name))
}

fn from(t: Texts, valid_from: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    (now < valid_from).then(|| {
        let date = t.date(valid_from);
        t.text("staff-mandates-from").arg("date", date).to_string()
    })
}
