//! A token in each form that belongs to the session it was shown in.
//!
//! `Sec-Fetch-Site` and `Origin` are checked for all ([`wrap`](crate::wrap)); this is the second
//! lock. The token in a page is masked anew each time, so compressed answers do not betray it.

use crate::{Problem, Random};

/// What the tokens of one session are made from: the secret value of its cookie.
#[derive(Clone)]
pub struct CsrfSecret([u8; 32]);

impl CsrfSecret {
    /// The secret of the session with this cookie value.
    pub fn of(cookie_value: &str) -> Self {
        let _ = cookie_value;
        todo!()
    }

    /// A token for a page, different each time.
    pub fn token(&self, random: &Random) -> String {
        let _ = (random, self.0);
        todo!()
    }

    /// Checks what a form brought back.
    pub fn check(&self, token: &str) -> Result<(), Problem> {
        let _ = token;
        todo!()
    }
}

impl std::fmt::Debug for CsrfSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfSecret")
    }
}
