//! `notice_mail`: one mail of a notice to one confirmed contact, and what became of it.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::{ContactId, NoticeId, NoticeMailId};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// No mail server was configured when it was due.
    Kept,
    /// To be sent.
    Waiting,
    /// Handed to the mail server right now; found later, nobody knows how that ended.
    Sending,
    /// The mail server took it.
    Sent,
    /// The mail server refused the address for good.
    Refused,
    /// The mail server got it and gave no answer.
    Unknown,
    /// Given up after a day of tries.
    Failed,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeMail {
    /// Its key.
    pub notice_mail_id: NoticeMailId,
    /// What it tells.
    pub notice_id: NoticeId,
    /// Where it goes.
    pub contact_id: ContactId,
    /// What became of it.
    pub state: MailState,
    /// Since when.
    pub changed_at: DateTime<Utc>,
}

/// Adds a mail.
pub async fn add(tx: &mut Tx, mail: &NoticeMail) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into notice_mail (notice_mail_id, notice_id, contact_id, state, changed_at)
            values ($1, $2, $3, $4, $5)
            "#,
        )
        .bind(mail.notice_mail_id)
        .bind(mail.notice_id)
        .bind(mail.contact_id)
        .bind(mail.state.as_str())
        .bind(mail.changed_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds a mail.
pub async fn lookup(
    tx: &mut Tx,
    notice_mail_id: NoticeMailId,
) -> Result<Option<NoticeMail>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select notice_mail_id, notice_id, contact_id, state, changed_at
            from notice_mail
            where notice_mail_id = $1
            "#,
        )
        .bind(notice_mail_id)
        .fetch_optional(db)
        .await
    })?;
    row.map(Row::read).transpose()
}

/// The mails of a notice.
pub async fn list_by_notice(
    tx: &mut Tx,
    notice_id: NoticeId,
) -> Result<Vec<NoticeMail>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select notice_mail_id, notice_id, contact_id, state, changed_at
            from notice_mail
            where notice_id = $1
            order by notice_mail_id
            "#,
        )
        .bind(notice_id)
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes down what became of a mail.
pub async fn set_state(
    tx: &mut Tx,
    notice_mail_id: NoticeMailId,
    state: MailState,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update notice_mail set state = $2, changed_at = $3 where notice_mail_id = $1")
            .bind(notice_mail_id)
            .bind(state.as_str())
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Kept,
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Refused,
        Self::Unknown,
        Self::Failed,
    ];

    /// The name in the database and at the end of Fluent ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    notice_mail_id: NoticeMailId,
    notice_id: NoticeId,
    contact_id: ContactId,
    state: String,
    changed_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<NoticeMail, StorageError> {
        let state = MailState::ALL
            .into_iter()
            .find(|state| state.as_str() == self.state)
            .ok_or_else(|| StorageError::broken("notice_mail.state"))?;
        Ok(NoticeMail {
            notice_mail_id: self.notice_mail_id,
            notice_id: self.notice_id,
            contact_id: self.contact_id,
            state,
            changed_at: self.changed_at,
        })
    }
}
