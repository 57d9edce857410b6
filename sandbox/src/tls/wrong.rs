//! Acceptors whose certificate a careful client refuses.

use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Name, X509NameBuilder};

use super::fault::Fault;
use crate::error::Failure;
use crate::random;

const DAY: i64 = 24 * 60 * 60;

/// One acceptor for each fault of a certificate.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "an acceptor has none")]
pub struct Wrong {
    stranger: SslAcceptor,
    other_name: SslAcceptor,
    expired: SslAcceptor,
}

/// Who issues.
struct Authority {
    key: PKey<Private>,
    name: X509Name,
}

impl Wrong {
    /// Makes the certificates. Without the key of the development authority all of them are of an unknown one.
    pub fn make(ca: &Path, ca_key: Option<&Path>) -> Result<Self, Failure> {
        let stranger = Authority {
            key: new_key()?,
            name: name("City Identity unknown CA")?,
        };
        let known = match ca_key {
            Some(path) => Authority {
                key: PKey::private_key_from_pem(&read(path)?)?,
                name: X509::from_pem(&read(ca)?)?.subject_name().to_owned()?,
            },
            None => Authority {
                key: stranger.key.clone(),
                name: stranger.name.to_owned()?,
            },
        };
        Ok(Self {
            stranger: acceptor(&stranger, "127.0.0.1", (-1, 30))?,
            other_name: acceptor(&known, "192.0.2.1", (-1, 30))?,
            expired: acceptor(&known, "127.0.0.1", (-30, -1))?,
        })
    }

    /// The acceptor with this fault; none when the fault is of another kind.
    pub fn acceptor(&self, fault: Fault) -> Option<&SslAcceptor> {
        match fault {
            Fault::Stranger => Some(&self.stranger),
            Fault::OtherName => Some(&self.other_name),
            Fault::Expired => Some(&self.expired),
            Fault::Hang | Fault::Close => None,
        }
    }
}

fn acceptor(
    authority: &Authority,
    address: &str,
    (from, until): (i64, i64),
) -> Result<SslAcceptor, Failure> {
    let key = new_key()?;
    let mut serial = random::bytes::<8>()?;
    serial[0] &= 0x7f;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(BigNum::from_slice(&serial)?.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(name("localhost")?.as_ref())?;
    builder.set_issuer_name(&authority.name)?;
    builder.set_not_before(day(from)?.as_ref())?;
    builder.set_not_after(day(until)?.as_ref())?;
    builder.set_pubkey(&key)?;
    builder.append_extension(BasicConstraints::new().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let names = SubjectAlternativeName::new()
        .ip(address)
        .build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.sign(&authority.key, MessageDigest::sha256())?;

    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    acceptor.set_certificate(&builder.build())?;
    acceptor.set_private_key(&key)?;
    Ok(acceptor.build())
}

fn new_key() -> Result<PKey<Private>, Failure> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    Ok(PKey::from_ec_key(EcKey::generate(&group)?)?)
}

fn name(common_name: &str) -> Result<X509Name, Failure> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", common_name)?;
    Ok(name.build())
}

fn day(days: i64) -> Result<Asn1Time, Failure> {
    Ok(Asn1Time::from_unix(
        chrono::Utc::now().timestamp() + days * DAY,
    )?)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}
