//! `/staff/mandates/proposals/{proposal}`: what one officer verified, and another one decides.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::Tx;
use web::csrf::CsrfSecret;
use web::form::{Form, Path, Query};
use web::{Shell, page};

use super::super::frame::{self, Visitor};
use super::super::{MANDATES, Officer, Role, problems};
use super::ROLES;
use super::row::ProposalRow;
use crate::broker::Broker;
use crate::ids::MandateProposalId;
use crate::login::frame::allow_providers;
use crate::login::problems::Trouble;
use crate::mandate::{self, AGREES};
use crate::storage::mandate_proposal::{self, MandateProposal};

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(in crate::staff) struct Asked {
    /// The officer has just proposed it.
    #[serde(default)]
    proposed: Option<String>,
}

/// The proposal, with what this officer may do about it.
#[tracing::instrument(name = "staff.proposal", skip_all)]
pub(in crate::staff) async fn get(
    State(broker): State<Broker>,
    Path(id): Path<MandateProposalId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &ROLES, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    let proposal = open(&mut tx, id, now).await?;
    let told = Told {
        is_new: asked.proposed.is_some(),
        refused: None,
    };
    let shown = show(&broker, &mut tx, shell, &officer, &csrf, &proposal, told).await?;
    tx.commit().await?;
    officer.seen(&broker, now).await?;
    Ok(shown)
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(in crate::staff) struct Decides {
    #[serde(default)]
    csrf: String,
}

/// `POST …/approve`: the second officer agrees.
#[tracing::instrument(name = "staff.proposal.approve", skip_all)]
pub(in crate::staff) async fn approve(
    State(broker): State<Broker>,
    Path(id): Path<MandateProposalId>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Decides>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let (_, csrf) = match frame::visitor(&broker, &mut tx, &headers, &[AGREES], now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    csrf.check(&form.csrf)?;
    let proposal = open(&mut tx, id, now).await?;
    drop(tx);
    // The register may take its time, with no transaction open.
    let name = mandate::wanted(&proposal).check(&broker, now).await;

    let mut tx = broker.db.begin().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &[AGREES], now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    let approved = match name {
        Ok(name) => mandate::approve(&broker, &mut tx, &officer, &proposal, &name, now).await,
        Err(refused) => Err(refused),
    };
    match approved {
        Ok(_) => {
            tx.commit().await?;
            tracing::info!("a second officer approved a mandate");
            let ico = proposal.ico.as_deref().unwrap_or_default();
            Ok(Redirect::to(&format!("{MANDATES}?ico={ico}&approved=1")).into_response())
        }
        Err(refused) => {
            let (_, text) = refused.said()?;
            // Nothing of the attempt stays.
            drop(tx);
            let mut tx = broker.db.begin().await?;
            let proposal = open(&mut tx, id, now).await?;
            let told = Told {
                is_new: false,
                refused: Some(text),
            };
            let shown = show(&broker, &mut tx, shell, &officer, &csrf, &proposal, told).await?;
            tx.commit().await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

/// `POST …/decline`: the second officer refuses it, or the first one takes it back.
#[tracing::instrument(name = "staff.proposal.decline", skip_all)]
pub(in crate::staff) async fn decline(
    State(broker): State<Broker>,
    Path(id): Path<MandateProposalId>,
    headers: HeaderMap,
    Form(form): Form<Decides>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &ROLES, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    csrf.check(&form.csrf)?;
    let proposal = open(&mut tx, id, now).await?;
    if !is_own(&officer, &proposal) && !officer.roles.contains(&AGREES) {
        return Err(problems::at_home(&problems::ROLE_LACKING).into());
    }
    let declined = mandate::decline(&broker, &mut tx, &officer, &proposal, now).await?;
    if declined.is_none() {
        return Err(problems::at_mandates(&problems::PROPOSAL_GONE).into());
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("{MANDATES}?declined=1")).into_response())
}

async fn open(
    tx: &mut Tx,
    id: MandateProposalId,
    now: DateTime<Utc>,
) -> Result<MandateProposal, Trouble> {
    let found = mandate_proposal::find_open(tx, id, now).await?;
    found.ok_or_else(|| problems::at_mandates(&problems::PROPOSAL_GONE).into())
}

fn is_own(officer: &Officer, proposal: &MandateProposal) -> bool {
    proposal.proposed_by == officer.account.staff_account_id
}

/// What the page tells first.
struct Told {
    is_new: bool,
    /// The Fluent id of why it was not approved.
    refused: Option<&'static str>,
}

async fn show(
    broker: &Broker,
    tx: &mut Tx,
    shell: Shell,
    officer: &Officer,
    csrf: &CsrfSecret,
    proposal: &MandateProposal,
    told: Told,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (actor, people) = (officer.actor(), [proposal.account_id]);
    mandate::record_view(tx, &broker.random, &actor, people, now).await?;
    let row = ProposalRow::of(broker, tx, shell.t, proposal, now).await?;
    let is_own = is_own(officer, proposal);
    let agrees: Role = AGREES;
    let shown = ProposalPage {
        row,
        is_new: told.is_new,
        refused: told.refused.map(|id| shell.t.text(id).to_string()),
        is_own,
        may_decide: !is_own && officer.roles.contains(&agrees),
        shell: frame::framed(broker, shell, officer, csrf, "staff-mandates").narrow(),
    };
    Ok((allow_providers(broker), page(&shown)).into_response())
}

/// What one officer verified.
#[derive(Template)]
#[template(path = "pages/staff/proposal.html")]
struct ProposalPage {
    shell: Shell,
    row: ProposalRow,
    is_new: bool,
    refused: Option<String>,
    is_own: bool,
    may_decide: bool,
}
