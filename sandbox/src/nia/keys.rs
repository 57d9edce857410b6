//! Signing keys: made at the first start, kept in the data folder, issued by a small authority of the sandbox.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Name, X509NameBuilder};

use crate::error::Failure;
use crate::random;
use crate::tls::door::fingerprint;

/// A key with its certificate.
#[derive(Debug)]
pub struct KeyPair {
    /// The private key.
    pub key: PKey<Private>,
    /// The certificate over it.
    pub certificate: X509,
}

impl KeyPair {
    /// The certificate as it stands in `X509Certificate`.
    pub fn certificate_base64(&self) -> Result<String, Failure> {
        Ok(STANDARD.encode(self.certificate.to_der()?))
    }

    /// The certificate as a PEM file.
    pub fn certificate_pem(&self) -> Result<String, Failure> {
        Ok(String::from_utf8_lossy(&self.certificate.to_pem()?).into_owned())
    }

    /// SHA-256 of the certificate in lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> Result<String, Failure> {
        fingerprint(&self.certificate)
    }
}

/// When a certificate counts, in days from now.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// First day, usually in the past.
    pub from_days: i64,
    /// Last day.
    pub until_days: i64,
}

impl Default for Validity {
    fn default() -> Self {
        Self {
            from_days: -30,
            until_days: 730,
        }
    }
}

/// All keys of the sandbox NIA.
#[derive(Debug)]
pub struct Keys {
    folder: PathBuf,
    bits: u32,
    authority: KeyPair,
    signing: RwLock<Arc<KeyPair>>,
    other_environment: Arc<KeyPair>,
    stranger: Arc<KeyPair>,
}

