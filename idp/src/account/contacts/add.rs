//! `POST /account/contacts/add`: one address more.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use outbound::MailAddress;
use serde::Deserialize;
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Shell;
use web::form::Form;

use super::super::frame::CONTACTS;
use super::super::ways::fresh::missing;
use super::page::{Typed, show};
use super::{PROVED, sender};
use crate::audit;
use crate::broker::Broker;
use crate::contacts::code::{self, Asked};
use crate::ids::{AccountId, ContactId};
use crate::login::problems::Trouble;
use crate::session::{Browser, SignedIn};
use crate::storage::contact::{self, ContactKind, NewContact};

/// More addresses nobody reads.
const MOST: usize = 5;
/// How long what was typed waits for a fresh login.
const TYPED_KEPT: Duration = Duration::minutes(15);
/// No address is longer (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// The form that adds an address.
#[derive(Debug, Deserialize)]
pub(crate) struct Adds {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    email: String,
}

/// Adds an address and has a code mailed there. Whether anybody else has it is not told.
#[tracing::instrument(name = "account.contacts.add", skip_all)]
pub(crate) async fn add(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<Adds>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some((signed_in, csrf)) = sender(&broker, &mut tx, &headers, &form.csrf, now).await? else {
        return Ok(Redirect::to(CONTACTS).into_response());
    };
    let account_id = signed_in.account.account_id;
    if let Some(missing) = missing(&broker, &mut tx, &signed_in, None, now).await? {
        let mut store = broker.short_lived.within(&mut tx);
        if form.email.len() <= LONGEST {
            let (key, typed) = (typed_key(account_id), form.email.as_bytes());
            store.put(&key, typed, TYPED_KEPT, now).await?;
        }
        tx.commit().await?;
        let page = PROVED.to_owned();
        return missing.prove(&broker, &browser, page, false, now).await;
    }
    match try_add(&broker, &mut tx, account_id, &form.email, now).await? {
        Ok(contact_id) => {
            let mut store = broker.short_lived.within(&mut tx);
            store.remove(&typed_key(account_id)).await?;
            tx.commit().await?;
            Ok(Redirect::to(&code::page_of(contact_id)).into_response())
        }
        Err(error) => {
            // Nothing of the attempt stays.
            drop(tx);
            let mut tx = broker.db.read().await?;
            let typed = Typed {
                email: form.email,
                error: Some(error),
                is_proved: false,
            };
            let shown = show(&broker, &mut tx, shell, &signed_in, &csrf, typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

/// What who is signed in had typed before they had to log in once more.
pub(super) async fn typed_before(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    now: DateTime<Utc>,
) -> Result<String, StorageError> {
    let mut store = broker.short_lived.within(tx);
    let typed = store
        .get(&typed_key(signed_in.account.account_id), now)
        .await?;
    Ok(typed
        .and_then(|typed| String::from_utf8(typed).ok())
        .unwrap_or_default())
}

fn typed_key(account_id: AccountId) -> String {
    format!("contact-typed:{account_id}")
}

/// The contact to confirm, or the id of the text that says what to mend.
async fn try_add(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Result<ContactId, &'static str>, StorageError> {
    if broker.mailer.is_none() {
        return Ok(Err("contact-error-no-mail"));
    }
    let Ok(address) = MailAddress::parse(typed) else {
        return Ok(Err("contact-error-address"));
    };
    let (key, kind) = (&broker.master_key, ContactKind::Email);
    let known = contact::find_current(tx, key, account_id, kind, address.as_str()).await?;
    if let Some(known) = known {
        return Ok(if known.proven_at.is_some() {
            Err("contact-error-known")
        } else {
            Ok(known.contact_id)
        });
    }
    let current = contact::list_current(tx, key, account_id).await?;
    let emails = current
        .iter()
        .filter(|contact| contact.kind == ContactKind::Email);
    if emails.count() >= MOST {
        return Ok(Err("contact-error-many"));
    }
    let contact_id = ContactId::new(broker.random.uuid_v7(now));
    let new = NewContact {
        contact_id,
        account_id,
        kind,
        value: address.as_str(),
        provider: None,
        proven_by: None,
    };
    contact::add(tx, key, new, now).await?;
    let Some(added) = contact::lookup(tx, key, contact_id).await? else {
        return Err(StorageError::broken("a contact vanished"));
    };
    if code::ask(broker, tx, &added, now).await? == Asked::TooMany {
        return Ok(Err("contact-error-too-many-mails"));
    }
    let event = Event {
        kind: "contact.added",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({ "contact": contact_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Ok(contact_id))
}
