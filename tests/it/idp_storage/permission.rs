use std::collections::BTreeSet;

use chrono::Duration;
use idp::ids::{ClientId, ConsentId, ReleaseId};
use idp::storage::consent::{self, ConsentContent};
use idp::storage::release::{self, NewRelease};
use tests::engines::engines;

use super::{at_client, id, noon, person};

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

#[tokio::test]
async fn the_latest_consent_stands_until_it_is_revoked() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let client = ClientId::new("library");
        let first = ConsentContent {
            allowed: set(&["profile"]),
            declined: set(&[]),
        };
        let second = ConsentContent {
            allowed: set(&["profile"]),
            declined: set(&["email"]),
        };
        assert!(
            consent::find(&mut tx, person.account_id, &client)
                .await
                .unwrap()
                .is_none()
        );

        for (number, content) in [(1, &first), (2, &second)] {
            consent::give(
                &mut tx,
                ConsentId::new(id(number)),
                person.account_id,
                &client,
                content,
                noon(),
            )
            .await
            .unwrap();
        }

        let found = consent::find(&mut tx, person.account_id, &client)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.content(), &second);
        assert_eq!(
            consent::list_by_account(&mut tx, person.account_id)
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            consent::revoke(&mut tx, person.account_id, &client, noon())
                .await
                .unwrap()
        );
        assert!(
            !consent::revoke(&mut tx, person.account_id, &client, noon())
                .await
                .unwrap()
        );
        assert!(
            consent::find(&mut tx, person.account_id, &client)
                .await
                .unwrap()
                .is_none(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_release_is_one_row_a_session_and_set_of_claims() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let session = at_client(&mut tx, &person, 1, "library").await;
        let client = ClientId::new("library");
        let (name, more) = (set(&["given_name"]), set(&["given_name", "email"]));
        let later = noon() + Duration::hours(1);
        let release = |number, claims| NewRelease {
            release_id: ReleaseId::new(id(number)),
            account_id: person.account_id,
            client_id: &client,
            client_session_id: session,
            claims,
        };

        assert!(
            release::add(&mut tx, release(1, &name), noon())
                .await
                .unwrap()
        );
        assert!(
            !release::add(&mut tx, release(2, &name), later)
                .await
                .unwrap()
        );
        assert!(
            release::add(&mut tx, release(3, &more), later)
                .await
                .unwrap()
        );

        assert!(
            release::is_recorded_since(&mut tx, session, &name, later)
                .await
                .unwrap()
        );
        assert!(
            !release::is_recorded_since(&mut tx, session, &name, later + Duration::seconds(1))
                .await
                .unwrap()
        );
        assert!(
            !release::is_recorded_since(&mut tx, session, &set(&["phone"]), noon())
                .await
                .unwrap()
        );
        let released = release::list_by_account(&mut tx, person.account_id)
            .await
            .unwrap();
        assert_eq!(released.len(), 1);
        assert_eq!(
            (
                &released[0].claims,
                released[0].first_at,
                released[0].last_at
            ),
            (&more, noon(), later),
            "{}",
            engine.name
        );
    }
}
