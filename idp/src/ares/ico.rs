//! Identification numbers (IČO).

use std::fmt;
use std::str::FromStr;

/// An identification number: eight digits, the last of which checks the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ico(String);

/// A text is no identification number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an IČO has eight digits, and the last one checks the others")]
pub struct NotAnIco;

impl Ico {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Ico {
    type Err = NotAnIco;

    fn from_str(text: &str) -> Result<Self, NotAnIco> {
        let digits: Vec<u32> = text
            .bytes()
            .map(|octet| u32::from(octet.wrapping_sub(b'0')))
            .collect();
        let &[a, b, c, d, e, f, g, check] = digits.as_slice() else {
            return Err(NotAnIco);
        };
        if digits.iter().any(|digit| *digit > 9) {
            return Err(NotAnIco);
        }
        let sum = 8 * a + 7 * b + 6 * c + 5 * d + 4 * e + 3 * f + 2 * g;
        if (11 - sum % 11) % 10 != check {
            return Err(NotAnIco);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Ico {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_that_check_are_a_number_and_nothing_else_is() {
        for good in [
            "00000019", "00000027", "00000035", "27074358", "00245836", "00006947",
        ] {
            assert_eq!(good.parse::<Ico>().unwrap().as_str(), good);
        }
        for bad in [
            "00000018",
            "27074359",
            "0000019",
            "000000019",
            "0000001x",
            " 0000019",
            "٠٠٠٠٠٠١٩",
            "",
        ] {
            assert_eq!(bad.parse::<Ico>(), Err(NotAnIco), "{bad}");
        }
    }
}
