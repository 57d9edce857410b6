//! Levels, providers and facts in the words of the pages.

use std::collections::BTreeSet;

use federation::{
    Address, FactKind, FactValue, IdentityLevel, LoginLevel, MaritalStatus, RuianAddress, Standing,
    Title,
};
use web::Texts;
use web::texts::Said;

use crate::broker::Broker;
use crate::claims::{catalogue, verified};
use crate::storage::fact::Fact;

/// A level in words: four steps, of which the last two levels share one.
pub(crate) fn level(t: Texts, level: IdentityLevel) -> String {
    t.text(&format!("level-{}", level.as_str())).to_string()
}

/// How somebody logs in, in words.
pub(crate) fn login_level(t: Texts, level: LoginLevel) -> String {
    t.text(&format!("login-level-{}", level.as_str()))
        .to_string()
}

/// A level as a page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    /// How many of four bars repeat the word.
    pub(crate) bars: u8,
    /// The word.
    pub(crate) word: String,
}

impl Level {
    /// A level in a language.
    pub(crate) fn of(t: Texts, identity: IdentityLevel) -> Self {
        Self {
            bars: bars(identity),
            word: level(t, identity),
        }
    }
}

/// How many of four bars repeat the word.
pub(crate) const fn bars(level: IdentityLevel) -> u8 {
    match level {
        IdentityLevel::Unverified => 1,
        IdentityLevel::Contact => 2,
        IdentityLevel::Town => 3,
        IdentityLevel::State | IdentityLevel::StateHigh => 4,
    }
}

/// A provider by the name of its entry; an entry that is gone keeps its name.
pub(crate) fn provider(broker: &Broker, t: Texts, id: &str) -> String {
    match broker.providers.get(id) {
        Some(provider) => {
            let description = provider.describe();
            provider_name(t, description.kind, description.title.as_ref())
        }
        None => id.to_owned(),
    }
}

/// A provider's name: the one the configuration gives, else that of its kind.
pub(crate) fn provider_name(t: Texts, kind: &str, title: Option<&Title>) -> String {
    match title {
        Some(title) => title.in_language(t.locale().code()).to_owned(),
        None => of_kind(t, kind, |kind| format!("provider-{kind}-name")).to_string(),
    }
}

/// What people need for a way in.
pub(crate) fn provider_words(t: Texts, kind: &str) -> String {
    of_kind(t, kind, |kind| format!("provider-{kind}-words")).to_string()
}

/// A text about a kind of provider. A kind without texts of its own is a partner like any other.
fn of_kind(t: Texts, kind: &str, id: impl Fn(&str) -> String) -> Said {
    let has_own = t.has(&format!("provider-{kind}-name"));
    t.text(&id(if has_own { kind } else { "oidc" }))
}

/// A provider's icon.
pub(crate) fn provider_icon(kind: &str) -> &'static str {
    match kind {
        "nia" => "shield",
        "isds" => "box",
        "saml" | "oidc" | "bank_id" | "caais" => "building",
        _ => "user",
    }
}

/// What a fact is called.
pub(crate) fn fact_name(t: Texts, kind: FactKind) -> String {
    t.text(&format!("fact-{}", kind.as_str())).to_string()
}

/// A fact's value as people read it. Registers write names in capitals; shown is a form with care, kept is the other.
pub(crate) fn fact_value(t: Texts, kind: FactKind, value: &FactValue) -> String {
    match value {
        FactValue::Text(text) => match kind {
            FactKind::GivenName | FactKind::FamilyName | FactKind::MiddleName => display_name(text),
            FactKind::DocumentType => {
                let id = format!("document-{}", text.to_ascii_lowercase());
                if t.has(&id) {
                    t.text(&id).to_string()
                } else {
                    text.clone()
                }
            }
            FactKind::DocumentNumber => ending(t, text),
            FactKind::BirthCountry => t.country(text),
            _ => text.clone(),
        },
        FactValue::Date(date) => t.day(*date),
        FactValue::Number(number) => number.to_string(),
        FactValue::AgeOver { limit, reached } => {
            let id = match reached {
                Some(true) => "age-over-yes",
                Some(false) => "age-over-no",
                None => "age-over-unknown",
            };
            t.text(id).arg("limit", limit).to_string()
        }
        FactValue::Address(parts) => address(t, parts),
        FactValue::RuianAddress(codes) => ruian(t, codes),
        FactValue::MaritalStatus(status) => t.text(&marital_status(*status)).to_string(),
        FactValue::Flag(flag) => t
            .text(if *flag { "fact-yes" } else { "fact-no" })
            .to_string(),
        FactValue::Countries(countries) => countries
            .iter()
            .map(|country| t.country(country.code()))
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    }
}

