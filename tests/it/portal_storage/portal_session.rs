use chrono::{DateTime, Duration, Utc};
use portal::session::{EndedBy, SessionId};
use portal::storage::portal_session::{self, PortalSession, Refreshed};
use store::{Db, Tx};
use tests::engines::{Engine, Tables, postgres, sqlite};
use tests::portal::noon;
use uuid::Uuid;

async fn engines() -> [Engine; 2] {
    [sqlite(Tables::Portal).await, postgres(Tables::Portal).await]
}

fn session(number: u128, subject: &str, sid: Option<&str>) -> PortalSession {
    PortalSession {
        id: SessionId(Uuid::from_u128(number)),
        cookie_hash: vec![u8::try_from(number).unwrap(); 32],
        subject: subject.to_owned(),
        broker_sid: sid.map(str::to_owned),
        acr: Some("http://eidas.europa.eu/LoA/high".to_owned()),
        auth_time: Some(noon() - Duration::seconds(5)),
        login_provider: Some("nia".to_owned()),
        mandate: Some("019a0000-0000-7000-8000-000000000001".to_owned()),
        device: "Firefox, Windows".to_owned(),
        claims: Some(b"claims".to_vec()),
        refresh_token: Some(b"refresh".to_vec()),
        id_token: Some(b"id".to_vec()),
        created_at: noon(),
        last_used_at: noon(),
        refreshed_at: noon(),
        refresh_lease_until: None,
        refresh_sent_at: None,
        unreachable_since: None,
        expires_at: noon() + Duration::hours(12),
        ended_at: None,
        ended_by: None,
    }
}

