use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::Hash;
use super::chain::to_hash;
use crate::{StorageError, Tx};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What: `login.completed`, `client.secret_rotated`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// The account it is about, who may see it.
    pub subject: Option<Uuid>,
    /// The circumstances, an object. They are erased when their retention ends.
    pub details: Value,
}

/// Who did something. Shown as `account:{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// We ourselves: a job, the start.
    System,
    /// Somebody who has not logged in.
    Anonymous,
    /// A person, by account.
    Account(Uuid),
    /// A member of staff, by staff account.
    Staff(Uuid),
    /// A client, by its id.
    Client(String),
    /// An upstream provider, by its id.
    Provider(String),
    /// Whoever ran the command line, by login name on the machine.
    Operator(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Provider(id) => write!(f, "provider:{id}"),
            Self::Operator(name) => write!(f, "operator:{name}"),
        }
    }
}

/// Writes an event when the caller's transaction commits. `id` is a fresh UUIDv7, `salt` is fresh and random.
pub async fn record(
    tx: &mut Tx,
    event: &Event,
    id: Uuid,
    salt: [u8; 16],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if !event.details.is_object() {
        return Err(StorageError::broken(
            "the details of an audit event are an object",
        ));
    }
    let details = event.details.to_string();
    let hash = details_hash(&salt, &details);
    tx.later(
        r#"
        insert into audit_event (audit_event_id, at, kind, actor, subject, salt, details, details_hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
    )
    .bind(id)
    .bind(now.trunc_subsecs(6))
    .bind(event.kind)
    // PostgreSQL takes no NUL in a text, and an event must not fail for what somebody sent.
    .bind(event.actor.to_string().replace('\0', "\u{fffd}"))
    .bind(event.subject)
    .bind(salt.to_vec())
    .bind(details)
    .bind(hash.to_vec());
    Ok(())
}

pub(super) fn details_hash(salt: &[u8], details: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(details.as_bytes());
    to_hash(context.finish().as_ref())
}
