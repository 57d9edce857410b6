//! `/staff/mandates/{mandate}`: what ending a mandate means, and ending it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::{Form, Path};
use web::{Shell, page};

use super::super::frame::{self, Visitor};
use super::super::{MANDATES, problems};
use super::ROLES;
use super::row::MandateRow;
use crate::broker::Broker;
use crate::ids::MandateId;
use crate::login::frame::allow_providers;
use crate::login::problems::Trouble;
use crate::mandate;
use crate::storage::mandate as mandates;
use crate::storage::mandate::Mandate;

/// What ending it means.
#[tracing::instrument(name = "staff.mandate", skip_all)]
pub(in crate::staff) async fn get(
    State(broker): State<Broker>,
    Path(mandate_id): Path<MandateId>,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &ROLES, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    let held = mandates::lookup(&mut tx, mandate_id).await?;
    let held = held.filter(|held| held.revoked_at.is_none() && now < held.valid_until);
    let Some(held) = held else {
        return Err(problems::at_mandates(&problems::MANDATE_GONE).into());
    };
    let (actor, people) = (officer.actor(), [held.account_id]);
    mandate::record_view(&mut tx, &broker.random, &actor, people, now).await?;
    let row = MandateRow::of(&broker, &mut tx, shell.t, &held, now).await?;
    tx.commit().await?;
    officer.seen(&broker, now).await?;

    let shown = MandatePage {
        back: back_to(&held),
        comes_back: held.upstream_link_id.is_some(),
        row,
        shell: frame::framed(&broker, shell, &officer, &csrf, "staff-mandates").narrow(),
    };
    Ok((allow_providers(&broker), page(&shown)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(in crate::staff) struct Ends {
    #[serde(default)]
    csrf: String,
}

/// `POST /staff/mandates/{mandate}/end`: it ends now.
#[tracing::instrument(name = "staff.mandate.end", skip_all)]
pub(in crate::staff) async fn end(
    State(broker): State<Broker>,
    Path(mandate_id): Path<MandateId>,
    headers: HeaderMap,
    Form(form): Form<Ends>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &ROLES, now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    csrf.check(&form.csrf)?;
    let actor = officer.actor();
    let held = mandates::lookup(&mut tx, mandate_id).await?;
    let (Some(held), true) = (
        held,
        mandate::withdraw(&broker, &mut tx, mandate_id, actor, now).await?,
    ) else {
        return Err(problems::at_mandates(&problems::MANDATE_GONE).into());
    };
    tx.commit().await?;
    tracing::info!("an officer ended a mandate");
    let back = back_to(&held);
    let sign = if back.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{back}{sign}ended=1")).into_response())
}

fn back_to(held: &Mandate) -> String {
    match &held.ico {
        Some(ico) => format!("{MANDATES}?ico={ico}"),
        None => MANDATES.to_owned(),
    }
}

/// What ending a mandate means.
#[derive(Template)]
#[template(path = "pages/staff/mandate.html")]
struct MandatePage {
    shell: Shell,
    row: MandateRow,
    back: String,
    /// The next login of the person shows it again.
    comes_back: bool,
}
