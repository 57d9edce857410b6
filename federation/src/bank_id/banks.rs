//! The banks behind Bank iD (reference of Bank iD, section 10): a list with its last good copy, and nothing that depends
//! on it. Without a list people choose their bank at Bank iD.

use std::time::Duration;

use outbound::{Fetched, Guard, JSON, LastGood, Target};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::provider::{Branch, Timestamp};
use crate::saml::text::is_safe;

const REFRESH: Duration = Duration::from_hours(24);
/// How long a list that failed is left alone: a page waits for it.
const RETRY: Duration = Duration::from_mins(5);
/// How long a page waits for the first list. It is fetched to its end all the same, for the next page.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Characters a bank's name may have on a button.
const LONGEST_NAME: usize = 80;
/// Banks there may be.
const MOST: usize = 100;

/// The list of banks.
#[derive(Debug)]
pub(super) struct Banks(LastGood<Vec<Branch>>);

#[derive(Deserialize)]
struct List {
    items: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Item {
    id: Uuid,
    title: String,
    #[serde(default)]
    available_services: Vec<String>,
}

impl Banks {
    /// The list at the issuer, of banks that our application can use. Nothing is fetched yet.
    pub(super) fn new(
        target: Target,
        issuer: &str,
        client_id: &str,
    ) -> Result<Self, url::ParseError> {
        let mut url = Url::parse(&format!("{}/api/v1/banks", issuer.trim_end_matches('/')))?;
        url.query_pairs_mut().append_pair("client_id", client_id);
        let list = LastGood::new(target, url, Guard::Operator, REFRESH, |fetched, _| {
            read(fetched)
        })
        .expecting(JSON)
        .retry_after(RETRY)
        .kept()
        .bounded();
        Ok(Self(list))
    }

    /// The banks at hand; none when there is no list, or none soon enough.
    pub(super) async fn get(&self, now: Timestamp) -> Vec<Branch> {
        let list = self.0.clone();
        let fetching = tokio::spawn(async move { list.get(now).await });
        match tokio::time::timeout(PATIENCE, fetching).await {
            Ok(Ok(Ok(banks))) => banks.to_vec(),
            Ok(Ok(Err(error))) => {
                tracing::debug!(error = %error, "there is no list of banks");
                Vec::new()
            }
            Ok(Err(_)) | Err(_) => {
                tracing::debug!("the list of banks is slow");
                Vec::new()
            }
        }
    }

    /// Whether a bank is in the list at hand. Never fetches: the page that offered it has.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0
            .peek()
            .is_some_and(|(banks, _)| banks.iter().any(|bank| bank.id == id))
    }
}

/// A bank that cannot be read is left out; a list without any is refused, so that the last good one stays.
fn read(fetched: &Fetched) -> Result<Vec<Branch>, Box<dyn std::error::Error + Send + Sync>> {
    let list: List = serde_json::from_slice(&fetched.body)?;
    let banks: Vec<Branch> = list
        .items
        .into_iter()
        .filter_map(|item| serde_json::from_value::<Item>(item).ok())
        .filter(|item| {
            item.available_services
                .iter()
                .any(|service| service == "AUTHENTICATION")
        })
        .filter(|item| {
            let name = item.title.trim();
            !name.is_empty() && is_safe(name) && name.chars().count() <= LONGEST_NAME
        })
        .take(MOST)
        .map(|item| Branch {
            id: item.id.to_string(),
            name: item.title.trim().to_owned(),
        })
        .collect();
    if banks.is_empty() {
        return Err("the list holds no bank that logs people in".into());
    }
    Ok(banks)
}
