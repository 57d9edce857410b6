//! A token in each form that belongs to the session it was shown in.
//!
//! `Sec-Fetch-Site` and `Origin` are checked for all ([`wrap`](crate::wrap)); this is the second
//! lock. The token in a page is masked anew each time, so compressed answers do not betray it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::FOREIGN_FORM;
use crate::{Problem, Random};

const LENGTH: usize = 32;
const PURPOSE: &[u8] = b"city identity: token of a form";

/// The name of the hidden field.
pub const FIELD: &str = "csrf";

/// What the tokens of one session are made from: the secret value of its cookie, or a key of ours and what names the session for as long
/// as it lasts.
#[derive(Clone)]
pub struct CsrfSecret([u8; LENGTH]);

impl CsrfSecret {
    /// The secret of the session with this cookie value.
    pub fn of(cookie_value: &str) -> Self {
        Self::made(cookie_value.as_bytes(), PURPOSE)
    }

    /// The secret of what this name stands for, which need not be secret; the key is.
    pub fn under(key: &[u8; 32], name: &str) -> Self {
        Self::made(key, name.as_bytes())
    }

    fn made(key: &[u8], of: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let mut secret = [0; LENGTH];
        let tag = hmac::sign(&key, of);
        secret
            .iter_mut()
            .zip(tag.as_ref())
            .for_each(|(byte, tag)| *byte = *tag);
        Self(secret)
    }

    /// A token for a page, different each time.
    pub fn token(&self, random: &Random) -> String {
        let mask: [u8; LENGTH] = random.bytes();
        let masked = self.0.iter().zip(mask).map(|(secret, mask)| secret ^ mask);
        URL_SAFE_NO_PAD.encode(mask.into_iter().chain(masked).collect::<Vec<u8>>())
    }

    /// Checks what a form brought back in the field [`FIELD`].
    pub fn check(&self, token: &str) -> Result<(), Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let (mask, masked) = bytes.split_at_checked(LENGTH).ok_or(&FOREIGN_FORM)?;
        let secret: Vec<u8> = mask
            .iter()
            .zip(masked)
            .map(|(mask, masked)| mask ^ masked)
            .collect();
        let is_whole = masked.len() == LENGTH;
        match verify_slices_are_equal(&secret, &self.0) {
            Ok(()) if is_whole => Ok(()),
            _ => Err(Problem::new(&FOREIGN_FORM)),
        }
    }
}

impl std::fmt::Debug for CsrfSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_the_same_session_is_good_and_looks_different_each_time() {
        let random = Random::system();
        let secret = CsrfSecret::of("cookie");
        let (one, other) = (secret.token(&random), secret.token(&random));

        assert_ne!(one, other);
        assert!(secret.check(&one).is_ok());
        assert!(CsrfSecret::of("cookie").check(&other).is_ok());
    }

    #[test]
    fn a_name_alone_makes_no_token() {
        let random = Random::system();
        let secret = CsrfSecret::under(&[1; 32], "session 1");

        assert!(secret.check(&secret.token(&random)).is_ok());
        for foreign in [
            CsrfSecret::under(&[2; 32], "session 1"),
            CsrfSecret::under(&[1; 32], "session 2"),
            CsrfSecret::of("session 1"),
        ] {
            let refused = secret.check(&foreign.token(&random)).unwrap_err();
            assert_eq!(refused.kind(), &FOREIGN_FORM);
        }
    }

    #[test]
    fn a_token_of_another_session_a_cut_one_and_none_are_refused() {
        let random = Random::system();
        let secret = CsrfSecret::of("cookie");
        let token = secret.token(&random);

        for foreign in [
            CsrfSecret::of("other").token(&random),
            token[..60].to_owned(),
            token.clone() + "AAAA",
            String::new(),
            "é".to_owned(),
        ] {
            assert_eq!(secret.check(&foreign).unwrap_err().kind(), &FOREIGN_FORM);
        }
    }
}
