use federation::{IdentityLevel, LoginLevel};
use idp::ids::{AccountId, UpstreamLinkId, VerificationId};
use idp::storage::upstream_link::{self, NewUpstreamLink};
use idp::storage::verification;
use tests::engines::engines;

use super::{id, noon, person, proof};

fn link(number: u128, account: u128, subject: &str) -> NewUpstreamLink<'_> {
    NewUpstreamLink {
        upstream_link_id: UpstreamLinkId::new(id(number)),
        account_id: AccountId::new(id(account)),
        realm: "nia:test:x",
        subject,
        provider: "nia",
        linkable: true,
        passing: false,
    }
}

#[tokio::test]
async fn an_account_of_one_login_has_passed_when_nobody_is_signed_in_any_more() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        person(&mut tx, 1).await;
        let passing = person(&mut tx, 2).await;
        upstream_link::end(&mut tx, passing.link_id, noon())
            .await
            .unwrap();
        let new = NewUpstreamLink {
            passing: true,
            linkable: false,
            ..link(7, 2, "once")
        };
        assert!(upstream_link::add(&mut tx, new, noon()).await.unwrap());
        let hours = chrono::Duration::hours;
        let passed = async |tx: &mut store::Tx, before, now| {
            upstream_link::list_accounts_passed(tx, before, now)
                .await
                .unwrap()
        };

        // Sessions of these people last for twelve hours.
        assert_eq!(
            passed(&mut tx, noon() + hours(1), noon() + hours(1)).await,
            []
        );
        assert_eq!(passed(&mut tx, noon(), noon() + hours(13)).await, []);
        assert_eq!(
            passed(&mut tx, noon() + hours(1), noon() + hours(13)).await,
            [passing.account_id],
            "{}",
            engine.name
        );
        let found = upstream_link::find_by_subject(&mut tx, "nia:test:x", "once")
            .await
            .unwrap();
        assert!(found.unwrap().passing);
    }
}

#[tokio::test]
async fn a_subject_belongs_to_one_account_while_its_link_is_active() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        person(&mut tx, 1).await;
        person(&mut tx, 2).await;

        assert!(
            !upstream_link::add(&mut tx, link(3, 2, "subject-1"), noon())
                .await
                .unwrap()
        );
        let found = upstream_link::find_by_subject(&mut tx, "nia:test:x", "subject-1")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.account_id, AccountId::new(id(1)));
        let subject = async |tx: &mut store::Tx| {
            upstream_link::find_subject(tx, found.upstream_link_id)
                .await
                .unwrap()
        };
        assert_eq!(
            subject(&mut tx).await.as_deref(),
            Some("subject-1"),
            "{}",
            engine.name
        );

        assert!(
            upstream_link::end(&mut tx, found.upstream_link_id, noon())
                .await
                .unwrap()
        );
        assert!(
            !upstream_link::end(&mut tx, found.upstream_link_id, noon())
                .await
                .unwrap()
        );
        assert!(
            upstream_link::find_by_subject(&mut tx, "nia:test:x", "subject-1")
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            upstream_link::add(&mut tx, link(4, 2, "subject-1"), noon())
                .await
                .unwrap(),
            "{}",
            engine.name
        );
        let links = upstream_link::list_by_account(&mut tx, AccountId::new(id(2)))
            .await
            .unwrap();
        assert_eq!(links.len(), 2);
    }
}

#[tokio::test]
async fn subjects_are_compared_byte_by_byte_and_within_their_realm() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        person(&mut tx, 1).await;
        upstream_link::add(&mut tx, link(2, 1, "Zoë"), noon())
            .await
            .unwrap();

        for (realm, subject) in [
            ("nia:test:x", "zoë"),
            ("nia:test:x", "Zoe\u{308}"),
            ("nia:test:x", "Zoë "),
            ("nia:test:y", "Zoë"),
        ] {
            let found = upstream_link::find_by_subject(&mut tx, realm, subject)
                .await
                .unwrap();
            assert!(found.is_none(), "{} {realm} {subject}", engine.name);
        }
    }
}

#[tokio::test]
async fn the_places_that_vouched_are_remembered_and_an_ended_link_is_used_no_more() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let link = async |tx: &mut store::Tx| {
            let link = upstream_link::lookup(tx, person.link_id).await;
            link.unwrap().unwrap()
        };
        assert!(!link(&mut tx).await.knows_branch("one"));

        for branch in ["one", "two"] {
            upstream_link::add_branch(&mut tx, person.link_id, branch)
                .await
                .unwrap();
        }

        let known = link(&mut tx).await;
        assert!(
            known.knows_branch("one") && known.knows_branch("two"),
            "{}",
            engine.name
        );
        for other in ["three", "on", "one two", ""] {
            assert!(!known.knows_branch(other), "{other}");
        }
        upstream_link::end(&mut tx, person.link_id, noon())
            .await
            .unwrap();
        let used =
            upstream_link::touch(&mut tx, person.link_id, person.account_id, "nia", noon()).await;
        assert!(!used.unwrap());
    }
}

