//! Scopes, and what people read about them.

/// Asked of every login.
pub const OPENID: &str = "openid";

/// All scopes, in the order of the consent page, and what they mean in Czech. The first is not asked.
pub const CATALOGUE: [(&str, &str); 20] = [
    (OPENID, "Identifikátor"),
    ("profile.name", "Jméno a příjmení"),
    ("profile.titles", "Tituly"),
    ("profile.gender", "Pohlaví"),
    ("profile.birthdate", "Datum narození"),
    ("profile.birthnumber", "Rodné číslo"),
    (
        "profile.birthplaceNationality",
        "Místo narození a státní občanství",
    ),
    ("profile.maritalstatus", "Rodinný stav"),
    ("profile.addresses", "Adresy"),
    ("profile.idcards", "Doklady totožnosti"),
    ("profile.paymentAccounts", "Bankovní účty"),
    ("profile.email", "E-mail"),
    ("profile.phonenumber", "Telefon"),
    ("profile.zoneinfo", "Časové pásmo"),
    ("profile.locale", "Jazyk"),
    ("profile.updatedat", "Kdy se údaje naposledy změnily"),
    ("profile.legalstatus", "Zletilost a svéprávnost"),
    ("profile.verification", "Jak banka údaje ověřila"),
    ("offline_access", "Přístup i bez vaší přítomnosti"),
    ("notification.claims_updated", "Zprávy o změnách údajů"),
];

/// Their names.
pub const NAMES: [&str; 20] = {
    let mut names = [""; 20];
    let mut at = 0;
    #[expect(
        clippy::indexing_slicing,
        reason = "both arrays have the same length, and the compiler counts"
    )]
    while at < names.len() {
        names[at] = CATALOGUE[at].0;
        at += 1;
    }
    names
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scope_of_plain_openid_is_known() {
        for scope in ["profile", "email", "phone", "address"] {
            assert!(!NAMES.contains(&scope));
        }
        assert_eq!(NAMES[0], OPENID);
    }
}
