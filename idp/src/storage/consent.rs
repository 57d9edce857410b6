//! `consent`: what a person allowed a client to learn.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ClientId, ConsentId};

/// What a person allowed a client to learn.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Consent {
    /// Its key.
    pub consent_id: ConsentId,
    /// To whom.
    pub client_id: ClientId,
    content: Json<ConsentContent>,
    /// When.
    pub granted_at: DateTime<Utc>,
}

impl Consent {
    /// What was allowed and what declined.
    pub fn content(&self) -> &ConsentContent {
        &self.content.0
    }
}

/// Scopes and single claims (`claim:…`) as they stood on the information page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentContent {
    /// Handed over.
    pub allowed: BTreeSet<String>,
    /// Offered and not wanted; not asked about again.
    pub declined: BTreeSet<String>,
}

impl ConsentContent {
    /// This and what was chosen after it. A service may have more than one kind of request.
    #[must_use]
    pub fn followed_by(&self, later: &Self) -> Self {
        let allowed = self.allowed.difference(&later.declined).cloned();
        let declined = self.declined.difference(&later.allowed).cloned();
        Self {
            allowed: allowed.chain(later.allowed.iter().cloned()).collect(),
            declined: declined.chain(later.declined.iter().cloned()).collect(),
        }
    }

    /// Whether nothing is asked that the page did not show. What was declined counts as shown while it may be left out: a service that
    /// cannot do without it any more asks again.
    pub fn covers<'a>(
        &self,
        asked: impl IntoIterator<Item = &'a String>,
        is_optional: impl Fn(&str) -> bool,
    ) -> bool {
        asked.into_iter().all(|item| {
            self.allowed.contains(item) || (self.declined.contains(item) && is_optional(item))
        })
    }
}

/// Finds the consent in force.
pub async fn find(
    tx: &mut Tx,
    account_id: AccountId,
    client_id: &ClientId,
) -> Result<Option<Consent>, StorageError> {
    let consent = on!(tx, db => {
        sqlx::query_as(
            r#"
            select consent_id, client_id, content, granted_at
            from consent
            where account_id = $1 and client_id = $2 and revoked_at is null
            "#,
        )
        .bind(account_id)
        .bind(client_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(consent)
}

/// Consents in force, the latest first.
pub async fn list_by_account(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<Consent>, StorageError> {
    let consents = on!(tx, db => {
        sqlx::query_as(
            r#"
            select consent_id, client_id, content, granted_at
            from consent
            where account_id = $1 and revoked_at is null
            order by granted_at desc, consent_id
            "#,
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;
    Ok(consents)
}

/// Records a consent; it takes the place of the former one for the same client.
pub async fn give(
    tx: &mut Tx,
    consent_id: ConsentId,
    account_id: AccountId,
    client_id: &ClientId,
    content: &ConsentContent,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    revoke(tx, account_id, client_id, now).await?;
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into consent (consent_id, account_id, client_id, content, granted_at)
            values ($1, $2, $3, $4, $5)
            "#,
        )
        .bind(consent_id)
        .bind(account_id)
        .bind(client_id)
        .bind(Json(content))
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Revokes the consent in force. `false` when there was none.
pub async fn revoke(
    tx: &mut Tx,
    account_id: AccountId,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update consent
            set revoked_at = $3
            where account_id = $1 and client_id = $2 and revoked_at is null
            "#,
        )
        .bind(account_id)
        .bind(client_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> BTreeSet<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    #[test]
    fn a_consent_covers_what_was_allowed_or_declined_and_nothing_more() {
        let content = ConsentContent {
            allowed: set(&["profile"]),
            declined: set(&["email"]),
        };

        let optional = |item: &str| item == "email";
        assert!(content.covers(&set(&["profile", "email"]), optional));
        assert!(content.covers(&set(&[]), optional));
        assert!(!content.covers(&set(&["profile", "address"]), optional));
        assert!(!content.covers(&set(&["email"]), |_| false));
    }
}
