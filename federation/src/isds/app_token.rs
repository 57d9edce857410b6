//! `appToken`: the number we send along, by which an answer finds its departure (reference 3.3, 6.2).

use aws_lc_rs::digest::{Context, SHA256};

/// ISDS takes at most twenty digits. Eighteen fit every integer there may be on its way, and are 60 bits of chance.
const LOWEST: u128 = 100_000_000_000_000_000;
const NUMBERS: u128 = 9 * LOWEST;

/// A number of eighteen digits from a fresh seed, the first one not zero. Text: it is no quantity.
pub(super) fn from_seed(seed: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(b"isds app token\0");
    context.update(seed);
    let number = context
        .finish()
        .as_ref()
        .iter()
        .take(16)
        .fold(0_u128, |number, octet| (number << 8) | u128::from(*octet));
    (LOWEST + number % NUMBERS).to_string()
}

/// Whether a text is a number such as we make.
pub(super) fn is_ours(text: &str) -> bool {
    text.len() == 18 && !text.starts_with('0') && text.bytes().all(|octet| octet.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn isds_a06_numbers_are_digits_without_a_leading_zero_and_none_comes_twice() {
        let made: BTreeSet<String> = (0..10_000_u32)
            .map(|seed| from_seed(&seed.to_be_bytes()))
            .collect();

        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|number| is_ours(number)));
        for foreign in [
            "",
            "12345678901234567",
            "1234567890123456789",
            "012345678901234567",
            "-12345678901234567",
            "12345678901234567٣",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
