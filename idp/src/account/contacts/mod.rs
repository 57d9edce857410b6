//! `/account/contacts`: where the person is told what happens to their identity, and what they were told.
//!
//! What changes a contact rests on a login of a few minutes ago, as what changes a way in does. Bringing a code does not:
//! it was asked for with such a login, and only who has the mailbox knows it.

pub(super) mod add;
pub(super) mod code;
mod page;
pub(super) mod remove;
pub(super) mod undo;

pub(super) use page::get;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::{StorageError, Tx};
use web::Shell;
use web::csrf::CsrfSecret;

use super::frame;
use crate::broker::Broker;
use crate::ids::{AccountId, ContactId};
use crate::login::problems::Trouble;
use crate::session::{self, SignedIn};
use crate::storage::contact::{self, Contact};
use crate::storage::fact::Fact;

/// The page, said to somebody who comes back from the login that a change needs.
const PROVED: &str = "/account/contacts?proved=1";

/// A form with nothing but its button.
#[derive(Debug, Deserialize)]
pub(crate) struct Presses {
    #[serde(default)]
    csrf: String,
}

/// Who sent a form, with the secret of their next forms.
async fn sender(
    broker: &Broker,
    tx: &mut Tx,
    headers: &HeaderMap,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(SignedIn, CsrfSecret)>, Trouble> {
    let signed_in = frame::sender_alone(broker, tx, headers, token, now).await?;
    Ok(signed_in.map(|signed_in| {
        let csrf = session::csrf(broker, &signed_in);
        (signed_in, csrf)
    }))
}

/// A current contact of the account; nobody else's is found by its id.
async fn own(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    contact_id: ContactId,
) -> Result<Option<Contact>, StorageError> {
    let current = contact::list_current(tx, &broker.master_key, account_id).await?;
    Ok(current
        .into_iter()
        .find(|contact| contact.contact_id == contact_id))
}

fn framed(broker: &Broker, shell: Shell, facts: &[Fact], csrf: &CsrfSecret) -> Shell {
    frame::framed(broker, shell, facts, csrf, "contacts")
}
