//! `conflict`: a link or merge that the rules do not decide, or a change that an upstream reports. Officers look into it.

mod queue;

pub use queue::{Case, list, lookup};

use chrono::{DateTime, NaiveDate, Utc};
use federation::FactKind;
use serde::{Deserialize, Serialize};
use store::{MasterKey, StorageError, Tx, on};

use crate::hash::sha256;
use crate::ids::{AccountId, ConflictId, UpstreamLinkId};

/// Why an officer has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Same date of birth, another name.
    NamesDiffer,
    /// Another date of birth.
    BirthDateDiffers,
    /// The new way in tells too little to be compared with what is verified.
    NothingToCompare,
    /// The subject is another account's, and the two cannot be merged without an officer.
    SubjectTaken,
    /// The account has a subject of the same register of the state already.
    SecondStateSubject,
    /// The account has a subject of the same bank already.
    SecondSubject,
    /// The upstream joined subjects that belong to several accounts here.
    SubjectsJoined,
    /// The upstream says that what it knows of the person has changed; closed by the login that has read all of it again.
    LinkStale,
    /// The upstream says that the subject itself has changed, that the person died, or that the subject is somebody of another name
    /// or date of birth.
    GraveChange,
    /// The upstream gave the person another subject, and the account's link followed it.
    SubjectChanged,
    /// The upstream tells another name than before of somebody born on the same day; they were let in.
    NameChanged,
}

impl ConflictKind {
    /// The word in the table, in audit details and in names of texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NamesDiffer => "names_differ",
            Self::BirthDateDiffers => "birth_date_differs",
            Self::NothingToCompare => "nothing_to_compare",
            Self::SubjectTaken => "subject_taken",
            Self::SecondStateSubject => "second_state_subject",
            Self::SecondSubject => "second_subject",
            Self::SubjectsJoined => "subjects_joined",
            Self::LinkStale => "link_stale",
            Self::GraveChange => "grave_change",
            Self::SubjectChanged => "subject_changed",
            Self::NameChanged => "name_changed",
        }
    }

    /// The kind of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::NamesDiffer,
        Self::BirthDateDiffers,
        Self::NothingToCompare,
        Self::SubjectTaken,
        Self::SecondStateSubject,
        Self::SecondSubject,
        Self::SubjectsJoined,
        Self::LinkStale,
        Self::GraveChange,
        Self::SubjectChanged,
        Self::NameChanged,
    ];

    /// Whether it comes of a link or merge that somebody wanted, who is then told.
    pub const fn comes_of_a_link(self) -> bool {
        !matches!(
            self,
            Self::LinkStale | Self::GraveChange | Self::SubjectChanged | Self::NameChanged
        )
    }
}

/// What an officer reads. Sealed in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictDetails {
    /// The person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What has changed, in the upstream's names: never the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// The kinds of facts that we could have of it and have not read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<FactKind>,
    /// The subject itself, so that what is decided can be done to it. Missing in cases of former releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who the upstream said that this is: whoever came last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// The ways in of the subjects that the upstream says the person had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<UpstreamLinkId>,
}

/// Who an upstream says that somebody is: what of it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Given names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<NaiveDate>,
}

/// A case about to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewConflict<'a> {
    /// Fresh key, taken only when no such case is open.
    pub conflict_id: ConflictId,
    /// Why.
    pub kind: ConflictKind,
    /// Who met it.
    pub account_id: AccountId,
    /// The other account.
    pub other_account_id: Option<AccountId>,
    /// Configuration entry of the upstream.
    pub provider: &'a str,
    /// Its realm.
    pub realm: &'a str,
    /// The subject it is about.
    pub subject: &'a str,
}

/// An open case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its key.
    pub conflict_id: ConflictId,
    /// Why.
    pub kind: ConflictKind,
    /// Who met it.
    pub account_id: AccountId,
    /// The other account.
    pub other_account_id: Option<AccountId>,
    /// Configuration entry of the upstream.
    pub provider: String,
    /// What an officer reads.
    pub details: ConflictDetails,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Opens a case. `None` when the same one is open already.