#[tokio::test]
async fn a_use_is_noted_with_the_present_name_of_the_provider() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let later = noon() + chrono::Duration::hours(1);

        upstream_link::touch(&mut tx, person.link_id, person.account_id, "nia-2", later)
            .await
            .unwrap();
        // It moved with a merge, or its undoing, since it was found.
        let other = AccountId::new(id(9));
        let moved = upstream_link::touch(&mut tx, person.link_id, other, "nia-3", later).await;
        assert!(!moved.unwrap(), "{}", engine.name);

        let links = upstream_link::list_by_account(&mut tx, person.account_id)
            .await
            .unwrap();
        assert_eq!(
            (links[0].provider.as_str(), links[0].used_at),
            ("nia-2", later),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_later_login_at_the_same_level_proves_the_same_row_again() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let later = noon() + chrono::Duration::days(1);
        let again = verification::UpstreamProof {
            verified_at: later,
            login_level: LoginLevel::Single,
            ..proof(&person, IdentityLevel::State)
        };

        let same = verification::prove(&mut tx, VerificationId::new(id(2)), again, later)
            .await
            .unwrap();
        let other = proof(&person, IdentityLevel::Contact);
        let weaker = verification::prove(&mut tx, VerificationId::new(id(3)), other, later)
            .await
            .unwrap();

        assert_eq!(
            (same, weaker),
            (person.proof_id, VerificationId::new(id(3)))
        );
        let valid = verification::list_valid(&mut tx, person.account_id, later)
            .await
            .unwrap();
        let levels: Vec<_> = valid
            .iter()
            .map(|proof| (proof.identity_level, proof.login_level, proof.verified_at))
            .collect();
        assert_eq!(
            levels,
            [
                (IdentityLevel::State, LoginLevel::Multi, later),
                (IdentityLevel::Contact, LoginLevel::Multi, noon())
            ],
            "{}",
            engine.name
        );

        assert!(verification::revoke(&mut tx, same, later).await.unwrap());
        assert!(!verification::revoke(&mut tx, same, later).await.unwrap());
        let valid = verification::list_valid(&mut tx, person.account_id, later)
            .await
            .unwrap();
        assert_eq!(valid.len(), 1);
        let fresh = verification::prove(&mut tx, VerificationId::new(id(4)), again, later)
            .await
            .unwrap();
        assert_eq!(
            fresh,
            VerificationId::new(id(4)),
            "a revoked proof is not revived"
        );
    }
}

#[tokio::test]
async fn a_link_takes_another_subject_and_the_former_one_is_a_stranger() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let first = person(&mut tx, 1).await;
        person(&mut tx, 2).await;
        let change = async |tx: &mut store::Tx, subject, history| {
            let history = UpstreamLinkId::new(id(history));
            upstream_link::change_subject(tx, first.link_id, subject, history, noon())
                .await
                .unwrap()
        };

        assert!(
            !change(&mut tx, "subject-2", 8).await,
            "somebody else's subject"
        );
        assert!(change(&mut tx, "subject-new", 9).await, "{}", engine.name);

        let of = async |tx: &mut store::Tx, subject| {
            upstream_link::find_by_subject(tx, "nia:test:x", subject)
                .await
                .unwrap()
                .map(|link| link.upstream_link_id)
        };
        assert_eq!(of(&mut tx, "subject-new").await, Some(first.link_id));
        assert_eq!(of(&mut tx, "subject-1").await, None);
        let found = upstream_link::lookup(&mut tx, first.link_id).await.unwrap();
        assert_eq!(found.unwrap().account_id, first.account_id);
        upstream_link::end(&mut tx, first.link_id, noon())
            .await
            .unwrap();
        assert!(!change(&mut tx, "subject-newer", 10).await);
        assert!(
            upstream_link::lookup(&mut tx, first.link_id)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_proof_whose_time_is_limited_stops_counting_with_its_facts() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let key = tests::engines::master_key();
        let value = federation::FactValue::Text("Jana".to_owned());
        let name = idp::storage::fact::NewFact {
            fact_id: idp::ids::FactId::new(id(1)),
            account_id: person.account_id,
            verification_id: Some(person.proof_id),
            kind: federation::FactKind::GivenName,
            value: &value,
            standing: federation::Standing::Vouched,
        };
        idp::storage::fact::add(&mut tx, &key, name, noon())
            .await
            .unwrap();
        let until = noon() + chrono::Duration::days(30);

        verification::limit(&mut tx, person.link_id, until)
            .await
            .unwrap();
        verification::limit(&mut tx, person.link_id, until + chrono::Duration::days(1))
            .await
            .unwrap();

        for (at, count) in [(until - chrono::Duration::seconds(1), 1), (until, 0)] {
            let valid = verification::list_valid(&mut tx, person.account_id, at)
                .await
                .unwrap();
            let facts = idp::storage::fact::list_current(&mut tx, &key, person.account_id, at)
                .await
                .unwrap();
            assert_eq!(
                (valid.len(), facts.len()),
                (count, count),
                "{}",
                engine.name
            );
        }
    }
}

#[tokio::test]
async fn a_link_is_stale_from_the_first_word_of_a_change_until_it_was_read_again() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let link = upstream_link::find_by_subject(&mut tx, "nia:test:x", "subject-1")
            .await
            .unwrap()
            .unwrap()
            .upstream_link_id;

        assert!(
            upstream_link::mark_stale(&mut tx, link, noon())
                .await
                .unwrap()
        );
        assert!(
            !upstream_link::mark_stale(&mut tx, link, noon())
                .await
                .unwrap()
        );
        upstream_link::touch(&mut tx, link, person.account_id, "nia", noon())
            .await
            .unwrap();
        assert!(
            !upstream_link::mark_stale(&mut tx, link, noon())
                .await
                .unwrap(),
            "a login alone refreshes nothing"
        );
        upstream_link::freshen(&mut tx, link).await.unwrap();
        assert!(
            upstream_link::mark_stale(&mut tx, link, noon())
                .await
                .unwrap()
        );

        upstream_link::end(&mut tx, link, noon()).await.unwrap();
        upstream_link::touch(&mut tx, link, person.account_id, "nia", noon())
            .await
            .unwrap();
        assert!(
            !upstream_link::mark_stale(&mut tx, link, noon())
                .await
                .unwrap(),
            "{}",
            engine.name
        );
    }
}
