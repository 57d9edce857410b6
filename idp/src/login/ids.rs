//! Names of what is in flight: random, and checked before they are looked up.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use web::Random;

/// Declares names of 256 random bits that travel in addresses.
macro_rules! random_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name(String);

        impl $name {
            /// A fresh one.
            pub(crate) fn new(random: &Random) -> Self {
                Self(random.token())
            }

            /// The text in addresses and keys.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                if is_token(&text) { Ok(Self(text)) } else { Err(serde::de::Error::custom("not one of our names")) }
            }
        }
    )+};
}

random_ids! {
    /// One attempt to log in.
    LoginId,
    /// The one-time name of an answer that waits for its browser.
    AnswerHandle,
    /// A proposed link that waits for its page.
    LinkTicket,
    /// A request to log out that waits for a page.
    LogoutId,
    /// What the link of a mail says that brings a removed contact back.
    UndoToken,
}

impl LoginId {
    /// Half of it: enough to recognise a login in logs, too little to name it to us.
    pub(crate) fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// 43 characters of base64url, as [`Random::token`] makes them.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_than_our_own_names_is_ever_looked_up() {
        let fresh = LoginId::new(&Random::seeded(1));

        assert_eq!(
            serde_json::from_str::<LoginId>(&format!("\"{fresh}\"")).unwrap(),
            fresh
        );
        for text in [
            "",
            "a",
            "../etc/passwd",
            &"a".repeat(44),
            &format!("{}%", "a".repeat(42)),
        ] {
            assert!(
                serde_json::from_value::<LoginId>(text.into()).is_err(),
                "{text}"
            );
        }
    }
}
