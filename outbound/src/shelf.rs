//! Where fetched documents outlive the process.

use chrono::{DateTime, Utc};
use url::Url;

/// Keeps the last good copy of documents beyond the process, for [`crate::LastGood::kept`].
///
/// What cannot be kept or found is for the shelf to log; nobody's request fails for it. A document that is found is judged
/// again like one that was just fetched.
#[async_trait::async_trait]
pub trait Shelf: Send + Sync + 'static {
    /// What was kept of the document at an address, and when it was fetched.
    async fn find(&self, url: &Url) -> Option<(Vec<u8>, DateTime<Utc>)>;

    /// Keeps a document that was found good. An older one is replaced.
    async fn keep(&self, url: &Url, body: Vec<u8>, fetched_at: DateTime<Utc>);
}
