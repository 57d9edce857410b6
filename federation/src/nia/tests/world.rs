//! What all tests here share: test keys, providers that know them, and one moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeZone, Utc};
use outbound::{Outbound, OutboundConfig};
use serde_json::{Value, json};
use url::Url;

use crate::answer::{Answer, Method};
use crate::departure::{Ask, Purpose};
use crate::environment::Environment;
use crate::generic::GenericSaml;
use crate::level::Demand;
use crate::nia::Nia;
use crate::provider::{Timestamp, UpstreamProvider};
use crate::registry::Place;
use crate::saml::keys::{KeyUse, PublishedKey, SamlKeyPair, SamlKeys};

/// The person of all documents that speak of the ordinary one.
pub(crate) const PERSON: &str = "CZ/CZ/7a4c9f10-0d7e-4a55-9a55-2f1f6f0c1e21";

/// The person no document may ever make of them.
pub(crate) const FORGED: &str = "CZ/CZ/00000000-bad0-4bad-8bad-000000000bad";

pub(crate) fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/nia/testdata")
        .join(name)
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(testdata(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The moment all documents are made for.
pub(crate) fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 16, 5).unwrap()
}

/// The moment their request left.
pub(crate) fn asked_at() -> Timestamp {
    now() - chrono::TimeDelta::seconds(5)
}

/// The octets of one PEM block.
pub(crate) fn pem(text: &str) -> Vec<u8> {
    let body: String = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    STANDARD.decode(body).unwrap()
}

/// A test key, parsed once in all tests.
pub(crate) fn pair(name: &str) -> SamlKeyPair {
    static PAIRS: Mutex<BTreeMap<String, SamlKeyPair>> = Mutex::new(BTreeMap::new());
    PAIRS
        .lock()
        .unwrap()
        .entry(name.to_owned())
        .or_insert_with(|| parse_pair(name))
        .clone()
}

fn parse_pair(name: &str) -> SamlKeyPair {
    let key = pem(&String::from_utf8(read(&format!("keys/{name}.key.pem"))).unwrap());
    let certificate = pem(&String::from_utf8(read(&format!("keys/{name}.crt.pem"))).unwrap());
    SamlKeyPair::parse(&key, &certificate).unwrap()
}

/// Keys held in memory.
pub(crate) struct Keys {
    pub(crate) signing: SamlKeyPair,
    pub(crate) decryption: Vec<SamlKeyPair>,
}

impl Keys {
    pub(crate) fn one() -> Arc<dyn SamlKeys> {
        Arc::new(Self {
            signing: pair("sp"),
            decryption: vec![pair("sp"), pair("sp-old")],
        })
    }

    pub(crate) fn two() -> Arc<dyn SamlKeys> {
        Arc::new(Self {
            signing: pair("sp-signing"),
            decryption: vec![pair("sp"), pair("sp-signing")],
        })
    }
}

impl SamlKeys for Keys {
    fn signing(&self) -> SamlKeyPair {
        self.signing.clone()
    }

    fn decryption(&self) -> Vec<SamlKeyPair> {
        self.decryption.clone()
    }

    fn published(&self) -> Vec<PublishedKey> {
        let key = |pair: &SamlKeyPair, key_use| PublishedKey {
            certificate: pair.certificate().to_vec(),
            key_use,
        };
        if self
            .decryption
            .first()
            .is_some_and(|pair| pair.certificate() == self.signing.certificate())
        {
            return self
                .decryption
                .iter()
                .map(|pair| key(pair, KeyUse::Both))
                .collect();
        }
        let others = self
            .decryption
            .iter()
            .filter(|pair| pair.certificate() != self.signing.certificate());
        let encryption = others.map(|pair| key(pair, KeyUse::Encryption));
        std::iter::once(key(&self.signing, KeyUse::Signing))
            .chain(encryption)
            .collect()
    }
}

/// One client for all tests.
pub(crate) fn outbound() -> Outbound {
    static OUTBOUND: OnceLock<Outbound> = OnceLock::new();
    OUTBOUND
        .get_or_init(|| Outbound::new(&OutboundConfig::default()).unwrap())
        .clone()
}

pub(crate) fn base() -> Url {
    Url::parse("https://id.example.cz").unwrap()
}

/// `more` over `under`, key by key.
pub(crate) fn merged(mut under: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        under[key] = value.clone();
    }
    under
}

/// NIA with its metadata from a file, and options on top.
pub(crate) fn nia(options: &Value) -> Nia {
    let base = base();
    let place = Place {
        id: "nia",
        environment: Environment::Test,
        base_url: &base,
    };
    let config = merged(
        json!({ "environment": "test", "metadata_file": testdata("metadata/all-keys.xml") }),
        options,
    );
    let keys = if config["keys"] == "two" {
        Keys::two()
    } else {
        Keys::one()
    };
    Nia::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        &outbound(),
        keys,
    )
    .unwrap()
}

/// A general provider that signs these parts and need not encrypt.
pub(crate) fn generic(signed: &str) -> GenericSaml {
    let base = base();
    let place = Place {
        id: signed,
        environment: Environment::Test,
        base_url: &base,
    };
    let config = json!({
        "environment": "test",
        "title": { "cs": "Knihovna" },
        "metadata_file": testdata("metadata/all-keys.xml"),
        "idp_entity_id": "urn:microsoft:cgg2010:fpsts",
        "signed": signed,
        "encryption": "optional",
        "attribute": {
            "given_name": "http://eidas.europa.eu/attributes/naturalperson/CurrentGivenName",
            "family_name": "http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName",
            "birth_date": "http://eidas.europa.eu/attributes/naturalperson/DateOfBirth",
        },
        "level": { "http://eidas.europa.eu/LoA/substantial": { "identity": "town", "login": "single" } },
    });
    GenericSaml::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        &outbound(),
        Keys::one(),
    )
    .unwrap()
}

/// The provider of that name with these options, built once in all tests.
pub(crate) fn provider(name: &str, options: &Value) -> Arc<dyn UpstreamProvider> {
    static BUILT: Mutex<BTreeMap<String, Arc<dyn UpstreamProvider>>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap();
    let build = || -> Arc<dyn UpstreamProvider> {
        match name {
            "nia" => Arc::new(nia(options)),
            other => Arc::new(generic(other)),
        }
    };
    Arc::clone(
        built
            .entry(format!("{name} {options}"))
            .or_insert_with(build),
    )
}

/// The question all documents answer.
pub(crate) fn ask() -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("https://id.example.cz/upstream/nia/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [7; 32],
    }
}

/// The id of that question's request.
pub(crate) fn request_id() -> String {
    crate::saml::id::from_seed("login", &[7; 32])
}

/// The form a browser posts with a message.
pub(crate) fn form(field: &str, xml: &[u8], relay_state: &str) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(field, &STANDARD.encode(xml))
        .append_pair("RelayState", relay_state)
        .finish();
    post(body.into_bytes())
}

pub(crate) fn post(body: Vec<u8>) -> Answer {
    Answer {
        method: Method::Post,
        query: Vec::new(),
        body,
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        from: None,
    }
}

pub(crate) fn get(query: Vec<u8>) -> Answer {
    Answer {
        method: Method::Get,
        query,
        body: Vec::new(),
        content_type: None,
        from: None,
    }
}
