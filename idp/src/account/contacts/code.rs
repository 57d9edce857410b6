//! `/account/contacts/{contact}`: a code that proves an e-mail address is asked for and brought back.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::{StorageError, Tx};
use web::csrf::CsrfSecret;
use web::form::{Form, Path};
use web::page::Field;
use web::{Problem, Shell, page};

use super::super::frame::{self, CONTACTS, Visitor};
use super::super::ways::fresh::missing;
use super::{Presses, framed, own, sender};
use crate::broker::Broker;
use crate::contacts::code::{self, Asked, Brought};
use crate::ids::{AccountId, ContactId};
use crate::login::problems::{self, Trouble};
use crate::session::{Browser, SignedIn};
use crate::storage::contact::{Contact, ContactKind};

/// `GET /account/contacts/{contact}`: where the code is brought back. Changes nothing: mail scanners open it too.
#[tracing::instrument(name = "account.contacts.code", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let path = code::page_of(contact_id);
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, &path, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let Some(contact) = waiting(&broker, &mut tx, account_id, contact_id).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let shown = show_code(&broker, &mut tx, shell, &signed_in, &csrf, &contact, None).await?;
    Ok((browser, shown).into_response())
}

/// Has another code mailed.
#[tracing::instrument(name = "account.contacts.send", skip_all)]
pub(crate) async fn send(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Presses>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    let Some(contact) = waiting(&broker, &mut tx, account_id, contact_id).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    if let Some(missing) = missing(&broker, &mut tx, &signed_in, None, now).await? {
        drop(tx);
        let page = code::page_of(contact_id);
        return missing.prove(&broker, &browser, page, false, now).await;
    }
    let error = if broker.mailer.is_none() {
        Some("contact-error-no-mail")
    } else {
        match code::ask(&broker, &mut tx, &contact, now).await? {
            Asked::OnTheWay => None,
            Asked::TooMany => Some("contact-error-too-many-mails"),
        }
    };
    if error.is_some() {
        drop(tx);
        let mut tx = broker.db.read().await?;
        let shown = show_code(&broker, &mut tx, shell, &signed_in, &csrf, &contact, error).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    }
    tx.commit().await?;
    Ok(Redirect::to(&code::page_of(contact_id)).into_response())
}

/// The form that brings a code.
#[derive(Debug, Deserialize)]
pub(crate) struct Brings {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
}

/// The person brings a code.
#[tracing::instrument(name = "account.contacts.confirm", skip_all)]
pub(crate) async fn confirm(
    State(broker): State<Broker>,
    Path(contact_id): Path<ContactId>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Brings>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    let Some(contact) = waiting(&broker, &mut tx, account_id, contact_id).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let brought = match code::bring(&broker, &mut tx, &contact, &form.code, now).await {
        Ok(brought) => brought,
        Err(StorageError::Conflict(_)) => return Err(elsewhere().into()),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    let error = match brought {
        Brought::Proven => return Ok(Redirect::to(CONTACTS).into_response()),
        Brought::Elsewhere => return Err(elsewhere().into()),
        Brought::Wrong => "contact-error-code",
        Brought::Over => "contact-error-over",
    };
    let mut tx = broker.db.read().await?;
    let shown = show_code(
        &broker,
        &mut tx,
        shell,
        &signed_in,
        &csrf,
        &contact,
        Some(error),
    )
    .await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// The account's own address that waits for its code. No codes go to phones.
async fn waiting(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    contact_id: ContactId,
) -> Result<Option<Contact>, StorageError> {
    let contact = own(broker, tx, account_id, contact_id).await?;
    Ok(contact.filter(|contact| contact.kind == ContactKind::Email && contact.proven_at.is_none()))
}

/// Told only to who has the mailbox: they brought its code.
fn elsewhere() -> Problem {
    Problem::new(&problems::CONTACT_ELSEWHERE).way(web::Way::link("way-contacts", CONTACTS))
}

async fn show_code(
    broker: &Broker,
    tx: &mut Tx,
    shell: Shell,
    signed_in: &SignedIn,
    csrf: &CsrfSecret,
    contact: &Contact,
    error: Option<&'static str>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let facts = frame::facts(broker, tx, signed_in, now).await?;
    let is_asked = code::is_asked(broker, tx, contact.contact_id, now).await?;
    let shell = framed(broker, shell, &facts, csrf);
    let shell = if error.is_some() {
        shell.with_error()
    } else {
        shell
    };
    let t = shell.t;
    let field = Field::new("code", t.text("contact-code"))
        .hint(t.text("contact-code-hint"))
        .autocomplete("one-time-code")
        .error(error.map(|id| t.text(id)));
    Ok(page(&CodePage {
        action: code::page_of(contact.contact_id),
        address: contact.value.clone(),
        is_asked,
        can_send: broker.mailer.is_some(),
        fields: vec![field],
        shell: shell.narrow(),
    }))
}

/// Where a code is brought back.
#[derive(Template)]
#[template(path = "pages/account/contact_code.html")]
struct CodePage {
    shell: Shell,
    action: String,
    address: String,
    is_asked: bool,
    can_send: bool,
    fields: Vec<Field>,
}
