//! The committed documents of NIA, their moment and their keys.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeZone, Utc};
use federation::{Ask, Demand, FactKind, IdentityLevel, Purpose, Wanted};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where all documents want to go.
pub(super) const BASE: &str = "https://id.example.cz";
/// One document, as `testdata/make.py` listed it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    file: String,
    pub(super) via: String,
    pub(super) expect: String,
    #[serde(default)]
    pub(super) attack: Vec<String>,
    #[serde(default = "nia")]
    pub(super) provider: String,
    #[serde(default)]
    pub(super) config: Value,
    #[serde(default)]
    ask: Asked,
    #[serde(default)]
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pad: usize,
    #[serde(default)]
    pub(super) state_of: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    force: bool,
    #[serde(default)]
    identity: Option<IdentityLevel>,
    #[serde(default)]
    wanted: Vec<FactKind>,
}

fn nia() -> String {
    "nia".to_owned()
}

pub(super) fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../federation/src/nia/testdata")
        .join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(testdata(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The moment all documents are made for.
pub(super) fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 16, 5).unwrap()
}

/// All documents.
pub(super) fn all() -> Vec<Case> {
    serde_json::from_slice(&read("cases.json")).unwrap()
}

/// The one with this name.
pub(super) fn named(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

impl Case {
    /// Whether it is about a login, at NIA or another SAML provider.
    pub(super) fn is_login(&self) -> bool {
        matches!(self.via.as_str(), "response" | "form")
    }

    pub(super) fn document(&self) -> Vec<u8> {
        let mut document = read(&self.file);
        let filler = if self.via == "form" { b'A' } else { b' ' };
        document.resize(document.len() + self.pad, filler);
        document
    }

    /// What the login had asked for that this document answers.
    pub(super) fn ask(&self) -> Ask {
        let wanted = |kind: &FactKind| Wanted {
            kind: *kind,
            required: true,
        };
        Ask {
            purpose: Purpose::Login,
            return_to: Url::parse(&format!("{BASE}/upstream/{}/answer", self.provider)).unwrap(),
            minimum: Demand {
                identity: self.ask.identity.unwrap_or(Demand::NONE.identity),
                ..Demand::NONE
            },
            force: self.ask.force,
            max_age: None,
            wanted: self.ask.wanted.iter().map(wanted).collect(),
            locale: "cs",
            login_hint: None,
            branch: None,
            seed: [7; 32],
        }
    }
}

/// The octets of a PEM file.
pub(super) fn pem(name: &str) -> Vec<u8> {
    let text = String::from_utf8(read(name)).unwrap();
    // A notice stands above.
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}
