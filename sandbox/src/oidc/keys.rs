//! Keys of an OpenID provider: made at the first start, kept in the data folder, exchanged on demand.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use serde_json::{Value, json};

use super::certificate;
use crate::error::Failure;
use crate::random;

/// Bits of the RSA keys.
const BITS: u32 = 2048;

/// A private key and the name it is published under.
#[derive(Debug, Clone)]
pub struct Key {
    /// `kid`
    pub name: String,
    /// Private, without `kid`, `use` and `alg`: josekit would write them into headers.
    pub jwk: Jwk,
    /// The certificate over it, as it stands in `x5c`.
    certificate: String,
}

impl Key {
    fn new(name: String, jwk: Jwk) -> Result<Self, Failure> {
        let jwk = bare(jwk)?;
        Ok(Self {
            name,
            certificate: certificate::over(&jwk)?,
            jwk,
        })
    }
}

/// What a key set looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As recorded at Bank iD: encryption key listed twice, old signing key beside the new one, a foreign curve.
    BankId,
    /// As CAAIS: signing keys without `kid`.
    Nameless,
}

/// All keys of one provider.
#[derive(Debug)]
pub struct Keys {
    folder: PathBuf,
    look: Look,
    signing: RwLock<Signing>,
    encryption: Arc<Key>,
    stranger: Arc<Key>,
    curve: Value,
}

#[derive(Debug, Clone)]
struct Signing {
    current: Arc<Key>,
    previous: Option<Arc<Key>>,
}

