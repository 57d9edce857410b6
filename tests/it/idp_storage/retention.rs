//! What is forgotten when its time is over.

use chrono::{DateTime, Duration, Utc};
use federation::{IdentityLevel, Levels, LoginLevel, UpstreamSession};
use idp::ids::MandateId;
use idp::mandate::{EndReason, Outcome};
use idp::storage::authentication::{self, NewAuthentication};
use idp::storage::conflict::{self, Closing, ConflictDetails};
use idp::storage::mandate_proposal::decide;
use idp::storage::{mandate, retention};
use store::{Tx, on};
use tests::engines::{engines, master_key};

use super::conflict::about;
use super::mandate::add;
use super::{authentication_id, id, mandate_proposal, noon, person};

async fn count(tx: &mut Tx, query: &'static str) -> i64 {
    on!(tx, db => sqlx::query_scalar(query).fetch_one(db).await).unwrap()
}

/// The rows forgotten at a moment, and of devices, upstream names, cases and bodies those that are left.
async fn swept(tx: &mut Tx, at: DateTime<Utc>) -> (u64, [i64; 4]) {
    let rows = retention::sweep(tx, at).await.unwrap();
    let left = [
        count(
            tx,
            "select count(*) from browser_session where device <> ''",
        )
        .await,
        count(
            tx,
            "select count(*) from authentication where upstream_session is not null",
        )
        .await,
        count(tx, "select count(*) from conflict").await,
        count(
            tx,
            "select count(*) from mandate where name <> '' and ico is not null",
        )
        .await,
    ];
    (rows, left)
}

#[tokio::test]
async fn devices_cases_and_bodies_go_when_their_time_is_over_and_not_before() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 1).await;
        let session = UpstreamSession {
            name_id: "of jana".to_owned(),
            format: None,
            index: Some("1".to_owned()),
            hint: None,
            renewal: None,
        };
        let login = NewAuthentication {
            authentication_id: authentication_id(1),
            browser_session_id: jana.session_id,
            account_id: jana.account_id,
            upstream_link_id: jana.link_id,
            verification_id: jana.proof_id,
            provider: "nia",
            realm: &serde_json::from_value("nia:test:x".into()).unwrap(),
            levels: Levels::new(IdentityLevel::State, LoginLevel::Multi),
            eidas: None,
            authenticated_at: Some(noon()),
            upstream_session: Some(&session),
        };
        authentication::add(&mut tx, &master_key(), login, noon())
            .await
            .unwrap();
        let (open, closed) = (about(1, &jana, "open"), about(2, &jana, "closed"));
        for case in [open, closed] {
            let details = ConflictDetails::default();
            conflict::open(&mut tx, &master_key(), case, &details, noon())
                .await
                .unwrap();
        }
        let valid = add(&mut tx, 1, &jana).await;
        let ended = mandate::Mandate {
            mandate_id: MandateId::new(id(2)),
            reference: Some("abc2345".to_owned()),
            ..valid
        };
        mandate::add(&mut tx, &ended, noon()).await.unwrap();
        conflict::close(&mut tx, closed.conflict_id, Closing::Resolved, noon())
            .await
            .unwrap();
        mandate::revoke(&mut tx, ended.mandate_id, EndReason::GivenUp, noon())
            .await
            .unwrap();
        let second = Duration::seconds(1);
        let session_over = noon() + Duration::hours(12) + Duration::days(90);

        for (at, rows, left) in [
            (noon() + Duration::days(90), 0, [1, 1, 2, 2]),
            (noon() + Duration::days(90) + second, 1, [1, 1, 1, 2]),
            (session_over, 0, [1, 1, 1, 2]),
            (session_over + second, 1, [0, 0, 1, 2]),
            (noon() + Duration::days(365), 0, [0, 0, 1, 2]),
            (noon() + Duration::days(365) + second, 1, [0, 0, 1, 1]),
            (noon() + Duration::days(999), 0, [0, 0, 1, 1]),
        ] {
            assert_eq!(
                swept(&mut tx, at).await,
                (rows, left),
                "{}: {at}",
                engine.name
            );
        }
    }
}

#[tokio::test]
async fn a_decided_proposal_goes_after_ninety_days_and_an_open_one_never() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 1).await;
        let decided = mandate_proposal::add(&mut tx, 1, jana.account_id).await;
        mandate_proposal::add(&mut tx, 2, jana.account_id).await;
        let by = Some(decided.proposed_by);
        let key = decided.mandate_proposal_id;
        decide(&mut tx, key, Outcome::TakenBack, by, noon())
            .await
            .unwrap();
        let left = async |tx: &mut Tx, at| {
            retention::sweep(tx, at).await.unwrap();
            count(tx, "select count(*) from mandate_proposal").await
        };
        let end = noon() + Duration::days(90);

        assert_eq!(left(&mut tx, end).await, 2, "{}", engine.name);
        assert_eq!(left(&mut tx, end + Duration::seconds(1)).await, 1);
        assert_eq!(left(&mut tx, end + Duration::days(900)).await, 1);
    }
}
