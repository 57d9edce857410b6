use chrono::Duration;
use federation::{Realm, UpstreamSession};
use idp::ids::{StaffAccountId, StaffSessionId};
use idp::staff::Role;
use idp::storage::staff_account::{self, Told};
use idp::storage::staff_session::{self, NewStaffSession, StaffEnd};
use store::Tx;
use tests::engines::{engines, master_key};

use super::{id, noon};

const REALM: &str = "caais:test:https://caais.test/";

fn realm(text: &str) -> Realm {
    serde_json::from_value(text.into()).unwrap()
}

async fn note(tx: &mut Tx, number: u128, name: &str, roles: &[Role]) -> StaffAccountId {
    let told = Told {
        realm: REALM,
        subject: "profile-1",
        name,
        roles: &roles.iter().copied().collect(),
    };
    let fresh_id = StaffAccountId::new(id(number));
    let at = noon() + Duration::hours(i64::try_from(number).unwrap());
    staff_account::note(tx, &master_key(), fresh_id, told, at)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_officer_is_one_row_with_the_name_and_roles_of_the_last_login() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let key = master_key();
        let first = note(&mut tx, 1, "Alena Psavá", &[Role::PortalEditor]).await;
        let second = note(&mut tx, 2, "Alena Nová", &[Role::Admin, Role::Clients]).await;

        assert_eq!((first, second), (StaffAccountId::new(id(1)), first));
        let held = staff_account::find_by_subject(&mut tx, &key, REALM, "profile-1").await;
        let held = held.unwrap().unwrap();
        assert_eq!(held.name, "Alena Nová");
        assert_eq!(held.roles, [Role::Clients, Role::Admin].into());
        assert_eq!(held.created_at, noon() + Duration::hours(1));
        assert_eq!(held.logged_in_at, noon() + Duration::hours(2));
        let listed = staff_account::list(&mut tx, &key).await.unwrap();
        assert_eq!(listed, [held], "{}", engine.name);
        for (realm, subject) in [
            ("caais:test:https://other.test/", "profile-1"),
            (REALM, "x"),
        ] {
            let none = staff_account::find_by_subject(&mut tx, &key, realm, subject).await;
            assert_eq!(none.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn an_officer_is_switched_off_and_on_once() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let officer = note(&mut tx, 1, "Alena Psavá", &[Role::Admin]).await;
        let nobody = StaffAccountId::new(id(9));

        for (who, at, changes) in [
            (officer, Some(noon()), true),
            (officer, Some(noon()), false),
            (officer, None, true),
            (officer, None, false),
            (nobody, Some(noon()), false),
        ] {
            let changed = staff_account::set_disabled(&mut tx, who, at).await.unwrap();
            assert_eq!(changed, changes, "{} {at:?}", engine.name);
        }
        let held = staff_account::lookup(&mut tx, &master_key(), officer).await;
        assert_eq!(held.unwrap().unwrap().disabled_at, None);
    }
}

#[tokio::test]
async fn an_officers_session_is_found_by_its_cookie_and_by_the_session_at_the_provider() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let officer = note(&mut tx, 1, "Alena Psavá", &[Role::Admin]).await;
        let upstream = UpstreamSession {
            name_id: "profile-1".to_owned(),
            format: None,
            index: Some("sid-1".to_owned()),
            hint: Some("id-token".to_owned()),
            renewal: None,
        };
        let session_id = StaffSessionId::new(id(1));
        let realm_held = realm(REALM);
        let session = NewStaffSession {
            staff_session_id: session_id,
            staff_account_id: officer,
            token_hash: &[1; 32],
            provider: "caais",
            realm: &realm_held,
            granted: &["IDP.ADMIN".to_owned(), "a \"b\" č".to_owned()],
            device: "Firefox, Linux",
            authenticated_at: noon() - Duration::minutes(1),
            expires_at: noon() + Duration::hours(8),
            confirmed_at: noon(),
            upstream_session: Some(&upstream),
        };
        staff_session::add(&mut tx, &master_key(), session, noon())
            .await
            .unwrap();

        let find = async |tx: &mut Tx, hash: [u8; 32], at| {
            let found = staff_session::find_by_token_hash(tx, &hash, at).await;
            found.unwrap()
        };
        let found = find(&mut tx, [1; 32], noon()).await.unwrap();
        assert_eq!(found.granted, ["IDP.ADMIN", "a \"b\" č"]);
        assert_eq!(find(&mut tx, [2; 32], noon()).await, None);
        let over = noon() + Duration::hours(8);
        assert_eq!(find(&mut tx, [1; 32], over).await, None);
        let kept = staff_session::find_upstream_session(&mut tx, &master_key(), session_id).await;
        assert_eq!(kept.unwrap().unwrap(), upstream);

        let by = |name: &str, index: Option<&str>| UpstreamSession {
            name_id: name.to_owned(),
            format: None,
            index: index.map(str::to_owned),
            hint: None,
            renewal: None,
        };
        for (realm, told, count) in [
            (realm(REALM), by("", Some("sid-1")), 1),
            (realm(REALM), by("profile-1", Some("sid-1")), 1),
            (realm(REALM), by("profile-1", None), 1),
            (realm(REALM), by("profile-1", Some("sid-2")), 0),
            (realm(REALM), by("profile-2", None), 0),
            (
                realm("caais:test:https://other.test/"),
                by("profile-1", None),
                0,
            ),
        ] {
            let listed = staff_session::list_by_upstream(&mut tx, &realm, &told, noon()).await;
            assert_eq!(listed.unwrap().len(), count, "{} {realm:?}", engine.name);
        }

        let later = noon() + Duration::minutes(5);
        staff_session::touch(&mut tx, session_id, later)
            .await
            .unwrap();
        let listed = staff_session::list_by_account(&mut tx, officer, noon())
            .await
            .unwrap();
        assert_eq!(listed[0].seen_at, later);
        for ends in [true, false] {
            let ended = staff_session::end(&mut tx, session_id, StaffEnd::Logout, later).await;
            assert_eq!(ended.unwrap(), ends);
        }
        assert_eq!(find(&mut tx, [1; 32], later).await, None);
        for (before, gone) in [(later, 0), (later + Duration::seconds(1), 1)] {
            let swept = staff_session::sweep(&mut tx, before).await.unwrap();
            assert_eq!(swept, gone, "{}", engine.name);
        }
    }
}

