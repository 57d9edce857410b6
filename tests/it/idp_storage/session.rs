use chrono::Duration;
use federation::{IdentityLevel, Levels, LoginLevel, Realm, UpstreamSession};
use idp::ids::{ClientId, ClientSessionId};
use idp::storage::authentication::{self, Authentication, NewAuthentication};
use idp::storage::browser_session::{self, EndReason};
use idp::storage::client_session::{self, NewClientSession};
use idp::storage::signed_in;
use store::Tx;
use tests::engines::{engines, master_key};

use super::{Person, at_client, authentication_id, id, noon, person};

const HASH: [u8; 32] = [1; 32];

#[tokio::test]
async fn a_session_is_found_by_its_cookie_until_it_expires_ends_or_changes_its_cookie() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let find = async |tx: &mut Tx, hash: &[u8], at| {
            browser_session::find_by_token_hash(tx, hash, at)
                .await
                .unwrap()
        };

        let (found, account) = find(&mut tx, &HASH, noon()).await.unwrap();
        assert_eq!(account.account_id, person.account_id);
        assert_eq!(
            (found.browser_session_id, found.device.as_str()),
            (person.session_id, "Firefox, Linux")
        );
        assert!(
            find(&mut tx, &HASH, noon() + Duration::hours(12))
                .await
                .is_none()
        );

        assert!(
            browser_session::renew_token(&mut tx, person.session_id, &[9; 32], None, noon())
                .await
                .unwrap()
        );
        assert!(find(&mut tx, &HASH, noon()).await.is_none());
        assert!(find(&mut tx, &[9; 32], noon()).await.is_some());

        browser_session::touch(&mut tx, person.session_id, noon() + Duration::hours(1))
            .await
            .unwrap();
        let sessions = browser_session::list_by_account(&mut tx, person.account_id, noon())
            .await
            .unwrap();
        assert_eq!(sessions[0].seen_at, noon() + Duration::hours(1));

        assert!(
            browser_session::end(&mut tx, person.session_id, EndReason::Logout, noon())
                .await
                .unwrap()
        );
        assert!(
            !browser_session::end(&mut tx, person.session_id, EndReason::Logout, noon())
                .await
                .unwrap()
        );
        assert!(find(&mut tx, &[9; 32], noon()).await.is_none());
        assert!(
            !browser_session::renew_token(&mut tx, person.session_id, &HASH, None, noon())
                .await
                .unwrap()
        );
        assert!(
            browser_session::lookup(&mut tx, person.session_id, noon())
                .await
                .unwrap()
                .is_none(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn logins_of_a_session_come_the_latest_first() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let realm = realm();
        for (number, seconds) in [(1, 0), (2, 5)] {
            let at = noon() + Duration::seconds(seconds);
            authentication::add(
                &mut tx,
                &master_key(),
                login(&person, number, &realm, None),
                at,
            )
            .await
            .unwrap();
        }

        let logins = authentication::list_by_session(&mut tx, person.session_id, noon())
            .await
            .unwrap();

        let ids: Vec<_> = logins.iter().map(|login| login.authentication_id).collect();
        assert_eq!(ids, [authentication_id(2), authentication_id(1)]);
        assert_eq!(
            logins[0].levels,
            Levels::new(IdentityLevel::State, LoginLevel::Multi)
        );
        let found = authentication::lookup(&mut tx, authentication_id(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            found.eidas.as_deref(),
            Some("http://eidas.europa.eu/LoA/substantial")
        );
        assert!(
            authentication::lookup(&mut tx, authentication_id(3))
                .await
                .unwrap()
                .is_none(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_login_has_the_time_that_was_told_never_a_later_one_than_ours_and_none_where_none_was() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let realm = realm();
        let earlier = noon() - Duration::hours(2);
        let told = [
            (None, None),
            (Some(earlier), Some(earlier)),
            (Some(noon() + Duration::seconds(60)), Some(noon())),
        ];
        for (number, (authenticated_at, known)) in (1..).zip(told) {
            let login = NewAuthentication {
                authenticated_at,
                ..login(&person, number, &realm, None)
            };
            authentication::add(&mut tx, &master_key(), login, noon())
                .await
                .unwrap();

            let id = authentication_id(number);
            let found = authentication::lookup(&mut tx, id).await.unwrap().unwrap();
            let listed = authentication::list_by_session(&mut tx, person.session_id, noon()).await;
            let signed_in = signed_in::find(&mut tx, &HASH, noon()).await.unwrap();
            let of = |logins: Vec<Authentication>| {
                let login = logins
                    .into_iter()
                    .find(|login| login.authentication_id == id);
                login.unwrap().authenticated_at
            };
            assert_eq!(found.authenticated_at, known, "{}", engine.name);
            assert_eq!(of(listed.unwrap()), known, "{}", engine.name);
            assert_eq!(of(signed_in.unwrap().logins), known, "{}", engine.name);
        }
    }
}

#[tokio::test]
async fn a_session_is_found_by_what_the_upstream_calls_it() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (one, other) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let realm = realm();
        let (ones, others) = (
            upstream("subject-1", Some("_a")),
            upstream("subject-2", Some("_b")),
        );
        for (number, person, session) in [(1, &one, &ones), (2, &other, &others)] {
            let login = login(person, number, &realm, Some(session));
            authentication::add(&mut tx, &master_key(), login, noon())
                .await
                .unwrap();
        }

        for (session, found) in [
            (upstream("subject-1", Some("_a")), vec![one.session_id]),
            (upstream("subject-1", None), vec![one.session_id]),
            (upstream("subject-1", Some("_b")), vec![]),
            (upstream("subject-3", None), vec![]),
            // A logout token may name the session alone.
            (upstream("", Some("_a")), vec![one.session_id]),
            (upstream("", Some("_b")), vec![other.session_id]),
            (upstream("", Some("_c")), vec![]),
        ] {
            let ids = authentication::find_browser_sessions(&mut tx, &realm, &session, noon())
                .await
                .unwrap();
            assert_eq!(ids, found, "{}", engine.name);
        }
        let sessions =
            authentication::list_upstream_sessions(&mut tx, &master_key(), one.session_id)
                .await
                .unwrap();
        assert_eq!(sessions, [("nia".to_owned(), ones)]);
        browser_session::end(&mut tx, one.session_id, EndReason::UpstreamLogout, noon())
            .await
            .unwrap();
        let gone = upstream("subject-1", None);
        assert!(
            authentication::find_browser_sessions(&mut tx, &realm, &gone, noon())
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_browser_has_one_open_session_at_a_client_and_a_new_one_after_it_ended() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;

        let first = at_client(&mut tx, &person, 1, "portal").await;
        let again = at_client(&mut tx, &person, 2, "portal").await;
        at_client(&mut tx, &person, 3, "library").await;

        assert_eq!(first, again);
        assert_eq!(
            client_session::list_open(&mut tx, person.session_id)
                .await
                .unwrap()
                .len(),
            2
        );
        let found = client_session::find_by_sid(&mut tx, "sid-1")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.client_session_id, found.sub.as_str()),
            (first, "sub")
        );
        assert!(
            client_session::find_by_sid(&mut tx, "sid-2")
                .await
                .unwrap()
                .is_none()
        );

        let ended = client_session::end_for_client(
            &mut tx,
            person.account_id,
            &ClientId::new("library"),
            noon(),
        )
        .await;
        assert_eq!(ended.unwrap().len(), 1);
        assert_eq!(
            client_session::end_all(&mut tx, person.session_id, noon())
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            client_session::end_all(&mut tx, person.session_id, noon())
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            client_session::lookup(&mut tx, first)
                .await
                .unwrap()
                .unwrap()
                .ended_at
                .is_some()
        );
        assert_ne!(
            at_client(&mut tx, &person, 4, "portal").await,
            first,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn two_sessions_never_share_a_sid() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        at_client(&mut tx, &person, 1, "portal").await;
        let same = NewClientSession {
            client_session_id: ClientSessionId::new(id(2)),
            browser_session_id: person.session_id,
            account_id: person.account_id,
            client_id: &ClientId::new("library"),
            sid: "sid-1",
            sub: "sub",
        };

        let refused = client_session::find_or_add(&mut tx, same, noon()).await;

        assert!(
            matches!(refused, Err(store::StorageError::Conflict(_))),
            "{}",
            engine.name
        );
    }
}

fn realm() -> Realm {
    serde_json::from_value("nia:test:x".into()).unwrap()
}

fn upstream(name_id: &str, index: Option<&str>) -> UpstreamSession {
    UpstreamSession {
        name_id: name_id.to_owned(),
        format: None,
        index: index.map(str::to_owned),
        hint: None,
        renewal: None,
    }
}

fn login<'a>(
    person: &Person,
    number: u128,
    realm: &'a Realm,
    session: Option<&'a UpstreamSession>,
) -> NewAuthentication<'a> {
    NewAuthentication {
        authentication_id: authentication_id(number),
        browser_session_id: person.session_id,
        account_id: person.account_id,
        upstream_link_id: person.link_id,
        verification_id: person.proof_id,
        provider: "nia",
        realm,
        levels: Levels::new(IdentityLevel::State, LoginLevel::Multi),
        eidas: Some("http://eidas.europa.eu/LoA/substantial"),
        authenticated_at: Some(noon()),
        upstream_session: session,
    }
}
