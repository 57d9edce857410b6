//! Contacts: where a person is told what happens to their identity.
//!
//! A contact counts once it is proven: a provider that checks such addresses itself vouched for it (its fact is
//! [`Standing::Vouched`]), or the person brought the code that was mailed there ([`code`]). What NIA and others pass on
//! from the person's own profile is only stated: it stands on the page, waits to be confirmed, and is never written to
//! but with that code. Phone numbers are always only stated. Nobody is found, linked or logged in by a contact.
//!
//! A provider vouches for one address of a person. When it vouches for another one, the former is only stated again, unless a code proved
//! it: the mailbox may be somebody else's by now. Both hear of it.
//!
//! An address is proven for one account at a time. The first one keeps it: a login never takes a contact away from
//! somebody, it only leaves its own unproven.

pub mod code;
pub(crate) mod phone;
pub(crate) mod undo;

use chrono::{DateTime, Utc};
use federation::{Assertion, Fact, FactKind, Realm, Standing};
use outbound::MailAddress;
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::identity::Tie;
use crate::ids::{AccountId, ContactId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::contact::{self, Contact, ContactKind, NewContact, ProvenBy};
use crate::storage::{account_merge, merge_item, upstream_link};

/// Takes the e-mail address and the phone number that a login brought, inside that login's transaction. What the person
/// removed does not come back. What comes by a way in that a merge brought goes back with it when the merge is undone.
pub async fn note(
    broker: &Broker,
    tx: &mut Tx,
    tie: Tie,
    provider: &str,
    assertion: &Assertion,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let fact = |kind| assertion.facts().iter().find(|fact| fact.kind == kind);
    let text = |fact: Option<&Fact>| Some(fact?.value.as_text()?.to_owned());
    let noting = Noting {
        broker,
        account_id: tie.account_id,
        link: tie.upstream_link_id,
        provider,
        now,
    };
    let email = fact(FactKind::Email);
    if let Some(address) = text(email).and_then(|told| MailAddress::parse(&told).ok()) {
        let is_vouched = email.is_some_and(|fact| fact.standing == Standing::Vouched);
        let (kind, value) = (ContactKind::Email, address.as_str());
        noting.take(tx, kind, value, is_vouched).await?;
        if is_vouched {
            noting.replace(tx, value, assertion.realm()).await?;
        }
    }
    if let Some(number) = text(fact(FactKind::Phone)).and_then(|told| phone::parse(&told)) {
        // A number changes hands, and nobody here has called it.
        noting.take(tx, ContactKind::Phone, &number, false).await?;
    }
    Ok(())
}

struct Noting<'a> {
    broker: &'a Broker,
    account_id: AccountId,
    link: UpstreamLinkId,
    provider: &'a str,
    now: DateTime<Utc>,
}

impl Noting<'_> {
    /// What else of the account is confirmed by this provider's word alone is not any more, now that its word is `value`.
    async fn replace(&self, tx: &mut Tx, value: &str, realm: &Realm) -> Result<(), StorageError> {
        let (broker, account_id, now) = (self.broker, self.account_id, self.now);
        let known = contact::list_current(tx, &broker.master_key, account_id).await?;
        let is_email = |contact: &&Contact| contact.kind == ContactKind::Email;
        let is_proven = known.iter().filter(is_email).any(|contact| {
            contact.value.eq_ignore_ascii_case(value) && contact.proven_at.is_some()
        });
        let former: Vec<&Contact> = known
            .iter()
            .filter(is_email)
            .filter(|contact| {
                !contact.value.eq_ignore_ascii_case(value)
                    && contact.proven_by == Some(ProvenBy::Provider)
                    && contact.provider.as_deref() == Some(self.provider)
            })
            .collect();
        if !is_proven || former.is_empty() {
            return Ok(());
        }
        // Somebody with two identities there may have an address at each.
        let links = upstream_link::list_by_account(tx, account_id).await?;
        if links
            .iter()
            .filter(|link| link.realm == realm.as_str())
            .count()
            > 1
        {
            return Ok(());
        }
        let notice = Notice::ContactReplaced {
            provider: self.provider.to_owned(),
        };
        notices::enqueue(broker, tx, account_id, &notice, now).await?;
        for contact in former {
            contact::unprove(tx, contact.contact_id).await?;
        }
        Ok(())
    }

    async fn take(
        &self,
        tx: &mut Tx,
        kind: ContactKind,
        value: &str,
        is_vouched: bool,
    ) -> Result<(), StorageError> {
        let (key, account_id) = (&self.broker.master_key, self.account_id);
        let current = contact::find_current(tx, key, account_id, kind, value).await?;
        match &current {
            Some(known) if known.proven_at.is_some() || !is_vouched => return Ok(()),
            None if contact::was_known(tx, key, account_id, kind, value).await? => return Ok(()),
            _ => {}
        }
        if is_vouched {
            // Added anew rather than changed: whether somebody else has it proven is then one statement.
            if let Some(stated) = &current {
                if contact::is_proven_elsewhere(tx, stated.contact_id).await? {
                    return Ok(());
                }
                contact::discard_stated(tx, key, account_id, kind, value).await?;
            }
            let proven_by = Some(ProvenBy::Provider);
            if self.add(tx, kind, value, proven_by).await? {
                return Ok(());
            }
        }
        self.add(tx, kind, value, None).await?;
        Ok(())
    }

    async fn add(
        &self,
        tx: &mut Tx,
        kind: ContactKind,
        value: &str,
        proven_by: Option<ProvenBy>,
    ) -> Result<bool, StorageError> {
        let contact_id = ContactId::new(self.broker.random.uuid_v7(self.now));
        let new = NewContact {
            contact_id,
            account_id: self.account_id,
            kind,
            value,
            provider: Some(self.provider),
            proven_by,
        };
        if !contact::add(tx, &self.broker.master_key, new, self.now).await? {
            return Ok(false);
        }
        for merge in account_merge::list_within(tx, self.account_id).await? {
            let brought = merge_item::list_ways_in(tx, merge.merge_id).await?;
            if brought.contains(&self.link) {
                merge_item::add_contact(tx, merge.merge_id, contact_id).await?;
            }
        }
        Ok(true)
    }
}
