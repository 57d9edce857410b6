use idp::storage::account::{self, AccountState};
use store::{Tx, on};
use tests::engines::engines;

use super::{id, noon};
use idp::ids::AccountId;

#[tokio::test]
async fn an_account_is_active_until_it_is_switched_off() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let account_id = AccountId::new(id(1));
        assert!(
            account::lookup(&mut tx, account_id)
                .await
                .unwrap()
                .is_none()
        );
        account::add(&mut tx, account_id, Some("de"), noon())
            .await
            .unwrap();

        let found = account::lookup(&mut tx, account_id).await.unwrap().unwrap();
        assert!(found.is_active());
        assert_eq!(
            (found.locale.as_deref(), found.created_at),
            (Some("de"), noon())
        );

        account::set_state(&mut tx, account_id, AccountState::Disabled, noon())
            .await
            .unwrap();
        let disabled = account::lookup(&mut tx, account_id).await.unwrap().unwrap();
        assert!(disabled.is_disabled() && !disabled.is_active());
        let enabled = account::enable(&mut tx, account_id, noon()).await;
        assert!(enabled.unwrap(), "{}", engine.name);
        let enabled = account::enable(&mut tx, account_id, noon()).await;
        assert!(!enabled.unwrap(), "{}", engine.name);

        for state in [AccountState::Disabled, AccountState::Deleted] {
            assert!(
                account::set_state(&mut tx, account_id, state, noon())
                    .await
                    .unwrap()
            );
            let held = account::hold(&mut tx, account_id, noon()).await;
            assert!(!held.unwrap(), "{}: {state:?}", engine.name);
            let held = account::hold_even_disabled(&mut tx, account_id, noon()).await;
            let is_disabled = state == AccountState::Disabled;
            assert_eq!(held.unwrap(), is_disabled, "{}: {state:?}", engine.name);
            assert!(
                !account::lookup(&mut tx, account_id)
                    .await
                    .unwrap()
                    .unwrap()
                    .is_active(),
                "{}",
                engine.name
            );
        }
        assert!(
            !account::set_state(&mut tx, AccountId::new(id(2)), AccountState::Active, noon())
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn a_language_is_kept_and_an_account_nobody_refers_to_can_be_discarded() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let account_id = AccountId::new(id(1));
        account::add(&mut tx, account_id, None, noon())
            .await
            .unwrap();

        account::set_locale(&mut tx, account_id, "en", noon())
            .await
            .unwrap();
        assert_eq!(
            account::lookup(&mut tx, account_id)
                .await
                .unwrap()
                .unwrap()
                .locale
                .as_deref(),
            Some("en")
        );

        account::discard(&mut tx, account_id).await.unwrap();
        assert!(
            account::lookup(&mut tx, account_id)
                .await
                .unwrap()
                .is_none(),
            "{}",
            engine.name
        );
    }
}

/// What a code is redeemed on cannot be taken back in the middle; any number may redeem at once.
#[tokio::test]
async fn whoever_takes_something_back_waits_for_those_who_share_the_account() {
    for engine in engines().await {
        let account_id = AccountId::new(id(1));
        let mut tx = engine.db.begin().await.unwrap();
        account::add(&mut tx, account_id, None, noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let first = account::begin_sharing(&engine.db, account_id)
            .await
            .unwrap();
        if matches!(first, Tx::Sqlite(_)) {
            // A transaction that writes is alone there.
            continue;
        }
        let second = account::begin_sharing(&engine.db, account_id)
            .await
            .unwrap();
        second.commit().await.unwrap();

        let mut hold = engine.db.begin().await.unwrap();
        on!(&mut hold, db => sqlx::query("set local lock_timeout = '1ms'").execute(db).await.map(drop)).unwrap();
        assert!(account::hold(&mut hold, account_id, noon()).await.is_err());
        hold.rollback().await.unwrap();
        first.commit().await.unwrap();
        let mut hold = engine.db.begin().await.unwrap();
        assert!(account::hold(&mut hold, account_id, noon()).await.unwrap());
    }
}
