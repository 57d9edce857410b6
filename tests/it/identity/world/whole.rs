//! What must be true of everybody after every event: a query for each invariant, and a closer look at whom it was about.

use std::collections::{BTreeMap, BTreeSet};

use idp::ids::{AccountId, OrganisationId};
use idp::storage::{account, fact, pairwise_subject};
use store::on;

use super::super::Card;
use super::super::model::Model;
use super::super::people::{PROVIDERS, person_of};
use super::{ORGANISATIONS, World};

impl World<'_> {
    /// Everything.
    pub(crate) async fn check(&mut self, model: &Model, context: &str) {
        let opened = self.check_cards(model, context).await;
        self.check_states(&opened, model, context).await;
        self.check_origins(context).await;
        self.check_identifiers(model, context).await;
        self.check_mail(model, context).await;
        self.check_letters(model, context).await;
        let touched = std::mem::take(&mut self.touched);
        for account_id in touched.into_iter().filter(|id| opened.contains(id)) {
            self.check_account(account_id, model, context).await;
            self.check_facts(account_id, model, context).await;
        }
    }

    /// Every card opens what it ought to, and no account is opened by anybody but the person who made it, mistakes apart that
    /// nobody has noticed. Returns the accounts
    /// that cards open.
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
        for (card, account_id) in &opens {
            if model.guests.contains(card) {
                continue;
            }
            let owner = model.owners[account_id];
            assert_eq!(owner, card.person, "two people hold one account: {context}");
        }
        for account_id in opens.values() {
            let own = model.own_cards_of(*account_id);
            assert!(!own.is_empty(), "nobody opens their account: {context}");
        }
        opens.into_values().collect()
    }

    /// An account is open if and only if a card opens it, and one that was merged is part of an open one of the same person,
    /// mistakes apart.
    async fn check_states(&mut self, opened: &BTreeSet<AccountId>, model: &Model, context: &str) {
        let rows: Vec<(AccountId, String)> = on!(&mut self.tx, db => {
            sqlx::query_as("select account_id, state from account").fetch_all(db).await
        })
        .unwrap();
        let in_state = |wanted: &str| -> BTreeSet<AccountId> {
            let rows = rows.iter().filter(|(_, state)| state == wanted);
            rows.map(|(account_id, _)| *account_id).collect()
        };
        assert_eq!(in_state("active"), *opened, "locked out: {context}");
        let mut parts = BTreeSet::new();
        for account_id in opened {
            for part in model.within(*account_id) {
                assert!(model.have_met(part, *account_id), "{context}");
                assert!(parts.insert(part), "part of two accounts: {context}");
            }
        }
        assert_eq!(in_state("merged"), parts, "{context}");
        assert_eq!(
            rows.len(),
            opened.len() + parts.len() + in_state("deleted").len(),
            "{rows:?}: {context}"
        );
    }

    /// Proofs stand with the way in that brought them, and facts with their proof.
    async fn check_origins(&mut self, context: &str) {
        let astray: i64 = on!(&mut self.tx, db => {
            sqlx::query_scalar(
                r#"
                select (select count(*) from verification
                        join upstream_link on upstream_link.upstream_link_id = verification.upstream_link_id
                        where upstream_link.ended_at is null
                          and upstream_link.account_id <> verification.account_id)
                     + (select count(*) from fact
                        join verification on verification.verification_id = fact.verification_id
                        where verification.account_id <> fact.account_id)
                "#,
            )
            .fetch_one(db)
            .await
        })
        .unwrap();
        assert_eq!(astray, 0, "a proof or fact of somebody else: {context}");
    }

    /// Every organisation has for every account what it was told first, and no two accounts share it.
    async fn check_identifiers(&mut self, model: &Model, context: &str) {
        let rows: Vec<(String, AccountId, String)> = on!(&mut self.tx, db => {
            sqlx::query_as("select organisation_id, account_id, sub from pairwise_subject")
                .fetch_all(db)
                .await
        })
        .unwrap();
        let mut told = BTreeSet::new();
        let mut known: BTreeMap<AccountId, BTreeMap<usize, String>> = BTreeMap::new();
        for (organisation, account_id, sub) in rows {
            assert!(
                told.insert(sub.clone()),
                "two accounts share a sub: {context}"
            );
            let at = ORGANISATIONS.iter().position(|name| *name == organisation);
            known
                .entry(account_id)
                .or_default()
                .insert(at.unwrap(), sub);
        }
        for (account_id, account) in &model.accounts {
            let known = known.remove(account_id).unwrap_or_default();
            assert_eq!(known, account.own, "{context}");
        }
    }

    /// It can be used, and every organisation is told of it what it ought to be.
    async fn check_account(&mut self, account_id: AccountId, model: &Model, context: &str) {
        let found = account::lookup(&mut self.tx, account_id).await.unwrap();
        assert!(found.unwrap().is_active(), "locked out: {context}");
        for (organisation, name) in ORGANISATIONS.into_iter().enumerate() {
            let at = OrganisationId::new(name);
            let sub = pairwise_subject::find(&mut self.tx, &at, account_id)
                .await
                .unwrap();
            let expected = model.sub(account_id, organisation);
            assert_eq!(sub.as_ref(), expected, "{context}");
        }
    }

    /// Nobody's account tells what another person's card brought.
    async fn check_facts(&mut self, account_id: AccountId, model: &Model, context: &str) {
        let key = &self.broker.master_key;
        let facts = fact::list_current(&mut self.tx, key, account_id, self.now)
            .await
            .unwrap();
        let card = model.own_cards_of(account_id)[0];
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
