//! What a broker keeps in its short-lived store, opened with its master key.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use store::on;

use crate::broker::TestBroker;

/// One value.
#[derive(Debug)]
pub struct Kept {
    /// The moment from which on it does not exist.
    pub until: DateTime<Utc>,
    /// What it is, without its seal.
    pub value: Vec<u8>,
}

/// All values, in the database or in a Redis that nobody else uses; those too that have ended and are not swept yet.
pub async fn values(broker: &TestBroker) -> Vec<Kept> {
    let sealed = match &broker.broker.config.short_lived.redis {
        Some(address) => in_redis(address.expose_secret()).await,
        None => in_database(broker).await,
    };
    let open = |(name, until, value): (String, DateTime<Utc>, Vec<u8>)| {
        let place = format!("short_lived/{name}");
        let value = broker.broker.master_key.open(&place, &value).unwrap();
        Kept { until, value }
    };
    sealed.into_iter().map(open).collect()
}

async fn in_database(broker: &TestBroker) -> Vec<(String, DateTime<Utc>, Vec<u8>)> {
    let mut tx = broker.db.read().await.unwrap();
    on!(&mut tx, db => {
        sqlx::query_as("select entry_key, expires_at, value from short_lived where value is not null").fetch_all(db).await
    })
    .unwrap()
}

/// Sixteen digits, the microsecond at which it ends, and the value.
async fn in_redis(address: &str) -> Vec<(String, DateTime<Utc>, Vec<u8>)> {
    let client = redis::Client::open(address).unwrap();
    let mut direct = client.get_multiplexed_async_connection().await.unwrap();
    let mut keys = redis::cmd("KEYS");
    let names: Vec<String> = keys.arg("idp:v:*").query_async(&mut direct).await.unwrap();
    let mut found = Vec::new();
    for name in names {
        let mut get = redis::cmd("GET");
        let content: Vec<u8> = get.arg(&name).query_async(&mut direct).await.unwrap();
        let (digits, value) = content.split_at(16);
        let micros = std::str::from_utf8(digits).unwrap().parse().unwrap();
        let until = DateTime::from_timestamp_micros(micros).unwrap();
        let name = name.trim_start_matches("idp:").to_owned();
        found.push((name, until, value.to_vec()));
    }
    found
}
