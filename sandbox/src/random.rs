//! Unguessable values.

use openssl::rand::rand_bytes;
use uuid::{Builder, Uuid};

use crate::error::Failure;

/// 16 random bytes as 32 hexadecimal digits.
pub fn hex() -> Result<String, Failure> {
    Ok(uuid()?.simple().to_string())
}

/// A random UUID.
pub fn uuid() -> Result<Uuid, Failure> {
    Ok(Builder::from_random_bytes(bytes::<16>()?).into_uuid())
}

/// So many random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    rand_bytes(&mut bytes)?;
    Ok(bytes)
}
