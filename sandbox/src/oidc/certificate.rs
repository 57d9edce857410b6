//! The certificate that stands beside a published key. The real one is a qualified seal; this one vouches for nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::rsa::RsaKeyPair;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509NameBuilder};

use crate::error::Failure;
use crate::random;

/// A certificate over an RSA key, issued by itself, as it stands in `x5c`.
pub fn over(jwk: &Jwk) -> Result<String, Failure> {
    let key = PKey::private_key_from_pem(&RsaKeyPair::from_jwk(jwk)?.to_pem_private_key())?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("C", "CZ")?;
    name.append_entry_by_text("O", "SANDBOX")?;
    name.append_entry_by_text("CN", "OIDC_SANDBOX_SIGN")?;
    let name = name.build();
    let mut serial = random::bytes::<8>()?;
    serial[0] &= 0x7f;

    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(BigNum::from_slice(&serial)?.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(730)?.as_ref())?;
    builder.set_pubkey(&key)?;
    builder.sign(&key, MessageDigest::sha256())?;
    Ok(STANDARD.encode(builder.build().to_der()?))
}
