//! An OpenID provider that says what it is told to say, signed and encrypted by josekit (OpenSSL), which shares nothing
//! with what is tested here; and documents that stay the same.

pub(crate) mod corpus;
pub(crate) mod op;

mod tokens;

use std::collections::BTreeSet;

use crate::refusal::Refusal;

/// Reasons that no document shows by itself, only an exchange with a provider, and the table of the test that has it.
const EXCHANGES: [(Refusal, &str); 6] = [
    (
        Refusal::IdTokenMissing,
        include_str!("../../generic_oidc/tests.rs"),
    ),
    (
        Refusal::UserinfoRefused,
        include_str!("../../generic_oidc/tests.rs"),
    ),
    (
        Refusal::NotificationMalformed,
        include_str!("../../bank_id/tests.rs"),
    ),
    (Refusal::OfficeWrong, include_str!("../../caais/tests.rs")),
    (
        Refusal::OfficerNotIdentified,
        include_str!("../../caais/tests.rs"),
    ),
    // The broker's: it has to know who has none any more.
    (
        Refusal::RoleMissing,
        include_str!("../../../../tests/it/staff/mod.rs"),
    ),
];

/// The codes of reasons that a document shows, or one of those exchanges.
pub(crate) fn shown() -> BTreeSet<String> {
    let exchanges = EXCHANGES
        .iter()
        .filter(|(refusal, tests)| tests.contains(&format!("{}\"", refusal.code())))
        .map(|(refusal, _)| refusal.code().to_owned());
    corpus::shown().into_iter().chain(exchanges).collect()
}
