//! Registered applications, as in the settings of the town's box (reference 3.9).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use openssl::x509::X509;
use serde::{Deserialize, Deserializer, Serialize};

use crate::tls::ClientCertificate;

/// One registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Given at the registration.
    pub ats_id: String,
    /// What people read on pages. Default: the id.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub name: Option<String>,
    /// Where browsers come back; the one address, whatever was asked.
    pub return_url: String,
    /// Where browsers go when there is no login. Default: nowhere, they stay on a page of ISDS.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub error_url: Option<String>,
    /// What an address after a logout must begin with. Default: none is taken.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub logout_url: Option<String>,
    /// A PEM file of certificates; any of them may be shown.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// Or the PEM text itself.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub certificate: Option<String>,
    /// The box whose application this is. Default: `ovm0001`, the town's.
    #[serde(default = "town")]
    pub data_box: String,
    /// Which generation of ISDS it sees. Default: `present`.
    #[serde(default)]
    pub generation: Generation,
    /// Which attributes it gets. Default: `b`.
    #[serde(default)]
    pub profile: Profile,
    /// How roles are written. Default: `letter`.
    #[serde(default)]
    pub user_type: RoleForm,
    /// How types of boxes are written. Default: `number`.
    #[serde(default)]
    pub box_type: TypeForm,
    /// What happens to an `appToken` that is not 1 to 20 digits. Default: `truncate`.
    #[serde(default)]
    pub long_app_token: LongToken,
    /// Whether `timeLimitedId` begins with a space, as in the manual. Default: true.
    #[serde(default = "yes", deserialize_with = "flag")]
    pub leading_space: bool,
}

/// Generations of ISDS: same paths, other hosts and namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// mojedatovaschranka.cz, namespace `v1`.
    Former,
    /// datovka.gov.cz, namespace `v1_1`.
    #[default]
    Present,
}

impl Generation {
    /// The namespace of the exchange.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Former => "http://agw-as.cz/ats-ws/v1",
            Self::Present => "http://agw-as.cz/ats-ws/v1_1",
        }
    }

    /// The host whose pages these would be.
    pub fn host(self) -> &'static str {
        match self {
            Self::Former => "www.mojedatovaschranka.cz",
            Self::Present => "www.datovka.gov.cz",
        }
    }

    /// What the portal calls itself.
    pub fn title(self) -> &'static str {
        match self {
            Self::Former => "Datové schránky",
            Self::Present => "Datovka",
        }
    }
}

/// Sets of attributes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The names that were seen (reference 4.1).
    A,
    /// Those and the expected ones (reference 4.2).
    #[default]
    B,
}

/// Roles by letter or by symbol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleForm {
    /// `S`
    #[default]
    Letter,
    /// `PRIMARY_USER`
    Symbol,
}

/// Types by number or by symbol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeForm {
    /// `40`
    #[default]
    Number,
    /// `FO`
    Symbol,
}

/// What happens to too long a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongToken {
    /// Its first 20 characters come back.
    #[default]
    Truncate,
    /// The login is refused.
    Refuse,
}

impl Application {
    /// What people read on pages.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.ats_id)
    }

    /// Whether a client showed a certificate of this registration. A file is read anew, so that it can be exchanged.
    pub fn is_shown_by(&self, shown: &ClientCertificate) -> bool {
        let pem = match (&self.certificate, &self.certificate_file) {
            (Some(pem), _) => pem.clone().into_bytes(),
            (None, Some(file)) => match std::fs::read(file) {
                Ok(pem) => pem,
                Err(error) => {
                    tracing::warn!(file = %file.display(), %error, "isds.certificate_not_read");
                    return false;
                }
            },
            (None, None) => return false,
        };
        let shown = shown.x509().to_der().ok();
        X509::stack_from_pem(&pem).is_ok_and(|registered| {
            registered
                .iter()
                .any(|one| shown.is_some() && one.to_der().ok() == shown)
        })
    }

    /// Why this cannot be registered.
    pub fn complaint(&self) -> Option<&'static str> {
        let is_http = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        if self.ats_id.is_empty() || !self.ats_id.chars().all(|c| c.is_ascii_graphic()) {
            return Some("ats_id chybí, nebo obsahuje mezery");
        }
        if !is_http(&self.return_url) || !self.error_url.as_deref().is_none_or(is_http) {
            return Some("return_url a error_url musí být adresy http nebo https");
        }
        if self.certificate.is_none() && self.certificate_file.is_none() {
            return Some("chybí certificate nebo certificate_file");
        }
        None
    }
}

/// The register.
#[derive(Debug)]
pub struct Applications(Mutex<BTreeMap<String, Application>>);

impl Applications {
    /// Starts with what the configuration names.
    pub fn new(applications: &[Application]) -> Self {
        let registered = applications
            .iter()
            .map(|application| (application.ats_id.clone(), application.clone()));
        Self(Mutex::new(registered.collect()))
    }

    /// Adds or replaces a registration.
    pub fn register(&self, application: Application) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(application.ats_id.clone(), application);
    }

    /// Takes a registration away; tells whether there was one.
    pub fn remove(&self, ats_id: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(ats_id)
            .is_some()
    }

    /// A registration by its exact id.
    pub fn lookup(&self, ats_id: &str) -> Option<Application> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(ats_id)
            .cloned()
    }

    /// All registrations.
    pub fn list(&self) -> Vec<Application> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// All registrations of a certificate; one may be registered twice while somebody tries things out.
    pub fn find_by_certificate(&self, shown: &ClientCertificate) -> Vec<Application> {
        let mut found = self.list();
        found.retain(|application| application.is_shown_by(shown));
        found
    }
}

/// A form sends an empty field where JSON leaves it out.
fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A select or checkbox sends words, JSON and TOML a boolean.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    Ok(match Flag::deserialize(deserializer)? {
        Flag::Bool(value) => value,
        Flag::Text(text) => matches!(text.as_str(), "on" | "true" | "1"),
    })
}

fn town() -> String {
    "ovm0001".to_owned()
}

fn yes() -> bool {
    true
}
