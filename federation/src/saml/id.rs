//! Message identifiers: XML names of 128 random bits, which are also the RelayState.

use aws_lc_rs::digest::{Context, SHA256};

/// An identifier from a fresh seed, different for each use of the seed.
pub(crate) fn from_seed(purpose: &str, seed: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(seed);
    let mut id = String::with_capacity(33);
    id.push('_');
    for octet in context.finish().as_ref().iter().take(16) {
        for half in [octet >> 4, octet & 15] {
            id.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    id
}

/// Whether a text is an identifier such as we make.
pub(crate) fn is_ours(text: &str) -> bool {
    text.strip_prefix('_').is_some_and(|hex| {
        hex.len() == 32
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// Whether a text can be an XML identifier (an NCName, ASCII only, of sane length).
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first
        && text.len() <= 256
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_names_and_depend_on_purpose_and_seed() {
        let id = from_seed("request", &[7; 32]);

        assert!(is_ours(&id) && is_name(&id));
        assert_ne!(id, from_seed("logout", &[7; 32]));
        assert_ne!(id, from_seed("request", &[8; 32]));
        assert!(!is_ours("_XYZ") && !is_name("1abc") && !is_name("a b"));
    }
}
