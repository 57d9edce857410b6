//! One answer of NIA at RSA-2048: two signatures verified, one assertion decrypted, facts read. In this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, TimeZone as _, Utc};
use federation::{
    Answer, Ask, Correlation, Demand, Environment, JoseKey, JoseKeys, Method, OwnKeys,
    ProviderConfig, PublishedJoseKey, PublishedKey, Purpose, SamlKeyPair, SamlKeys,
    UpstreamProvider,
};
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::table::{Figure, Table};
use super::{BATCHES, Failure, cpu};

const EACH: u32 = 400;
const COLUMN: &str = "in this process";

pub(crate) async fn measure(table: &mut Table) -> Result<(), Failure> {
    let (provider, ask) = (nia()?, ask()?);
    let departure = provider
        .start_login(&ask, now() - TimeDelta::seconds(5))
        .await?;
    let xml = std::fs::read(testdata("valid.xml"))?;
    let answer = form(&xml, &departure.correlation);
    let open = async || {
        let verified = provider
            .finish_login(departure.state.clone(), answer.clone(), now())
            .await;
        verified.expect("a verified answer");
    };

    let mut figures = Vec::new();
    for _ in 0..=BATCHES {
        let bare = cpu::bare_signature(100);
        let (before, began) = (cpu::of_this_thread(), Instant::now());
        for _ in 0..EACH {
            open().await;
        }
        let cpu = (cpu::of_this_thread() - before) / f64::from(EACH);
        figures.push(Figure {
            cpu,
            times: cpu / bare,
            wall: began.elapsed().as_secs_f64() / f64::from(EACH),
            ..Figure::default()
        });
    }
    table.row("one NIA answer", COLUMN, &Figure::median(&figures[1..]));

    let split = Split::default();
    let layered = tracing_subscriber::registry().with(split.clone());
    let recording = tracing::subscriber::set_default(layered);
    let mut parts: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for _ in 0..EACH {
        let began = Instant::now();
        open().await;
        let mut told: f64 = 0.0;
        for (part, took) in split.take() {
            told += took.as_secs_f64();
            parts.entry(part).or_default().push(took.as_secs_f64());
        }
        let rest = began.elapsed().as_secs_f64() - told;
        parts.entry("the rest").or_default().push(rest);
    }
    drop(recording);
    for (part, mut figures) in parts {
        let cell = format!("{:.2} ms", cpu::median(&mut figures) * 1_000.0);
        table.text(&format!("· of it {part}"), COLUMN, cell);
    }
    Ok(())
}

/// Adds up how long each of the gate's spans was entered.
#[derive(Clone, Default)]
struct Split(Arc<Mutex<BTreeMap<&'static str, Duration>>>);

struct Entered(Instant);

impl Split {
    fn take(&self) -> BTreeMap<&'static str, Duration> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: tracing::Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Split {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {}

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(Entered(Instant::now()));
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let entered = span.extensions_mut().remove::<Entered>();
        if let Some(Entered(at)) = entered.filter(|_| span.name().starts_with("saml.")) {
            *self.0.lock().unwrap().entry(span.name()).or_default() += at.elapsed();
        }
    }
}

/// The key all documents of the corpus are encrypted to.
struct Keys(SamlKeyPair);

impl SamlKeys for Keys {
    fn signing(&self) -> SamlKeyPair {
        self.0.clone()
    }

    fn decryption(&self) -> Vec<SamlKeyPair> {
        vec![self.0.clone()]
    }

    fn published(&self) -> Vec<PublishedKey> {
        Vec::new()
    }
}

/// No OpenID provider is asked here.
impl JoseKeys for Keys {
    fn signing(&self) -> Option<JoseKey> {
        None
    }

    fn decryption(&self) -> Vec<JoseKey> {
        Vec::new()
    }

    fn published(&self) -> Vec<PublishedJoseKey> {
        Vec::new()
    }
}

fn nia() -> Result<Arc<dyn UpstreamProvider>, Failure> {
    let key = pem(&testdata("keys/sp.key.pem"))?;
    let certificate = pem(&testdata("keys/sp.crt.pem"))?;
    let own = Arc::new(Keys(SamlKeyPair::parse(&key, &certificate)?));
    let keys = OwnKeys {
        saml: Arc::clone(&own) as _,
        jose: own,
    };
    let config: ProviderConfig = serde_json::from_value(serde_json::json!({
        "kind": "nia", "environment": "test", "metadata_file": testdata("metadata/all-keys.xml"),
    }))?;
    let outbound = outbound::Outbound::new(&outbound::OutboundConfig::default())?;
    let base = url::Url::parse("https://id.example.cz")?;
    let providers = BTreeMap::from([("nia".to_owned(), config)]);
    let built = federation::build(&providers, Environment::Test, &base, &outbound, &keys)?;
    Ok(Arc::clone(built.get("nia").ok_or("no provider")?))
}

/// The question that the corpus answers.
fn ask() -> Result<Ask, Failure> {
    Ok(Ask {
        purpose: Purpose::Login,
        return_to: url::Url::parse("https://id.example.cz/upstream/nia/answer")?,
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [7; 32],
    })
}

/// The moment the corpus was made for.
fn now() -> federation::Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 16, 5).unwrap()
}

fn form(xml: &[u8], correlation: &Correlation) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", &STANDARD.encode(xml))
        .append_pair("RelayState", &correlation.0)
        .finish();
    Answer {
        method: Method::Post,
        query: Vec::new(),
        body: body.into_bytes(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        from: None,
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../federation/src/nia/testdata")
        .join(name)
}

/// The octets of a PEM file.
fn pem(file: &Path) -> Result<Vec<u8>, Failure> {
    let text = std::fs::read_to_string(file)?;
    let block = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1);
    let body: String = block
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    Ok(STANDARD.decode(body)?)
}
