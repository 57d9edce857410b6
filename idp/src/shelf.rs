//! The database as the place where provider metadata, key sets and the list of banks outlive the process.

use chrono::{DateTime, Utc};
use outbound::Shelf;
use store::{Db, MasterKey, StorageError};
use url::Url;

use crate::start::with_causes;
use crate::storage::last_good;

/// The table `last_good`.
pub(crate) struct DatabaseShelf {
    db: Db,
    master_key: MasterKey,
}

impl DatabaseShelf {
    pub(crate) fn new(db: &Db, master_key: &MasterKey) -> Self {
        Self {
            db: db.clone(),
            master_key: master_key.clone(),
        }
    }

    async fn put(
        &self,
        url: &Url,
        body: &[u8],
        fetched_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut tx = self.db.begin().await?;
        last_good::put(&mut tx, &self.master_key, url.as_str(), body, fetched_at).await?;
        tx.commit().await
    }

    async fn lookup(&self, url: &Url) -> Result<Option<(Vec<u8>, DateTime<Utc>)>, StorageError> {
        let mut tx = self.db.read().await?;
        last_good::lookup(&mut tx, &self.master_key, url.as_str()).await
    }
}

#[async_trait::async_trait]
impl Shelf for DatabaseShelf {
    async fn find(&self, url: &Url) -> Option<(Vec<u8>, DateTime<Utc>)> {
        match self.lookup(url).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(error = %with_causes(&error), "the last good copy of a document cannot be read");
                None
            }
        }
    }

    async fn keep(&self, url: &Url, body: Vec<u8>, fetched_at: DateTime<Utc>) {
        if let Err(error) = self.put(url, &body, fetched_at).await {
            tracing::warn!(error = %with_causes(&error), "the last good copy of a document could not be kept");
        }
    }
}
