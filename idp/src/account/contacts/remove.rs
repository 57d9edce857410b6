//! `POST /account/contacts/{contact}/remove`: one contact less.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use store::audit::{Actor, Event};
use web::form::{Form, Path};

use super::super::frame::CONTACTS;
use super::super::ways::fresh::missing;
use super::{PROVED, Presses, own, sender};
use crate::audit;
use crate::broker::Broker;
use crate::ids::ContactId;
use crate::login::problems::Trouble;
use crate::notices::{self, Notice};
use crate::session::Browser;
use crate::storage::contact;

/// Removes a contact. That a confirmed one is gone is told there once more, with a link that brings it back.
#[tracing::instrument(name = "account.contacts.remove", skip_all)]
pub(crate) async fn remove(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<Presses>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, _)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    if let Some(missing) = missing(&broker, &mut tx, &signed_in, None, now).await? {
        drop(tx);
        let page = PROVED.to_owned();
        return missing.prove(&broker, &browser, page, false, now).await;
    }
    let account_id = signed_in.account.account_id;
    if let Some(contact) = own(&broker, &mut tx, account_id, contact_id).await? {
        if contact.proven_at.is_some() {
            let notice = Notice::ContactRemoved {
                contact: Some(contact_id),
            };
            notices::enqueue(&broker, &mut tx, account_id, &notice, now).await?;
        }
        contact::end(&mut tx, account_id, contact_id, now).await?;
        let event = Event {
            kind: "contact.removed",
            actor: Actor::Account(account_id.uuid()),
            subject: Some(account_id.uuid()),
            details: json!({ "contact": contact_id }),
        };
        audit::record(&broker, &mut tx, event, now).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(CONTACTS).into_response())
}
