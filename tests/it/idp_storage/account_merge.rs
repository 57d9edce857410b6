use chrono::Duration;

use idp::ids::{AccountId, MergeId, OrganisationId, VerificationId};
use idp::storage::account_merge::{self, AccountMerge};
use idp::storage::client::Origin;
use idp::storage::consent::{self, ConsentContent};
use idp::storage::{
    account, fact, merge_item, organisation, pairwise_subject, upstream_link, verification,
};
use store::{StorageError, Tx};
use tests::engines::{engines, master_key};

use super::{id, noon, person, proof};

fn account_id(number: u128) -> AccountId {
    AccountId::new(id(number))
}

fn merge(number: u128, survivor: u128, merged: u128) -> AccountMerge {
    AccountMerge {
        merge_id: MergeId::new(id(number)),
        survivor_id: account_id(survivor),
        merged_id: account_id(merged),
        merged_at: noon() + Duration::seconds(i64::try_from(number).unwrap()),
        undo_until: noon() + Duration::days(90),
        undone_at: None,
    }
}

async fn organisation(tx: &mut Tx, name: &str) -> OrganisationId {
    let organisation_id = OrganisationId::new(name);
    let config = serde_json::from_value(serde_json::json!({ "name": { "cs": name } })).unwrap();
    organisation::put(tx, &organisation_id, &config, Origin::File, noon())
        .await
        .unwrap();
    organisation_id
}

async fn known_as(tx: &mut Tx, at: &OrganisationId, account: u128, sub: u128) -> String {
    pairwise_subject::get_or_add(tx, at, account_id(account), id(sub), noon())
        .await
        .unwrap()
}