async fn added(db: &Db, sessions: &[PortalSession]) {
    let mut tx = db.begin().await.unwrap();
    for session in sessions {
        portal_session::add(&mut tx, session).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn read(db: &Db, id: SessionId) -> PortalSession {
    let mut tx = db.read().await.unwrap();
    portal_session::lookup(&mut tx, id).await.unwrap().unwrap()
}

async fn begin(db: &Db) -> Tx {
    db.begin().await.unwrap()
}

fn is_emptied(session: &PortalSession) -> bool {
    session.claims.is_none() && session.refresh_token.is_none() && session.id_token.is_none()
}

#[tokio::test]
async fn a_session_is_found_by_its_cookie_and_by_its_key() {
    for engine in engines().await {
        let one = session(1, "jana", Some("sid-1"));
        let bare = PortalSession {
            broker_sid: None,
            acr: None,
            auth_time: None,
            login_provider: None,
            mandate: None,
            claims: None,
            refresh_token: None,
            id_token: None,
            ..session(2, "jana", None)
        };
        added(&engine.db, &[one.clone(), bare.clone()]).await;

        let mut tx = engine.db.read().await.unwrap();
        let found = portal_session::find_by_cookie(&mut tx, &one.cookie_hash)
            .await
            .unwrap();
        let unknown = portal_session::find_by_cookie(&mut tx, &[9; 32])
            .await
            .unwrap();
        let by_key = portal_session::lookup(&mut tx, bare.id).await.unwrap();
        let no_key = portal_session::lookup(&mut tx, SessionId(Uuid::from_u128(9)))
            .await
            .unwrap();

        assert_eq!((found, unknown), (Some(one), None), "{}", engine.name);
        assert_eq!((by_key, no_key), (Some(bare), None), "{}", engine.name);
    }
}

#[tokio::test]
async fn two_sessions_never_share_a_cookie() {
    for engine in engines().await {
        let one = session(1, "jana", None);
        added(&engine.db, std::slice::from_ref(&one)).await;

        let mut tx = begin(&engine.db).await;
        let second = PortalSession {
            id: SessionId(Uuid::from_u128(2)),
            ..one
        };
        let refused = portal_session::add(&mut tx, &second).await;

        assert!(
            matches!(refused, Err(store::StorageError::Conflict(_))),
            "{}: {refused:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_person_sees_their_open_sessions_the_latest_used_first() {
    for engine in engines().await {
        let mut sessions = [
            session(1, "jana", None),
            session(2, "jana", None),
            session(3, "jana", None),
            session(4, "petr", None),
        ];
        sessions[1].last_used_at = noon() + Duration::minutes(1);
        sessions[2].expires_at = noon();
        added(&engine.db, &sessions).await;
        let mut tx = begin(&engine.db).await;
        portal_session::touch(&mut tx, sessions[0].id, noon() + Duration::minutes(2))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = engine.db.read().await.unwrap();
        let listed = portal_session::list_by_subject(&mut tx, "jana", noon())
            .await
            .unwrap();

        let ids: Vec<SessionId> = listed.iter().map(|session| session.id).collect();
        assert_eq!(ids, [sessions[0].id, sessions[1].id], "{}", engine.name);
        assert_eq!(
            listed[0].last_used_at,
            noon() + Duration::minutes(2),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn one_of_many_may_refresh() {
    for engine in engines().await {
        let one = session(1, "jana", None);
        added(&engine.db, std::slice::from_ref(&one)).await;
        let (now, until) = (noon() + Duration::minutes(5), noon() + Duration::minutes(6));

        let mut claims = Vec::new();
        for _ in 0..16 {
            let (db, one) = (engine.db.clone(), one.clone());
            claims.push(tokio::spawn(async move {
                let mut tx = begin(&db).await;
                let claimed = portal_session::claim_refresh(&mut tx, &one, now, until)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                claimed
            }));
        }
        let mut claimed = 0;
        for claim in claims {
            claimed += usize::from(claim.await.unwrap());
        }

        assert_eq!(claimed, 1, "{}", engine.name);
        let known = read(&engine.db, one.id).await;
        assert_eq!(known.refresh_sent_at, Some(now), "{}", engine.name);
        let (mut tx, next) = (begin(&engine.db).await, until + Duration::minutes(1));
        let stale = portal_session::claim_refresh(&mut tx, &one, until, next)
            .await
            .unwrap();
        let claimed = portal_session::claim_refresh(&mut tx, &known, until, next)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(
            !stale,
            "who does not know that it was sent: {}",
            engine.name
        );
        assert!(claimed, "a lease ends: {}", engine.name);
        let again = read(&engine.db, one.id).await;
        assert_eq!(again.refresh_sent_at, Some(now), "{}", engine.name);
    }
}

#[tokio::test]
async fn a_refresh_stores_what_is_new_and_starts_the_clock_anew() {
    for engine in engines().await {
        let one = session(1, "jana", None);
        added(&engine.db, std::slice::from_ref(&one)).await;
        let lease = failed_once(&engine.db, &one).await;

        let refreshed = Refreshed {
            claims: None,
            refresh_token: Some(b"next".to_vec()),
            id_token: None,
        };
        let now = lease + Duration::minutes(1);
        let mut tx = begin(&engine.db).await;
        assert!(
            portal_session::claim_refresh(&mut tx, &one, now, now + Duration::minutes(1))
                .await
                .unwrap()
        );
        let stale = portal_session::finish_refresh(&mut tx, one.id, lease, &refreshed, now)
            .await
            .unwrap();
        let stored = portal_session::finish_refresh(
            &mut tx,
            one.id,
            now + Duration::minutes(1),
            &refreshed,
            now,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();

        assert_eq!((stale, stored), (false, true), "{}", engine.name);
        let session = read(&engine.db, one.id).await;
        assert_eq!(
            session.claims.as_deref(),
            Some(b"claims".as_slice()),
            "{}",
            engine.name
        );
        assert_eq!(
            session.refresh_token.as_deref(),
            Some(b"next".as_slice()),
            "{}",
            engine.name
        );
        assert_eq!(
            (
                session.refreshed_at,
                session.refresh_lease_until,
                session.refresh_sent_at,
                session.unreachable_since
            ),
            (now, None, None, None),
            "{}",
            engine.name
        );
    }
}

/// A refresh that failed; returns the moment before which nobody tries again.
async fn failed_once(db: &Db, one: &PortalSession) -> DateTime<Utc> {
    let (now, lease) = (noon() + Duration::minutes(5), noon() + Duration::minutes(6));
    let retry = now + Duration::seconds(30);
    let mut tx = begin(db).await;
    assert!(
        portal_session::claim_refresh(&mut tx, one, now, lease)
            .await
            .unwrap()
    );
    portal_session::fail_refresh(&mut tx, one.id, lease, retry, None, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    retry
}

#[tokio::test]
async fn the_first_failure_is_remembered_and_the_next_try_waits() {
    for engine in engines().await {
        let one = session(1, "jana", None);
        added(&engine.db, std::slice::from_ref(&one)).await;
        let retry = failed_once(&engine.db, &one).await;
        let first = read(&engine.db, one.id).await.unreachable_since;
        assert_eq!(
            first,
            Some(noon() + Duration::minutes(5)),
            "{}",
            engine.name
        );

        let mut tx = begin(&engine.db).await;
        let early = portal_session::claim_refresh(
            &mut tx,
            &one,
            retry - Duration::seconds(1),
            retry + Duration::minutes(1),
        )
        .await
        .unwrap();
        let later =
            portal_session::claim_refresh(&mut tx, &one, retry, retry + Duration::minutes(1))
                .await
                .unwrap();
        portal_session::fail_refresh(
            &mut tx,
            one.id,
            retry + Duration::minutes(1),
            retry + Duration::minutes(2),
            Some(retry),
            retry,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();

        assert_eq!((early, later), (false, true), "{}", engine.name);
        assert_eq!(
            read(&engine.db, one.id).await.unreachable_since,
            first,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn an_ended_session_is_emptied_and_stays_ended() {
    for engine in engines().await {
        let one = session(1, "jana", None);
        added(&engine.db, std::slice::from_ref(&one)).await;

        let mut tx = begin(&engine.db).await;
        let first = portal_session::end(&mut tx, one.id, EndedBy::Logout, noon())
            .await
            .unwrap();
        let second = portal_session::end(&mut tx, one.id, EndedBy::Broker, noon())
            .await
            .unwrap();
        let claimed = portal_session::claim_refresh(&mut tx, &one, noon(), noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            (first, second, claimed),
            (true, false, false),
            "{}",
            engine.name
        );
        let ended = read(&engine.db, one.id).await;
        assert_eq!(
            (ended.ended_at, ended.ended_by()),
            (Some(noon()), Some(EndedBy::Logout)),
            "{}",
            engine.name
        );
        assert!(is_emptied(&ended), "{}", engine.name);
    }
}

#[tokio::test]
async fn a_session_of_the_broker_ends_those_that_came_from_it() {
    for engine in engines().await {
        let sessions = [
            session(1, "jana", Some("sid-1")),
            session(2, "petr", Some("sid-1")),
            session(3, "jana", Some("sid-2")),
        ];
        added(&engine.db, &sessions).await;

        let mut tx = begin(&engine.db).await;
        let of_jana = portal_session::end_by_broker_sid(
            &mut tx,
            "sid-1",
            Some("jana"),
            EndedBy::Broker,
            noon(),
        )
        .await
        .unwrap();
        let of_all =
            portal_session::end_by_broker_sid(&mut tx, "sid-1", None, EndedBy::Broker, noon())
                .await
                .unwrap();
        let again =
            portal_session::end_by_broker_sid(&mut tx, "sid-1", None, EndedBy::Broker, noon())
                .await
                .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            (of_jana, of_all, again),
            (vec![sessions[0].id], vec![sessions[1].id], vec![]),
            "{}",
            engine.name
        );
        assert!(
            is_emptied(&read(&engine.db, sessions[1].id).await),
            "{}",
            engine.name
        );
        assert!(
            read(&engine.db, sessions[2].id).await.ended_at.is_none(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn all_sessions_of_a_person_end_or_all_but_one() {
    for engine in engines().await {
        let sessions = [
            session(1, "jana", None),
            session(2, "jana", None),
            session(3, "petr", None),
        ];
        added(&engine.db, &sessions).await;

        let mut tx = begin(&engine.db).await;
        let others = portal_session::end_by_subject(
            &mut tx,
            "jana",
            Some(sessions[0].id),
            EndedBy::Person,
            noon(),
        )
        .await
        .unwrap();
        let rest = portal_session::end_by_subject(&mut tx, "jana", None, EndedBy::Broker, noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            (others, rest),
            (vec![sessions[1].id], vec![sessions[0].id]),
            "{}",
            engine.name
        );
        assert!(
            read(&engine.db, sessions[2].id).await.ended_at.is_none(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn what_ended_or_expired_long_ago_is_deleted() {
    for engine in engines().await {
        let mut sessions = [
            session(1, "jana", None),
            session(2, "jana", None),
            session(3, "jana", None),
        ];
        sessions[0].expires_at = noon() - Duration::days(2);
        added(&engine.db, &sessions).await;
        let mut tx = begin(&engine.db).await;
        portal_session::end(
            &mut tx,
            sessions[1].id,
            EndedBy::Logout,
            noon() - Duration::days(2),
        )
        .await
        .unwrap();

        let deleted = portal_session::delete_before(&mut tx, noon() - Duration::days(1))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(deleted, 2, "{}", engine.name);
        read(&engine.db, sessions[2].id).await;
    }
}
