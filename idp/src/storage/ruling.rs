//! `ruling`: who a subject is by the word of two officers.

use chrono::{DateTime, Utc};
use store::{MasterKey, StorageError, Tx, on};

use super::conflict::{Told, subject_hash};
use crate::ids::{AccountId, DecisionId, RulingId, UpstreamLinkId};

/// What officers said of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is the person whose way in this is, whatever the upstream says beside.
    Same(UpstreamLinkId),
    /// It is not the person of the account.
    Apart,
}

impl Says {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Apart => "apart",
        }
    }

    const fn link(self) -> Option<UpstreamLinkId> {
        match self {
            Self::Same(link) => Some(link),
            Self::Apart => None,
        }
    }
}

/// A word of officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Its key.
    pub ruling_id: RulingId,
    /// The decision behind it.
    pub decision_id: DecisionId,
    /// What it says.
    pub says: Says,
    /// About whose account.
    pub account_id: AccountId,
    /// Whom the officers took for this person, or for another one.
    pub told: Told,
}

/// Adds a ruling about a subject.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    ruling: &Ruling,
    realm: &str,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let plain =
        serde_json::to_vec(&ruling.told).map_err(|_| StorageError::broken("ruling.told"))?;
    let told = master_key
        .seal(&sealed_for(ruling.ruling_id), &plain)
        .map_err(StorageError::broken)?;
    let subject_hash = subject_hash(realm, subject);
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into ruling (ruling_id, decision_id, says, account_id, upstream_link_id, realm, subject_hash, told,
                                decided_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            "#,
        )
        .bind(ruling.ruling_id)
        .bind(ruling.decision_id)
        .bind(ruling.says.as_str())
        .bind(ruling.account_id)
        .bind(ruling.says.link())
        .bind(realm)
        .bind(subject_hash.clone())
        .bind(told.clone())
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// What officers said of a subject, the latest first. Nearly always nothing.
pub async fn list_about(
    tx: &mut Tx,
    master_key: &MasterKey,
    realm: &str,
    subject: &str,
) -> Result<Vec<Ruling>, StorageError> {
    let subject_hash = subject_hash(realm, subject);
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select ruling_id, decision_id, says, account_id, upstream_link_id, told
            from ruling
            where subject_hash = $1
            order by decided_at desc, ruling_id
            "#,
        )
        .bind(subject_hash.clone())
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(|row| row.read(master_key)).collect()
}

/// Takes a ruling back: another one has taken its place.
pub async fn remove(tx: &mut Tx, ruling_id: RulingId) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("delete from ruling where ruling_id = $1")
            .bind(ruling_id)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    ruling_id: RulingId,
    decision_id: DecisionId,
    says: String,
    account_id: AccountId,
    upstream_link_id: Option<UpstreamLinkId>,
    told: Vec<u8>,
}

impl Row {
    fn read(self, master_key: &MasterKey) -> Result<Ruling, StorageError> {
        let broken = || StorageError::broken("ruling.told");
        let plain = master_key
            .open(&sealed_for(self.ruling_id), &self.told)
            .map_err(|_| broken())?;
        let says = match (self.says.as_str(), self.upstream_link_id) {
            ("same", Some(link)) => Says::Same(link),
            ("apart", None) => Says::Apart,
            _ => return Err(StorageError::broken("ruling.says")),
        };
        Ok(Ruling {
            ruling_id: self.ruling_id,
            decision_id: self.decision_id,
            says,
            account_id: self.account_id,
            told: serde_json::from_slice(&plain).map_err(|_| broken())?,
        })
    }
}

fn sealed_for(id: RulingId) -> String {
    format!("ruling.told:{id}")
}
