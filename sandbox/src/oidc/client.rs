//! Clients registered with a provider, and their keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use josekit::jwk::Jwk;
use openssl::x509::X509;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::jose::KeyTransport;
use crate::tls::door::fingerprint;

/// A key set younger than this is not asked for again without a reason.
const FRESH: Duration = Duration::from_secs(30);
/// Key sets larger than this are not read.
const MAX_KEY_SET: usize = 256 << 10;

/// One registration, as in the developers' portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// What requests call it.
    pub client_id: String,
    /// What people read on pages. Default: the client id.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub name: Option<String>,
    /// Where answers may go: compared character by character.
    #[serde(deserialize_with = "list")]
    pub redirect_uris: Vec<String>,
    /// Where the browser may go after a logout.
    #[serde(default, deserialize_with = "list")]
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves itself at the token endpoint.
    #[serde(default)]
    pub auth_method: AuthMethod,
    /// The secret of `client_secret_post` and `client_secret_jwt`.
    #[serde(default, skip_serializing, deserialize_with = "empty_is_none")]
    pub client_secret: Option<String>,
    /// Its keys: for `private_key_jwt` and for encryption.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub jwks_uri: Option<String>,
    /// SHA-256 of the certificate of `tls_client_auth`, in hexadecimal digits.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub certificate_sha256: Option<String>,
    /// A PEM file with that certificate instead.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub certificate_file: Option<String>,
    /// What may be asked. Default: everything.
    #[serde(default, deserialize_with = "list")]
    pub scopes: Vec<String>,
    /// How userinfo and profile look. Default: plain JSON.
    #[serde(default)]
    pub userinfo: UserinfoForm,
    /// How keys are carried when something is encrypted. Default: RSA-OAEP-256.
    #[serde(default)]
    pub encryption_alg: KeyTransport,
    /// Where changed claims are told. Default: nowhere.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub notification_uri: Option<String>,
    /// Where logouts are told. Default: nowhere.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whose subject identifiers it sees. Default: the host of its first redirect URI.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub sector: Option<String>,
}

/// How a client proves itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Id and secret in the form.
    #[default]
    ClientSecretPost,
    /// A message signed with the secret.
    ClientSecretJwt,
    /// A message signed with its key.
    PrivateKeyJwt,
    /// Its certificate.
    TlsClientAuth,
}

/// How userinfo and profile look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserinfoForm {
    /// JSON.
    #[default]
    Plain,
    /// Signed.
    Signed,
    /// Signed, then encrypted.
    Encrypted,
}