/// The id of the text for a marital status.
pub(crate) fn marital_status(status: MaritalStatus) -> String {
    let word = status.as_str().to_ascii_lowercase().replace('_', "-");
    format!("marital-status-{word}")
}

/// The person's name as people read it, from the best facts there are.
pub(crate) fn person(facts: &[Fact]) -> Option<String> {
    let part = |kind| {
        let fact = facts.iter().find(|fact| fact.kind == kind)?;
        fact.value.as_text().map(display_name)
    };
    let name: Vec<String> = [FactKind::GivenName, FactKind::FamilyName]
        .into_iter()
        .filter_map(part)
        .collect();
    (!name.is_empty()).then(|| name.join(" "))
}

/// Names of claims as one list in words, in the order of the catalogue. Technical ones are not worth a word.
pub(crate) fn claims(t: Texts, claims: &BTreeSet<String>) -> String {
    let has_name =
        claims.contains("name") || claims.contains("given_name") && claims.contains("family_name");
    let is_told = |claim: &str| match claim {
        "name" => has_name,
        "given_name" | "family_name" => !has_name && claims.contains(claim),
        _ => claims.contains(claim) && !is_technical(claim),
    };
    let words: Vec<String> = catalogue::CLAIMS
        .iter()
        .map(|claim| claim.name)
        // Told inside `verified_claims` alone.
        .chain(["place_of_birth"])
        .filter(|claim| is_told(claim))
        .map(|claim| claim_name(t, claim))
        .collect();
    if words.is_empty() {
        t.text("claims-none").to_string()
    } else {
        words.join(", ")
    }
}

/// What a claim is called.
pub(crate) fn claim_name(t: Texts, claim: &str) -> String {
    let id = format!("claim-{}", claim.replace('_', "-"));
    if t.has(&id) {
        return t.text(&id).to_string();
    }
    let fact = catalogue::CLAIMS
        .iter()
        .find(|known| known.name == claim)
        .and_then(|known| known.fact)
        .or_else(|| verified::facts_of(claim)?.first().copied());
    fact.map_or_else(|| claim.to_owned(), |kind| fact_name(t, kind))
}

fn is_technical(claim: &str) -> bool {
    matches!(
        claim,
        "sub"
            | "acr"
            | "auth_time"
            | "updated_at"
            | "email_verified"
            | "phone_number_verified"
            | "provenance"
    )
}

/// Where a fact comes from, as its badge says it.
#[derive(Clone, Debug)]
pub(crate) struct Provenance {
    /// `checked`, `own` or `open`: which badge.
    pub(crate) badge: &'static str,
    /// The words.
    pub(crate) text: String,
}

/// Where a fact comes from: register, provider and date; or the person, through a provider or directly.
pub(crate) fn provenance(broker: &Broker, t: Texts, fact: &Fact) -> Provenance {
    let Some(source) = &fact.source else {
        return Provenance {
            badge: "open",
            text: t
                .text("source-self")
                .arg("date", t.date(fact.recorded_at))
                .to_string(),
        };
    };
    let id = source.provider.as_deref().unwrap_or_default();
    let name = provider(broker, t, id);
    let date = t.date(source.verified_at);
    let kind = broker
        .providers
        .get(id)
        .map_or("saml", |provider| provider.describe().kind);
    match fact.standing {
        Standing::SelfStated => {
            let text = t
                .text("source-self-through")
                .arg("provider", name)
                .arg("date", date);
            Provenance {
                badge: "open",
                text: text.to_string(),
            }
        }
        Standing::Vouched => {
            // Another state's means proves what that state knows; no Czech register holds it.
            let text = match source.country.as_deref() {
                Some(country) if country != "CZ" => {
                    t.text("source-abroad").arg("country", t.country(country))
                }
                _ => of_kind(t, kind, |kind| format!("source-{kind}")),
            };
            let text = text.arg("provider", name).arg("date", date);
            Provenance {
                badge: "checked",
                text: text.to_string(),
            }
        }
    }
}

/// `ŘEHOŘOVÁ-ČERNÁ` as `Řehořová-Černá`. Names that are not all capitals stay as they are.
pub(crate) fn display_name(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut shown = String::with_capacity(name.len());
    let mut starts = true;
    for letter in name.chars() {
        if starts {
            shown.push(letter);
        } else {
            shown.extend(letter.to_lowercase());
        }
        starts = !letter.is_alphanumeric();
    }
    shown
}