async fn sub_of(tx: &mut Tx, at: &OrganisationId, account: u128) -> Option<String> {
    pairwise_subject::find(tx, at, account_id(account))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_account_is_part_of_one_other_at_most_and_can_be_parted_in_time() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for number in 1..=3 {
            person(&mut tx, number).await;
        }
        account_merge::add(&mut tx, &merge(1, 2, 1)).await.unwrap();
        account_merge::add(&mut tx, &merge(2, 3, 2)).await.unwrap();

        assert_eq!(
            account_merge::survivor_of(&mut tx, account_id(1))
                .await
                .unwrap(),
            account_id(3)
        );
        let upwards = account_merge::list_upwards(&mut tx, account_id(1)).await;
        let upwards: Vec<_> = upwards.unwrap().iter().map(|m| m.survivor_id).collect();
        assert_eq!(upwards, [account_id(2), account_id(3)], "{}", engine.name);
        let within = account_merge::list_within(&mut tx, account_id(3)).await;
        let within: Vec<_> = within.unwrap().iter().map(|m| m.merged_id).collect();
        assert_eq!(within, [account_id(2), account_id(1)], "{}", engine.name);
        let parts = account_merge::list_parts(&mut tx, account_id(3))
            .await
            .unwrap();
        assert_eq!(
            parts,
            [
                (account_id(2), merge(2, 3, 2).merged_at),
                (account_id(1), merge(2, 3, 2).merged_at)
            ],
            "{}",
            engine.name
        );
        let found = account_merge::lookup(&mut tx, MergeId::new(id(2)))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.undo_until, merge(2, 3, 2).undo_until);

        let late = noon() + Duration::days(90);
        assert!(
            !account_merge::undo(&mut tx, MergeId::new(id(2)), late)
                .await
                .unwrap()
        );
        for (number, at, ended) in [(1, late, false), (1, noon(), true), (1, noon(), false)] {
            let done = account_merge::end_parting(&mut tx, MergeId::new(id(number)), at).await;
            assert_eq!(done.unwrap(), ended, "{} {at}", engine.name);
        }
        assert!(
            account_merge::undo(&mut tx, MergeId::new(id(1)), noon())
                .await
                .is_ok_and(|undone| !undone),
            "{}: it is final",
            engine.name
        );
        let final_one = account_merge::lookup(&mut tx, MergeId::new(id(1))).await;
        assert_eq!(
            final_one.unwrap().unwrap().undo_until,
            noon(),
            "{}",
            engine.name
        );
        let is_undone = async |tx: &mut _, number| {
            let merge_id = MergeId::new(id(number));
            account_merge::is_undone(tx, merge_id).await.unwrap()
        };
        assert!(!is_undone(&mut tx, 2).await, "{}", engine.name);
        assert!(
            account_merge::undo(&mut tx, MergeId::new(id(2)), noon())
                .await
                .unwrap()
        );
        assert!(is_undone(&mut tx, 2).await, "{}", engine.name);
        for other in [1, 99] {
            assert!(!is_undone(&mut tx, other).await, "{} {other}", engine.name);
        }
        assert!(
            !account_merge::end_parting(&mut tx, MergeId::new(id(2)), noon())
                .await
                .unwrap()
        );
        assert!(
            !account_merge::undo(&mut tx, MergeId::new(id(2)), noon())
                .await
                .unwrap()
        );
        assert!(
            account_merge::list_into(&mut tx, account_id(3))
                .await
                .unwrap()
                .is_empty()
        );
        tx.commit().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        let again = account_merge::add(&mut tx, &merge(3, 3, 1)).await;
        assert!(
            matches!(again, Err(StorageError::Conflict(_))),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn what_a_merge_takes_comes_back_when_it_is_undone() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let survivor = person(&mut tx, 1).await;
        let merged = person(&mut tx, 2).await;
        let key = master_key();
        for (number, whose) in [(1, &survivor), (2, &merged)] {
            let value = federation::FactValue::Text(format!("Jana {number}"));
            let name = fact::NewFact {
                fact_id: idp::ids::FactId::new(id(number)),
                account_id: whose.account_id,
                verification_id: Some(whose.proof_id),
                kind: federation::FactKind::GivenName,
                value: &value,
                standing: federation::Standing::Vouched,
            };
            fact::add(&mut tx, &key, name, noon()).await.unwrap();
        }
        for (number, whose, client) in [
            (1, &survivor, "library"),
            (2, &merged, "library"),
            (3, &merged, "pool"),
        ] {
            consent::give(
                &mut tx,
                idp::ids::ConsentId::new(id(number)),
                whose.account_id,
                &idp::ids::ClientId::new(client),
                &ConsentContent::default(),
                noon(),
            )
            .await
            .unwrap();
        }
        let merge = merge(1, 1, 2);
        account_merge::add(&mut tx, &merge).await.unwrap();

        merge_item::take_over(
            &mut tx,
            merge.merge_id,
            merged.account_id,
            survivor.account_id,
        )
        .await
        .unwrap();

        let holds = async |tx: &mut Tx, account: AccountId| {
            (
                upstream_link::list_by_account(tx, account)
                    .await
                    .unwrap()
                    .len(),
                verification::list_valid(tx, account, noon())
                    .await
                    .unwrap()
                    .len(),
                fact::list_current(tx, &key, account, noon())
                    .await
                    .unwrap()
                    .len(),
                consent::list_by_account(tx, account).await.unwrap().len(),
            )
        };
        assert_eq!(holds(&mut tx, survivor.account_id).await, (2, 2, 2, 2));
        assert_eq!(holds(&mut tx, merged.account_id).await, (0, 0, 0, 1));
        // A login through the way in that came over, while the two are one.
        let other = federation::IdentityLevel::Contact;
        let later = idp::storage::verification::UpstreamProof {
            account_id: survivor.account_id,
            ..proof(&merged, other)
        };
        verification::prove(&mut tx, VerificationId::new(id(9)), later, noon())
            .await
            .unwrap();

        merge_item::give_back(
            &mut tx,
            merge.merge_id,
            survivor.account_id,
            merged.account_id,
        )
        .await
        .unwrap();

        merge_item::part_consents(
            &mut tx,
            &merge,
            std::slice::from_ref(&merge),
            &[survivor.account_id],
            noon(),
        )
        .await
        .unwrap();

        assert_eq!(holds(&mut tx, survivor.account_id).await, (1, 1, 1, 1));
        assert_eq!(
            holds(&mut tx, merged.account_id).await,
            (1, 2, 1, 2),
            "{}",
            engine.name
        );
    }
}

