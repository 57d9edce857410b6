//! `/account/contacts/undo/{token}`: a removed contact comes back, by the link of the mail that told of its removal.
//!
//! Nobody has to be signed in: whoever was pushed out of their account must be able to do this. Opening the link changes
//! nothing, mail scanners do that too.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use store::StorageError;
use store::audit::{Actor, Event};
use web::form::{Form, Path};
use web::policy::ClientAddress;
use web::{Problem, Shell, page};

use crate::audit;
use crate::broker::Broker;
use crate::contacts::undo::{self, Undone};
use crate::ids::AccountId;
use crate::login::ids::UndoToken;
use crate::login::problems::{self, Trouble};
use crate::session::Browser;

/// The page.
#[tracing::instrument(name = "account.contacts.undo", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(token): Path<UndoToken>,
    browser: Browser,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let Some(undoing) = undo::find(&broker, &mut tx, &token, now).await? else {
        return Err((&problems::UNDO_GONE).into());
    };
    drop(tx);
    let shell = shell.with_csrf(browser.csrf().token(&broker.random));
    let shown = page(&UndoPage {
        shell: shell.narrow(),
        action: undo::path(&token),
        address: undoing.contact.value,
    });
    Ok((browser, shown).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Undoes {
    #[serde(default)]
    csrf: String,
}

/// The person wants it back.
#[tracing::instrument(name = "account.contacts.undone", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(token): Path<UndoToken>,
    browser: Browser,
    Form(form): Form<Undoes>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    browser.csrf().check(&form.csrf)?;
    let mut tx = broker.db.begin().await?;
    let Some(undoing) = undo::find(&broker, &mut tx, &token, now).await? else {
        let owner = undo::owner(&broker, &mut tx, &token, now).await?;
        drop(tx);
        return Err(refused(&broker, "gone", owner, browser.address(), now)
            .await?
            .into());
    };
    let owner = Some(undoing.contact.account_id);
    let undone = match undo::undo(&broker, &mut tx, &undoing, now).await {
        Ok(undone) => undone,
        Err(StorageError::Conflict(_)) => Undone::Elsewhere,
        Err(error) => return Err(error.into()),
    };
    match undone {
        Undone::Done => {}
        Undone::Gone => {
            drop(tx);
            return Err(refused(&broker, "gone", owner, browser.address(), now)
                .await?
                .into());
        }
        Undone::Elsewhere => {
            drop(tx);
            return Err(refused(&broker, "elsewhere", owner, browser.address(), now)
                .await?
                .into());
        }
    }
    tx.commit().await?;
    tracing::info!("a removed contact was brought back");
    Ok((browser, Redirect::to("/account/contacts/restored")).into_response())
}

/// `GET /account/contacts/restored`: it is back, and what to do next.
#[tracing::instrument(name = "account.contacts.restored", skip_all)]
pub(crate) async fn done(shell: Shell) -> Response {
    page(&RestoredPage {
        shell: shell.narrow(),
    })
}

async fn refused(
    broker: &Broker,
    reason: &'static str,
    owner: Option<AccountId>,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Problem, StorageError> {
    let event = Event {
        kind: "contact.restore-refused",
        actor: Actor::Anonymous,
        subject: owner.map(AccountId::uuid),
        details: json!({ "reason": reason }),
    };
    audit::record_refusal(broker, event, from, now).await?;
    Ok(Problem::new(if reason == "elsewhere" {
        &problems::UNDO_ELSEWHERE
    } else {
        &problems::UNDO_GONE
    }))
}

/// Whether the contact is to come back.
#[derive(Template)]
#[template(path = "pages/account/contact_undo.html")]
struct UndoPage {
    shell: Shell,
    action: String,
    address: String,
}

/// "It is back."
#[derive(Template)]
#[template(path = "pages/account/contact_restored.html")]
struct RestoredPage {
    shell: Shell,
}
