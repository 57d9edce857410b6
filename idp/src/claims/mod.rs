//! What clients learn about people: scopes, claims, and the rules that release them.
//!
//! Released is what was asked (by scope or by name), approved for the client, and held. Personal claims go to userinfo;
//! into the ID token only when asked there by name.

use std::collections::BTreeSet;

pub mod catalogue;
mod display;
mod parameter;
mod person;
mod provenance;
pub mod release;
pub(crate) mod verified;

pub use parameter::{Asked, ClaimRequest, ClaimsParameter};
pub use person::Person;

/// The item of a consent that a claim inside `verified_claims` stands under: the scope that was asked for and tells it, else the claim
/// itself. Who allowed one of them has not allowed the others.
pub(crate) fn item_of_verified(name: &str, scope: &BTreeSet<String>) -> String {
    let tells = |scope: &&String| {
        let known = catalogue::scope(scope);
        known.is_some_and(|scope| scope.claims.contains(&name))
    };
    scope
        .iter()
        .find(tells)
        .cloned()
        .unwrap_or_else(|| format!("claim:{name}"))
}

/// Claims that say nothing about the person beyond the login itself.
pub(crate) fn is_technical(claim: &str) -> bool {
    matches!(claim, "sub" | "acr" | "auth_time")
}

#[cfg(test)]
mod tests {
    use super::item_of_verified;

    #[test]
    fn a_verified_claim_stands_under_what_tells_the_same_outside() {
        let scope = ["openid", "address"].map(str::to_owned).into();
        let item = |name| item_of_verified(name, &scope);

        assert_eq!(item("given_name"), "claim:given_name");
        assert_eq!(item("place_of_birth"), "claim:place_of_birth");
        assert_eq!(item("address"), "address");
        let profile = ["openid", "profile"].map(str::to_owned).into();
        assert_eq!(item_of_verified("birthdate", &profile), "profile");
        assert_eq!(item_of_verified("address", &[].into()), "claim:address");
    }
}
