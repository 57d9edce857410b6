//! Officers of the town, and what they decide.

use chrono::{DateTime, Duration, Utc};
use federation::Realm;
use idp::ids::{ConflictId, StaffAccountId, StaffSessionId};
use idp::office::{self, Acting, Agreed, Agreement, Decided, Judgement, Loss, NotDecided, Outcome};
use idp::staff::Role;
use idp::storage::decision::About;
use idp::storage::staff_account::{self, Told};
use idp::storage::staff_session::{self, NewStaffSession};
use idp::{Broker, ids::UpstreamLinkId};
use store::{MasterKey, Tx};
use uuid::Uuid;

/// Two officers, each under their own login of the machine.
#[derive(Clone, Debug)]
pub struct Office {
    /// Who decides.
    pub first: Acting,
    /// Who agrees.
    pub second: Acting,
}

/// Somebody who is signed in at `/staff`.
pub async fn officer(
    tx: &mut Tx,
    key: &MasterKey,
    name: &str,
    roles: &[Role],
    now: DateTime<Utc>,
) -> StaffAccountId {
    let id = StaffAccountId::new(Uuid::new_v4());
    let told = Told {
        realm: "caais:test:x",
        subject: &id.to_string(),
        name,
        roles: &roles.iter().copied().collect(),
    };
    let id = staff_account::note(tx, key, id, told, now).await.unwrap();
    let realm: Realm = serde_json::from_value("caais:test:x".into()).unwrap();
    let token_hash = *id.uuid().as_bytes();
    let session = NewStaffSession {
        staff_session_id: StaffSessionId::new(Uuid::new_v4()),
        staff_account_id: id,
        token_hash: &token_hash,
        provider: "caais",
        realm: &realm,
        granted: &[],
        device: "Firefox",
        authenticated_at: now,
        expires_at: now + Duration::days(365),
        upstream_session: None,
    };
    staff_session::add(tx, key, session, now).await.unwrap();
    id
}

impl Office {
    /// Two officers who may decide and agree.
    pub async fn open(broker: &Broker, tx: &mut Tx) -> Self {
        let (key, now) = (&broker.master_key, broker.clock.now());
        let first = officer(tx, key, "Alena Psavá", &[Role::Verifier], now).await;
        let second = officer(tx, key, "Bohumil Dohlížitel", &[Role::Supervisor], now).await;
        let acting = |officer, operator: &str| Acting {
            officer,
            operator: operator.to_owned(),
        };
        Self {
            first: acting(first, "alena"),
            second: acting(second, "bohumil"),
        }
    }

    /// The first officer decides a case.
    pub async fn decides(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        conflict_id: ConflictId,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) -> Result<Decided, NotDecided> {
        let judgement = Judgement {
            conflict_id,
            outcome,
            reason: "viděno u přepážky, spis 12/2026".to_owned(),
        };
        office::decide(broker, tx, &self.first, judgement, now).await
    }

    /// Both decide a case.
    pub async fn settles(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        conflict_id: ConflictId,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) {
        let decided = self.decides(broker, tx, conflict_id, outcome, now).await;
        if decided.unwrap() == Decided::Done {
            return;
        }
        let about = About::Case(conflict_id);
        let agreed = office::agree(broker, tx, &self.second, about, now).await;
        assert_eq!(agreed.unwrap().outcome, outcome);
    }

    /// The first officer decides that a way in is removed.
    pub async fn removes(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        upstream_link_id: UpstreamLinkId,
        end_parting: bool,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, NotDecided> {
        let loss = Loss {
            upstream_link_id,
            proved: "cestovní pas, spis 7/2026".to_owned(),
            end_parting,
        };
        office::decide_removal(broker, tx, &self.first, loss, now).await
    }

    /// The second officer agrees with the removal of a way in.
    pub async fn agrees_to_remove(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        link: UpstreamLinkId,
        end_parting: bool,
        now: DateTime<Utc>,
    ) -> Result<Agreed, NotDecided> {
        let agreement = Agreement {
            about: About::Removal(link),
            end_parting,
        };
        office::agree(broker, tx, &self.second, agreement, now).await
    }
}
