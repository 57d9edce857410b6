//! What a code meets when it is redeemed, and what becomes of one that was presented wrongly.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use federation::Environment;
use idp::clients::{Client, Clients};
use idp::ids::{AccessGrantId, AccountId, MandateId, OrganisationId};
use idp::oidc::code::CodeGrant;
use idp::storage::access_grant::{self, AccessGrant};
use idp::storage::redemption::{self, Redemption};
use idp::storage::{browser_session, client_session, pairwise_subject};
use outbound::{Outbound, OutboundConfig};
use serde_json::json;
use store::{Db, Tx};
use tests::engines::engines;

use super::mandate::add as add_mandate;
use super::tokens::granted;
use super::{authentication_id, id, noon};

async fn client(db: &Db) -> Arc<Client> {
    let outbound = Outbound::new(&OutboundConfig::default()).unwrap();
    Clients::load(db, &outbound, Environment::Sandbox)
        .await
        .unwrap()
        .get("app")
        .unwrap()
}

async fn look(tx: &mut Tx, client: &Client, made_at: DateTime<Utc>) -> Option<Redemption> {
    redemption::lookup(tx, authentication_id(1), client, made_at, noon())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_code_meets_its_login_the_open_session_and_the_sub() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, grant) = granted(&mut tx, 1, false).await;
        tx.commit().await.unwrap();
        let client = client(&engine.db).await;
        let mut tx = engine.db.begin().await.unwrap();

        let met = look(&mut tx, &client, noon()).await.unwrap();

        let open = met.open.unwrap();
        assert_eq!(
            (
                open.client_session_id,
                open.sub.as_str(),
                open.mandate_id,
                open.used_at
            ),
            (grant.client_session_id, "sub", None, noon()),
            "{}",
            engine.name
        );
        assert!(
            met.standing.session_alive && met.standing.account_active && met.standing.link_stands
        );
        assert_eq!(
            (met.standing.realm.as_str(), met.standing.sid.as_str()),
            ("nia:test:x", "sid-1")
        );
        assert!(!met.ended_since && !met.standing.has_parts && met.own_sub.is_none());
        let nobodys =
            redemption::lookup(&mut tx, authentication_id(9), &client, noon(), noon()).await;
        assert_eq!(nobodys.unwrap(), None);

        // It is used, the organisation learns a `sub`, and the session ends.
        let later = noon() + Duration::minutes(2);
        client_session::touch(&mut tx, grant.client_session_id, later)
            .await
            .unwrap();
        let town = OrganisationId::new("town");
        let sub = pairwise_subject::get_or_add(&mut tx, &town, person.account_id, id(7), noon())
            .await
            .unwrap();
        let met = look(&mut tx, &client, noon()).await.unwrap();
        assert_eq!(met.open.unwrap().used_at, later, "{}", engine.name);
        assert_eq!(met.own_sub, Some(sub));

        client_session::end_all(&mut tx, person.session_id, later)
            .await
            .unwrap();
        client_session::touch(
            &mut tx,
            grant.client_session_id,
            later + Duration::minutes(1),
        )
        .await
        .unwrap();
        let met = look(&mut tx, &client, noon()).await.unwrap();
        assert!(
            met.open.is_none() && met.ended_since,
            "{}: made before",
            engine.name
        );
        let met = look(&mut tx, &client, later).await.unwrap();
        assert!(!met.ended_since, "{}: made after", engine.name);
        let ended = browser_session::EndReason::Logout;
        browser_session::end(&mut tx, person.session_id, ended, later)
            .await
            .unwrap();
        assert!(
            !look(&mut tx, &client, later)
                .await
                .unwrap()
                .standing
                .session_alive
        );
    }
}

fn code(grant: &AccessGrant, account_id: AccountId, access_grant_id: AccessGrantId) -> CodeGrant {
    serde_json::from_value(json!({
        "access_grant_id": access_grant_id,
        "client_id": grant.client_id, "redirect_uri": "https://app.test/callback", "scope": ["openid"],
        "account_id": account_id, "browser_session_id": grant.browser_session_id,
        "authentication_id": grant.authentication_id, "now": noon(),
    }))
    .unwrap()
}

#[tokio::test]
async fn a_code_presented_wrongly_is_burnt_once_and_one_that_was_redeemed_is_not() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, grant) = granted(&mut tx, 1, false).await;
        let burnt = AccessGrantId::new(id(5));
        let burn = async |tx: &mut Tx, id: AccessGrantId| {
            access_grant::burn(tx, &code(&grant, person.account_id, id), noon())
                .await
                .unwrap()
        };

        assert!(burn(&mut tx, burnt).await, "{}", engine.name);
        assert!(
            !burn(&mut tx, burnt).await,
            "{}: burnt already",
            engine.name
        );
        assert!(!burn(&mut tx, grant.id).await, "{}: redeemed", engine.name);
        let found = access_grant::find_whose(&mut tx, burnt).await.unwrap();
        assert_eq!(found, Some((grant.client_id.clone(), person.account_id)));
        assert!(
            !access_grant::revoke(&mut tx, burnt, noon()).await.unwrap(),
            "{}: revoked from the beginning",
            engine.name
        );
    }
}

#[tokio::test]
async fn who_acts_for_somebody_else_leaves_nothing_behind_but_offline_access() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (person, grant) = granted(&mut tx, 1, false).await;
        let mandate = add_mandate(&mut tx, 1, &person).await.mandate_id;
        for (number, mandate_id, offline) in [(2, Some(mandate), false), (3, None, true)] {
            let more = AccessGrant {
                id: AccessGrantId::new(id(number)),
                mandate_id,
                offline,
                ..grant.clone()
            };
            access_grant::add(&mut tx, &more);
        }
        tx.flush().await.unwrap();
        let revoke = async |tx: &mut Tx, mandate: Option<MandateId>| {
            access_grant::revoke_for_other_mandates(tx, grant.client_session_id, mandate, noon())
                .await
                .unwrap()
        };

        assert_eq!(
            revoke(&mut tx, Some(mandate)).await,
            1,
            "{}: the person's own",
            engine.name
        );
        assert_eq!(revoke(&mut tx, Some(mandate)).await, 0, "{}", engine.name);
        assert_eq!(
            revoke(&mut tx, None).await,
            1,
            "{}: the mandate's",
            engine.name
        );
        let offline = AccessGrantId::new(id(3));
        assert!(
            access_grant::revoke(&mut tx, offline, noon())
                .await
                .unwrap(),
            "{}",
            engine.name
        );
    }
}
