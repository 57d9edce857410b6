//! Sending the mails of notices: one job a mail.
//!
//! That a mail is being handed over is committed before its first octet leaves. Found in that state later, or answered
//! with silence, nobody knows whether it went: it is marked so and not sent again, unless an operator revives the job.

use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use outbound::{MailAddress, MailError, Mailer};
use store::StorageError;
use store::jobs::{self, Claimed};
use uuid::Uuid;
use web::Locale;

use super::{Notice, letter};
use crate::broker::Broker;
use crate::contacts::undo;
use crate::ids::NoticeMailId;
use crate::storage::contact::Contact;
use crate::storage::notice::StoredNotice;
use crate::storage::notice_mail::{MailState, NoticeMail};
use crate::storage::{account, contact, notice, notice_mail};

/// The kind of the job.
pub const KIND: &str = "notice.mail";

/// A worker that dies is replaced after this; longer than a sending may take.
const LEASE: Duration = Duration::minutes(5);
/// Waits between tries, together about a day.
pub(crate) const WAITS: [Duration; 8] = [
    Duration::seconds(30),
    Duration::minutes(2),
    Duration::minutes(10),
    Duration::minutes(30),
    Duration::hours(1),
    Duration::hours(3),
    Duration::hours(6),
    Duration::hours(12),
];

/// Sends what is due. Returns how many mails were tried; without a mail server none.
pub async fn work(broker: &Broker) -> Result<usize, StorageError> {
    let Some(mailer) = &broker.mailer else {
        return Ok(0);
    };
    let now = broker.clock.now();
    let claimed = jobs::claim(&broker.db, &[KIND], broker.random.uuid_v4(), now, LEASE).await?;
    let count = claimed.len();
    let sendings = claimed.iter().map(async |job| {
        if let Err(error) = deliver(broker, mailer, job).await {
            // The lease runs out and the job is claimed again.
            let error: &dyn std::error::Error = &error;
            tracing::warn!(job.id = %job.id, error, "a mail's state could not be written down");
        }
    });
    futures_util::future::join_all(sendings).await;
    Ok(count)
}

async fn deliver(broker: &Broker, mailer: &Mailer, job: &Claimed) -> Result<(), StorageError> {
    let Some(errand) = Errand::prepare(broker, job).await? else {
        return Ok(());
    };
    let result = errand.send(broker, mailer).await;
    errand.settle(broker, job, result).await
}

/// A mail with all it needs, marked as being handed over.
struct Errand {
    mail: NoticeMail,
    notice: StoredNotice,
    contact: Contact,
    undo: Option<undo::Link>,
    locale: Locale,
}

impl Errand {
    /// Looks everything up. `None`: there is nothing to send, and the job is settled.
    async fn prepare(broker: &Broker, job: &Claimed) -> Result<Option<Self>, StorageError> {
        let now = broker.clock.now();
        let mut tx = broker.db.begin().await?;
        let id = Uuid::from_str(&job.reference).map(NoticeMailId::new).ok();
        let mail = match id {
            Some(id) => notice_mail::lookup(&mut tx, id).await?,
            None => None,
        };
        let Some(mail) = mail else {
            jobs::give_up(&mut tx, job, "gone", now).await?;
            tx.commit().await?;
            return Ok(None);
        };
        match mail.state {
            MailState::Sent | MailState::Refused => {
                jobs::finish(&mut tx, job).await?;
                tx.commit().await?;
                return Ok(None);
            }
            MailState::Sending => {
                notice_mail::set_state(&mut tx, mail.notice_mail_id, MailState::Unknown, now)
                    .await?;
                jobs::give_up(&mut tx, job, "unknown", now).await?;
                tx.commit().await?;
                return Ok(None);
            }
            MailState::Kept | MailState::Waiting | MailState::Unknown | MailState::Failed => {}
        }
        let key = &broker.master_key;
        let notice = notice::lookup(&mut tx, key, mail.notice_id).await?;
        let contact = contact::lookup(&mut tx, key, mail.contact_id).await?;
        let (Some(notice), Some(contact)) = (notice, contact) else {
            notice_mail::set_state(&mut tx, mail.notice_mail_id, MailState::Failed, now).await?;
            jobs::give_up(&mut tx, job, "gone", now).await?;
            tx.commit().await?;
            return Ok(None);
        };
        let account = account::lookup(&mut tx, notice.account_id).await?;
        let locale = account
            .and_then(|account| account.locale)
            .and_then(|code| Locale::from_code(&code))
            .unwrap_or_default();
        let undo = match &notice.notice {
            // The link goes to the mailbox that was removed and to no other: who opens it has that mailbox.
            Notice::ContactRemoved { contact: Some(id) } if *id == contact.contact_id => {
                undo::draw(broker, &mut tx, *id, now).await?
            }
            _ => None,
        };
        notice_mail::set_state(&mut tx, mail.notice_mail_id, MailState::Sending, now).await?;
        tx.commit().await?;
        Ok(Some(Self {
            mail,
            notice,
            contact,
            undo,
            locale,
        }))
    }

