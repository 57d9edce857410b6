//! Unguessable values.

use openssl::rand::rand_bytes;
use uuid::{Builder, Uuid};

use crate::error::Failure;

/// 16 random bytes as 32 hexadecimal digits.
pub fn hex() -> Result<String, Failure> {
    Ok(uuid()?.simple().to_string())
}

/// Six random decimal digits, as codes on phones have.
pub fn digits() -> Result<String, Failure> {
    Ok(six(u64::from_le_bytes(bytes()?)))
}

fn six(number: u64) -> String {
    format!("{:06}", number % 1_000_000)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_however_small_it_is() {
        assert_eq!(six(0), "000000");
        assert_eq!(six(42), "000042");
        assert_eq!(six(7_999_999), "999999");
    }
}