/// At the pool the merged account had allowed something, at the library the one that stayed, at the zoo neither.
#[tokio::test]
async fn what_was_allowed_while_two_were_one_stands_for_neither_when_they_are_two() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let survivor = person(&mut tx, 1).await.account_id;
        let merged = person(&mut tx, 2).await.account_id;
        let content = |items: &[&str]| ConsentContent {
            allowed: items.iter().map(|&item| item.to_owned()).collect(),
            ..ConsentContent::default()
        };
        let give = async |tx: &mut Tx, number, account, client, items: &[&str], at| {
            let consent_id = idp::ids::ConsentId::new(id(number));
            let client = idp::ids::ClientId::new(client);
            consent::give(tx, consent_id, account, &client, &content(items), at)
                .await
                .unwrap();
        };
        give(&mut tx, 1, merged, "pool", &["profile", "email"], noon()).await;
        give(&mut tx, 2, survivor, "library", &["profile"], noon()).await;
        let merge = AccountMerge {
            merged_at: noon() + Duration::hours(1),
            ..merge(1, 1, 2)
        };
        account_merge::add(&mut tx, &merge).await.unwrap();
        merge_item::take_over(&mut tx, merge.merge_id, merged, survivor)
            .await
            .unwrap();
        for (hours, number) in [(2, 10), (3, 20)] {
            for (more, client) in [(1, "pool"), (2, "library"), (3, "zoo")] {
                let at = noon() + Duration::hours(hours);
                let items = ["profile", "email", "phone"];
                give(&mut tx, number + more, survivor, client, &items, at).await;
            }
        }
        account_merge::undo(&mut tx, merge.merge_id, merge.merged_at)
            .await
            .unwrap();

        let (within, holders) = ([merge.clone()], [survivor]);
        let later = noon() + Duration::hours(4);
        merge_item::part_consents(&mut tx, &merge, &within, &holders, later)
            .await
            .unwrap();

        let found = async |tx: &mut Tx, account, client| {
            let client = idp::ids::ClientId::new(client);
            let found = consent::find(tx, account, &client).await.unwrap();
            found.map(|found| found.content().clone())
        };
        for (client, ours, theirs) in [
            ("pool", None, Some(content(&["profile", "email"]))),
            ("library", Some(content(&["profile"])), None),
            ("zoo", None, None),
        ] {
            let name = engine.name;
            assert_eq!(
                found(&mut tx, survivor, client).await,
                ours,
                "{client} {name}"
            );
            assert_eq!(
                found(&mut tx, merged, client).await,
                theirs,
                "{client} {name}"
            );
        }
    }
}

