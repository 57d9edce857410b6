//! Grants, access tokens, refresh tokens and subjects.

use std::collections::BTreeSet;

use chrono::Duration;
use federation::{Levels, LoginLevel, Realm};
use idp::claims::ClaimsParameter;
use idp::clients::secret::SecretHash;
use idp::clients::{ClientConfig, OrganisationConfig};
use idp::ids::{AccessGrantId, AccessTokenId, ClientId, OrganisationId, ResourceId};
use idp::oidc::access_token::AccessToken;
use idp::storage::access_grant::{self, AccessGrant};
use idp::storage::access_token;
use idp::storage::authentication::{self, NewAuthentication};
use idp::storage::client::{self as clients, Origin, StoredClient};
use idp::storage::{client_session, organisation, pairwise_subject, refresh_token, standing};
use store::{StorageError, Tx};
use tests::engines::{engines, master_key};
use uuid::Uuid;

use super::{Person, at_client, authentication_id, id, noon, person};

const TOKEN: [u8; 32] = [2; 32];

/// A person at the client `app` with one grant, numbered alike.
pub(super) async fn granted(tx: &mut Tx, number: u128, offline: bool) -> (Person, AccessGrant) {
    register(tx, "app").await;
    let person = person(tx, number).await;
    let client_session_id = at_client(tx, &person, number, "app").await;
    let login = NewAuthentication {
        authentication_id: authentication_id(number),
        browser_session_id: person.session_id,
        account_id: person.account_id,
        upstream_link_id: person.link_id,
        verification_id: person.proof_id,
        provider: "nia",
        realm: &serde_json::from_value::<Realm>("nia:test:x".into()).unwrap(),
        levels: Levels::new(federation::IdentityLevel::State, LoginLevel::Multi),
        eidas: Some("http://eidas.europa.eu/LoA/substantial"),
        authenticated_at: Some(noon()),
        upstream_session: None,
    };
    authentication::add(tx, &master_key(), login, noon())
        .await
        .unwrap();
    let grant = AccessGrant {
        id: AccessGrantId::new(id(number)),
        client_id: ClientId::new("app"),
        account_id: person.account_id,
        browser_session_id: person.session_id,
        client_session_id,
        authentication_id: authentication_id(number),
        sub: format!("sub-{number}"),
        scope: scope(),
        claims: ClaimsParameter::parse(r#"{"userinfo":{"name":null}}"#).unwrap(),
        resource_id: None,
        mandate_id: None,
        offline,
        created_at: noon(),
    };
    access_grant::add(tx, &grant);
    tx.flush().await.unwrap();
    (person, grant)
}

fn scope() -> BTreeSet<String> {
    ["openid", "email"].map(str::to_owned).into()
}

async fn register(tx: &mut Tx, client: &str) {
    let town: OrganisationConfig =
        serde_json::from_value(serde_json::json!({ "name": { "cs": "Město" } })).unwrap();
    organisation::put(
        tx,
        &OrganisationId::new("town"),
        &town,
        Origin::File,
        noon(),
    )
    .await
    .unwrap();
    clients::put(tx, &stored(client, Origin::File), noon())
        .await
        .unwrap()
        .unwrap();
}

fn stored(client: &str, origin: Origin) -> StoredClient {
    let config: ClientConfig = serde_json::from_value(
        serde_json::json!({ "organisation": "town", "name": { "cs": client } }),
    )
    .unwrap();
    StoredClient {
        id: ClientId::new(client),
        origin,
        config,
        secret: Some(SecretHash::of(&"a secret".into())),
    }
}

fn token(number: u128, grant_id: Option<AccessGrantId>) -> AccessToken {
    AccessToken {
        id: AccessTokenId::new(id(number)),
        grant_id,
        client_id: ClientId::new("app"),
        resource_id: grant_id.is_none().then(|| ResourceId::new("parking")),
        scope: scope(),
        created_at: noon(),
        expires_at: noon() + Duration::minutes(10),
    }
}

#[tokio::test]
async fn a_code_has_one_grant_and_is_found_by_it() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, grant) = granted(&mut tx, 1, false).await;

        let whose = access_grant::find_whose(&mut tx, grant.id).await.unwrap();
        assert_eq!(whose, Some((grant.client_id.clone(), person.account_id)));
        let unknown = AccessGrantId::new(id(9));
        let whose = access_grant::find_whose(&mut tx, unknown).await.unwrap();
        assert_eq!(whose, None);

        access_grant::add(&mut tx, &grant);
        let refused = tx.commit().await;
        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{}: {refused:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn an_access_token_lives_until_it_expires_or_is_revoked_or_its_grant_is() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (_, grant) = granted(&mut tx, 1, false).await;
        let one = token(1, Some(grant.id));
        let other = token(2, Some(grant.id));
        let live = async |tx: &mut Tx, token: &AccessToken, now| {
            access_token::find_live(tx, token.clone(), now)
                .await
                .unwrap()
        };

        let found = live(&mut tx, &one, noon()).await.unwrap();
        assert_eq!(found.grant.as_ref(), Some(&grant), "{}", engine.name);
        assert_eq!(found.token, one);
        let end = one.expires_at;
        assert_eq!(live(&mut tx, &one, end).await, None, "{}", engine.name);
        let nobodys = token(1, Some(AccessGrantId::new(id(9))));
        assert_eq!(live(&mut tx, &nobodys, noon()).await, None);

        assert!(access_token::revoke(&mut tx, &one).await.unwrap());
        assert!(!access_token::revoke(&mut tx, &one).await.unwrap());
        assert_eq!(live(&mut tx, &one, noon()).await, None, "{}", engine.name);
        assert!(live(&mut tx, &other, noon()).await.is_some());

        let mut revoke = async || {
            access_grant::revoke(&mut tx, grant.id, noon())
                .await
                .unwrap()
        };
        assert!(revoke().await && !revoke().await, "{}", engine.name);
        assert_eq!(live(&mut tx, &other, noon()).await, None, "{}", engine.name);

        let mut sweep = async |before| access_token::sweep(&mut tx, before).await.unwrap();
        assert_eq!(sweep(end).await, 0, "{}", engine.name);
        assert_eq!(sweep(end + Duration::seconds(1)).await, 1);
    }
}

