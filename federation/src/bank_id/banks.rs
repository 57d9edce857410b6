//! The banks behind Bank iD (reference of Bank iD, section 10): a list with its last good copy, and nothing that depends
//! on it. Without a list people choose their bank at Bank iD.

use std::time::Duration;

use outbound::{Fetched, Guard, JSON, LastGood, Target};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::TRACE_HEADER;
use crate::oidc::token::log_trace;
use crate::provider::Timestamp;
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

/// Logos of one bank that are looked at.
const MOST_LOGOS: usize = 10;
/// Pixels a logo should be high at least: it is shown half as high.
const HIGH_ENOUGH: f64 = 40.0;

/// The list of banks.
#[derive(Debug)]
pub(super) struct Banks(LastGood<Vec<Bank>>);

/// One bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bank {
    /// `bank_id`
    pub(super) id: String,
    /// What people call it.
    pub(super) name: String,
    /// Where its logos are, the most fitting first. Nothing is known of these addresses yet.
    pub(super) logos: Vec<Url>,
}

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
    #[serde(default)]
    available_logo_images: serde_json::Value,
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
    pub(super) async fn get(&self, now: Timestamp) -> Vec<Bank> {
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

    /// A bank of the list.
    pub(super) async fn find(&self, id: &str, now: Timestamp) -> Option<Bank> {
        let banks = self.get(now).await;
        banks.into_iter().find(|bank| bank.id == id)
    }
}

/// A bank that cannot be read is left out; a list without any is refused, so that the last good one stays.
fn read(fetched: &Fetched) -> Result<Vec<Bank>, Box<dyn std::error::Error + Send + Sync>> {
    log_trace(fetched, Some(TRACE_HEADER));
    let list: List = serde_json::from_slice(&fetched.body)?;
    let banks: Vec<Bank> = list
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
        .map(|item| Bank {
            id: item.id.to_string(),
            name: item.title.trim().to_owned(),
            logos: logos(&item.available_logo_images),
        })
        .collect();
    if banks.is_empty() {
        return Err("the list holds no bank that logs people in".into());
    }
    Ok(banks)
}

/// The addresses of a bank's logos: first the smallest that is high enough, last those whose height nobody knows. What cannot be
/// read is passed over.
fn logos(images: &serde_json::Value) -> Vec<Url> {
    let high = |image: &serde_json::Value| match image.get("height")? {
        serde_json::Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let mut logos: Vec<(f64, Url)> = images
        .as_array()
        .into_iter()
        .flatten()
        .take(MOST_LOGOS)
        .filter_map(|image| {
            let url = Url::parse(image.get("url")?.as_str()?).ok()?;
            let height: Option<f64> = high(image).filter(|high: &f64| *high > 0.0);
            let lacks = match height {
                Some(height) if height >= HIGH_ENOUGH => height,
                // Behind any that is high enough, the highest first.
                Some(height) => 1e9 - height,
                None => f64::MAX,
            };
            Some((lacks, url))
        })
        .collect();
    logos.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    logos.into_iter().map(|(_, url)| url).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_smallest_logo_that_is_high_enough_comes_first() {
        let images = json!([
            { "id": "a", "url": "https://a.example/unknown" },
            { "id": "b", "url": "https://a.example/low", "width": "20", "height": "20" },
            { "id": "c", "url": "https://a.example/large", "width": 900, "height": 300 },
            { "id": "d", "url": "https://a.example/right", "width": "120", "height": "40" },
            { "id": "e", "url": "nowhere", "height": "40" },
            { "id": "f", "height": "40" },
            { "id": "g", "url": "https://a.example/odd", "height": "-1" },
            "no image",
        ]);

        let found: Vec<String> = logos(&images)
            .iter()
            .map(|url| url.path().to_owned())
            .collect();

        assert_eq!(found, ["/right", "/large", "/low", "/unknown", "/odd"]);
        assert!(logos(&json!(null)).is_empty() && logos(&json!({ "a": 1 })).is_empty());
    }
}
