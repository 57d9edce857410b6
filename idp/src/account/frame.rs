//! What all pages of the account have in common: somebody is signed in, or signs in first.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use store::Tx;
use web::csrf::CsrfSecret;
use web::{NavItem, Shell, ShellKind, Who};

use crate::broker::Broker;
use crate::login::begin::begin;
use crate::login::decide::{Asked, Known, Next, decide};
use crate::login::kept::Goal;
use crate::login::problems::Trouble;
use crate::session::{self, Browser, Current, SignedIn};
use crate::storage::fact::Fact;
use crate::storage::{account, fact};
use crate::words;

/// The pages, in the order of the navigation.
pub(super) const IDENTITY: &str = "/account";
pub(super) const SESSIONS: &str = "/account/sessions";
pub(super) const CONTACTS: &str = "/account/contacts";
pub(super) const MANDATES: &str = "/account/mandates";
pub(super) const SERVICES: &str = "/account/services";

/// Who looks at a page, or where they have to go first.
pub(super) enum Visitor {
    /// Somebody who is signed in, the secret of their forms, and the transaction that found them.
    Known(Box<SignedIn>, CsrfSecret, Tx),
    /// Nobody; this leads to the login and back.
    Unknown(Response),
}

/// Who looks at the page at `path`.
pub(super) async fn visitor(
    broker: &Broker,
    browser: &Browser,
    headers: &HeaderMap,
    path: &str,
    now: DateTime<Utc>,
) -> Result<Visitor, Trouble> {
    let current = Current::of(broker, headers);
    let mut tx = broker.db.read().await?;
    let found = current.find(broker, &mut tx, now).await?;
    if let Some(signed_in) = found {
        let known = Known {
            logins: &signed_in.logins,
            ..Known::default()
        };
        if matches!(decide(&Asked::default(), known, now), Next::Finish(_)) {
            let csrf = session::csrf(broker, &signed_in);
            return Ok(Visitor::Known(Box::new(signed_in), csrf, tx));
        }
    }
    // Beginning needs a connection: whoever holds one must not wait for a second.
    drop(tx);
    let login = begin(
        broker,
        Goal::Account(path.to_owned()),
        Some(browser.hash()),
        browser.address(),
        now,
    )
    .await?;
    Ok(Visitor::Unknown(
        (browser.clone(), Redirect::to(&login.path())).into_response(),
    ))
}

/// Who sent a form: somebody signed in, with a token of this session and account. Else they begin at the page again.
pub(super) async fn sender(
    broker: &Broker,
    tx: &mut Tx,
    headers: &HeaderMap,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<SignedIn>, Trouble> {
    let current = Current::of(broker, headers);
    let Some(signed_in) = current.find(broker, tx, now).await? else {
        return Ok(None);
    };
    session::csrf(broker, &signed_in).check(token)?;
    Ok(Some(signed_in))
}

/// The same, with their account held: whoever ended the session meanwhile held it, too, and is waited for.
pub(super) async fn sender_alone(
    broker: &Broker,
    tx: &mut Tx,
    headers: &HeaderMap,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<SignedIn>, Trouble> {
    let Some(signed_in) = sender(broker, tx, headers, token, now).await? else {
        return Ok(None);
    };
    account::hold(tx, signed_in.account.account_id, now).await?;
    sender(broker, tx, headers, token, now).await
}

/// The frame of a page of the account.
pub(super) fn framed(
    broker: &Broker,
    shell: Shell,
    facts: &[Fact],
    csrf: &CsrfSecret,
    here: &'static str,
) -> Shell {
    let nav = vec![
        NavItem::new("identity", "nav-identity", IDENTITY),
        NavItem::new("contacts", "nav-contacts", CONTACTS),
        NavItem::new("sessions", "nav-sessions", SESSIONS),
        NavItem::new("mandates", "nav-mandates", MANDATES),
        NavItem::new("services", "nav-services", SERVICES),
    ];
    let name = words::person(facts).unwrap_or_else(|| shell.t.text("who-unnamed").to_string());
    let who = Who {
        name,
        href: IDENTITY.to_owned(),
        logout: "/account/logout".to_owned(),
    };
    shell
        .framed(ShellKind::Account, nav)
        .here(here)
        .for_person(who)
        .with_csrf(csrf.token(&broker.random))
}

/// The facts of who is signed in, and a note that the session is used.
pub(super) async fn facts(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Trouble> {
    Ok(fact::list_current(tx, &broker.master_key, signed_in.account.account_id, now).await?)
}