/// A live session of an officer who has signed in at noon.
async fn session_of(tx: &mut Tx, officer: StaffAccountId, number: u128) -> StaffSessionId {
    let upstream = UpstreamSession {
        name_id: "profile-1".to_owned(),
        format: None,
        index: None,
        hint: None,
        renewal: Some("first".to_owned()),
    };
    let staff_session_id = StaffSessionId::new(id(number));
    let token = [u8::try_from(number).unwrap(); 32];
    let session = NewStaffSession {
        staff_session_id,
        staff_account_id: officer,
        token_hash: &token,
        provider: "caais",
        realm: &realm(REALM),
        granted: &["IDP.ADMIN".to_owned()],
        device: "Firefox, Linux",
        authenticated_at: noon(),
        expires_at: noon() + Duration::hours(8),
        confirmed_at: noon(),
        upstream_session: Some(&upstream),
    };
    staff_session::add(tx, &master_key(), session, noon())
        .await
        .unwrap();
    staff_session_id
}

#[tokio::test]
async fn one_asks_about_a_session_at_a_time_and_what_it_hears_is_kept() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let key = master_key();
        let officer = note(&mut tx, 1, "Alena Psavá", &[Role::Admin]).await;
        let id = session_of(&mut tx, officer, 1).await;
        let (now, until) = (noon() + Duration::minutes(1), noon() + Duration::minutes(2));
        let held = staff_session::lookup(&mut tx, id, now).await;
        let held = held.unwrap().unwrap();
        assert_eq!(held.confirmed_at, noon(), "{}", engine.name);

        let claim = async |tx: &mut Tx, held: &_, now, until| {
            let claimed = staff_session::claim_confirmation(tx, held, now, until).await;
            claimed.unwrap()
        };
        assert!(claim(&mut tx, &held, now, until).await, "{}", engine.name);
        assert!(!claim(&mut tx, &held, now, until).await, "{}", engine.name);
        // Nobody else's right goes, one's own does.
        staff_session::release_confirmation(&mut tx, id, now)
            .await
            .unwrap();
        assert!(!claim(&mut tx, &held, now, until).await);
        staff_session::release_confirmation(&mut tx, id, until)
            .await
            .unwrap();
        assert!(claim(&mut tx, &held, now, until).await);
        // Whoever asked was stopped.
        let later = until + Duration::minutes(1);
        assert!(claim(&mut tx, &held, until, later).await);

        let second = UpstreamSession {
            name_id: "profile-1".to_owned(),
            format: None,
            index: None,
            hint: None,
            renewal: Some("second".to_owned()),
        };
        staff_session::confirm(&mut tx, &key, id, Some(&second), until)
            .await
            .unwrap();
        let kept = staff_session::find_upstream_session(&mut tx, &key, id).await;
        assert_eq!(kept.unwrap().unwrap(), second);
        let fresh = staff_session::lookup(&mut tx, id, until).await;
        let fresh = fresh.unwrap().unwrap();
        assert_eq!(fresh.confirmed_at, until);
        // There was nothing to ask by: what is kept stays.
        staff_session::confirm(&mut tx, &key, id, None, until)
            .await
            .unwrap();
        let kept = staff_session::find_upstream_session(&mut tx, &key, id).await;
        assert_eq!(kept.unwrap().unwrap(), second);
        // What was read before that gives no right; what is read now does.
        assert!(!claim(&mut tx, &held, later, later + Duration::minutes(1)).await);
        assert!(claim(&mut tx, &fresh, later, later + Duration::minutes(1)).await);

        staff_session::end(&mut tx, id, StaffEnd::NotConfirmed, later)
            .await
            .unwrap();
        let ended = staff_session::lookup(&mut tx, id, later).await;
        assert_eq!(ended.unwrap(), None, "{}", engine.name);
        let kept = staff_session::find_upstream_session(&mut tx, &key, id).await;
        assert_eq!(kept.unwrap(), None, "what opens it went with it");
        assert!(!claim(&mut tx, &fresh, later + Duration::hours(1), later).await);
    }
}

