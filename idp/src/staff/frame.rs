//! What the pages of officers have in common: an officer is signed in, and has a role for what they ask.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use store::Tx;
use web::csrf::CsrfSecret;
use web::{NavItem, Problem, Shell, ShellKind, Who};

use super::current::Officer;
use super::{Current, HOME, LOGIN, MANDATES, Role, problems};
use crate::broker::Broker;
use crate::login::problems::Trouble;

/// Who looks at a page, or where they have to go first.
pub(super) enum Visitor {
    /// An officer, and the secret of their forms.
    Known(Box<Officer>, CsrfSecret),
    /// Nobody; this leads to the login.
    Unknown(Response),
}

/// Who looks at a page that is for officers with one of these roles; with none named, for every officer.
pub(super) async fn visitor(
    broker: &Broker,
    tx: &mut Tx,
    headers: &HeaderMap,
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<Visitor, Trouble> {
    if broker.config.staff.is_none() {
        return Err(Problem::new(&web::problem::NOT_FOUND).into());
    }
    let current = Current::of(broker, headers);
    let found = current.find(broker, tx, now).await?;
    let (Some(officer), Some(csrf)) = (found, current.csrf()) else {
        return Ok(Visitor::Unknown(Redirect::to(LOGIN).into_response()));
    };
    if !roles.is_empty() && !has_one(&officer, roles) {
        return Err(problems::at_home(&problems::ROLE_LACKING).into());
    }
    Ok(Visitor::Known(Box::new(officer), csrf))
}

fn has_one(officer: &Officer, roles: &[Role]) -> bool {
    roles.iter().any(|role| officer.roles.contains(role))
}

/// The frame of a page of officers, with the pages that this one may open.
pub(super) fn framed(
    broker: &Broker,
    shell: Shell,
    officer: &Officer,
    csrf: &CsrfSecret,
    here: &'static str,
) -> Shell {
    let mut nav = vec![NavItem::new("staff", "nav-staff", HOME)];
    if has_one(officer, &super::mandates::ROLES) {
        nav.push(NavItem::new(
            "staff-mandates",
            "nav-staff-mandates",
            MANDATES,
        ));
    }
    let who = Who {
        name: officer.account.name.clone(),
        href: HOME.to_owned(),
        logout: "/staff/logout".to_owned(),
    };
    shell
        .framed(ShellKind::Account, nav)
        .here(here)
        .for_person(who)
        .with_csrf(csrf.token(&broker.random))
}
