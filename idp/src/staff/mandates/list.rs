//! `/staff/mandates`: who may act for a body, and what waits for the second officer.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use web::form::Query;
use web::page::Field;
use web::{Shell, page};

use super::super::frame::{self, Visitor};
use super::ROLES;
use super::row::{MandateRow, ProposalRow};
use crate::ares::Ico;
use crate::broker::Broker;
use crate::login::frame::allow_providers;
use crate::login::problems::Trouble;
use crate::mandate::{self, PROPOSES};
use crate::storage::{mandate as mandates, mandate_proposal};

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(in crate::staff) struct Asked {
    /// The body's number, as typed.
    #[serde(default)]
    ico: Option<String>,
    /// What the officer has just done: ended a mandate, approved or declined a proposal.
    #[serde(default)]
    ended: Option<String>,
    #[serde(default)]
    approved: Option<String>,
    #[serde(default)]
    declined: Option<String>,
}

/// The page, with the mandates of a body when a number is given.
#[tracing::instrument(name = "staff.mandates", skip_all)]
pub(in crate::staff) async fn get(
    State(broker): State<Broker>,
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
    let t = shell.t;
    let actor = officer.actor();
    let typed: String = asked.ico.unwrap_or_default();
    let number: Option<Ico> = digits(&typed).parse().ok();
    let mut rows = Vec::new();
    if let Some(ico) = &number {
        let mut held = mandates::list_by_number(&mut tx, ico.as_str()).await?;
        held.retain(|mandate| now < mandate.valid_until);
        let people = held.iter().map(|held| held.account_id);
        mandate::record_view(&mut tx, &broker.random, &actor, people, now).await?;
        for mandate in &held {
            rows.push(MandateRow::of(&broker, &mut tx, t, mandate, now).await?);
        }
    }
    let open = mandate_proposal::list_open(&mut tx, now).await?;
    let people = open.iter().map(|proposal| proposal.account_id);
    mandate::record_view(&mut tx, &broker.random, &actor, people, now).await?;
    let mut waiting = Vec::new();
    for proposal in &open {
        waiting.push(ProposalRow::of(&broker, &mut tx, t, proposal, now).await?);
    }
    tx.commit().await?;
    officer.seen(&broker, now).await?;

    let is_wrong = number.is_none() && !typed.trim().is_empty();
    let ico = Field::new("ico", t.text("staff-mandates-ico"))
        .hint(t.text("staff-mandates-ico-hint"))
        .error(is_wrong.then(|| t.text("staff-mandates-ico-wrong")))
        .value(typed);
    let done = [
        ("ended", asked.ended),
        ("approved", asked.approved),
        ("declined", asked.declined),
    ];
    let done = done.into_iter().find(|(_, said)| said.is_some());
    let shell = frame::framed(&broker, shell, &officer, &csrf, "staff-mandates");
    let shown = MandatesPage {
        shell: if is_wrong { shell.with_error() } else { shell },
        found: number.is_some(),
        done: done.map(|(what, _)| {
            let said = |part| t.text(&format!("staff-mandates-{what}-{part}")).to_string();
            (said("title"), said("text"))
        }),
        may_propose: officer.roles.contains(&PROPOSES),
        fields: vec![ico],
        rows,
        waiting,
    };
    Ok((allow_providers(&broker), page(&shown)).into_response())
}

/// A number is often typed in groups.
pub(super) fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Who may act for a body.
#[derive(Template)]
#[template(path = "pages/staff/mandates.html")]
struct MandatesPage {
    shell: Shell,
    fields: Vec<Field>,
    /// A number was given.
    found: bool,
    /// What was just done: title and text.
    done: Option<(String, String)>,
    may_propose: bool,
    rows: Vec<MandateRow>,
    waiting: Vec<ProposalRow>,
}
