//! `/staff/mandates`: who may act for a body, and ending that.
//!
//! For officers who verify people or decide as the second one. Each look is written into the history of the people it shows. A
//! mandate is approved by two officers together (`city-idp mandate add`); to end one, a single officer is enough.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::{StorageError, Tx};
use web::form::{Form, Path, Query};
use web::page::Field;
use web::{Shell, Texts, page};

use super::frame::{self, Visitor};
use super::{MANDATES, Role, problems};
use crate::ares::Ico;
use crate::broker::Broker;
use crate::ids::{MandateId, StaffAccountId};
use crate::login::frame::allow_providers;
use crate::login::problems::Trouble;
use crate::mandate::{self, BodyView};
use crate::storage::mandate as mandates;
use crate::storage::mandate::Mandate;
use crate::storage::{fact, staff_account};
use crate::words;

/// Who may look.
pub(super) const ROLES: [Role; 2] = [Role::Verifier, Role::Supervisor];

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The body's number, as typed.
    #[serde(default)]
    ico: Option<String>,
    /// The officer has just ended one.
    #[serde(default)]
    ended: Option<String>,
}

/// The page, with the mandates of a body when a number is given.
#[tracing::instrument(name = "staff.mandates", skip_all)]
pub(super) async fn get(
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
    let typed: String = asked.ico.unwrap_or_default();
    let number: Option<Ico> = digits(&typed).parse().ok();
    let mut rows = Vec::new();
    if let Some(ico) = &number {
        let mut held = mandates::list_by_number(&mut tx, ico.as_str()).await?;
        held.retain(|mandate| now < mandate.valid_until);
        let actor = officer.actor();
        mandate::record_view(&mut tx, &broker.random, &actor, &held, now).await?;
        for mandate in &held {
            rows.push(MandateRow::of(&broker, &mut tx, t, mandate, now).await?);
        }
    }
    tx.commit().await?;
    officer.seen(&broker, now).await?;

    let is_wrong = number.is_none() && !typed.trim().is_empty();
    let ico = Field::new("ico", t.text("staff-mandates-ico"))
        .hint(t.text("staff-mandates-ico-hint"))
        .error(is_wrong.then(|| t.text("staff-mandates-ico-wrong")))
        .value(typed);
    let shell = frame::framed(&broker, shell, &officer, &csrf, "staff-mandates");
    let shown = MandatesPage {
        shell: if is_wrong { shell.with_error() } else { shell },
        found: number.is_some(),
        has_ended: asked.ended.is_some(),
        fields: vec![ico],
        rows,
    };
    Ok((allow_providers(&broker), page(&shown)).into_response())
}

/// `GET /staff/mandates/{mandate}`: what ending it means.
#[tracing::instrument(name = "staff.mandate", skip_all)]
pub(super) async fn one(
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
    let (actor, shown) = (officer.actor(), std::slice::from_ref(&held));
    mandate::record_view(&mut tx, &broker.random, &actor, shown, now).await?;
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
pub(super) struct Ends {
    #[serde(default)]
    csrf: String,
}

/// `POST /staff/mandates/{mandate}/end`: it ends now.
#[tracing::instrument(name = "staff.mandate.end", skip_all)]
pub(super) async fn end(
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

/// A number is often typed in groups.
fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A mandate as officers see it.
struct MandateRow {
    person: String,
    body: BodyView,
    /// From when it counts, where that is to come.
    from: Option<String>,
    /// Which officers stand behind it.
    officers: String,
}

impl MandateRow {
    async fn of(
        broker: &Broker,
        tx: &mut Tx,
        t: Texts,
        mandate: &Mandate,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let facts = fact::list_current(tx, &broker.master_key, mandate.account_id, now).await?;
        let mut officers = Vec::new();
        for id in [mandate.approved_by, mandate.second_officer] {
            let Some(id) = id.map(StaffAccountId::new) else {
                continue;
            };
            let officer = staff_account::lookup(tx, &broker.master_key, id).await?;
            officers.extend(officer.map(|officer| officer.name));
        }
        let from = (now < mandate.valid_from).then(|| {
            let date = t.date(mandate.valid_from);
            t.text("staff-mandates-from").arg("date", date).to_string()
        });
        Ok(Self {
            person: words::person(&facts)
                .unwrap_or_else(|| t.text("staff-mandates-unnamed").to_string()),
            body: BodyView::of(t, mandate),
            from,
            officers: officers.join(", "),
        })
    }
}

/// Who may act for a body.
#[derive(Template)]
#[template(path = "pages/staff/mandates.html")]
struct MandatesPage {
    shell: Shell,
    fields: Vec<Field>,
    /// A number was given.
    found: bool,
    has_ended: bool,
    rows: Vec<MandateRow>,
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
