//! Claims of Bank iD as facts in our words (reference of Bank iD, sections 6.1, 6.2 and 6.5).
//!
//! What stands in `verified_claims.claims` was held against the state's registers and is vouched for. Everything else the
//! bank merely keeps: it came from the person.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::notification::DIED;

use crate::assertion::Check;
use crate::country::Country;
use crate::fact::{Address, Fact, FactKind, FactValue, RuianAddress, Standing};
use crate::oidc::facts;
use crate::oidc::jws::Claims;
use crate::refusal::Refusal;

/// Claims that are one value each.
const SINGLE: [(FactKind, &str); 10] = [
    (FactKind::GivenName, "given_name"),
    (FactKind::FamilyName, "family_name"),
    (FactKind::MiddleName, "middle_name"),
    (FactKind::Nickname, "nickname"),
    (FactKind::PreferredUsername, "preferred_username"),
    (FactKind::BirthDate, "birthdate"),
    (FactKind::Gender, "gender"),
    (FactKind::Email, "email"),
    (FactKind::Phone, "phone_number"),
    (FactKind::Zoneinfo, "zoneinfo"),
];

/// Claims that are kept only where this login wants them, since their scopes bring several (reference, sections 6.1 and 6.3).
const ONLY_WANTED: [(FactKind, &str); 8] = [
    (FactKind::BirthPlace, "birthplace"),
    (FactKind::BirthCountry, "birthcountry"),
    (FactKind::TitlePrefix, "title_prefix"),
    (FactKind::TitleSuffix, "title_suffix"),
    (FactKind::Nationalities, "nationalities"),
    (FactKind::MaritalStatus, "maritalstatus"),
    (FactKind::Majority, "majority"),
    (FactKind::LimitedLegalCapacity, "limited_legal_capacity"),
];

/// The kinds of facts that we have by these names of claims, which a notification names as changed.
pub(super) fn kinds_of(claims: &[String]) -> Vec<FactKind> {
    let of_one = |claim: &String| -> Vec<FactKind> {
        let single = SINGLE.iter().chain(&ONLY_WANTED);
        let single = single.filter(|(_, name)| name == claim);
        let more: &[FactKind] = match claim.as_str() {
            "name" => &[FactKind::GivenName, FactKind::FamilyName],
            "addresses" => &[FactKind::Address, FactKind::RuianAddress],
            "idcards" => &[FactKind::DocumentType, FactKind::DocumentNumber],
            "email_verified" => &[FactKind::Email],
            "phone_number_verified" => &[FactKind::Phone],
            "locale" => &[FactKind::Locale],
            "primary_nationality" => &[FactKind::Nationalities],
            _ => &[],
        };
        single
            .map(|(kind, _)| *kind)
            .chain(more.iter().copied())
            .collect()
    };
    let kinds: BTreeSet<FactKind> = claims.iter().flat_map(of_one).collect();
    kinds.into_iter().collect()
}

/// Whether a fact is kept only where a login wants it.
pub(super) fn is_only_wanted(kind: FactKind) -> bool {
    ONLY_WANTED.iter().any(|(only, _)| *only == kind)
}

/// What Bank iD said, sorted by who stands behind it.
#[derive(Clone, Default)]
pub(super) struct Said {
    /// Held against the state's registers, under the law against money laundering.
    verified: Claims,
    /// Kept by the bank.
    kept: Claims,
    /// `verified_claims.verification`, of the last answer that has one.
    verification: Claims,
    /// Whether the bank itself was asked, by `/profile`.
    pub(super) by_the_bank: bool,
}

impl Said {
    /// Adds an answer; what a later one says anew counts.
    pub(super) fn add(&mut self, mut answer: Claims) {
        if let Some(verified) = verified_claims(&answer) {
            self.verified.extend(verified);
        }
        let verification = answer
            .get("verified_claims")
            .and_then(|v| v.get("verification"));
        if let Some(Value::Object(verification)) = verification {
            self.verification.extend(verification.clone());
        }
        answer.remove("verified_claims");
        self.kept.extend(answer);
    }

    /// Whether names and birth date are verified: then the bank vouches for a person, else for a contact.
    pub(super) fn vouches_for_a_person(&self) -> bool {
        ["given_name", "family_name", "birthdate"]
            .into_iter()
            .all(|name| self.has_verified(name))
            || self.vouches_for_one_name()
    }

