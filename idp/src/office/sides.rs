//! Whom a case is about at this moment: accounts are joined, parted and closed while it waits.

use store::{StorageError, Tx};

use crate::ids::AccountId;
use crate::storage::account_merge;
use crate::storage::conflict::Case;
use crate::storage::upstream_link::{self, UpstreamLink};

/// The sides of a case.
#[derive(Clone, Debug)]
pub struct Sides {
    /// Who met it, or the account that one is part of now.
    pub account_id: AccountId,
    /// The other account: whose the subject is now, else whose it was then.
    pub other_account_id: Option<AccountId>,
    /// The way in by the subject, where it is one now.
    pub link: Option<UpstreamLink>,
    /// The subject, where it is known.
    pub subject: Option<String>,
}

impl Sides {
    /// The accounts, each once, in the order in which they are taken.
    pub fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = [Some(self.account_id), self.other_account_id]
            .into_iter()
            .flatten()
            .collect();
        accounts.sort_unstable();
        accounts
    }
}

/// Finds the sides of a case.
pub async fn sides(tx: &mut Tx, case: &Case) -> Result<Sides, StorageError> {
    let account_id = account_merge::survivor_of(tx, case.account_id).await?;
    let then = match case.other_account_id {
        Some(other) => Some(account_merge::survivor_of(tx, other).await?),
        None => None,
    };
    let subject = match &case.details.subject {
        Some(subject) => Some(subject.clone()),
        None => search(tx, case, [Some(account_id), then]).await?,
    };
    let link = match &subject {
        Some(subject) => upstream_link::find_by_subject(tx, &case.realm, subject).await?,
        None => None,
    };
    let holder = link.as_ref().map(|link| link.account_id);
    let other_account_id = [holder, then]
        .into_iter()
        .flatten()
        .find(|other| *other != account_id);
    Ok(Sides {
        account_id,
        other_account_id,
        link,
        subject,
    })
}

/// Cases of former releases keep the subject as a hash alone: it may still be a way into one of the accounts.
async fn search(
    tx: &mut Tx,
    case: &Case,
    accounts: [Option<AccountId>; 2],
) -> Result<Option<String>, StorageError> {
    for account_id in accounts.into_iter().flatten() {
        for link in upstream_link::list_by_account(tx, account_id).await? {
            if link.realm != case.realm {
                continue;
            }
            let subject = upstream_link::find_subject(tx, link.upstream_link_id).await?;
            if let Some(subject) = subject.filter(|subject| case.is_about(subject)) {
                return Ok(Some(subject));
            }
        }
    }
    Ok(None)
}