#[tokio::test]
async fn each_organisation_keeps_the_sub_it_saw_first_and_hears_of_the_other() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for number in 1..=3 {
            person(&mut tx, number).await;
        }
        let [both, late, never] = ["both", "late", "never"];
        let both = organisation(&mut tx, both).await;
        let late = organisation(&mut tx, late).await;
        let never = organisation(&mut tx, never).await;
        let survivors = known_as(&mut tx, &both, 1, 11).await;
        let merged = known_as(&mut tx, &both, 2, 12).await;
        let only = known_as(&mut tx, &late, 2, 22).await;
        known_as(&mut tx, &late, 3, 23).await;
        account_merge::add(&mut tx, &merge(1, 1, 2)).await.unwrap();
        account_merge::add(&mut tx, &merge(2, 1, 3)).await.unwrap();

        assert_eq!(
            sub_of(&mut tx, &both, 1).await.as_ref(),
            Some(&survivors),
            "{}",
            engine.name
        );
        assert_eq!(known_as(&mut tx, &late, 1, 99).await, only);
        assert_eq!(sub_of(&mut tx, &never, 1).await, None);
        let since = noon() - Duration::days(1);
        let previous = async |tx: &mut Tx, at, since| {
            pairwise_subject::list_previous(tx, at, account_id(1), since)
                .await
                .unwrap()
        };
        assert_eq!(
            previous(&mut tx, &both, since).await,
            std::slice::from_ref(&merged)
        );
        assert_eq!(previous(&mut tx, &late, since).await, [id(23).to_string()]);
        let all = pairwise_subject::list_all(&mut tx, &both, account_id(1))
            .await
            .unwrap();
        assert_eq!(
            all,
            [survivors.clone(), merged.clone()],
            "{}: present and former",
            engine.name
        );
        let none = pairwise_subject::list_all(&mut tx, &never, account_id(3))
            .await
            .unwrap();
        assert!(none.is_empty(), "{}", engine.name);
        let over = noon() + Duration::days(1);
        assert!(previous(&mut tx, &both, over).await.is_empty());
        assert_eq!(
            pairwise_subject::find_account(&mut tx, &both, &merged)
                .await
                .unwrap(),
            Some(account_id(1))
        );
        assert_eq!(
            pairwise_subject::list_organisations(&mut tx, account_id(1))
                .await
                .unwrap(),
            [both.clone(), late.clone()]
        );

        account_merge::undo(&mut tx, MergeId::new(id(1)), noon())
            .await
            .unwrap();

        assert_eq!(sub_of(&mut tx, &both, 1).await, Some(survivors));
        assert_eq!(sub_of(&mut tx, &both, 2).await, Some(merged));
        assert_eq!(sub_of(&mut tx, &late, 2).await, Some(only));
        assert_eq!(
            sub_of(&mut tx, &late, 1).await,
            Some(id(23).to_string()),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn an_account_is_held_only_while_it_is_active() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;

        assert!(
            account::hold(&mut tx, person.account_id, noon())
                .await
                .unwrap()
        );
        account::set_state(
            &mut tx,
            person.account_id,
            account::AccountState::Merged,
            noon(),
        )
        .await
        .unwrap();

        assert!(
            !account::hold(&mut tx, person.account_id, noon())
                .await
                .unwrap(),
            "{}",
            engine.name
        );
        let account = account::lookup(&mut tx, person.account_id)
            .await
            .unwrap()
            .unwrap();
        assert!(account.is_merged() && !account.is_active());
    }
}

#[tokio::test]
async fn a_way_in_that_is_added_anew_goes_back_with_the_merge_that_had_brought_it() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let survivor = person(&mut tx, 1).await;
        let merged = person(&mut tx, 2).await;
        let merge = merge(1, 1, 2);
        let (merge_id, to) = (merge.merge_id, survivor.account_id);
        account_merge::add(&mut tx, &merge).await.unwrap();
        merge_item::take_over(&mut tx, merge_id, merged.account_id, to)
            .await
            .unwrap();
        let known = upstream_link::find_subject(&mut tx, merged.link_id).await;
        let subject = known.unwrap().unwrap();
        upstream_link::end(&mut tx, merged.link_id, noon())
            .await
            .unwrap();
        let mut added = Vec::new();
        for (number, subject) in [(71, subject.as_str()), (72, "another")] {
            let link = upstream_link::NewUpstreamLink {
                upstream_link_id: idp::ids::UpstreamLinkId::new(id(number)),
                account_id: to,
                realm: "nia:test:x",
                subject,
                provider: "nia",
                linkable: true,
                passing: false,
            };
            assert!(upstream_link::add(&mut tx, link, noon()).await.unwrap());
            added.push(link.upstream_link_id);
            for _ in 0..2 {
                merge_item::take_again(
                    &mut tx,
                    merge_id,
                    link.upstream_link_id,
                    link.realm,
                    subject,
                )
                .await
                .unwrap();
            }
        }

        let ways = merge_item::list_ways_in(&mut tx, merge_id).await.unwrap();
        assert_eq!(
            ways.into_iter().collect::<Vec<_>>(),
            [merged.link_id.min(added[0]), merged.link_id.max(added[0])],
            "{}",
            engine.name
        );
    }
}
