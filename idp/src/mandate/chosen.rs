//! The mandate of a grant, looked at whenever something is about to be said in its name.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};

use super::SCOPE;
use super::counting::as_it_counts;
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::{AccountId, MandateId};
use crate::storage::mandate::{self, Mandate};

/// For whom the tokens of a grant speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// For the person themself.
    Own,
    /// For a body.
    For(Box<Mandate>),
}

/// The mandate does not stand any more, or the client may no longer hear of mandates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

impl Ended {
    /// One ASCII sentence for the client's developers.
    pub(crate) const DESCRIPTION: &str = "the mandate has ended";
}

impl Chosen {
    /// Looks at the mandate that was chosen for an account's grant at a client.
    pub(crate) async fn lookup(
        broker: &Broker,
        tx: &mut Tx,
        client: &Client,
        account_id: AccountId,
        chosen: Option<MandateId>,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, Ended>, StorageError> {
        let Some(mandate_id) = chosen else {
            return Ok(Ok(Self::Own));
        };
        if !client.scopes.contains(SCOPE) {
            return Ok(Err(Ended));
        }
        let Some(held) = mandate::find_valid(tx, mandate_id, account_id, now).await? else {
            return Ok(Err(Ended));
        };
        let counting = as_it_counts(broker, tx, Some(client), held).await?;
        Ok(counting
            .map(|mandate| Self::For(Box::new(mandate)))
            .ok_or(Ended))
    }

    /// The mandate, when there is one.
    pub(crate) fn mandate(&self) -> Option<&Mandate> {
        match self {
            Self::Own => None,
            Self::For(mandate) => Some(mandate),
        }
    }
}
