//! The level that an attribute repeats: told to the audit log where it differs, and of no effect.

use super::corpus::{Outcome, all};
use crate::level::{IdentityLevel, Levels, LoginLevel};

#[tokio::test]
async fn what_an_attribute_says_of_the_level_counts_for_nothing_and_is_told_when_it_differs() {
    for (document, told) in [
        ("valid", None),
        ("loa-attribute-same", None),
        ("loa-attribute-higher", Some("high")),
        ("loa-attribute-lower", Some("low")),
        ("loa-attribute-unknown", Some("unknown")),
        ("loa-attribute-empty", Some("unknown")),
    ] {
        let case = all()
            .into_iter()
            .find(|case| case.name == document)
            .unwrap();

        let Outcome::Login(verified) = case.run().await else {
            panic!("{document} is refused");
        };

        let assertion = &verified.assertion;
        assert_eq!(
            assertion.levels(),
            Levels::new(IdentityLevel::State, LoginLevel::Multi),
            "{document}"
        );
        assert_eq!(
            assertion.acr(),
            Some("http://eidas.europa.eu/LoA/substantial")
        );
        let evidence = assertion.evidence().get("level_attribute");
        assert_eq!(evidence.map(String::as_str), told, "{document}");
    }
}
