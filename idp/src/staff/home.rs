//! `GET /staff`: who an officer is to us, what they may do, and since when.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use web::{Shell, page};

use super::frame::{self, Visitor};
use crate::broker::Broker;
use crate::login::frame::allow_providers;
use crate::login::problems::Trouble;
use crate::words;

/// The page.
#[tracing::instrument(name = "staff", skip_all)]
pub(super) async fn get(
    State(broker): State<Broker>,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let (officer, csrf) = match frame::visitor(&broker, &mut tx, &headers, &[], now).await? {
        Visitor::Known(officer, csrf) => (officer, csrf),
        Visitor::Unknown(response) => return Ok(response),
    };
    drop(tx);
    officer.seen(&broker, now).await?;

    let t = shell.t;
    let shell = frame::framed(&broker, shell, &officer, &csrf, "staff");
    let town = broker.site.town();
    let home = HomePage {
        name: officer.account.name,
        office: town.full_name.as_ref().unwrap_or(&town.name).clone(),
        roles: officer
            .roles
            .iter()
            .map(|role| (t.text(&role.text_id()).to_string(), role.as_str()))
            .collect(),
        way: words::provider(&broker, t, &officer.session.provider),
        since: t.moment(officer.session.created_at),
        until: t.moment(officer.session.expires_at),
        device: officer.session.device,
        shell,
    };
    Ok((allow_providers(&broker), page(&home)).into_response())
}

#[derive(Template)]
#[template(path = "pages/staff/home.html")]
struct HomePage {
    shell: Shell,
    name: String,
    office: String,
    /// In words, and by name.
    roles: Vec<(String, &'static str)>,
    way: String,
    since: String,
    until: String,
    device: String,
}