pub async fn open(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict: NewConflict<'_>,
    details: &ConflictDetails,
    now: DateTime<Utc>,
) -> Result<Option<ConflictId>, StorageError> {
    let details = seal(master_key, conflict.conflict_id, details)?;
    let subject_hash = subject_hash(conflict.realm, conflict.subject);
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            insert into conflict (conflict_id, kind, state, account_id, other_account_id, provider, realm,
                                  subject_hash, details, created_at, changed_at)
            values ($1, $2, 'new', $3, $4, $5, $6, $7, $8, $9, $9)
            on conflict (account_id, kind, subject_hash) where closed_at is null do nothing
            "#,
        )
        .bind(conflict.conflict_id)
        .bind(conflict.kind.as_str())
        .bind(conflict.account_id)
        .bind(conflict.other_account_id)
        .bind(conflict.provider)
        .bind(conflict.realm)
        .bind(subject_hash.clone())
        .bind(details.clone())
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok((rows == 1).then_some(conflict.conflict_id))
}

/// Adds the person's words to an open case of theirs. `false` when there is none.
pub async fn explain(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
    explanation: &str,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let explain =
        |details: &mut ConflictDetails| details.explanation = Some(explanation.to_owned());
    amend(tx, master_key, conflict_id, explain, now).await
}

/// Adds what has changed to an open case. `false` when there is none.
pub async fn add_claims(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
    claims: &[String],
    kinds: &[FactKind],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let add = |details: &mut ConflictDetails| {
        let fresh = kinds.iter().filter(|kind| !details.kinds.contains(kind));
        let fresh: Vec<FactKind> = fresh.copied().collect();
        details.kinds.extend(fresh);
        for claim in claims {
            if details.claims.len() < MOST_CLAIMS && !details.claims.contains(claim) {
                details.claims.push(claim.clone());
            }
        }
    };
    amend(tx, master_key, conflict_id, add, now).await
}

/// Writes down in an open case who came last by the subject. `false` when there is none.
pub async fn add_told(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
    subject: &str,
    told: &Told,
    links: &[UpstreamLinkId],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let add = |details: &mut ConflictDetails| {
        details.subject = Some(subject.to_owned());
        details.told = Some(told.clone());
        links.clone_into(&mut details.links);
    };
    amend(tx, master_key, conflict_id, add, now).await
}

/// Keeps of an open case only those kinds of facts that are out of date still, and says how many. `None` when there is none.
pub async fn narrow(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
    is_stale: impl Fn(FactKind) -> bool,
    now: DateTime<Utc>,
) -> Result<Option<usize>, StorageError> {
    let mut left = 0;
    let narrow = |details: &mut ConflictDetails| {
        details.kinds.retain(|kind| is_stale(*kind));
        left = details.kinds.len();
    };
    let is_open = amend(tx, master_key, conflict_id, narrow, now).await?;
    Ok(is_open.then_some(left))
}

async fn amend(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
    change: impl FnOnce(&mut ConflictDetails),
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    // Written before it is read: whoever else amends the row waits.
    let held: Option<Vec<u8>> = on!(&mut *tx, db => {
        sqlx::query_scalar(
            "update conflict set changed_at = $2 where conflict_id = $1 and closed_at is null returning details",
        )
        .bind(conflict_id)
        .bind(now)
        .fetch_optional(db)
        .await
    })?;
    let Some(held) = held else {
        return Ok(false);
    };
    let mut details = open_sealed(master_key, conflict_id, &held)?;
    change(&mut details);
    let details = seal(master_key, conflict_id, &details)?;
    on!(tx, db => {
        sqlx::query("update conflict set details = $2 where conflict_id = $1")
            .bind(conflict_id)
            .bind(details.clone())
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(true)
}

/// Finds the open case of an account about a subject.
pub async fn find_open(
    tx: &mut Tx,
    account_id: AccountId,
    kind: ConflictKind,
    realm: &str,
    subject: &str,
) -> Result<Option<ConflictId>, StorageError> {
    let subject_hash = subject_hash(realm, subject);
    let found = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select conflict_id
            from conflict
            where account_id = $1 and kind = $2 and subject_hash = $3 and closed_at is null
            "#,
        )
        .bind(account_id)
        .bind(kind.as_str())
        .bind(subject_hash.clone())
        .fetch_optional(db)
        .await
    })?;
    Ok(found)
}

