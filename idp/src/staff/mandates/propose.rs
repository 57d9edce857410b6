//! `/staff/mandates/propose`: an officer has verified that somebody may act for a body.
//!
//! The person is found by all of names and date of birth, as the document that they show tells them; nobody is listed.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use web::Shell;
use web::csrf::CsrfSecret;
use web::form::Form;

use super::super::frame::{self, Visitor};
use super::super::{MANDATES, Officer};
use super::propose_form::{Draft, Typed, Wrong};
use super::propose_page::show;
use crate::broker::Broker;
use crate::identity::{self, Found};
use crate::ids::{AccountId, MandateProposalId};
use crate::login::problems::Trouble;
use crate::mandate::{self, NotApproved, PROPOSES};

/// The form, empty.
#[tracing::instrument(name = "staff.propose", skip_all)]
pub(in crate::staff) async fn get(
    State(broker): State<Broker>,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let roles = [PROPOSES];
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &roles, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    drop(tx);
    officer.seen(&broker, now).await?;
    let typed = Typed::default();
    Ok(show(&broker, shell, &officer, &csrf, &typed, &[], &[]))
}

/// The proposal is written down, or the form says what to mend.
#[tracing::instrument(name = "staff.propose.post", skip_all)]
pub(in crate::staff) async fn post(
    State(broker): State<Broker>,
    headers: HeaderMap,
    shell: Shell,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let roles = [PROPOSES];
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &roles, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    csrf.check(&typed.csrf)?;
    let draft = match typed.read(now) {
        Ok(draft) => draft,
        Err(wrong) => return Ok(again(&broker, shell, &officer, &csrf, &typed, &wrong, &[])),
    };
    let (key, random, actor) = (&broker.master_key, &broker.random, officer.actor());
    let mut found = identity::find(&mut tx, key, random, &draft.sought, &actor, now).await?;
    tx.commit().await?;
    found.retain(|found| found.account.is_active());
    let account_id = match picked(&found, typed.account) {
        Ok(account_id) => account_id,
        Err(wrong) => {
            let several = if found.len() > 1 { &*found } else { &[] };
            return Ok(again(
                &broker,
                shell,
                &officer,
                &csrf,
                &typed,
                &[wrong],
                several,
            ));
        }
    };
    match propose(&broker, &headers, draft, account_id, now).await? {
        Ok(id) => {
            Ok(Redirect::to(&format!("{MANDATES}/proposals/{id}?proposed=1")).into_response())
        }
        Err(Stop::Elsewhere(response)) => Ok(response),
        Err(Stop::Wrong(refused)) => {
            let wrong = refused.said()?;
            let several = if found.len() > 1 { &*found } else { &[] };
            Ok(again(
                &broker,
                shell,
                &officer,
                &csrf,
                &typed,
                &[wrong],
                several,
            ))
        }
    }
}

/// The one account, or the one that the officer picked of several.
fn picked(found: &[Found], account: Option<AccountId>) -> Result<AccountId, Wrong> {
    match found {
        [] => Err(("family_name", "proposal-no-person")),
        [only] => Ok(only.account.account_id),
        several => several
            .iter()
            .map(|found| found.account.account_id)
            .find(|id| Some(*id) == account)
            .ok_or(("account", "proposal-no-one-account")),
    }
}

/// Why nothing was proposed.
enum Stop {
    /// The session ended meanwhile.
    Elsewhere(Response),
    /// The rules.
    Wrong(NotApproved),
}

async fn propose(
    broker: &Broker,
    headers: &HeaderMap,
    draft: Draft,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Result<MandateProposalId, Stop>, Trouble> {
    let wanted = draft.wanted(account_id);
    // The register may take its time, with no transaction open.
    let name = match wanted.check(broker, now).await {
        Ok(name) => name,
        Err(refused) => return Ok(Err(Stop::Wrong(refused))),
    };
    let mut tx = broker.db.begin().await?;
    let officer = match frame::visitor(broker, &mut tx, headers, &[PROPOSES], now).await? {
        Visitor::Known(officer, _) => officer,
        Visitor::Unknown(response) => return Ok(Err(Stop::Elsewhere(response))),
    };
    match mandate::propose(broker, &mut tx, &officer, wanted, name, now).await {
        Ok(id) => {
            tx.commit().await?;
            tracing::info!("an officer proposed a mandate");
            Ok(Ok(id))
        }
        Err(refused) => Ok(Err(Stop::Wrong(refused))),
    }
}

fn again(
    broker: &Broker,
    shell: Shell,
    officer: &Officer,
    csrf: &CsrfSecret,
    typed: &Typed,
    wrong: &[Wrong],
    several: &[Found],
) -> Response {
    let shown = show(broker, shell, officer, csrf, typed, wrong, several);
    (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
}
