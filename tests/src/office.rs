//! Officers of the town, and what they decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use federation::Realm;
use idp::ids::{ConflictId, StaffAccountId, StaffSessionId};
use idp::office::{self, Acting, Agreed, Agreement, Decided, Judgement, Loss, NotDecided, Outcome};
use idp::staff::Role;
use idp::storage::decision::About;
use idp::storage::staff_account::{self, Told};
use idp::storage::staff_session::{self, NewStaffSession};
use idp::{Broker, ids::UpstreamLinkId};
use serde_json::json;
use store::{MasterKey, Tx};
use uuid::Uuid;

/// What officers decide with.
pub const ROLES: [Role; 2] = [Role::Verifier, Role::Supervisor];

/// Two officers, each under their own login of the machine.
#[derive(Clone, Debug)]
pub struct Office {
    /// Who decides.
    pub first: Acting,
    /// Who agrees.
    pub second: Acting,
}

/// A broker at which officers sign in: its first provider stands for theirs.
pub fn staffed(broker: &Broker) -> Broker {
    let (provider, _) = broker.providers.iter().next().unwrap();
    let roles = ROLES.map(|role| (role.as_str(), vec![role.as_str()]));
    let roles: BTreeMap<_, _> = roles.into_iter().collect();
    let staff = json!({ "provider": provider, "roles": roles, "idle_minutes": u16::MAX });
    let mut config = (*broker.config).clone();
    config.staff = Some(serde_json::from_value(staff).unwrap());
    Broker {
        config: Arc::new(config),
        ..broker.clone()
    }
}

/// Somebody who is signed in at `/staff` of a broker that is [`staffed`].
pub async fn officer(
    broker: &Broker,
    tx: &mut Tx,
    name: &str,
    roles: &[Role],
    now: DateTime<Utc>,
) -> StaffAccountId {
    let config = broker.config.staff.as_ref().unwrap();
    let provider = broker.providers.get(&config.provider).unwrap();
    let realm = &provider.describe().realm;
    signed_in(tx, &broker.master_key, realm, (name, roles), now).await
}

/// Somebody who is signed in at `/staff` through the provider of this realm, with roles of the same names there.
pub async fn signed_in(
    tx: &mut Tx,
    key: &MasterKey,
    realm: &Realm,
    (name, roles): (&str, &[Role]),
    now: DateTime<Utc>,
) -> StaffAccountId {
    let id = StaffAccountId::new(Uuid::new_v4());
    let told = Told {
        realm: realm.as_str(),
        subject: &id.to_string(),
        name,
        roles: &roles.iter().copied().collect(),
    };
    let id = staff_account::note(tx, key, id, told, now).await.unwrap();
    let granted: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    let token_hash = *id.uuid().as_bytes();
    let session = NewStaffSession {
        staff_session_id: StaffSessionId::new(Uuid::new_v4()),
        staff_account_id: id,
        token_hash: &token_hash,
        provider: "caais",
        realm,
        granted: &granted,
        device: "Firefox",
        authenticated_at: now,
        expires_at: now + Duration::days(365),
        confirmed_at: now,
        upstream_session: None,
    };
    staff_session::add(tx, key, session, now).await.unwrap();
    id
}

impl Office {
    /// Two officers who may decide and agree.
    pub async fn open(broker: &Broker, tx: &mut Tx) -> Self {
        let (broker, now) = (staffed(broker), broker.clock.now());
        let first = officer(&broker, tx, "Alena Psavá", &[Role::Verifier], now).await;
        let second = officer(&broker, tx, "Bohumil Dohlížitel", &[Role::Supervisor], now).await;
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
        office::decide(&staffed(broker), tx, &self.first, judgement, now).await
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
        let agreed = office::agree(&staffed(broker), tx, &self.second, about, now).await;
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
        office::decide_removal(&staffed(broker), tx, &self.first, loss, now).await
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
        office::agree(&staffed(broker), tx, &self.second, agreement, now).await
    }
}