impl Keys {
    /// Reads the keys in `folder`, makes what is missing.
    pub fn open(folder: &Path, bits: u32) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|source| Failure::File {
            path: folder.to_owned(),
            source,
        })?;
        let authority = stored(folder, "authority", || make_authority(bits))?;
        let issued = |file: &str, name: &str| {
            stored(folder, file, || {
                issue(Some(&authority), name, bits, Validity::default())
            })
        };

        Ok(Self {
            folder: folder.to_owned(),
            bits,
            signing: RwLock::new(Arc::new(issued("signing", "NIA_SANDBOX_FPSTS_SIGN")?)),
            other_environment: Arc::new(issued(
                "other-environment",
                "NIA_SANDBOX_OTHER_FPSTS_SIGN",
            )?),
            stranger: Arc::new(stored(folder, "stranger", || {
                issue(None, "NIA_SANDBOX_STRANGER", bits, Validity::default())
            })?),
            authority,
        })
    }

    /// What answers are signed with now.
    pub fn signing(&self) -> Arc<KeyPair> {
        Arc::clone(&self.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of "the other environment": same entity id, never to be trusted by the same service provider.
    pub fn other_environment(&self) -> Arc<KeyPair> {
        Arc::clone(&self.other_environment)
    }

    /// A key nobody has heard of.
    pub fn stranger(&self) -> Arc<KeyPair> {
        Arc::clone(&self.stranger)
    }

    /// The authority that issued the signing certificates.
    pub fn authority(&self) -> &KeyPair {
        &self.authority
    }

    /// Makes a new signing key, publishes it at once and keeps it; the old one is gone, as it is at NIA.
    pub fn rotate(&self, validity: Validity) -> Result<Arc<KeyPair>, Failure> {
        let fresh = issue(
            Some(&self.authority),
            "NIA_SANDBOX_FPSTS_SIGN",
            self.bits,
            validity,
        )?;
        write(&self.folder, "signing", &fresh)?;
        let fresh = Arc::new(fresh);
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}

fn stored(
    folder: &Path,
    file: &str,
    make: impl FnOnce() -> Result<KeyPair, Failure>,
) -> Result<KeyPair, Failure> {
    let (key, certificate) = paths(folder, file);
    if !key.is_file() || !certificate.is_file() {
        let pair = make()?;
        write(folder, file, &pair)?;
        return Ok(pair);
    }
    Ok(KeyPair {
        key: PKey::private_key_from_pem(&read(key)?)?,
        certificate: X509::from_pem(&read(certificate)?)?,
    })
}

fn read(path: PathBuf) -> Result<Vec<u8>, Failure> {
    fs::read(&path).map_err(|source| Failure::File { path, source })
}

fn write(folder: &Path, file: &str, pair: &KeyPair) -> Result<(), Failure> {
    let (key, certificate) = paths(folder, file);
    write_private(&key, &pair.key.private_key_to_pem_pkcs8()?)
        .map_err(|source| Failure::File { path: key, source })?;
    fs::write(&certificate, pair.certificate.to_pem()?).map_err(|source| Failure::File {
        path: certificate,
        source,
    })
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(content)
}

fn paths(folder: &Path, file: &str) -> (PathBuf, PathBuf) {
    (
        folder.join(format!("{file}.key.pem")),
        folder.join(format!("{file}.crt.pem")),
    )
}

fn make_authority(bits: u32) -> Result<KeyPair, Failure> {
    issue(
        None,
        "NIA_SANDBOX_CA",
        bits,
        Validity {
            from_days: -30,
            until_days: 3650,
        },
    )
}

/// Makes a key and a certificate over it, issued by `authority` or by itself.
fn issue(
    authority: Option<&KeyPair>,
    common_name: &str,
    bits: u32,
    validity: Validity,
) -> Result<KeyPair, Failure> {
    let key = PKey::from_rsa(Rsa::generate(bits)?)?;
    let subject = subject(common_name)?;
    // Eight bytes: XML schema processors stumble over serial numbers of more than 24 digits.
    let mut serial = random::bytes::<8>()?;
    serial[0] &= 0x7f;

    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(BigNum::from_slice(&serial)?.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(
        authority.map_or(subject.as_ref(), |pair| pair.certificate.subject_name()),
    )?;
    builder.set_not_before(days_from_now(validity.from_days)?.as_ref())?;
    builder.set_not_after(days_from_now(validity.until_days)?.as_ref())?;
    builder.set_pubkey(&key)?;

    let is_authority = authority.is_none() && common_name.ends_with("_CA");
    let mut usage = KeyUsage::new();
    usage.critical();
    if is_authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        usage.key_cert_sign().crl_sign();
    } else {
        builder.append_extension(BasicConstraints::new().build()?)?;
        usage
            .digital_signature()
            .non_repudiation()
            .key_encipherment();
    }
    builder.append_extension(usage.build()?)?;
    let issuer = authority.map(|pair| pair.certificate.as_ref());
    builder.append_extension(
        SubjectKeyIdentifier::new().build(&builder.x509v3_context(issuer, None))?,
    )?;
    if issuer.is_some() {
        let identifier = AuthorityKeyIdentifier::new()
            .keyid(true)
            .build(&builder.x509v3_context(issuer, None))?;
        builder.append_extension(identifier)?;
    }

    builder.sign(
        authority.map_or(&key, |pair| &pair.key),
        MessageDigest::sha256(),
    )?;
    Ok(KeyPair {
        key,
        certificate: builder.build(),
    })
}

fn subject(common_name: &str) -> Result<X509Name, Failure> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("C", "CZ")?;
    name.append_entry_by_text("organizationIdentifier", "NTRCZ-00000000")?;
    name.append_entry_by_text("O", "SANDBOX, není to NIA")?;
    name.append_entry_by_text("CN", common_name)?;
    Ok(name.build())
}

fn days_from_now(days: i64) -> Result<Asn1Time, Failure> {
    let moment = chrono::Utc::now() + chrono::TimeDelta::days(days);
    Ok(Asn1Time::from_unix(moment.timestamp())?)
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

    #[test]
    fn keys_are_kept_and_rotation_replaces_the_signing_key_only() {
        let folder = scratch("keys");

        let first = Keys::open(&folder, 1024).unwrap();
        let fingerprint = first.signing().fingerprint().unwrap();
        let other = first.other_environment().fingerprint().unwrap();
        assert_eq!(
            Keys::open(&folder, 1024)
                .unwrap()
                .signing()
                .fingerprint()
                .unwrap(),
            fingerprint
        );
        first.rotate(Validity::default()).unwrap();

        let second = Keys::open(&folder, 1024).unwrap();
        assert_eq!(
            second.signing().fingerprint().unwrap(),
            first.signing().fingerprint().unwrap()
        );
        assert_ne!(second.signing().fingerprint().unwrap(), fingerprint);
        assert_eq!(second.other_environment().fingerprint().unwrap(), other);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_certificate_says_that_it_is_of_the_sandbox() {
        let folder = scratch("names");

        let keys = Keys::open(&folder, 1024).unwrap();

        for pair in [keys.signing(), keys.other_environment(), keys.stranger()] {
            let name = pair
                .certificate
                .subject_name()
                .entries_by_nid(openssl::nid::Nid::COMMONNAME)
                .next()
                .unwrap();
            assert!(name.data().to_string().unwrap().starts_with("NIA_SANDBOX"));
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
