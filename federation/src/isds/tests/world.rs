//! A provider as a town would have it, and a browser that comes back to it.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use chrono::DateTime;
use outbound::{ClientCertificateConfig, Lookup, Outbound, OutboundConfig};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use url::Url;

use super::super::returning::Returning;
use super::super::{Isds, Pending, confirmation};
use crate::answer::{Answer, Method, Verified};
use crate::departure::{Ask, Departure, Purpose};
use crate::environment::Environment;
use crate::level::Demand;
use crate::oidc::tests::op::{self, Op};
use crate::provider::{Timestamp, UpstreamError, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};

/// The one-time handle of every login here.
pub(crate) const SESSION: &str = "3f0c9e5e-7b1d-4d0a-9c55-2f6f2d1c7a90-01";

pub(crate) fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

pub(crate) fn testdata(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/isds/testdata");
    std::fs::read(folder.join(name)).unwrap()
}

/// A client with a certificate for ISDS in all its generations, good until the end of that year.
pub(super) fn outbound_until(year: i32) -> Outbound {
    with_certificate_until(year, |config| {
        Outbound::builder(config).now(now).build().unwrap()
    })
}

/// The same in a world where no name leads anywhere.
pub(crate) fn nowhere() -> &'static Outbound {
    #[derive(Debug)]
    struct Nowhere;

    #[async_trait]
    impl Lookup for Nowhere {
        async fn lookup(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    static NOWHERE: OnceLock<Outbound> = OnceLock::new();
    NOWHERE.get_or_init(|| {
        with_certificate_until(2090, |config| {
            let builder = Outbound::builder(config).lookup(Arc::new(Nowhere));
            builder.now(now).build().unwrap()
        })
    })
}

fn with_certificate_until(year: i32, build: impl FnOnce(&OutboundConfig) -> Outbound) -> Outbound {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::temp_dir().join(format!(
        "federation-isds-{}-{}",
        std::process::id(),
        MADE.fetch_add(1, Ordering::SeqCst)
    ));
    std::fs::create_dir(&folder).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["town.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, 12, 31);
    let (certificate_file, key_file) = (folder.join("town.pem"), folder.join("town.key"));
    std::fs::write(&certificate_file, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let section = ClientCertificateConfig {
        certificate_file,
        key_file,
        next_certificate_file: None,
        next_key_file: None,
        hosts: [
            "cert.datovka.gov.cz",
            "cert.datovka-test.gov.cz",
            "cert.czebox.cz",
            "127.0.0.1",
        ]
        .map(str::to_owned)
        .to_vec(),
        ca_files: Vec::new(),
    };
    let config = OutboundConfig {
        client_certificate: [("isds".to_owned(), section)].into(),
        ..OutboundConfig::default()
    };
    let outbound = build(&config);
    std::fs::remove_dir_all(folder).unwrap();
    outbound
}

pub(super) fn outbound() -> &'static Outbound {
    static OUTBOUND: OnceLock<Outbound> = OnceLock::new();
    OUTBOUND.get_or_init(|| outbound_until(2090))
}

/// A provider of the sandbox, with these options besides the usual ones. `null` takes one away.
pub(super) fn built(environment: Environment, options: &Value) -> Result<Isds, ConfigProblem> {
    let mut usual = json!({
        "environment": environment,
        "ats_id": "ATS-1",
        "client_certificate": "isds",
    });
    if environment == Environment::Sandbox {
        usual["portal_url"] = json!("http://127.0.0.1:8402");
        // A closed port: nothing here may reach anybody.
        usual["service_url"] = json!("https://127.0.0.1:1");
        usual["invalidation_path"] = json!("");
    }
    for (key, value) in options.as_object().into_iter().flatten() {
        usual[key] = value.clone();
    }
    if let Some(usual) = usual.as_object_mut() {
        usual.retain(|_, value| !value.is_null());
    }
    let base = Url::parse("https://id.town.example/").unwrap();
    let place = Place {
        id: "isds",
        environment,
        base_url: &base,
    };
    Isds::new(&place, &serde_json::from_value(usual).unwrap(), outbound())
}

pub(super) fn provider(options: &Value) -> Isds {
    built(Environment::Sandbox, options).unwrap()
}

/// One whose service speaks no TLS: its answers are put there by the test.
pub(crate) fn without_tls(op: &Op) -> Isds {
    let mut provider = provider(&json!({}));
    provider.service = op::outbound().target("isds");
    provider.addresses.confirmation = Url::parse(&op.at("confirmation")).unwrap();
    provider
}

pub(crate) fn ask(minimum: Demand) -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("https://id.town.example/upstream/isds/answer").unwrap(),
        minimum,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [7; 32],
    }
}

pub(crate) fn returned(query: &str) -> Answer {
    Answer {
        method: Method::Get,
        query: query.as_bytes().to_vec(),
        body: Vec::new(),
        content_type: None,
        from: None,
    }
}

/// A browser that comes back from a departure.
pub(crate) fn back_from(departure: &Departure) -> Answer {
    let token = departure.correlation.as_str();
    returned(&format!("sessionId={SESSION}&appToken={token}"))
}

/// Finishes a login as the provider does, with these octets as ISDS's answer.
pub(super) fn finish(
    provider: &Isds,
    departure: &Departure,
    octets: &[u8],
) -> Result<Verified, UpstreamError> {
    let pending: Pending = departure.state.recall()?;
    let returning = Returning::read(&back_from(departure))?;
    let answer = outbound::soap::read(octets, &confirmation::LIMITS)
        .map_err(confirmation::what_it_means)
        .and_then(|answer| confirmation::judge(answer, &provider.config.namespaces))?;
    provider.verified(&answer, &pending, &returning.session_id, now())
}

pub(super) async fn depart(provider: &Isds, minimum: Demand) -> Departure {
    provider.start_login(&ask(minimum), now()).await.unwrap()
}

/// What an answer with that number in it would be.
pub(crate) fn for_departure(octets: &[u8], departure: &Departure) -> Vec<u8> {
    // Octet by octet: not every document here is text.
    let (mark, token) = (b"{app-token}".as_slice(), departure.correlation.as_str());
    match octets.windows(mark.len()).position(|window| window == mark) {
        Some(at) => {
            let mut filled = octets[..at].to_vec();
            filled.extend_from_slice(token.as_bytes());
            filled.extend_from_slice(&octets[at + mark.len()..]);
            for_departure(&filled, departure)
        }
        None => octets.to_vec(),
    }
}

/// One word for what came.
pub(super) fn word(error: &UpstreamError) -> &'static str {
    match error {
        UpstreamError::Cancelled => "cancelled",
        UpstreamError::Refused(refusal) => refusal.code(),
        UpstreamError::Unable(why) => why.as_str(),
        UpstreamError::LevelTooLow => "level-too-low",
        UpstreamError::Unavailable(_) => "unavailable",
        UpstreamError::NotCompleted => "ended",
        UpstreamError::Died(_) => "died",
        UpstreamError::SaidUnavailable => "said-unavailable",
        UpstreamError::Failed => "failed",
        UpstreamError::Misconfigured(_) => "misconfigured",
        UpstreamError::SaidMisconfigured(_) => "said-misconfigured",
    }
}

pub(super) fn day(text: &str) -> chrono::NaiveDate {
    DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z"))
        .unwrap()
        .date_naive()
}
