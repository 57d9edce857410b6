use chrono::Duration;
use federation::BodyKind;
use idp::ids::{AccountId, MandateProposalId, StaffAccountId};
use idp::mandate::{Act, Outcome};
use idp::staff::Role;
use idp::storage::erasure;
use idp::storage::mandate_proposal::{self, MandateProposal};
use idp::storage::staff_account::{self, Told};
use store::{StorageError, Tx};
use tests::engines::{engines, master_key};

use super::{id, noon, person};

/// An officer, numbered.
async fn officer(tx: &mut Tx, number: u128) -> StaffAccountId {
    let told = Told {
        realm: "caais:test",
        subject: &number.to_string(),
        name: "Jitka Přepážková",
        roles: &[Role::Verifier].into(),
    };
    let id = StaffAccountId::new(id(number));
    staff_account::note(tx, &master_key(), id, told, noon())
        .await
        .unwrap()
}

fn of(number: u128, account_id: AccountId, by: StaffAccountId) -> MandateProposal {
    MandateProposal {
        mandate_proposal_id: MandateProposalId::new(id(number)),
        account_id,
        kind: BodyKind::Association,
        ico: Some("00000043".to_owned()),
        name: "Spolek Pod Věží, z. s.".to_owned(),
        role: Some("předsedkyně".to_owned()),
        source: "counter".to_owned(),
        scope: [Act::View, Act::Submit].into(),
        evidence: Some("čj. 12/2026".to_owned()),
        valid_from: noon(),
        valid_until: noon() + Duration::days(300),
        proposed_by: by,
        proposed_at: noon(),
        expires_at: noon() + Duration::days(14),
    }
}

pub(super) async fn add(tx: &mut Tx, number: u128, account_id: AccountId) -> MandateProposal {
    let by = officer(tx, number).await;
    let proposal = of(number, account_id, by);
    mandate_proposal::add(tx, &proposal).await.unwrap();
    proposal
}

#[tokio::test]
async fn a_proposal_is_found_while_it_can_be_decided_and_decided_once() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let held = add(&mut tx, 1, jana.account_id).await;
        let (second, key) = (officer(&mut tx, 2).await, held.mandate_proposal_id);
        let end = held.expires_at;
        let found = async |tx: &mut Tx, at| mandate_proposal::find_open(tx, key, at).await.unwrap();

        assert_eq!(
            found(&mut tx, noon()).await.as_ref(),
            Some(&held),
            "{}",
            engine.name
        );
        assert_eq!(found(&mut tx, end).await, None);
        let open = async |tx: &mut Tx, at| mandate_proposal::list_open(tx, at).await.unwrap();
        assert_eq!(open(&mut tx, noon()).await, std::slice::from_ref(&held));
        assert!(open(&mut tx, end).await.is_empty());
        let expired = async |tx: &mut Tx, at| mandate_proposal::list_expired(tx, at).await.unwrap();
        assert!(expired(&mut tx, noon()).await.is_empty());
        assert_eq!(expired(&mut tx, end).await, std::slice::from_ref(&held));
        let about = async |tx: &mut Tx, account| {
            mandate_proposal::list_by_account(tx, account, noon())
                .await
                .unwrap()
        };
        assert_eq!(
            about(&mut tx, jana.account_id).await,
            std::slice::from_ref(&held)
        );
        assert!(about(&mut tx, petr.account_id).await.is_empty());

        let decide = async |tx: &mut Tx, outcome| {
            mandate_proposal::decide(tx, key, outcome, Some(second), noon())
                .await
                .unwrap()
        };
        assert!(decide(&mut tx, Outcome::Approved).await, "{}", engine.name);
        assert!(!decide(&mut tx, Outcome::Refused).await);
        assert_eq!(found(&mut tx, noon()).await, None);
        assert!(open(&mut tx, noon()).await.is_empty());
        assert!(expired(&mut tx, end).await.is_empty());
        assert!(about(&mut tx, jana.account_id).await.is_empty());
    }
}

#[tokio::test]
async fn a_proposal_is_one_officers_about_one_account_and_goes_with_it() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        add(&mut tx, 1, jana.account_id).await;
        let petrs = add(&mut tx, 2, petr.account_id).await;

        erasure::forget_person(&mut tx, jana.account_id, noon())
            .await
            .unwrap();

        let left = mandate_proposal::list_open(&mut tx, noon()).await.unwrap();
        assert_eq!(left, [petrs], "{}", engine.name);
        drop(tx);
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 3).await;
        let nobodys = of(9, jana.account_id, StaffAccountId::new(id(999)));
        let refused = mandate_proposal::add(&mut tx, &nobodys).await;
        assert!(
            matches!(refused, Err(StorageError::Broken(_))),
            "{refused:?}"
        );
    }
}