    /// A person may have one name only; the registers and the bank then leave the other one out. One that is blank is not left out.
    fn vouches_for_one_name(&self) -> bool {
        let is_left_out = |claims: &Claims| claims.get("given_name").is_none();
        is_left_out(&self.verified)
            && is_left_out(&self.kept)
            && self.has_verified("family_name")
            && self.has_verified("birthdate")
    }

    fn has_verified(&self, name: &str) -> bool {
        let text = self.verified.get(name).and_then(Value::as_str);
        text.is_some_and(|text| !text.trim().is_empty())
    }

    /// Whether the bank keeps another name or date of birth than the registers verified: then nobody knows whom it speaks of. Case,
    /// accents and further given names make no other person.
    fn contradicts_itself(&self) -> bool {
        let both = |name: &str| {
            let text = |claims: &Claims| Some(words(claims.get(name)?.as_str()?));
            Some((text(&self.verified)?, text(&self.kept)?))
        };
        let names = ["given_name", "family_name"].into_iter().filter_map(both);
        let mut names = names.filter(|(verified, kept)| !verified.is_empty() && !kept.is_empty());
        let day = |claims: &Claims| claims.get("birthdate")?.as_str()?.parse::<NaiveDate>().ok();
        let days = day(&self.verified).zip(day(&self.kept));
        names.any(|(one, other)| !one.starts_with(&other) && !other.starts_with(&one))
            || days.is_some_and(|(one, other)| one != other)
    }

    /// Everything as facts, at most one of a kind; what is kept only where it is wanted, as far as it is.
    pub(super) fn facts(&self, wanted: &[FactKind]) -> Result<Vec<Fact>, Refusal> {
        if self.contradicts_itself() {
            return Err(Refusal::AttributeMalformed);
        }
        let mut found = Vec::new();
        for (kind, name) in SINGLE {
            found.extend(self.single(kind, name)?);
        }
        let more = ONLY_WANTED.into_iter();
        let more = more.filter(|(kind, _)| wanted.contains(kind));
        found.extend(more.filter_map(|(kind, name)| self.if_readable(kind, name)));
        found.extend(self.locale());
        found.extend(self.addresses()?);
        found.extend(self.document()?);
        Ok(found)
    }

    /// Whether the bank tells when the person died (reference, sections 6.1 and 8), verified or not.
    pub(super) fn tells_of_a_death(&self) -> bool {
        let tells = |claims: &Claims| match claims.get(DIED) {
            None | Some(Value::Null) => false,
            Some(Value::String(day)) => !day.trim().is_empty(),
            // Whatever else stands there: who can be sure that this person lives?
            Some(_) => true,
        };
        tells(&self.verified) || tells(&self.kept)
    }

