//! Keys for our side: made here, sealed and kept by the broker.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::rsa::KeySize;
use chrono::{Datelike as _, Months};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, SerialNumber,
    date_time_ymd,
};

use crate::provider::Timestamp;
use crate::saml::keys::UnusableKey;

/// Years a self-signed certificate is valid.
const VALID_MONTHS: u32 = 36;

/// A fresh key with its self-signed certificate, for the broker to seal and store.
pub struct GeneratedKey {
    /// The private key, PKCS#8, DER. Secret.
    pub pkcs8: Vec<u8>,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

/// Makes an RSA key of 3072 bits and a self-signed certificate for signing and encryption, valid for three years.
pub fn generate_key(now: Timestamp, common_name: &str) -> Result<GeneratedKey, UnusableKey> {
    generate_key_of(KeySize::Rsa3072, now, common_name)
}

/// The same with 2048 bits, where decryption time matters more than a decade of margin.
pub fn generate_short_key(now: Timestamp, common_name: &str) -> Result<GeneratedKey, UnusableKey> {
    generate_key_of(KeySize::Rsa2048, now, common_name)
}

fn generate_key_of(
    size: KeySize,
    now: Timestamp,
    common_name: &str,
) -> Result<GeneratedKey, UnusableKey> {
    let failed = UnusableKey("a key cannot be made");
    let made = RsaKeyPair::generate(size).map_err(|_| failed.clone())?;
    let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&made)
        .map_err(|_| failed.clone())?
        .as_ref()
        .to_vec();
    let key = KeyPair::try_from(pkcs8.as_slice()).map_err(|_| failed.clone())?;

    let end = now
        .checked_add_months(Months::new(VALID_MONTHS))
        .ok_or(UnusableKey("the time is out of range"))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let day = |instant: Timestamp| {
        let part =
            |number: u32| u8::try_from(number).map_err(|_| UnusableKey("the time is out of range"));
        Ok(date_time_ymd(
            instant.year(),
            part(instant.month())?,
            part(instant.day())?,
        ))
    };
    params.not_before = day(now)?;
    params.not_after = day(end)?;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.serial_number = Some(serial(&pkcs8));
    let certificate = params.self_signed(&key).map_err(|_| failed)?;
    Ok(GeneratedKey {
        pkcs8,
        certificate: certificate.der().to_vec(),
    })
}

/// Seven octets of a digest: unique enough among our own, and short enough for every reader.
fn serial(pkcs8: &[u8]) -> SerialNumber {
    let hash = digest(&SHA256, pkcs8);
    let mut octets: Vec<u8> = hash.as_ref().iter().take(7).copied().collect();
    if let Some(first) = octets.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    SerialNumber::from(octets)
}

impl std::fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeneratedKey").finish_non_exhaustive()
    }
}
