//! Every scope and claim there is. Released is what was asked, approved for the client, and held.

use federation::FactKind;

/// A scope that releases claims.
#[derive(Debug)]
pub struct Scope {
    /// The name on the wire.
    pub name: &'static str,
    /// The claims it asks for.
    pub claims: &'static [&'static str],
    /// Facts an upstream provider is asked for on its behalf.
    pub facts: &'static [FactKind],
}

/// The scopes with a meaning of their own; those of resources come on top.
pub const SCOPES: &[Scope] = &[
    Scope {
        name: "openid",
        claims: &["sub"],
        facts: &[],
    },
    Scope {
        name: "profile",
        claims: &[
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        facts: &[
            FactKind::GivenName,
            FactKind::FamilyName,
            FactKind::BirthDate,
        ],
    },
    Scope {
        name: "email",
        claims: &["email", "email_verified"],
        facts: &[FactKind::Email],
    },
    Scope {
        name: "phone",
        claims: &["phone_number", "phone_number_verified"],
        facts: &[FactKind::Phone],
    },
    Scope {
        name: "address",
        claims: &["address"],
        facts: &[FactKind::Address],
    },
    Scope {
        name: "offline_access",
        claims: &[],
        facts: &[],
    },
    Scope {
        name: "city.identity",
        claims: &[
            "verified_claims",
            "identity_level",
            "login_level",
            "login_provider",
            "provenance",
        ],
        facts: &[
            FactKind::GivenName,
            FactKind::FamilyName,
            FactKind::BirthDate,
        ],
    },
    Scope {
        name: "city.residence",
        claims: &["residence"],
        facts: &[FactKind::RuianAddress],
    },
    Scope {
        name: "city.mandate",
        claims: &["acting_for", "may_act_for"],
        facts: &[],
    },
];

/// A claim that can be released.
#[derive(Debug)]
pub struct Claim {
    /// The name on the wire.
    pub name: &'static str,
    /// The fact it is made from; `None` for what is computed.
    pub fact: Option<FactKind>,
}

const fn from(name: &'static str, fact: FactKind) -> Claim {
    Claim {
        name,
        fact: Some(fact),
    }
}

const fn computed(name: &'static str) -> Claim {
    Claim { name, fact: None }
}

/// The claims, in the order in which they are written.
pub const CLAIMS: &[Claim] = &[
    computed("sub"),
    computed("auth_time"),
    computed("acr"),
    computed("name"),
    from("given_name", FactKind::GivenName),
    from("family_name", FactKind::FamilyName),
    from("middle_name", FactKind::MiddleName),
    from("nickname", FactKind::Nickname),
    from("preferred_username", FactKind::PreferredUsername),
    from("profile", FactKind::ProfilePage),
    from("picture", FactKind::Picture),
    from("website", FactKind::Website),
    from("gender", FactKind::Gender),
    from("birthdate", FactKind::BirthDate),
    from("zoneinfo", FactKind::Zoneinfo),
    from("locale", FactKind::Locale),
    computed("updated_at"),
    from("email", FactKind::Email),
    computed("email_verified"),
    from("phone_number", FactKind::Phone),
    computed("phone_number_verified"),
    from("address", FactKind::Address),
    computed("identity_level"),
    computed("login_level"),
    computed("login_provider"),
    from("residence", FactKind::RuianAddress),
    // In no scope: only who is approved for one of these by its name is told it.
    from("title_prefix", FactKind::TitlePrefix),
    from("title_suffix", FactKind::TitleSuffix),
    from("nationalities", FactKind::Nationalities),
    from("maritalstatus", FactKind::MaritalStatus),
    from("majority", FactKind::Majority),
    from("limited_legal_capacity", FactKind::LimitedLegalCapacity),
    computed("verified_claims"),
    computed("provenance"),
    computed("acting_for"),
    computed("may_act_for"),
];

/// The scope of this name.
pub fn scope(name: &str) -> Option<&'static Scope> {
    SCOPES.iter().find(|scope| scope.name == name)
}

/// Claims announced in the discovery document: those that every person can have, and the account of
/// `config/conformance.toml` does. Verified ones are announced as OpenID Identity Assurance wants it.
pub fn announced() -> impl Iterator<Item = &'static str> {
    const NOT_EVERYBODYS: [&str; 11] = [
        "verified_claims",
        "provenance",
        "residence",
        "title_prefix",
        "title_suffix",
        "nationalities",
        "maritalstatus",
        "majority",
        "limited_legal_capacity",
        "acting_for",
        "may_act_for",
    ];
    let names = CLAIMS.iter().map(|claim| claim.name);
    names.filter(|name| !NOT_EVERYBODYS.contains(name))
}

/// Whether a claim of this name exists.
pub fn is_known(name: &str) -> bool {
    CLAIMS.iter().any(|claim| claim.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_of_a_scope_stands_in_the_catalogue() {
        for claim in SCOPES.iter().flat_map(|scope| scope.claims) {
            assert!(is_known(claim), "{claim}");
        }
    }

    /// Issue 4: only what a client is approved for is asked, and nobody is approved for these by the way.
    #[test]
    fn what_is_told_by_name_alone_is_in_no_scope_and_each_is_told_by_one_claim() {
        for kind in FactKind::ALL
            .into_iter()
            .filter(|kind| kind.is_by_name_alone())
        {
            let tell: Vec<&str> = CLAIMS
                .iter()
                .filter(|claim| claim.fact == Some(kind))
                .map(|claim| claim.name)
                .collect();
            assert_eq!(tell.len(), 1, "{kind:?}");
            for scope in SCOPES {
                assert!(!scope.facts.contains(&kind), "{kind:?}");
                assert!(
                    !scope.claims.iter().any(|name| tell.contains(name)),
                    "{kind:?}"
                );
            }
        }
    }

    #[test]
    fn the_profile_scope_has_the_fourteen_claims_of_openid_core() {
        assert_eq!(scope("profile").unwrap().claims.len(), 14);
    }
}
