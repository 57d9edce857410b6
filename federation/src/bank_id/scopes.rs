//! What is asked of Bank iD, by the purpose of a login and the facts it wants, and where the answer is found.

use super::attributes::is_only_wanted;
use crate::departure::{Ask, Purpose};
use crate::fact::FactKind;

/// Always asked: without names and birth date a login proves a contact and no person.
const ALWAYS: [&str; 3] = ["openid", "profile.name", "profile.birthdate"];
/// Asked when a link is made: once, so that the account begins with what the bank vouches for.
const ONCE: &str = "profile.addresses";
/// Without it `/profile` tells how nothing was verified, and nothing that it alone tells is vouched for (reference 6.1, 6.5).
const VERIFICATION: &str = "profile.verification";
/// It brings nothing; ungranted, Bank iD tells of no change, of no new subject and of no death (reference 8).
const NOTIFICATION: &str = "notification.claims_updated";

/// What one login asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scopes {
    /// The scopes, in the order of the request.
    pub(super) scopes: Vec<String>,
    /// Whether `/profile` is asked too: the bank itself then, and slowly.
    pub(super) profile: bool,
}

/// The scopes a login needs, of those that the contract has.
pub(super) fn needed(ask: &Ask, approved: &[String]) -> Scopes {
    let is_approved = |scope: &str| approved.iter().any(|approved| approved == scope);
    let mut scopes: Vec<String> = Vec::new();
    let mut profile = false;
    let mut add = |scope: &str| {
        if is_approved(scope) && !scopes.iter().any(|held| held == scope) {
            scopes.push(scope.to_owned());
        }
        is_approved(scope)
    };
    for scope in ALWAYS {
        add(scope);
    }
    if ask.purpose == Purpose::Link {
        profile |= add(ONCE);
    }
    for wanted in &ask.wanted {
        if let Some(scope) = scope_of(wanted.kind) {
            profile |= add(scope) && only_in_profile(wanted.kind);
        }
    }
    if profile {
        add(VERIFICATION);
    }
    add(NOTIFICATION);
    Scopes { scopes, profile }
}

/// Whether the contract has facts that are told by `/profile` alone, and nothing that says how they were verified.
pub(super) fn lacks_verification(approved: &[String]) -> bool {
    let has = |scope: &str| approved.iter().any(|approved| approved == scope);
    let by_profile = FactKind::ALL
        .into_iter()
        .filter(|kind| only_in_profile(*kind));
    by_profile.filter_map(scope_of).any(has) && !has(VERIFICATION)
}

/// Whether the contract has no notices of changes.
pub(super) fn lacks_notification(approved: &[String]) -> bool {
    !approved.iter().any(|approved| approved == NOTIFICATION)
}

/// The scope that brings a fact.
pub(super) const fn scope_of(kind: FactKind) -> Option<&'static str> {
    match kind {
        FactKind::GivenName
        | FactKind::FamilyName
        | FactKind::MiddleName
        | FactKind::Nickname
        | FactKind::PreferredUsername => Some("profile.name"),
        FactKind::BirthDate => Some("profile.birthdate"),
        FactKind::Gender => Some("profile.gender"),
        FactKind::BirthPlace | FactKind::BirthCountry | FactKind::Nationalities => {
            Some("profile.birthplaceNationality")
        }
        FactKind::TitlePrefix | FactKind::TitleSuffix => Some("profile.titles"),
        FactKind::MaritalStatus => Some("profile.maritalstatus"),
        FactKind::Majority | FactKind::LimitedLegalCapacity => Some("profile.legalstatus"),
        FactKind::Address | FactKind::RuianAddress => Some("profile.addresses"),
        FactKind::Email => Some("profile.email"),
        FactKind::Phone => Some("profile.phonenumber"),
        FactKind::DocumentType | FactKind::DocumentNumber => Some("profile.idcards"),
        FactKind::Zoneinfo => Some("profile.zoneinfo"),
        FactKind::Locale => Some("profile.locale"),
        _ => None,
    }
}

/// The facts that a login was let see, by the scopes that were asked and granted and by where it looked. `wanted`: those of them
/// that are kept only so.
pub(super) fn read(
    asked: &[String],
    granted: Option<&str>,
    profile: bool,
    wanted: &[FactKind],
) -> Vec<FactKind> {
    let holds = |scope: &str| {
        asked.iter().any(|asked| asked == scope)
            && granted.is_none_or(|granted| granted.split(' ').any(|held| held == scope))
    };
    let is_read = |kind: &FactKind| {
        scope_of(*kind).is_some_and(holds)
            && (profile || !only_in_profile(*kind))
            && (!is_only_wanted(*kind) || wanted.contains(kind))
    };
    FactKind::ALL.into_iter().filter(is_read).collect()
}

/// Whether `/userinfo` never has a fact.
const fn only_in_profile(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::BirthPlace
            | FactKind::BirthCountry
            | FactKind::Address
            | FactKind::RuianAddress
            | FactKind::DocumentType
            | FactKind::DocumentNumber
            | FactKind::TitlePrefix
            | FactKind::TitleSuffix
            | FactKind::Nationalities
            | FactKind::MaritalStatus
            | FactKind::Majority
            | FactKind::LimitedLegalCapacity
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Wanted;
    use crate::level::Demand;

    /// What no claim of ours can carry (`docs/flows/login-bank-id.md`).
    const NEVER: [&str; 6] = [
        "profile.birthnumber",
        "profile.paymentAccounts",
        "profile.updatedat",
        "offline_access",
        "sign.qualified",
        "sign.officially_certified",
    ];

    #[test]
    fn what_nobody_may_be_told_is_never_asked_whatever_the_contract_has() {
        let wanted = FactKind::ALL.map(|kind| Wanted {
            kind,
            required: true,
        });
        let scopes = FactKind::ALL.into_iter().filter_map(scope_of);
        let approved: Vec<String> = ALWAYS
            .into_iter()
            .chain([VERIFICATION, NOTIFICATION])
            .chain(scopes)
            .chain(NEVER)
            .map(str::to_owned)
            .collect();
        for purpose in [Purpose::Login, Purpose::StepUp, Purpose::Link] {
            let ask = Ask {
                purpose,
                return_to: "https://identita.example/back".parse().unwrap(),
                minimum: Demand::NONE,
                force: false,
                max_age: None,
                wanted: wanted.to_vec(),
                locale: "cs",
                login_hint: None,
                branch: None,
                seed: [0; 32],
            };

            let asked = needed(&ask, &approved).scopes;

            assert!(asked.iter().any(|scope| scope == "profile.idcards"));
            for scope in NEVER {
                assert!(!asked.iter().any(|asked| asked == scope), "{purpose:?}");
            }
        }
    }
}
