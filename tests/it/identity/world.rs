//! What is: the rules and tables of the broker, in one transaction.

mod mail;
mod mistake;
mod recycled;
mod ways;
mod whole;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use idp::Broker;
use idp::contacts;
use idp::identity::{self, Admission, Arrived, Tie, Verdict};
use idp::ids::{AccountId, OrganisationId};
use idp::storage::conflict::ConflictKind;
use idp::storage::pairwise_subject;
use store::{Tx, on};

use super::Card;
use super::model::{Account, Event, Model};
use super::people::{PROVIDERS, People, tells_apart};
use super::tally::Tally;
use mail::Mailbox;

/// The two organisations of the tests' clients.
const ORGANISATIONS: [&str; 2] = ["town", "library"];

pub(super) struct World<'a> {
    /// As it is, and while one provider lets nobody in.
    brokers: &'a [Broker],
    broker: &'a Broker,
    people: &'a People,
    tx: Tx,
    now: DateTime<Utc>,
    /// Accounts that the last event was about.
    touched: BTreeSet<AccountId>,
    /// Who has proved the address that everybody has.
    mailbox: Option<Mailbox>,
    tally: Tally,
}

/// Whether the town knows who holds an account, by a card that opens it.
fn is_known(model: &Model, account_id: AccountId) -> bool {
    let cards = model.cards_of(account_id);
    cards.iter().any(|card| tells_apart(card.provider))
}

impl<'a> World<'a> {
    pub(super) async fn begin(brokers: &'a [Broker], people: &'a People) -> Self {
        let broker = &brokers[0];
        Self {
            brokers,
            broker,
            people,
            tx: broker.db.begin().await.unwrap(),
            now: broker.clock.now(),
            touched: BTreeSet::new(),
            mailbox: None,
            tally: Tally::default(),
        }
    }

    /// Takes everything back, and tells how much there was of it.
    pub(super) async fn forget(self) -> Tally {
        self.tx.rollback().await.unwrap();
        self.tally
    }

    /// One event, in the world and in the model.
    pub(super) async fn happen(&mut self, event: Event, model: &mut Model, context: &str) {
        self.now += Duration::minutes(1);
        if event
            .own_cards()
            .iter()
            .any(|card| model.guests.contains(card))
        {
            return;
        }
        match event {
            Event::LogIn(card, organisation) => {
                let tie = self.log_in(card, model, context).await;
                self.visit(tie.account_id, organisation, model, context)
                    .await;
            }
            Event::Prove(by, other) => {
                let tie = self.log_in(by, model, context).await;
                if model.is_at_home(tie.account_id, other) {
                    self.prove(tie.account_id, other, model, context).await;
                }
            }
            Event::Mistake(by, other, stays) => {
                let tie = self.log_in(by, model, context).await;
                if model.is_at_home(tie.account_id, other) {
                    self.mistake(tie, (by, other), stays, model, context).await;
                }
            }
            Event::Recycled(card, is_judged) => {
                self.recycled(card, is_judged, model, context).await;
            }
            Event::Notice(guest) => self.notice(guest, model, context).await,
            Event::Unlink(by, other) => {
                let tie = self.log_in(by, model, context).await;
                let is_last_own = model.own_cards_of(tie.account_id) == [other];
                let is_kept = is_last_own
                    && model.has_guests(tie.account_id)
                    && !model.is_last_at_home(tie.account_id, other);
                let off = self.now.timestamp() / 60 % 12;
                let off = usize::try_from(off).unwrap();
                let is_off = off < PROVIDERS.len() && off != by.provider;
                if is_off && !model.has_guests(tie.account_id) {
                    self.unlink_while_off(tie.account_id, other, off, model, context)
                        .await;
                } else if model.opens.get(&other) == Some(&tie.account_id) && !is_kept {
                    self.unlink(tie.account_id, other, model, context).await;
                }
            }
            Event::Undo(card) => {
                let tie = self.log_in(card, model, context).await;
                if !model.has_linked_guests(tie.account_id) {
                    self.undo(tie.account_id, model, context).await;
                }
            }
            Event::Delete(card, parts) => {
                let tie = self.log_in(card, model, context).await;
                // The page offers to part them first; whoever goes on all the same ends both.
                while let Some(merge) = model.stranger_within(tie.account_id).filter(|_| parts) {
                    self.part(tie.account_id, merge, model, context).await;
                    self.tally.parted_to_close += 1;
                }
                let within = model.within(tie.account_id);
                self.tally.closed_whole += u32::from(!within.is_empty());
                let closed =
                    identity::close(self.broker, &mut self.tx, tie.account_id, self.now).await;
                assert!(closed.unwrap(), "{context}");
                for gone in within.into_iter().chain([tie.account_id]) {
                    self.assert_forgotten(gone, context).await;
                }
                self.give_up_mailbox(tie.account_id);
                for gone in model.cards_of(tie.account_id) {
                    model.opens.remove(&gone);
                    model.guests.remove(&gone);
                }
                for gone in model.within(tie.account_id) {
                    model.accounts.remove(&gone);
                }
                model.accounts.remove(&tie.account_id);
            }
            Event::Confirm(card) => {
                let tie = self.log_in(card, model, context).await;
                self.confirm(tie.account_id, context).await;
            }
            Event::Forget(card, thinks_again) => {
                let tie = self.log_in(card, model, context).await;
                self.forget_address(tie.account_id).await;
                if thinks_again {
                    self.confirm(tie.account_id, context).await;
                }
            }
        }
    }

