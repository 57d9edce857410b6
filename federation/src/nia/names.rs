//! What NIA calls the facts.

use crate::fact::FactKind;

/// The names of a fact: the one we request, and other spellings seen in the world that we accept.
pub(super) struct Names {
    pub(super) requested: &'static str,
    pub(super) accepted: &'static [&'static str],
}

/// What a fact is called, when NIA knows it.
pub(super) fn names(kind: FactKind) -> Option<Names> {
    let names = |requested, accepted| {
        Some(Names {
            requested,
            accepted,
        })
    };
    match kind {
        FactKind::GivenName => names(
            "http://eidas.europa.eu/attributes/naturalperson/CurrentGivenName",
            &[],
        ),
        FactKind::FamilyName => names(
            "http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName",
            &[],
        ),
        FactKind::BirthDate => names(
            "http://eidas.europa.eu/attributes/naturalperson/DateOfBirth",
            &[],
        ),
        FactKind::BirthPlace => names(
            "http://eidas.europa.eu/attributes/naturalperson/PlaceOfBirth",
            &[],
        ),
        FactKind::BirthCountry => names("http://www.stork.gov.eu/1.0/countryCodeOfBirth", &[]),
        FactKind::Address => names(
            "http://eidas.europa.eu/attributes/naturalperson/CurrentAddress",
            &[],
        ),
        FactKind::RuianAddress => names(
            "http://schemas.eidentita.cz/moris/2016/identity/claims/tradresaid",
            &[
                "http://schemas.eidentity.cz/moris/2016/identity/claims/tradresaid",
                "http://schemas.identitaobcana.cz/moris/2016/identity/claims/tradresaid",
            ],
        ),
        FactKind::Email => names("http://www.stork.gov.eu/1.0/eMail", &[]),
        FactKind::Phone => names(
            "http://schemas.eidentita.cz/moris/2016/identity/claims/phonenumber",
            &[
                "http://schemas.eidentity.cz/moris/2016/identity/claims/phonenumber",
                "http://schemas.identitaobcana.cz/moris/2016/identity/claims/phonenumber",
            ],
        ),
        FactKind::Age => names("http://www.stork.gov.eu/1.0/age", &[]),
        FactKind::AgeOver => names("http://www.stork.gov.eu/1.0/isAgeOver", &[]),
        FactKind::DocumentType => names(
            "http://schemas.eidentita.cz/moris/2016/identity/claims/idtype",
            &[
                "http://schemas.eidentity.cz/moris/2016/identity/claims/idtype",
                "http://schemas.identitaobcana.cz/moris/2016/identity/claims/idtype",
            ],
        ),
        FactKind::DocumentNumber => names(
            "http://schemas.eidentita.cz/moris/2016/identity/claims/idnumber",
            &[
                "http://schemas.eidentity.cz/moris/2016/identity/claims/idnumber",
                "http://schemas.identitaobcana.cz/moris/2016/identity/claims/idnumber",
            ],
        ),
        _ => None,
    }
}
