//! The e-mail address that all people share: proved for one account at a time, and no way to anybody's account.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use idp::contacts::code::{self, Brought};
use idp::ids::{AccountId, ContactId};
use idp::notices::{self, Notice};
use idp::storage::contact::{self, Contact, ContactKind, NewContact};
use store::on;

use super::super::model::Model;
use super::World;

/// Where the address stands as proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    contact_id: ContactId,
    account_id: AccountId,
    /// Whose it may be: one person's, but for those who are one by mistake.
    people: BTreeSet<usize>,
}

type Row = (ContactId, AccountId, Option<DateTime<Utc>>);

impl World<'_> {
    /// The person brings the code that was mailed to the address; they type it first where the account has it no more.
    pub(super) async fn confirm(&mut self, account_id: AccountId, context: &str) {
        let contact = match self.address_of(account_id).await {
            Some(contact) => contact,
            None => self.type_in(account_id).await,
        };
        if contact.proven_at.is_some() {
            return;
        }
        let brought = code::confirm(self.broker, &mut self.tx, &contact, self.now).await;
        if self.mailbox.is_none() {
            assert_eq!(brought.unwrap(), Brought::Proven, "{context}");
            self.tally.confirmed += 1;
        } else {
            assert_eq!(brought.unwrap(), Brought::Elsewhere, "{context}");
            self.tally.elsewhere += 1;
        }
    }

    async fn type_in(&mut self, account_id: AccountId) -> Contact {
        let new = NewContact {
            contact_id: ContactId::new(self.broker.random.uuid_v7(self.now)),
            account_id,
            kind: ContactKind::Email,
            value: &self.people.mailbox,
            provider: None,
            proven_by: None,
        };
        let key = &self.broker.master_key;
        let is_added = contact::add(&mut self.tx, key, new, self.now).await;
        assert!(is_added.unwrap());
        self.address_of(account_id).await.unwrap()
    }

    async fn address_of(&mut self, account_id: AccountId) -> Option<Contact> {
        let (key, value) = (&self.broker.master_key, &self.people.mailbox);
        contact::find_current(&mut self.tx, key, account_id, ContactKind::Email, value)
            .await
            .unwrap()
    }

    /// The person removes the address.
    pub(super) async fn forget_address(&mut self, account_id: AccountId) {
        let Some(known) = self.address_of(account_id).await else {
            return;
        };
        let contact_id = known.contact_id;
        if known.proven_at.is_some() {
            let notice = Notice::ContactRemoved {
                contact: Some(contact_id),
            };
            notices::enqueue(self.broker, &mut self.tx, account_id, &notice, self.now)
                .await
                .unwrap();
            self.tally.given_up += 1;
        }
        let is_ended = contact::end(&mut self.tx, account_id, contact_id, self.now).await;
        assert!(is_ended.unwrap());
        self.give_up_mailbox(account_id);
    }

    /// Who leaves, or removes the address, has it proved no more.
    pub(super) fn give_up_mailbox(&mut self, account_id: AccountId) {
        self.mailbox
            .take_if(|mailbox| mailbox.account_id == account_id);
    }

    /// It is proved for one account at most. Whoever has proved it keeps it, whatever others do, and only an account that took
    /// part in what just happened may have proved it anew. No address stands with an account that is closed, and nobody is
    /// written to about another person's account.
    pub(super) async fn check_mail(&mut self, model: &Model, context: &str) {
        let current: Vec<Row> = on!(&mut self.tx, db => {
            sqlx::query_as("select contact_id, account_id, proven_at from contact where ended_at is null")
                .fetch_all(db)
                .await
        })
        .unwrap();
        let mut proved = Vec::new();
        for (contact_id, account_id, proven_at) in current {
            assert!(
                model.accounts.contains_key(&account_id),
                "an address of a closed account: {context}"
            );
            if proven_at.is_some() {
                proved.push(Mailbox {
                    contact_id,
                    account_id,
                    people: model.people_of(account_id),
                });
            }
        }
        assert!(proved.len() <= 1, "{proved:?}: {context}");
        let mut now = proved.pop();
        if let Some(before) = &self.mailbox {
            let now = now
                .as_mut()
                .unwrap_or_else(|| panic!("a proved address is gone: {context}"));
            assert_eq!(now.contact_id, before.contact_id, "{context}");
            now.people.retain(|person| before.people.contains(person));
            assert!(
                !now.people.is_empty(),
                "a proved address changed hands: {context}"
            );
        } else if let Some(now) = &now {
            assert!(self.touched.contains(&now.account_id), "{context}");
        }
        if let Some(now) = &now {
            let is_open = !model.cards_of(now.account_id).is_empty();
            assert!(is_open, "a proved address that nobody can use: {context}");
        }
        self.mailbox = now;
    }

    /// After a mistake that was taken back it is proved where it was proved before, if it was.
    pub(super) async fn assert_mailbox_stayed(&mut self, context: &str) {
        let proved: BTreeSet<(ContactId, AccountId)> = on!(&mut self.tx, db => {
            sqlx::query_as(
                "select contact_id, account_id from contact where ended_at is null and proven_at is not null",
            )
            .fetch_all(db)
            .await
        })
        .unwrap()
        .into_iter()
        .collect();
        if let Some(mailbox) = &self.mailbox {
            let expected = (mailbox.contact_id, mailbox.account_id);
            assert_eq!(proved, BTreeSet::from([expected]), "{context}");
        }
    }

    /// Nobody is written to about another person's account, unless the two were one.
    pub(super) async fn check_letters(&mut self, model: &Model, context: &str) {
        let crossed: Vec<(AccountId, AccountId)> = on!(&mut self.tx, db => {
            sqlx::query_as(
                r#"
                select distinct notice.account_id, contact.account_id
                from notice_mail
                join notice on notice.notice_id = notice_mail.notice_id
                join contact on contact.contact_id = notice_mail.contact_id
                where notice.account_id <> contact.account_id
                "#,
            )
            .fetch_all(db)
            .await
        })
        .unwrap();
        for (about, to) in crossed {
            assert!(
                model.have_met(about, to),
                "somebody hears of another's account: {context}"
            );
        }
    }
}
