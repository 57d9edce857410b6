//! Incident numbers: what the page shows, the log holds and people read out.

use std::fmt;

use crate::Random;

/// Eight characters in two groups, as `7K4M-92XQ`, without letters and digits that look alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Incident(String);

const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Incident {
    /// A fresh number.
    pub fn new(random: &Random) -> Self {
        let mut number = String::with_capacity(9);
        while number.len() < 9 {
            for byte in random.bytes::<16>() {
                if number.len() == 4 {
                    number.push('-');
                }
                // 248 = 8 × 31: bytes above would favour the first letters.
                let letter = (byte < 248)
                    .then(|| ALPHABET.get(usize::from(byte % 31)))
                    .flatten();
                if let (Some(letter), true) = (letter, number.len() < 9) {
                    number.push(char::from(*letter));
                }
            }
        }
        Self(number)
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_two_groups_of_four_that_nobody_misreads() {
        let random = Random::seeded(1);

        for _ in 0..200 {
            let number = Incident::new(&random).to_string();
            let (one, two) = number.split_once('-').unwrap();

            assert_eq!((one.len(), two.len()), (4, 4));
            assert!(!number.contains(['0', 'O', '1', 'I', 'L']));
        }
    }
}
