//! `GET /staff`: who an officer is to us, what they may do, and since when.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use web::{Problem, Shell, ShellKind, Who, page};

use super::{Current, HOME, LOGIN};
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
    if broker.config.staff.is_none() {
        return Err(Problem::new(&web::problem::NOT_FOUND).into());
    }
    let now = broker.clock.now();
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.read().await?;
    let found = current.find(&broker, &mut tx, now).await?;
    drop(tx);
    let (Some(officer), Some(csrf)) = (found, current.csrf()) else {
        return Ok(Redirect::to(LOGIN).into_response());
    };
    officer.seen(&broker, now).await?;

    let t = shell.t;
    let who = Who {
        name: officer.account.name.clone(),
        href: HOME.to_owned(),
        logout: "/staff/logout".to_owned(),
    };
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
        shell: shell
            .framed(ShellKind::Account, Vec::new())
            .for_person(who)
            .with_csrf(csrf.token(&broker.random)),
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