impl Keys {
    /// Reads the keys in `folder`, makes what is missing.
    pub fn open(folder: &Path, look: Look) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|source| Failure::File {
            path: folder.to_owned(),
            source,
        })?;
        let current = Arc::new(stored(folder, "signing", || rsa("rp-sign"))?);
        let previous = read(folder, "signing-previous")?.map(Arc::new);
        Ok(Self {
            folder: folder.to_owned(),
            look,
            signing: RwLock::new(Signing { current, previous }),
            encryption: Arc::new(stored(folder, "encryption", || rsa("rp-encrypt"))?),
            stranger: Arc::new(stored(folder, "stranger", || rsa("rp-sign"))?),
            curve: curve()?,
        })
    }

    /// What is signed with now.
    pub fn signing(&self) -> Arc<Key> {
        Arc::clone(&self.read().current)
    }

    /// The signing keys that tokens of today may have been signed with.
    pub fn own(&self) -> Vec<Arc<Key>> {
        let signing = self.read();
        [Some(signing.current), signing.previous]
            .into_iter()
            .flatten()
            .collect()
    }

    /// A key nobody has heard of.
    pub fn stranger(&self) -> Arc<Key> {
        Arc::clone(&self.stranger)
    }

    /// Makes a new signing key and publishes it at once. The one before stays published when `overlap` says so.
    pub fn rotate(&self, overlap: bool) -> Result<Arc<Key>, Failure> {
        let fresh = Arc::new(rsa("rp-sign")?);
        let mut signing = self.signing.write().unwrap_or_else(PoisonError::into_inner);
        let former = Arc::clone(&signing.current);
        write(&self.folder, "signing", &fresh)?;
        if overlap {
            write(&self.folder, "signing-previous", &former)?;
        } else {
            drop(fs::remove_file(path(&self.folder, "signing-previous")));
        }
        *signing = Signing {
            current: Arc::clone(&fresh),
            previous: overlap.then_some(former),
        };
        Ok(fresh)
    }

    /// The published key set.
    pub fn published(&self) -> Result<Value, Failure> {
        let mut keys = Vec::new();
        if self.look == Look::BankId {
            // Recorded: one key under two spellings of its name.
            for name in [
                self.encryption.name.clone(),
                self.encryption.name.replace('#', "%23"),
            ] {
                let mut key = public(&self.encryption.jwk)?;
                set(&mut key, "use", "enc");
                set(&mut key, "kid", &name);
                set(&mut key, "alg", "RSA-OAEP-256");
                keys.push(key);
            }
        }
        for own in self.own() {
            let mut key = public(&own.jwk)?;
            set(&mut key, "use", "sig");
            if self.look == Look::BankId {
                set(&mut key, "kid", &own.name);
                if let Some(members) = key.as_object_mut() {
                    members.insert("x5c".to_owned(), json!([own.certificate]));
                }
            }
            keys.push(key);
        }
        if self.look == Look::BankId {
            keys.push(self.curve.clone());
        }
        Ok(json!({ "keys": keys }))
    }

    /// A key set of somebody else, under our names.
    pub fn published_by_stranger(&self) -> Result<Value, Failure> {
        let mut key = public(&self.stranger.jwk)?;
        set(&mut key, "use", "sig");
        if self.look == Look::BankId {
            set(&mut key, "kid", &self.signing().name);
        }
        Ok(json!({ "keys": [key] }))
    }

    fn read(&self) -> Signing {
        self.signing
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The public half as it stands in a key set.
pub fn public(jwk: &Jwk) -> Result<Value, Failure> {
    Ok(serde_json::to_value(jwk.to_public_key()?.as_ref())?)
}

fn set(key: &mut Value, name: &str, value: &str) {
    if let Some(members) = key.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
}

fn rsa(prefix: &str) -> Result<Key, Failure> {
    let name = random::hex()?;
    Key::new(
        format!("{prefix}#{}", name.get(..12).unwrap_or(&name)),
        Jwk::generate_rsa_key(BITS)?,
    )
}

/// The key set of Bank iD holds a key of a curve that many readers do not know; it is used for nothing we see.
fn curve() -> Result<Value, Failure> {
    let mut key = public(&Jwk::generate_ec_key(EcCurve::P384)?)?;
    set(&mut key, "use", "sig");
    set(&mut key, "kid", "mtls");
    Ok(key)
}

fn bare(mut jwk: Jwk) -> Result<Jwk, Failure> {
    for name in ["kid", "use", "alg", "key_ops"] {
        jwk.set_parameter(name, None)?;
    }
    Ok(jwk)
}

fn stored(
    folder: &Path,
    file: &str,
    make: impl FnOnce() -> Result<Key, Failure>,
) -> Result<Key, Failure> {
    if let Some(key) = read(folder, file)? {
        return Ok(key);
    }
    let key = make()?;
    write(folder, file, &key)?;
    Ok(key)
}

fn read(folder: &Path, file: &str) -> Result<Option<Key>, Failure> {
    let path = path(folder, file);
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(|source| Failure::File { path, source })?;
    let jwk = Jwk::from_bytes(bytes)?;
    let name = jwk.key_id().unwrap_or_default().to_owned();
    Ok(Some(Key::new(name, jwk)?))
}

fn write(folder: &Path, file: &str, key: &Key) -> Result<(), Failure> {
    let path = path(folder, file);
    let mut jwk = key.jwk.clone();
    jwk.set_key_id(&key.name);
    let text = serde_json::to_vec(jwk.as_ref())?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&path)
        .and_then(|mut file| file.write_all(&text))
        .map_err(|source| Failure::File { path, source })
}

fn path(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!("{file}.jwk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("city-sandbox-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        folder
    }

    fn names(keys: &Keys) -> Vec<String> {
        let published = keys.published().unwrap();
        let keys = published["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap_or("none").to_owned())
            .collect()
    }

    #[test]
    fn the_old_key_stays_published_only_during_an_overlap() {
        let folder = scratch("oidc-keys");
        let keys = Keys::open(&folder, Look::BankId).unwrap();
        let first = keys.signing().name.clone();

        keys.rotate(true).unwrap();
        assert_eq!(
            names(&keys)[2..4],
            [keys.signing().name.clone(), first.clone()]
        );
        assert_eq!(
            names(&Keys::open(&folder, Look::BankId).unwrap()),
            names(&keys)
        );

        keys.rotate(false).unwrap();
        assert!(!names(&keys).contains(&first));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nothing_private_is_published_and_names_are_left_out_where_they_are_unknown() {
        let folder = scratch("oidc-nameless");
        let keys = Keys::open(&folder, Look::Nameless).unwrap();

        let published = keys.published().unwrap();

        let keys = published["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1);
        assert!(keys[0].get("kid").is_none());
        assert!(keys[0].get("d").is_none() && keys[0].get("p").is_none());
        fs::remove_dir_all(folder).unwrap();
    }
}
