//! Contacts: where a person is told what happens to their identity.
//!
//! A contact counts once it is proven: a provider that checks such addresses itself vouched for it (its fact is
//! [`Standing::Vouched`]), or the person brought the code that was mailed there ([`code`]). What NIA and others pass on
//! from the person's own profile is only stated: it stands on the page, waits to be confirmed, and is never written to
//! but with that code. Nobody is found, linked or logged in by a contact.
//!
//! An address is proven for one account at a time. The first one keeps it: a login never takes a contact away from
//! somebody, it only leaves its own unproven.

pub(crate) mod code;

use chrono::{DateTime, Utc};
use federation::{Assertion, FactKind, Standing};
use outbound::MailAddress;
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::ids::{AccountId, ContactId};
use crate::storage::contact::{self, ContactKind, NewContact, ProvenBy};

/// Takes the e-mail address that a login brought, inside that login's transaction. One that the person removed does not
/// come back.
pub(crate) async fn note(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    provider: &str,
    assertion: &Assertion,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let email = assertion
        .facts()
        .iter()
        .find(|fact| fact.kind == FactKind::Email);
    let Some((fact, address)) = email.and_then(|fact| {
        let address = MailAddress::parse(fact.value.as_text()?).ok()?;
        Some((fact, address))
    }) else {
        return Ok(());
    };
    let (key, kind, value) = (&broker.master_key, ContactKind::Email, address.as_str());
    let current = contact::find_current(tx, key, account_id, kind, value).await?;
    let is_vouched = fact.standing == Standing::Vouched;
    match &current {
        Some(known) if known.proven_at.is_some() || !is_vouched => return Ok(()),
        None if contact::was_known(tx, key, account_id, kind, value).await? => return Ok(()),
        _ => {}
    }
    let new = |proven_by| NewContact {
        contact_id: ContactId::new(broker.random.uuid_v7(now)),
        account_id,
        kind,
        value,
        provider: Some(provider),
        proven_by,
    };
    if is_vouched {
        // Added anew rather than changed: whether somebody else has it proven is then one statement.
        if let Some(stated) = &current {
            if contact::is_proven_elsewhere(tx, stated.contact_id).await? {
                return Ok(());
            }
            contact::discard_stated(tx, key, account_id, kind, value).await?;
        }
        if contact::add(tx, key, new(Some(ProvenBy::Provider)), now).await? {
            return Ok(());
        }
    }
    contact::add(tx, key, new(None), now).await?;
    Ok(())
}
