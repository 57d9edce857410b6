//! The attributes NIA can tell about a person.

/// What stands before the names of personal data.
const EIDAS_NATURAL: &str = "http://eidas.europa.eu/attributes/naturalperson";

/// One attribute NIA knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Which one.
    pub kind: Kind,
    /// `Name` in requests and answers.
    pub name: &'static str,
    /// `FriendlyName` in answers.
    pub friendly_name: &'static str,
    /// Namespace and name of the XML type in answers, where one was seen.
    pub value_type: Option<(&'static str, &'static str)>,
    /// What people read on the consent page.
    pub czech: &'static str,
}

/// The attributes by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The pseudonym.
    PersonIdentifier,
    /// Příjmení.
    FamilyName,
    /// Jméno, also several.
    GivenName,
    /// Datum narození.
    DateOfBirth,
    /// Místo narození.
    PlaceOfBirth,
    /// Stát narození.
    CountryOfBirth,
    /// Adresa as an XML fragment.
    Address,
    /// Adresa as codes of RÚIAN.
    RuianAddress,
    /// E-mail.
    Email,
    /// Telefon.
    Phone,
    /// Věk.
    Age,
    /// Older than the limit in the request.
    IsAgeOver,
    /// Druh dokladu.
    DocumentType,
    /// Číslo dokladu.
    DocumentNumber,
    /// Level of the login.
    Level,
}

const fn eidas(
    kind: Kind,
    name: &'static str,
    friendly: &'static str,
    type_name: &'static str,
    czech: &'static str,
) -> Attribute {
    Attribute {
        kind,
        name,
        friendly_name: friendly,
        value_type: Some((EIDAS_NATURAL, type_name)),
        czech,
    }
}

const fn bare(
    kind: Kind,
    name: &'static str,
    friendly: &'static str,
    czech: &'static str,
) -> Attribute {
    Attribute {
        kind,
        name,
        friendly_name: friendly,
        value_type: None,
        czech,
    }
}

/// All of them, in the order of a discovery document of NIA.
pub static CATALOGUE: [Attribute; 15] = [
    eidas(
        Kind::GivenName,
        "http://eidas.europa.eu/attributes/naturalperson/CurrentGivenName",
        "CurrentGivenName",
        "CurrentGivenNameType",
        "Jméno",
    ),
    eidas(
        Kind::FamilyName,
        "http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName",
        "CurrentFamilyName",
        "CurrentFamilyNameType",
        "Příjmení",
    ),
    eidas(
        Kind::PersonIdentifier,
        "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier",
        "PersonIdentifier",
        "PersonIdentifierType",
        "Identifikátor pro tohoto poskytovatele",
    ),
    eidas(
        Kind::DateOfBirth,
        "http://eidas.europa.eu/attributes/naturalperson/DateOfBirth",
        "DateOfBirth",
        "DateOfBirthType",
        "Datum narození",
    ),
    eidas(
        Kind::PlaceOfBirth,
        "http://eidas.europa.eu/attributes/naturalperson/PlaceOfBirth",
        "PlaceOfBirth",
        "PlaceOfBirthType",
        "Místo narození",
    ),
    eidas(
        Kind::Address,
        "http://eidas.europa.eu/attributes/naturalperson/CurrentAddress",
        "CurrentAddress",
        "CurrentAddressType",
        "Adresa pobytu",
    ),
    bare(
        Kind::CountryOfBirth,
        "http://www.stork.gov.eu/1.0/countryCodeOfBirth",
        "CountryCodeOfBirth",
        "Stát narození",
    ),
    bare(Kind::Age, "http://www.stork.gov.eu/1.0/age", "Age", "Věk"),
    bare(
        Kind::IsAgeOver,
        "http://www.stork.gov.eu/1.0/isAgeOver",
        "IsAgeOver",
        "Zda je překročen věk",
    ),
    bare(
        Kind::DocumentType,
        "http://schemas.eidentita.cz/moris/2016/identity/claims/idtype",
        "IdType",
        "Druh dokladu",
    ),
    bare(
        Kind::DocumentNumber,
        "http://schemas.eidentita.cz/moris/2016/identity/claims/idnumber",
        "IdNumber",
        "Číslo dokladu",
    ),
    bare(
        Kind::RuianAddress,
        "http://schemas.eidentita.cz/moris/2016/identity/claims/tradresaid",
        "TRadresaID",
        "Adresa pobytu jako kódy RÚIAN",
    ),
    bare(
        Kind::Phone,
        "http://schemas.eidentita.cz/moris/2016/identity/claims/phonenumber",
        "PhoneNumber",
        "Telefon",
    ),
    bare(
        Kind::Email,
        "http://www.stork.gov.eu/1.0/eMail",
        "eMail",
        "E-mail",
    ),
    bare(
        Kind::Level,
        "http://eidas.europa.eu/LoA",
        "LoA",
        "Úroveň záruky",
    ),
];

/// An attribute by its exact name; other spellings are not known, as far as anybody has seen.
pub fn find(name: &str) -> Option<&'static Attribute> {
    CATALOGUE.iter().find(|attribute| attribute.name == name)
}

/// An attribute by what it means.
pub fn of(kind: Kind) -> Option<&'static Attribute> {
    CATALOGUE.iter().find(|attribute| attribute.kind == kind)
}