    /// When and in what process the bank verified the person (reference, section 6.5). What cannot be read is not known.
    pub(super) fn check(&self) -> Check {
        let text = |name: &str| self.verification.get(name).and_then(Value::as_str);
        let is_number =
            |text: &&str| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic());
        Check {
            at: text("time")
                .and_then(|time| DateTime::parse_from_rfc3339(time).ok())
                .map(|time| time.to_utc()),
            process: text("verification_process")
                .filter(is_number)
                .map(str::to_owned),
        }
    }

    /// The transaction at Bank iD, evidence in a dispute. Not parsed.
    pub(super) fn transaction(&self) -> Option<String> {
        let txn = self.kept.get("txn")?;
        facts::text(txn).ok().flatten()
    }

    fn single(&self, kind: FactKind, name: &str) -> Result<Option<Fact>, Refusal> {
        if let Some(claim) = self.verified.get(name)
            && let Some(fact) = facts::fact(kind, claim, Standing::Vouched)?
        {
            return Ok(Some(fact));
        }
        match self.kept.get(name) {
            Some(claim) => facts::fact(kind, claim, Standing::SelfStated),
            None => Ok(None),
        }
    }

    /// What says nothing of who somebody is, is no reason to refuse them when it cannot be read.
    fn if_readable(&self, kind: FactKind, name: &str) -> Option<Fact> {
        let read = self.single(kind, name);
        read.inspect_err(|refusal| {
            tracing::warn!(claim.name = name, %refusal, "a claim of Bank iD cannot be read and is left out");
        })
        .ok()
        .flatten()
    }

    /// A language that cannot be read is no reason to refuse a person.
    fn locale(&self) -> Option<Fact> {
        let claim = self.kept.get("locale")?;
        facts::fact(FactKind::Locale, claim, Standing::SelfStated)
            .ok()
            .flatten()
    }

    /// The permanent residence, in words and by its code.
    fn addresses(&self) -> Result<Vec<Fact>, Refusal> {
        let verified = permanent(&self.verified).map(|address| (address, Standing::Vouched));
        let kept = permanent(&self.kept).map(|address| (address, Standing::SelfStated));
        let Some((address, standing)) = verified.or(kept) else {
            return Ok(Vec::new());
        };
        let Ok(country) = Country::abroad(part(address, "country")?.as_deref()) else {
            return Ok(Vec::new());
        };
        let mut facts = vec![Fact {
            kind: FactKind::Address,
            value: FactValue::Address(Address {
                country,
                ..in_words(address)?
            }),
            standing,
        }];
        if let Some(code) = part(address, "ruian_reference")? {
            if !code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Refusal::AddressMalformed);
            }
            facts.push(Fact {
                kind: FactKind::RuianAddress,
                value: FactValue::RuianAddress(RuianAddress {
                    address_point_code: Some(code),
                    ..RuianAddress::default()
                }),
                standing,
            });
        }
        Ok(facts)
    }

    /// The first document, as the bank has seen it.
    fn document(&self) -> Result<Vec<Fact>, Refusal> {
        let (cards, standing) = match (self.verified.get("idcards"), self.kept.get("idcards")) {
            (Some(cards), _) => (cards, Standing::Vouched),
            (None, Some(cards)) => (cards, Standing::SelfStated),
            (None, None) => return Ok(Vec::new()),
        };
        let card = cards.get(0).and_then(Value::as_object);
        let parts = [
            (FactKind::DocumentType, "type"),
            (FactKind::DocumentNumber, "number"),
        ];
        let mut facts = Vec::new();
        for (kind, name) in parts {
            if let Some(claim) = card.and_then(|card| card.get(name)) {
                facts.extend(facts::fact(kind, claim, standing)?);
            }
        }
        Ok(facts)
    }
}

/// The verified claims of an answer. Without a `verification` that names the Czech law nobody has verified them, whatever
/// a sandbox may leave out.
fn verified_claims(answer: &Claims) -> Option<Claims> {
    let verified = answer.get("verified_claims")?;
    let framework = verified.get("verification")?.get("trust_framework")?;
    if framework != "cz_aml" {
        return None;
    }
    verified.get("claims")?.as_object().cloned()
}

/// The words of a name, without case and accents.
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect();
    plain
        .split(|letter: char| letter.is_whitespace() || letter == '-')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn permanent(claims: &Claims) -> Option<&Map<String, Value>> {
    let addresses = claims.get("addresses")?.as_array()?;
    addresses
        .iter()
        .find(|address| {
            address
                .get("type")
                .is_some_and(|kind| kind == "PERMANENT_RESIDENCE")
        })?
        .as_object()
}

fn in_words(address: &Map<String, Value>) -> Result<Address, Refusal> {
    let descriptive = part(address, "buildingapartment")?;
    let orientation = part(address, "streetnumber")?;
    let registration = part(address, "evidencenumber")?;
    let house = match (descriptive, orientation, registration) {
        (Some(descriptive), Some(orientation), _) => Some(format!("{descriptive}/{orientation}")),
        (Some(one), None, _) | (None, Some(one), _) => Some(one),
        (None, None, registration) => registration.map(|number| format!("ev. č. {number}")),
    };
    Ok(Address {
        house,
        street: part(address, "street")?,
        post_name: part(address, "city")?,
        post_code: part(address, "zipcode")?
            .map(|code| code.chars().filter(|c| !c.is_whitespace()).collect()),
        area: part(address, "cityarea")?,
        country: None,
    })
}

/// Numbers come as text, and now and then as numbers.
fn part(address: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match address.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(claim) => facts::text(claim).map_err(|_| Refusal::AddressMalformed),
    }
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said")
            .field("verified", &self.verified.len())
            .field("kept", &self.kept.len())
            .field("by_the_bank", &self.by_the_bank)
            .finish_non_exhaustive()
    }
}