    /// Nothing of a person is left in a closed account, and it stays closed.
    async fn assert_forgotten(&mut self, account_id: AccountId, context: &str) {
        let left: i64 = on!(&mut self.tx, db => {
            sqlx::query_scalar(
                r#"
                select (select count(*) from fact where account_id = $1)
                     + (select count(*) from upstream_link where account_id = $1 and (ended_at is null or subject <> ''))
                     + (select count(*) from contact where account_id = $1 and value is not null)
                "#,
            )
            .bind(account_id)
            .fetch_one(db)
            .await
        })
        .unwrap();
        assert_eq!(left, 0, "something of {account_id} is left: {context}");
        let again = identity::close(self.broker, &mut self.tx, account_id, self.now).await;
        assert!(!again.unwrap(), "{context}");
    }

    fn arrived(&self, card: Card) -> Arrived<'a> {
        Arrived {
            provider: PROVIDERS[card.provider].0,
            assertion: self.people.says(card),
        }
    }

    async fn log_in(&mut self, card: Card, model: &mut Model, context: &str) -> Tie {
        self.tally.guests += u32::from(model.guests.contains(&card));
        let arrived = self.arrived(card);
        let admission = identity::admit(self.broker, &mut self.tx, arrived, "cs", self.now).await;
        let Admission::To(tie) = admission.unwrap() else {
            panic!("nobody is let in: {context}");
        };
        if let Some(expected) = model.opens.get(&card) {
            assert_eq!(
                tie.account_id, *expected,
                "{card:?} opens another account: {context}"
            );
        } else {
            assert!(
                !model.accounts.contains_key(&tie.account_id),
                "a stranger's card {card:?} opens somebody's account: {context}"
            );
            model.opens.insert(card, tie.account_id);
            model.accounts.insert(tie.account_id, Account::default());
            model.owners.insert(tie.account_id, card.person);
        }
        self.touched.insert(tie.account_id);
        self.record(card, tie).await;
        self.check_mail(model, context).await;
        tie
    }

    /// What a login writes down of what the provider said.
    async fn record(&mut self, card: Card, tie: Tie) {
        let arrived = self.arrived(card);
        identity::prove(self.broker, &mut self.tx, arrived, tie, self.now)
            .await
            .unwrap();
        let (provider, assertion) = (arrived.provider, arrived.assertion);
        let now = self.now;
        contacts::note(self.broker, &mut self.tx, tie, provider, assertion, now)
            .await
            .unwrap();
    }

    async fn visit(
        &mut self,
        account_id: AccountId,
        organisation: usize,
        model: &mut Model,
        context: &str,
    ) {
        let at = OrganisationId::new(ORGANISATIONS[organisation]);
        let fresh = self.broker.random.uuid_v4();
        let sub = pairwise_subject::get_or_add(&mut self.tx, &at, account_id, fresh, self.now)
            .await
            .unwrap();
        if let Some(known) = model.sub(account_id, organisation) {
            assert_eq!(sub, *known, "another sub than before: {context}");
        } else {
            let account = model.accounts.get_mut(&account_id).unwrap();
            account.own.insert(organisation, sub);
        }
    }

    /// The same person proves another card and says yes to whatever is asked.
    async fn prove(&mut self, account_id: AccountId, card: Card, model: &mut Model, context: &str) {
        let arrived = self.arrived(card);
        let verdict =
            identity::verdict(self.broker, &mut self.tx, arrived, account_id, self.now).await;
        let owner = model.opens.get(&card).copied();
        match verdict.unwrap() {
            Verdict::Already => assert_eq!(owner, Some(account_id), "{context}"),
            Verdict::Link(_) => {
                assert_eq!(owner, None, "a held card is linked: {context}");
                let tie =
                    identity::link(self.broker, &mut self.tx, arrived, account_id, self.now).await;
                self.record(card, tie.unwrap().unwrap()).await;
                model.link(card, account_id);
            }
            Verdict::Merge { with, .. } => {
                assert_eq!(owner, Some(with), "{context}");
                let merge =
                    identity::merge(self.broker, &mut self.tx, account_id, with, None, self.now)
                        .await;
                model.merge(merge.unwrap().unwrap(), account_id, with);
                self.tally.merges += 1;
                let upstream_link_id = self.link_of(card).await.unwrap();
                let tie = Tie {
                    account_id,
                    upstream_link_id,
                };
                self.record(card, tie).await;
            }
            Verdict::Dispute { kind, other } => {
                // Honest people are sent to an officer only over a card that is held, and only as long as the town does not
                // know who holds one of the two accounts.
                assert_eq!(kind, ConflictKind::SubjectTaken, "{context}");
                assert_eq!(other, owner, "{context}");
                let owner = owner.expect("an honest link is refused");
                assert!(
                    !(is_known(model, account_id) && is_known(model, owner)),
                    "an honest merge is refused: {context}"
                );
                self.tally.disputes += 1;
            }
            other => panic!("{other:?}: {context}"),
        }
    }
}
