//! Names as people write them.

/// A vouched name in our display form: registers write `NOVÁKOVÁ`, people `Nováková`. A name that has small letters
/// already is left as it is.
pub(super) fn name(vouched: &str) -> String {
    let shouted =
        vouched.chars().any(char::is_uppercase) && !vouched.chars().any(char::is_lowercase);
    if !shouted {
        return vouched.to_owned();
    }
    let mut shown = String::with_capacity(vouched.len());
    let mut begins = true;
    for letter in vouched.chars() {
        if begins {
            shown.push(letter);
        } else {
            shown.extend(letter.to_lowercase());
        }
        begins = !letter.is_alphanumeric();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn register_names_are_calmed_down_and_others_left() {
        assert_eq!(name("NOVÁKOVÁ"), "Nováková");
        assert_eq!(name("JAN MARIE"), "Jan Marie");
        assert_eq!(name("DVOŘÁK-ŘEZÁČ"), "Dvořák-Řezáč");
        assert_eq!(name("O'BRIEN"), "O'Brien");
        assert_eq!(name("van der Berg"), "van der Berg");
        assert_eq!(name("Ø"), "Ø");
    }
}
