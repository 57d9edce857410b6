//! What of a configuration cannot be right, whatever ISDS says.

use std::collections::BTreeSet;

use super::config::{Field, IsdsConfig, WithoutAppToken};
use crate::environment::Environment;
use crate::registry::{ConfigProblem, Place};

pub(super) fn check(place: &Place<'_>, config: &IsdsConfig) -> Result<(), ConfigProblem> {
    let ats_id = &config.ats_id;
    let shaped = (1..=64).contains(&ats_id.len())
        && ats_id
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"._:-".contains(&octet));
    if !shaped {
        return Err(place.problem(
            "ats_id",
            "cannot be one",
            "Copy the id of the application from ISDS, Nastavení, Přístup externích aplikací.",
        ));
    }
    if config.namespaces.is_empty() {
        return Err(place.problem("namespaces", "is empty", "Leave it out for the usual ones."));
    }
    let mut names = BTreeSet::new();
    for field in Field::ALL {
        for name in config.names(field) {
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(place.problem(
                    "attribute",
                    format!("gives the name {name} to two things"),
                    "Name each thing differently.",
                ));
            }
        }
    }
    let ties_nothing =
        config.without_app_token == WithoutAppToken::OnlyDeparture && !config.require_app_token;
    if ties_nothing && place.environment == Environment::Production {
        return Err(place.problem(
            "require_app_token",
            "is false beside without_app_token = \"only_departure\": a stranger's login could be slipped to somebody",
            "Set one of them back.",
        ));
    }
    Ok(())
}
