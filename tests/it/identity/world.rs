//! What is: the rules and tables of the broker, in one transaction.

mod mistake;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use idp::Broker;
use idp::identity::{self, Admission, Arrived, Kept, Tie, Undone, Unlinked, Verdict};
use idp::ids::{AccountId, OrganisationId, UpstreamLinkId};
use idp::storage::conflict::ConflictKind;
use idp::storage::{account, account_merge, fact, pairwise_subject, upstream_link};
use store::{Tx, on};

use super::Card;
use super::model::{Account, Event, Model};
use super::people::{PROVIDERS, People, person_of, tells_apart};
use super::tally::Tally;

/// The two organisations of the tests' clients.
const ORGANISATIONS: [&str; 2] = ["town", "library"];

pub(super) struct World<'a> {
    broker: &'a Broker,
    people: &'a People,
    tx: Tx,
    now: DateTime<Utc>,
    /// Accounts that the last event was about.
    touched: BTreeSet<AccountId>,
    tally: Tally,
}

/// Whether the town knows who holds an account, by a card that opens it.
fn is_known(model: &Model, account_id: AccountId) -> bool {
    let cards = model.cards_of(account_id);
    cards.iter().any(|card| tells_apart(card.provider))
}

impl<'a> World<'a> {
    pub(super) async fn begin(broker: &'a Broker, people: &'a People) -> Self {
        Self {
            broker,
            people,
            tx: broker.db.begin().await.unwrap(),
            now: broker.clock.now(),
            touched: BTreeSet::new(),
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
        match event {
            Event::LogIn(card, organisation) => {
                let tie = self.log_in(card, model, context).await;
                self.visit(tie.account_id, organisation, model, context)
                    .await;
            }
            Event::Prove(by, other) => {
                let tie = self.log_in(by, model, context).await;
                self.prove(tie.account_id, other, model, context).await;
            }
            Event::Mistake(by, other) => {
                let tie = self.log_in(by, model, context).await;
                self.mistake(tie.account_id, by, other, model, context)
                    .await;
            }
            Event::Unlink(by, other) => {
                let tie = self.log_in(by, model, context).await;
                if model.opens.get(&other) == Some(&tie.account_id) {
                    self.unlink(tie.account_id, other, model, context).await;
                }
            }
            Event::Undo(card) => {
                let tie = self.log_in(card, model, context).await;
                self.undo(tie.account_id, model, context).await;
            }
            Event::Delete(card) => {
                let tie = self.log_in(card, model, context).await;
                let closed =
                    identity::close(self.broker, &mut self.tx, tie.account_id, self.now).await;
                assert!(closed.unwrap(), "{context}");
                self.assert_forgotten(tie.account_id, context).await;
                for gone in model.cards_of(tie.account_id) {
                    model.opens.remove(&gone);
                }
                model.accounts.remove(&tie.account_id);
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
        }
        identity::prove(self.broker, &mut self.tx, arrived, tie, self.now)
            .await
            .unwrap();
        self.touched.insert(tie.account_id);
        tie
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
                let tie = tie.unwrap().unwrap();
                identity::prove(self.broker, &mut self.tx, arrived, tie, self.now)
                    .await
                    .unwrap();
                model.opens.insert(card, account_id);
            }
            Verdict::Merge { with, .. } => {
                assert_eq!(owner, Some(with), "{context}");
                let merge =
                    identity::merge(self.broker, &mut self.tx, account_id, with, None, self.now)
                        .await;
                model.merge(merge.unwrap().unwrap(), account_id, with);
                self.tally.merges += 1;
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

    async fn unlink(
        &mut self,
        account_id: AccountId,
        card: Card,
        model: &mut Model,
        context: &str,
    ) {
        let link_id = self.link_of(card).await.unwrap();
        let unlinked = identity::unlink(
            self.broker,
            &mut self.tx,
            account_id,
            link_id,
            None,
            self.now,
        )
        .await;
        if model.cards_of(account_id) == [card] {
            let kept = Unlinked::Kept(Kept::LastWayIn);
            assert_eq!(unlinked.unwrap(), kept, "{context}");
            self.tally.kept += 1;
        } else {
            assert_eq!(unlinked.unwrap(), Unlinked::Done, "{context}");
            model.unlink(card);
            self.tally.unlinks += 1;
        }
    }

    async fn link_of(&mut self, card: Card) -> Option<UpstreamLinkId> {
        let assertion = self.people.says(card);
        let (realm, subject) = (assertion.realm().as_str(), assertion.subject().as_str());
        upstream_link::find_by_subject(&mut self.tx, realm, subject)
            .await
            .unwrap()
            .map(|link| link.upstream_link_id)
    }

    async fn undo(&mut self, account_id: AccountId, model: &mut Model, context: &str) {
        let merges = account_merge::list_within(&mut self.tx, account_id)
            .await
            .unwrap();
        if merges.is_empty() {
            return;
        }
        let minute = usize::try_from(self.now.timestamp() / 60).unwrap();
        let merge = &merges[minute % merges.len()];
        let (id, merged, survivor) = (merge.merge_id, merge.merged_id, merge.survivor_id);
        let (parts, answers) = model.accounts[&survivor].before[&id].clone();
        match identity::undo(self.broker, &mut self.tx, account_id, id, self.now)
            .await
            .unwrap()
        {
            Undone::Done { parted } => {
                assert_eq!(parted, merged, "{context}");
                model.part(id, survivor, account_id);
                self.tally.undos += 1;
                self.touched.insert(parted);
                let [ours, theirs] = answers;
                for (organisation, sub) in theirs {
                    assert_eq!(model.sub(merged, organisation), Some(&sub), "{context}");
                }
                // Ours too, unless another merge was undone before this one.
                if model.accounts[&survivor].parts == parts {
                    for (organisation, sub) in ours {
                        let now = model.sub(survivor, organisation);
                        assert_eq!(now, Some(&sub), "{context}");
                    }
                }
            }
            Undone::NoWayIn => {
                let brought = &model.brought[&id];
                let (theirs, others): (Vec<_>, Vec<_>) = model
                    .cards_of(account_id)
                    .into_iter()
                    .partition(|card| brought.contains(card));
                assert!(
                    theirs.is_empty() || others.is_empty(),
                    "a merge that can be undone is not: {context}"
                );
            }
            Undone::TooLate => panic!("{context}"),
        }
    }

    /// What must be true after every event: of all cards, and of the accounts it was about.
    pub(super) async fn check_touched(&mut self, model: &Model, context: &str) {
        let opens = self.check_cards(model, context).await;
        let touched = std::mem::take(&mut self.touched);
        for account_id in touched.into_iter().filter(|id| opens.contains(id)) {
            self.check_account(account_id, model, context).await;
        }
    }

    /// What must be true of everybody.
    pub(super) async fn check_all(&mut self, model: &Model, context: &str) {
        let mut told = BTreeSet::new();
        for account_id in self.check_cards(model, context).await {
            for sub in self.check_account(account_id, model, context).await {
                assert!(told.insert(sub), "two accounts share a sub: {context}");
            }
            self.check_facts(account_id, model, context).await;
        }
    }

    /// Every card opens what it ought to, and no account is opened by two people. Returns the accounts.
    async fn check_cards(&mut self, model: &Model, context: &str) -> BTreeSet<AccountId> {
        let rows: Vec<(String, String, AccountId)> = on!(&mut self.tx, db => {
            sqlx::query_as("select realm, subject, account_id from upstream_link where ended_at is null")
                .fetch_all(db)
                .await
        })
        .unwrap();
        let mut opens = BTreeMap::new();
        for (realm, subject, account_id) in rows {
            let provider = PROVIDERS
                .iter()
                .position(|(name, _)| realm.ends_with(&format!(":{name}")))
                .unwrap();
            let person = person_of(&subject);
            opens.insert(Card { person, provider }, account_id);
        }
        assert_eq!(opens, model.opens, "{context}");

        let mut owners: BTreeMap<AccountId, usize> = BTreeMap::new();
        for (card, account_id) in opens {
            let owner = *owners.entry(account_id).or_insert(card.person);
            assert_eq!(owner, card.person, "two people hold one account: {context}");
        }
        owners.into_keys().collect()
    }

    /// It can be used, and every organisation knows it by what it ought to. Returns the identifiers.
    async fn check_account(
        &mut self,
        account_id: AccountId,
        model: &Model,
        context: &str,
    ) -> Vec<String> {
        let found = account::lookup(&mut self.tx, account_id).await.unwrap();
        assert!(found.unwrap().is_active(), "locked out: {context}");
        let mut subs = Vec::new();
        for (organisation, name) in ORGANISATIONS.into_iter().enumerate() {
            let at = OrganisationId::new(name);
            let sub = pairwise_subject::find(&mut self.tx, &at, account_id)
                .await
                .unwrap();
            assert_eq!(
                sub.as_ref(),
                model.sub(account_id, organisation),
                "{context}"
            );
            subs.extend(sub);
        }
        subs
    }

    /// Nobody's account tells what another person's card brought.
    async fn check_facts(&mut self, account_id: AccountId, model: &Model, context: &str) {
        let key = &self.broker.master_key;
        let facts = fact::list_current(&mut self.tx, key, account_id, self.now)
            .await
            .unwrap();
        let card = model.cards_of(account_id)[0];
        let said = self.people.says(card).facts();
        assert!(!facts.is_empty(), "{context}");
        for fact in facts {
            assert!(
                said.iter()
                    .any(|own| own.kind == fact.kind && own.value == fact.value),
                "a fact of somebody else: {context}"
            );
        }
    }
}
