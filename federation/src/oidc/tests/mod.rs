//! An OpenID provider that says what it is told to say, signed and encrypted by josekit (OpenSSL), which shares nothing
//! with what is tested here.

pub(crate) mod op;

mod tokens;

use crate::refusal::Refusal;

/// What trips the reasons of OpenID providers: tests instead of documents.
const TRIPPING: [&str; 4] = [
    include_str!("tokens.rs"),
    include_str!("../../generic_oidc/tests.rs"),
    include_str!("../../bank_id/tests.rs"),
    include_str!("../../caais/tests.rs"),
];

/// The codes of reasons that some test here expects by name.
pub(crate) fn shown() -> impl Iterator<Item = String> {
    Refusal::ALL.iter().filter_map(|refusal| {
        let code = format!("\"{}\"", refusal.code());
        let variant = format!("Refusal::{refusal:?}");
        let is_shown = |test: &&str| test.contains(&code) || test.contains(&variant);
        TRIPPING
            .iter()
            .any(is_shown)
            .then(|| refusal.code().to_owned())
    })
}