/// Lists the open cases of one kind about a subject, whose account it may be.
pub async fn list_about(
    tx: &mut Tx,
    kind: ConflictKind,
    realm: &str,
    subject: &str,
) -> Result<Vec<ConflictId>, StorageError> {
    let subject_hash = subject_hash(realm, subject);
    let found = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select conflict_id
            from conflict
            where kind = $1 and subject_hash = $2 and closed_at is null
            order by created_at, conflict_id
            "#,
        )
        .bind(kind.as_str())
        .bind(subject_hash.clone())
        .fetch_all(db)
        .await
    })?;
    Ok(found)
}

/// Open cases of an account, the latest first.
pub async fn list_open(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
) -> Result<Vec<Conflict>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select conflict_id, kind, account_id, other_account_id, provider, details, created_at
            from conflict
            where account_id = $1 and closed_at is null
            order by created_at desc, conflict_id
            "#,
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(|row| row.read(master_key)).collect()
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// An officer decided it, or the person no longer needs it.
    Resolved,
    /// There was nothing in it.
    Dismissed,
}

impl Closing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Closes a case. `false` when it was closed before.
pub async fn close(
    tx: &mut Tx,
    conflict_id: ConflictId,
    closing: Closing,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update conflict
            set state = $2, changed_at = $3, closed_at = $3
            where conflict_id = $1 and closed_at is null
            "#,
        )
        .bind(conflict_id)
        .bind(closing.as_str())
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Closes the open cases of one kind about a subject, whose account it may be, and says which: with the subject, a way in
/// moves from account to account.
pub async fn close_about(
    tx: &mut Tx,
    kind: ConflictKind,
    realm: &str,
    subject: &str,
    closing: Closing,
    now: DateTime<Utc>,
) -> Result<Vec<ConflictId>, StorageError> {
    let subject_hash = subject_hash(realm, subject);
    let closed = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            update conflict
            set state = $3, changed_at = $4, closed_at = $4
            where kind = $1 and subject_hash = $2 and closed_at is null
            returning conflict_id
            "#,
        )
        .bind(kind.as_str())
        .bind(subject_hash.clone())
        .bind(closing.as_str())
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(closed)
}

#[derive(sqlx::FromRow)]
struct Row {
    conflict_id: ConflictId,
    kind: String,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    provider: String,
    details: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self, master_key: &MasterKey) -> Result<Conflict, StorageError> {
        Ok(Conflict {
            conflict_id: self.conflict_id,
            kind: ConflictKind::named(&self.kind)
                .ok_or_else(|| StorageError::broken("conflict.kind"))?,
            account_id: self.account_id,
            other_account_id: self.other_account_id,
            provider: self.provider,
            details: open_sealed(master_key, self.conflict_id, &self.details)?,
            created_at: self.created_at,
        })
    }
}

fn open_sealed(
    master_key: &MasterKey,
    id: ConflictId,
    sealed: &[u8],
) -> Result<ConflictDetails, StorageError> {
    let plain = master_key
        .open(&sealed_for(id), sealed)
        .map_err(|_| StorageError::broken("conflict.details"))?;
    serde_json::from_slice(&plain).map_err(|_| StorageError::broken("conflict.details"))
}

fn seal(
    master_key: &MasterKey,
    id: ConflictId,
    details: &ConflictDetails,
) -> Result<Vec<u8>, StorageError> {
    let plain =
        serde_json::to_vec(details).map_err(|_| StorageError::broken("conflict.details"))?;
    master_key
        .seal(&sealed_for(id), &plain)
        .map_err(StorageError::broken)
}

fn sealed_for(id: ConflictId) -> String {
    format!("conflict.details:{id}")
}

/// The length stands before the realm, so that no two pairs run together to the same octets.
pub(super) fn subject_hash(realm: &str, subject: &str) -> Vec<u8> {
    let mut octets = (realm.len() as u64).to_be_bytes().to_vec();
    octets.extend_from_slice(realm.as_bytes());
    octets.extend_from_slice(subject.as_bytes());
    sha256(&octets).to_vec()
}

/// Names of claims one case keeps.
const MOST_CLAIMS: usize = 100;