#[tokio::test]
async fn roles_that_were_taken_go_and_none_comes() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let key = master_key();
        let officer = note(&mut tx, 1, "Alena Psavá", &[Role::Admin, Role::Clients]).await;

        let left = [Role::Clients, Role::PortalEditor].into();
        let taken = staff_account::keep_roles(&mut tx, &key, officer, &left)
            .await
            .unwrap()
            .unwrap();

        assert_eq!(taken.before, [Role::Admin, Role::Clients].into());
        assert_eq!(taken.now, [Role::Clients].into());
        let again = staff_account::keep_roles(&mut tx, &key, officer, &left).await;
        assert_eq!(again.unwrap(), None, "{}", engine.name);
        let held = staff_account::lookup(&mut tx, &key, officer).await;
        let held = held.unwrap().unwrap();
        assert_eq!(held.roles, [Role::Clients].into(), "{}", engine.name);
        assert_eq!(held.logged_in_at, noon() + Duration::hours(1));
        let nobody = StaffAccountId::new(id(9));
        let none = staff_account::keep_roles(&mut tx, &key, nobody, &left).await;
        assert_eq!(none.unwrap(), None);
    }
}

#[tokio::test]
async fn what_opens_a_session_at_the_provider_goes_when_nobody_uses_ours_any_more() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let key = master_key();
        let officer = note(&mut tx, 1, "Alena Psavá", &[Role::Admin]).await;
        let (idle, used) = (
            session_of(&mut tx, officer, 1).await,
            session_of(&mut tx, officer, 2).await,
        );
        let now = noon() + Duration::hours(1);
        staff_session::touch(&mut tx, used, now).await.unwrap();
        let kept = async |tx: &mut Tx, id| {
            let kept = staff_session::find_upstream_session(tx, &key, id).await;
            kept.unwrap().is_some()
        };

        let unused_since = now - Duration::minutes(30);
        let ended = staff_session::end_idle(&mut tx, unused_since, now).await;
        assert_eq!(ended.unwrap(), [(idle, officer)], "{}", engine.name);
        let again = staff_session::end_idle(&mut tx, unused_since, now).await;
        assert_eq!(again.unwrap(), [], "{}", engine.name);
        staff_session::forget_upstream(&mut tx, now).await.unwrap();
        assert!(!kept(&mut tx, idle).await, "{}", engine.name);
        assert!(kept(&mut tx, used).await, "{}", engine.name);
        let live = staff_session::list_by_account(&mut tx, officer, now).await;
        let live: Vec<_> = live
            .unwrap()
            .iter()
            .map(|one| one.staff_session_id)
            .collect();
        assert_eq!(live, [used], "{}", engine.name);

        // Used to the last, and over.
        let end = noon() + Duration::hours(8);
        staff_session::touch(&mut tx, used, end).await.unwrap();
        staff_session::forget_upstream(&mut tx, end).await.unwrap();
        assert!(!kept(&mut tx, used).await, "{}", engine.name);
    }
}