impl Client {
    /// What people read on pages.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.client_id)
    }

    /// What subject identifiers are made for.
    pub fn sector(&self) -> String {
        let host = || {
            let url = Url::parse(self.redirect_uris.first()?).ok()?;
            Some(url.host_str()?.to_owned())
        };
        self.sector
            .clone()
            .or_else(host)
            .unwrap_or_else(|| self.client_id.clone())
    }

    /// SHA-256 of its certificate in lower-case hexadecimal digits.
    pub fn registered_certificate(&self) -> Result<String, KeyError> {
        if let Some(digits) = &self.certificate_sha256 {
            return Ok(digits.replace(':', "").to_ascii_lowercase());
        }
        let file = self.certificate_file.as_deref();
        let pem = std::fs::read(file.ok_or(KeyError::NotRegistered)?)?;
        fingerprint(&X509::from_pem(&pem)?).map_err(|error| KeyError::Unusable(error.to_string()))
    }

    /// Whether a scope may be asked.
    pub fn may_ask(&self, scope: &str) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|one| one == scope)
    }
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Nothing to take it from.
    #[error("the registration names none")]
    NotRegistered,
    /// The certificate file.
    #[error("the certificate file cannot be read")]
    File(#[from] std::io::Error),
    /// What is in it.
    #[error("the certificate cannot be read")]
    Certificate(#[from] openssl::error::ErrorStack),
    /// The address.
    #[error("the key set cannot be fetched")]
    Fetch(#[from] reqwest::Error),
    /// What is there.
    #[error("the key set says nothing usable: {0}")]
    Unusable(String),
}

/// The register.
#[derive(Debug)]
pub struct Clients {
    registered: Mutex<BTreeMap<String, Client>>,
    fetched: Mutex<BTreeMap<String, (Instant, Vec<Jwk>)>>,
    http: reqwest::Client,
}

impl Clients {
    /// Starts with what the configuration names.
    pub fn new(clients: &[Client]) -> Self {
        let registered = clients
            .iter()
            .map(|client| (client.client_id.clone(), client.clone()))
            .collect();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self {
            registered: Mutex::new(registered),
            fetched: Mutex::default(),
            http,
        }
    }

    /// Adds or replaces a registration.
    pub fn register(&self, client: Client) {
        self.fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&client.client_id);
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(client.client_id.clone(), client);
    }

    /// Takes a registration away; tells whether there was one.
    pub fn remove(&self, client_id: &str) -> bool {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(client_id)
            .is_some()
    }

    /// A registration.
    pub fn lookup(&self, client_id: &str) -> Option<Client> {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(client_id)
            .cloned()
    }

    /// All registrations.
    pub fn list(&self) -> Vec<Client> {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// What talks to clients.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The keys of a client; `again` asks for them even if they are fresh.
    pub async fn keys(&self, client: &Client, again: bool) -> Result<Vec<Jwk>, KeyError> {
        let url = client.jwks_uri.as_deref().ok_or(KeyError::NotRegistered)?;
        let known = self
            .fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&client.client_id)
            .cloned();
        match known {
            Some((at, keys)) if !again && at.elapsed() < FRESH => Ok(keys),
            known => match self.fetch(url).await {
                Ok(keys) => {
                    self.fetched
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(client.client_id.clone(), (Instant::now(), keys.clone()));
                    Ok(keys)
                }
                // The last good copy serves while the client is away.
                Err(error) => known.map(|(_, keys)| keys).ok_or(error),
            },
        }
    }

    /// The key a client wants its messages encrypted to.
    pub async fn encryption_key(&self, client: &Client) -> Result<Jwk, KeyError> {
        let kind = client.encryption_alg.key_type();
        let keys = self.keys(client, true).await?;
        keys.into_iter()
            .find(|key| key.key_use() == Some("enc") && key.key_type() == kind)
            .ok_or_else(|| KeyError::Unusable(format!("there is no {kind} key with use=enc")))
    }

    async fn fetch(&self, url: &str) -> Result<Vec<Jwk>, KeyError> {
        let answer = self.http.get(url).send().await?.error_for_status()?;
        let body = answer.bytes().await?;
        if body.len() > MAX_KEY_SET {
            return Err(KeyError::Unusable("it is too large".to_owned()));
        }
        let set: Value =
            serde_json::from_slice(&body).map_err(|error| KeyError::Unusable(error.to_string()))?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or_else(|| KeyError::Unusable("it has no keys".to_owned()))?;
        // A key that cannot be read is somebody else's.
        Ok(keys
            .iter()
            .filter_map(Value::as_object)
            .filter_map(|key| Jwk::from_map(key.clone()).ok())
            .collect())
    }
}

/// A form sends an empty field where JSON leaves it out.
fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A form sends words in one field, JSON and TOML a list.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Many(Vec<String>),
        Text(String),
    }
    Ok(match Words::deserialize(deserializer)? {
        Words::Many(words) => words,
        Words::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_comes_from_a_form_as_well_as_from_json() {
        let json = serde_json::json!({ "client_id": "a", "redirect_uris": ["https://a.test/x"], "userinfo": "signed" });
        let form = serde_json::json!({ "client_id": "a", "redirect_uris": "https://a.test/x", "userinfo": "signed", "name": " ", "scopes": "" });

        let from_json: Client = serde_json::from_value(json).unwrap();
        let from_form: Client = serde_json::from_value(form).unwrap();

        assert_eq!(from_json, from_form);
        assert_eq!(from_json.sector(), "a.test");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let client: Client = serde_json::from_value(
            serde_json::json!({ "client_id": "a", "redirect_uris": [], "client_secret": "hush" }),
        )
        .unwrap();

        assert!(!serde_json::to_string(&client).unwrap().contains("hush"));
    }
}