/// `Latrán 10, 381 01 Český Krumlov`, and where it is when that is not here.
fn address(t: Texts, parts: &Address) -> String {
    let text = |part: &Option<String>| {
        part.as_deref()
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
    };
    let area = text(&parts.area);
    let town = text(&parts.post_name).or_else(|| area.clone());
    // Villages have no street; the part of the municipality stands in its place.
    let street = text(&parts.street).or_else(|| {
        let part = area.as_deref()?.split(", ").nth(1)?;
        (Some(part) != town.as_deref()).then(|| part.to_owned())
    });
    let first = [street, text(&parts.house)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let code = text(&parts.post_code).map(|code| {
        match (code.len(), code.is_char_boundary(3), parts.country) {
            (5, true, None) => {
                let (one, two) = code.split_at(3);
                format!("{one}\u{a0}{two}")
            }
            _ => code,
        }
    });
    let second = [code, town]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let country = parts.country.map(|country| t.country(country.code()));
    [first, second, country.unwrap_or_default()]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn ruian(t: Texts, codes: &RuianAddress) -> String {
    match &codes.address_point_code {
        Some(code) => t.text("ruian-point").arg("code", code).to_string(),
        None => t.text("ruian-partial").to_string(),
    }
}

/// Only the last four characters of a document's number are shown.
fn ending(t: Texts, number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    let ending: String = letters
        .iter()
        .skip(letters.len().saturating_sub(4))
        .collect();
    t.text("document-ending").arg("ending", ending).to_string()
}

#[cfg(test)]
mod tests {
    use federation::Country;

    use super::*;

    #[test]
    fn capitals_of_the_register_become_names() {
        assert_eq!(display_name("ŘEHOŘOVÁ-ČERNÁ"), "Řehořová-Černá");
        assert_eq!(display_name("KAREL JOSEF"), "Karel Josef");
        assert_eq!(display_name("O'NEILL"), "O'Neill");
        assert_eq!(display_name("van Dijk"), "van Dijk");
    }

    #[test]
    fn a_kind_without_texts_of_its_own_is_a_partner_like_any_other() {
        for locale in web::Locale::ALL {
            let t = Texts::new(locale, &crate::texts::TEXTS);
            let title: Title =
                serde_json::from_value(serde_json::json!({ "cs": "Přihlášení města Sousedov" }))
                    .unwrap();

            assert_eq!(
                provider_name(t, "pigeon_post", Some(&title)),
                "Přihlášení města Sousedov"
            );
            assert_eq!(
                provider_name(t, "pigeon_post", None),
                provider_name(t, "oidc", None)
            );
            assert_eq!(provider_words(t, "pigeon_post"), provider_words(t, "oidc"));
            assert_ne!(provider_words(t, "nia"), provider_words(t, "oidc"));
        }
    }

    #[test]
    fn addresses_of_towns_and_of_villages_read_well() {
        let town = Address {
            house: Some("10".into()),
            street: Some("Latrán".into()),
            post_name: Some("Český Krumlov".into()),
            post_code: Some("38101".into()),
            area: Some("Český Krumlov, Latrán".into()),
            country: None,
        };
        let village = Address {
            house: Some("27".into()),
            street: Some(String::new()),
            post_name: Some("Arnoltice u Děčína".into()),
            post_code: Some("40714".into()),
            area: Some("Arnoltice".into()),
            country: None,
        };
        let abroad = Address {
            house: Some("7".into()),
            street: Some("Hlavná".into()),
            post_name: Some("Žilina".into()),
            post_code: Some("01001".into()),
            area: None,
            country: Country::read("SK").ok(),
        };
        let said = |locale, parts| address(Texts::new(locale, &crate::texts::TEXTS), parts);
        let cs = |parts| said(web::Locale::Cs, parts);

        assert_eq!(cs(&town), "Latrán 10, 381\u{a0}01 Český Krumlov");
        assert_eq!(cs(&village), "27, 407\u{a0}14 Arnoltice u Děčína");
        assert_eq!(cs(&abroad), "Hlavná 7, 01001 Žilina, Slovensko");
        assert_eq!(
            said(web::Locale::En, &abroad),
            "Hlavná 7, 01001 Žilina, Slovakia"
        );
        assert_eq!(
            said(web::Locale::De, &abroad),
            "Hlavná 7, 01001 Žilina, Slowakei"
        );
    }
}
