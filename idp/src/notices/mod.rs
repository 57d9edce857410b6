//! Notices: a person is told what happened to their identity, on their page and by mail to every confirmed contact.
//!
//! [`enqueue`] is called inside the transaction of what happened, so that neither is without the other. It writes the
//! notice, one mail for each contact that is confirmed at this moment, and one job for each mail; [`work`] sends them.
//! Without `[mail]` the mails are kept, and the page says that they were not sent.

mod letter;
mod text;
mod work;

pub(crate) use letter::foot;
pub(crate) use text::sentence;
pub use work::{KIND, work};
pub(crate) use work::{Next, Unsent, next};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{self, Job};
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::ids::{AccountId, ContactId, NoticeId, NoticeMailId};
use crate::storage::contact::{self, Contact, ContactKind};
use crate::storage::notice::{self, StoredNotice};
use crate::storage::notice_mail::{self, MailState, NoticeMail};

/// Something that happened to somebody's identity. `provider` is the name of a configuration entry, `body` the name of
/// whom a mandate is for, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// A way to log in was added.
    LinkAdded {
        /// Which.
        provider: String,
    },
    /// A way to log in was taken away.
    LinkRemoved {
        /// Which.
        provider: String,
    },
    /// A way to log in was taken away by officers, the last one of an account that could be parted until then.
    PartingEnded {
        /// Which.
        provider: String,
    },
    /// A way to log in now belongs to another subject at the same provider.
    LinkReplaced {
        /// Which.
        provider: String,
    },
    /// Officers decided that a way to log in is this person's.
    CaseSame {
        /// Which.
        provider: String,
    },
    /// Officers decided that a way to log in is somebody else's.
    CaseAnother {
        /// Which.
        provider: String,
    },
    /// An officer looked at a case, and nothing changes.
    CaseClosed {
        /// Which way to log in it was about.
        provider: String,
    },
    /// Two accounts became one.
    AccountsMerged,
    /// A merge was undone.
    MergeUndone,
    /// The person may act for somebody.
    MandateAdded {
        /// For whom.
        body: String,
    },
    /// The person may not act for somebody any more.
    MandateEnded {
        /// For whom.
        body: String,
    },
    /// The same, because a public register says that the person has left its statutory body.
    MandateNotAMember {
        /// For whom.
        body: String,
    },
    /// Another contact was confirmed.
    ContactAdded,
    /// A contact was removed; the notice goes there too, with a link that brings it back.
    ContactRemoved {
        /// Which. Missing in notices of former releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactId>,
    },
    /// A provider vouches for another address than before, and the former one is not confirmed any more.
    ContactReplaced {
        /// Which.
        provider: String,
    },
    /// A removed contact was brought back by that link.
    ContactRestored,
    /// The person closed the account; the last they hear of it.
    AccountClosed,
}

/// Writes a notice down in the caller's transaction, with a mail for each confirmed contact of the account.
pub async fn enqueue(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let stored = StoredNotice {
        notice_id: NoticeId::new(broker.random.uuid_v7(now)),
        account_id,
        notice: notice.clone(),
        created_at: now,
    };
    notice::add(tx, &broker.master_key, &stored).await?;
    for contact in contact::list_current(tx, &broker.master_key, account_id).await? {
        if is_told(&contact) {
            enqueue_mail(broker, tx, stored.notice_id, contact.contact_id, now).await?;
        }
    }
    Ok(())
}

/// Nobody is written to at an address that nobody vouches for.
fn is_told(contact: &Contact) -> bool {
    contact.kind == ContactKind::Email && contact.proven_at.is_some()
}

async fn enqueue_mail(
    broker: &Broker,
    tx: &mut Tx,
    notice_id: NoticeId,
    contact_id: ContactId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let can_send = broker.mailer.is_some();
    let mail = NoticeMail {
        notice_mail_id: NoticeMailId::new(broker.random.uuid_v7(now)),
        notice_id,
        contact_id,
        state: if can_send {
            MailState::Waiting
        } else {
            MailState::Kept
        },
        changed_at: now,
    };
    notice_mail::add(tx, &mail).await?;
    if can_send {
        let job = Job {
            kind: KIND,
            reference: mail.notice_mail_id.to_string(),
            payload: json!({ "mail": mail.notice_mail_id }),
            due_at: now,
        };
        jobs::enqueue(tx, broker.random.uuid_v7(now), &job, now).await?;
    }
    Ok(())
}

impl Notice {
    /// The name in the database and inside Fluent ids.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::LinkAdded { .. } => "link_added",
            Self::LinkRemoved { .. } => "link_removed",
            Self::PartingEnded { .. } => "parting_ended",
            Self::LinkReplaced { .. } => "link_replaced",
            Self::CaseSame { .. } => "case_same",
            Self::CaseAnother { .. } => "case_another",
            Self::CaseClosed { .. } => "case_closed",
            Self::AccountsMerged => "accounts_merged",
            Self::MergeUndone => "merge_undone",
            Self::MandateAdded { .. } => "mandate_added",
            Self::MandateEnded { .. } => "mandate_ended",
            Self::MandateNotAMember { .. } => "mandate_not_a_member",
            Self::ContactAdded => "contact_added",
            Self::ContactRemoved { .. } => "contact_removed",
            Self::ContactReplaced { .. } => "contact_replaced",
            Self::ContactRestored => "contact_restored",
            Self::AccountClosed => "account_closed",
        }
    }

    /// All kinds, for the tests of texts.
    #[cfg(test)]
    pub(crate) const KINDS: [&'static str; 17] = [
        "link_added",
        "link_removed",
        "parting_ended",
        "link_replaced",
        "case_same",
        "case_another",
        "case_closed",
        "accounts_merged",
        "merge_undone",
        "mandate_added",
        "mandate_ended",
        "mandate_not_a_member",
        "contact_added",
        "contact_removed",
        "contact_replaced",
        "contact_restored",
        "account_closed",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_stored_under_its_kind() {
        let provider = || "nia".to_owned();
        let body = || "Pekárna Vltava s.r.o.".to_owned();
        let all = [
            Notice::LinkAdded {
                provider: provider(),
            },
            Notice::LinkRemoved {
                provider: provider(),
            },
            Notice::PartingEnded {
                provider: provider(),
            },
            Notice::LinkReplaced {
                provider: provider(),
            },
            Notice::CaseSame {
                provider: provider(),
            },
            Notice::CaseAnother {
                provider: provider(),
            },
            Notice::CaseClosed {
                provider: provider(),
            },
            Notice::AccountsMerged,
            Notice::MergeUndone,
            Notice::MandateAdded { body: body() },
            Notice::MandateEnded { body: body() },
            Notice::MandateNotAMember { body: body() },
            Notice::ContactAdded,
            Notice::ContactRemoved { contact: None },
            Notice::ContactReplaced {
                provider: provider(),
            },
            Notice::ContactRestored,
            Notice::AccountClosed,
        ];

        assert_eq!(all.each_ref().map(Notice::kind), Notice::KINDS);
        for notice in all {
            let written = serde_json::to_value(&notice).unwrap();
            assert_eq!(written["kind"], notice.kind());
            assert_eq!(serde_json::from_value::<Notice>(written).unwrap(), notice);
        }
    }
}
