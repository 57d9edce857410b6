//! IČO, the number of a person or body in business.

/// Eight digits, the last of which is computed from the others.
pub fn is_valid(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(10)).collect();
    let Some([seven @ .., check]) = digits.as_deref() else {
        return false;
    };
    let sum: u32 = seven
        .iter()
        .zip((2..=8).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    seven.len() == 7 && *check == (11 - sum % 11) % 10
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn the_last_digit_follows_from_the_others() {
        for number in ["00000019", "00000027", "00000086", "00000108"] {
            assert!(is_valid(number), "{number}");
        }
        for number in [
            "00000018",
            "0000001",
            "000000019",
            "0000001x",
            "",
            "00000072",
        ] {
            assert!(!is_valid(number), "{number}");
        }
    }
}
