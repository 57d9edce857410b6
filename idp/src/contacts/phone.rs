//! Phone numbers, as providers write them and as we keep them (E.164).

/// A number as we keep it: `+`, country and number, 8 to 15 digits. Nine digits without a country are Czech ones. `None`: it
/// is no number.
pub(crate) fn parse(told: &str) -> Option<String> {
    let mut digits = String::new();
    let told = told.trim();
    let (is_international, told) = match told.strip_prefix('+').or(told.strip_prefix("00")) {
        Some(rest) => (true, rest),
        None => (false, told),
    };
    for character in told.chars() {
        match character {
            digit if digit.is_ascii_digit() => digits.push(digit),
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2011}' | '.' | '/' | '(' | ')' => {}
            _ => return None,
        }
    }
    if !is_international {
        // Czech numbers begin with 2 to 9, and have no trunk prefix.
        let is_czech = digits.len() == 9 && !digits.starts_with(['0', '1']);
        return is_czech.then(|| format!("+420{digits}"));
    }
    let is_whole = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    let is_czech = digits.starts_with("420");
    (is_whole && (!is_czech || digits.len() == 12)).then(|| format!("+{digits}"))
}

/// A number as people read it: a Czech one in groups of three.
pub(crate) fn grouped(number: &str) -> String {
    let Some(local) = number
        .strip_prefix("+420")
        .filter(|local| local.len() == 9 && local.is_ascii())
    else {
        return number.to_owned();
    };
    let mut shown = "+420".to_owned();
    for (at, digit) in local.chars().enumerate() {
        if at % 3 == 0 {
            shown.push('\u{a0}');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_kept_alike_however_it_is_written() {
        for written in [
            "+420601602603",
            "+420 601 602 603",
            "00420 601-602-603",
            "601602603",
            " 601\u{a0}602\u{a0}603 ",
            "+420 (601) 602.603",
        ] {
            assert_eq!(
                parse(written).as_deref(),
                Some("+420601602603"),
                "{written}"
            );
        }
        assert_eq!(parse("+421 905 123 456").as_deref(), Some("+421905123456"));
        assert_eq!(parse("+49 30 901820").as_deref(), Some("+4930901820"));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for written in [
            "",
            "+",
            "112",
            "+420601",
            "+42060160260345",
            "0601602603",
            "123456789",
            "+0123456789",
            "+1234567890123456",
            "601602603 linka 5",
            "+420 601 602 60x",
            "++420601602603",
        ] {
            assert_eq!(parse(written), None, "{written}");
        }
    }

    #[test]
    fn a_czech_number_is_read_in_groups_of_three() {
        assert_eq!(grouped("+420601602603"), "+420\u{a0}601\u{a0}602\u{a0}603");
        assert_eq!(grouped("+4930901820"), "+4930901820");
    }
}
