//! Text from outside that may be stored and shown.

/// Whether a text is free of control characters, formatting that changes reading direction, and line separators.
///
/// What passes may still be any script and any normal form: it is kept octet for octet and escaped where shown.
pub(crate) fn is_safe(text: &str) -> bool {
    !text.chars().any(is_unsafe)
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_safe_and_tricks_are_not() {
        for name in [
            "ŘEHOŘOVÁ-ČERNÁ",
            "O'NEILL",
            "Παπαδόπουλος",
            "e\u{301}",
            "A & B <c>",
        ] {
            assert!(is_safe(name), "{name}");
        }
        for trick in [
            "a\u{202e}b",
            "a\nb",
            "a\u{0}b",
            "a\u{85}b",
            "a\u{2066}b",
            "\u{feff}a",
            "a\u{ffff}",
            "a\u{1fffe}",
            "a\u{200d}b",
        ] {
            assert!(!is_safe(trick), "{trick:?}");
        }
    }
}