#[tokio::test]
async fn a_token_of_a_client_itself_stands_without_a_grant_until_it_is_revoked() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let token = token(1, None);
        let live = async |tx: &mut Tx| {
            access_token::find_live(tx, token.clone(), noon())
                .await
                .unwrap()
        };

        let found = live(&mut tx).await.unwrap();
        assert!(found.grant.is_none(), "{}", engine.name);
        assert!(access_token::revoke(&mut tx, &token).await.unwrap());
        assert_eq!(live(&mut tx).await, None, "{}", engine.name);
    }
}

#[tokio::test]
async fn what_ends_with_a_session_is_revoked_and_offline_access_stands() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (one, online) = granted(&mut tx, 1, false).await;
        let (two, offline) = granted(&mut tx, 2, true).await;
        tx.commit().await.unwrap();
        let client = ClientId::new("app");

        let mut tx = engine.db.begin().await.unwrap();
        let revoked =
            access_grant::revoke_for_client_session(&mut tx, online.client_session_id, noon())
                .await
                .unwrap();
        let spared =
            access_grant::revoke_for_client_session(&mut tx, offline.client_session_id, noon())
                .await
                .unwrap();
        assert_eq!((revoked, spared), (1, 0), "{}", engine.name);
        tx.rollback().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        let other = ClientId::new("other");
        for (client, count) in [(&other, 0), (&client, 2), (&client, 0)] {
            let revoked = access_grant::revoke_for_client(&mut tx, client, noon()).await;
            assert_eq!(revoked.unwrap(), count, "{}", engine.name);
        }
        tx.rollback().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        let revoked = access_grant::revoke_for_browser_session(&mut tx, one.session_id, noon())
            .await
            .unwrap();
        let spared = access_grant::revoke_for_browser_session(&mut tx, two.session_id, noon())
            .await
            .unwrap();
        assert_eq!((revoked, spared), (1, 0), "{}", engine.name);
        let taken_back =
            access_grant::revoke_for_account_client(&mut tx, two.account_id, &client, noon())
                .await
                .unwrap();
        assert_eq!(taken_back, 1);
        assert_eq!(
            access_grant::revoke_for_account(&mut tx, two.account_id, noon())
                .await
                .unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn what_a_way_in_or_another_browser_entitled_to_is_revoked_offline_access_included() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (one, online) = granted(&mut tx, 1, false).await;
        let (two, _) = granted(&mut tx, 2, true).await;
        let (three, _) = granted(&mut tx, 3, true).await;
        let in_use = async |tx: &mut Tx, of: &Person| {
            client_session::list_clients_in_use(tx, of.account_id, noon())
                .await
                .unwrap()
                .len()
        };
        assert_eq!(in_use(&mut tx, &one).await, 1);

        let ended = client_session::end_for_link(&mut tx, one.link_id, noon())
            .await
            .unwrap();
        let revoked = access_grant::revoke_for_link(&mut tx, one.link_id, noon())
            .await
            .unwrap();
        let others = access_grant::revoke_for_other_sessions(
            &mut tx,
            two.account_id,
            one.session_id,
            noon(),
        )
        .await
        .unwrap();
        let own = access_grant::revoke_for_other_sessions(
            &mut tx,
            three.account_id,
            three.session_id,
            noon(),
        )
        .await
        .unwrap();

        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].client_session_id, online.client_session_id);
        assert_eq!((revoked, others, own), (1, 1, 0), "{}", engine.name);
        assert_eq!(in_use(&mut tx, &one).await, 0);
        assert_eq!(in_use(&mut tx, &three).await, 1, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_stays_known() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (_, grant) = granted(&mut tx, 1, true).await;
        let until = noon() + Duration::days(30);
        refresh_token::add(&mut tx, &TOKEN, grant.id, until, noon());
        tx.flush().await.unwrap();

        assert!(
            refresh_token::rotate(&mut tx, &TOKEN, noon())
                .await
                .unwrap()
        );
        assert!(
            !refresh_token::rotate(&mut tx, &TOKEN, noon())
                .await
                .unwrap()
        );
        access_grant::revoke(&mut tx, grant.id, noon())
            .await
            .unwrap();

        let found = refresh_token::find(&mut tx, &TOKEN).await.unwrap().unwrap();
        assert_eq!(
            (found.used_at, found.revoked_at, found.expires_at),
            (Some(noon()), Some(noon()), until)
        );
        assert_eq!(found.grant, grant, "{}", engine.name);
        assert!(
            refresh_token::find(&mut tx, &[9; 32])
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(
            refresh_token::sweep(&mut tx, until + Duration::seconds(1))
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn an_account_has_one_sub_an_organisation_and_the_first_one_stays() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        register(&mut tx, "app").await;
        let account = person(&mut tx, 1).await.account_id;
        let town = OrganisationId::new("town");
        let get = async |tx: &mut Tx, fresh| {
            pairwise_subject::get_or_add(tx, &town, account, id(fresh), noon())
                .await
                .unwrap()
        };

        assert_eq!(
            pairwise_subject::find(&mut tx, &town, account)
                .await
                .unwrap(),
            None
        );
        let sub = get(&mut tx, 7).await;
        assert_eq!(get(&mut tx, 8).await, sub, "{}", engine.name);
        assert_eq!(
            pairwise_subject::find_account(&mut tx, &town, &sub)
                .await
                .unwrap(),
            Some(account)
        );
        let library = OrganisationId::new("library");
        assert_eq!(
            pairwise_subject::find_account(&mut tx, &library, &sub)
                .await
                .unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn a_grant_stands_on_account_session_and_login() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, grant) = granted(&mut tx, 1, false).await;
        let look = async |tx: &mut Tx, now| {
            standing::lookup(tx, grant.authentication_id, grant.client_session_id, now)
                .await
                .unwrap()
                .unwrap()
        };

        let standing = look(&mut tx, noon()).await;
        assert!(
            standing.account_active && standing.session_alive,
            "{}",
            engine.name
        );
        assert_eq!(
            (standing.provider.as_str(), standing.authenticated_at),
            ("nia", Some(noon()))
        );
        assert_eq!(
            standing.levels,
            Levels::new(federation::IdentityLevel::State, LoginLevel::Multi)
        );
        assert!(
            !look(&mut tx, noon() + Duration::hours(12))
                .await
                .session_alive
        );

        let reason = idp::storage::browser_session::EndReason::Logout;
        idp::storage::browser_session::end(&mut tx, person.session_id, reason, noon())
            .await
            .unwrap();
        assert!(!look(&mut tx, noon()).await.session_alive);
        assert_eq!(
            standing::lookup(
                &mut tx,
                authentication_id(9),
                grant.client_session_id,
                noon()
            )
            .await
            .unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn grants_are_forgotten_once_nothing_can_come_of_them() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (_, open) = granted(&mut tx, 1, false).await;
        let (_, offline) = granted(&mut tx, 2, true).await;
        let (of_ended, ended) = granted(&mut tx, 3, false).await;
        let (_, revoked) = granted(&mut tx, 4, false).await;
        let until = noon() + Duration::days(30);
        refresh_token::add(&mut tx, &TOKEN, offline.id, until, noon());
        tx.flush().await.unwrap();
        access_grant::revoke(&mut tx, offline.id, noon())
            .await
            .unwrap();
        access_grant::revoke(&mut tx, revoked.id, noon())
            .await
            .unwrap();
        client_session::end_all(&mut tx, of_ended.session_id, noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        let sweep = async |tx: &mut Tx, after, before| {
            access_grant::sweep(tx, AccessGrantId::new(after), before)
                .await
                .unwrap()
        };
        let first = sweep(&mut tx, Uuid::nil(), noon()).await;
        assert_eq!(first, Some((revoked.id, 2)), "{}", engine.name);
        assert_eq!(sweep(&mut tx, revoked.id.uuid(), noon()).await, None);
        for (grant, stays) in [
            (open, true),
            (offline, true),
            (ended, false),
            (revoked, false),
        ] {
            let whose = access_grant::find_whose(&mut tx, grant.id).await.unwrap();
            assert_eq!(whose.is_some(), stays, "{}: {}", engine.name, grant.sub);
        }
    }
}