    async fn send(&self, broker: &Broker, mailer: &Mailer) -> Result<(), Unsent> {
        let letter = letter::letter(broker, &self.notice, self.undo.as_ref(), self.locale)
            .map_err(|_| Unsent::Unwritable)?;
        let to = MailAddress::parse(&self.contact.value).map_err(|_| Unsent::Unwritable)?;
        let id = self.mail.notice_mail_id.to_string();
        mailer
            .send(&letter, &to, &id, broker.clock.now())
            .await
            .map_err(Unsent::Mail)
    }

    /// Writes down how it ended.
    async fn settle(
        &self,
        broker: &Broker,
        job: &Claimed,
        result: Result<(), Unsent>,
    ) -> Result<(), StorageError> {
        let now = broker.clock.now();
        let id = self.mail.notice_mail_id;
        let next = next(job, &result, now);
        if let Err(unsent) = &result {
            unsent.log(job);
        }
        let mut tx = broker.db.begin().await?;
        match next {
            Next::Done(state) => {
                notice_mail::set_state(&mut tx, id, state, now).await?;
                if state == MailState::Refused {
                    contact::refuse(&mut tx, self.contact.contact_id, now).await?;
                }
                jobs::finish(&mut tx, job).await?;
            }
            Next::Again(failure, due_at) => {
                notice_mail::set_state(&mut tx, id, MailState::Waiting, now).await?;
                jobs::retry(&mut tx, job, failure, due_at).await?;
            }
            Next::GiveUp(failure, state) => {
                notice_mail::set_state(&mut tx, id, state, now).await?;
                jobs::give_up(&mut tx, job, failure, now).await?;
            }
        }
        tx.commit().await
    }
}

/// Why a mail did not go.
pub(crate) enum Unsent {
    /// It cannot be written, whatever the server says.
    Unwritable,
    /// The mail server, or the way to it.
    Mail(MailError),
}

impl Unsent {
    const fn outcome(&self) -> &'static str {
        match self {
            Self::Unwritable => "unwritable",
            Self::Mail(error) => error.outcome(),
        }
    }

    pub(crate) fn log(&self, job: &Claimed) {
        match self {
            Self::Unwritable => tracing::error!(job.id = %job.id, "a mail cannot be written"),
            Self::Mail(error) => {
                let error: &dyn std::error::Error = error;
                tracing::warn!(job.id = %job.id, error, "a mail was not sent");
            }
        }
    }
}

/// What follows from a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Settled.
    Done(MailState),
    /// To be tried again then.
    Again(&'static str, DateTime<Utc>),
    /// Left to an operator.
    GiveUp(&'static str, MailState),
}

/// Each class of failure has its own policy.
pub(crate) fn next(job: &Claimed, result: &Result<(), Unsent>, now: DateTime<Utc>) -> Next {
    let unsent = match result {
        Ok(()) => return Next::Done(MailState::Sent),
        Err(unsent) => unsent,
    };
    let failure = unsent.outcome();
    match unsent {
        Unsent::Mail(MailError::Refused { .. }) => Next::Done(MailState::Refused),
        Unsent::Mail(MailError::Unknown { .. }) => Next::GiveUp(failure, MailState::Unknown),
        Unsent::Unwritable
        | Unsent::Mail(MailError::TooLarge { .. } | MailError::Unwritable(_)) => {
            Next::GiveUp(failure, MailState::Failed)
        }
        // The server or its configuration: it passes, or somebody mends it.
        Unsent::Mail(_) => {
            let tried = usize::try_from(job.attempts)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            match WAITS.get(tried) {
                Some(wait) => Next::Again(failure, now + *wait),
                None => Next::GiveUp(failure, MailState::Failed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use outbound::Unavailable;

    use super::*;

    fn job(attempts: i64) -> Claimed {
        Claimed {
            id: Uuid::nil(),
            kind: KIND.to_owned(),
            reference: Uuid::nil().to_string(),
            payload: serde_json::json!({}),
            attempts,
            due_at: now(),
            lease_token: Uuid::nil(),
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn after(attempts: i64, error: MailError) -> Next {
        next(&job(attempts), &Err(Unsent::Mail(error)), now())
    }

    #[test]
    fn a_refused_address_is_settled_and_silence_is_left_to_an_operator() {
        assert_eq!(next(&job(1), &Ok(()), now()), Next::Done(MailState::Sent));
        assert_eq!(
            after(1, MailError::Refused { code: 550 }),
            Next::Done(MailState::Refused)
        );
        assert_eq!(
            after(1, MailError::Unknown { cause: None }),
            Next::GiveUp("unknown", MailState::Unknown)
        );
        assert_eq!(
            after(1, MailError::TooLarge { limit: 1 }),
            Next::GiveUp("too_large", MailState::Failed)
        );
    }

    #[test]
    fn a_server_that_is_away_is_tried_for_a_day() {
        let away = || MailError::Unavailable {
            why: Unavailable::Connect,
            cause: None,
        };

        assert_eq!(
            after(1, away()),
            Next::Again("connect", now() + Duration::seconds(30))
        );
        assert_eq!(
            after(8, away()),
            Next::Again("connect", now() + Duration::hours(12))
        );
        assert_eq!(after(9, away()), Next::GiveUp("connect", MailState::Failed));
        let day: Duration = WAITS.iter().sum();
        assert!(day > Duration::hours(20) && day < Duration::hours(26));
    }
}
