//! From the attributes of a login to a person, and to the body they act for (reference 5; `identity-design.md` 3, 4).
//!
//! 1. The human who logs in is not always the holder of the box: the role is read first, the box second.
//! 2. The holder of a person's own box (FO, PFO), accessible, found in the register of inhabitants: level *town*.
//!    Everybody else: *contact*.
//! 3. A box of a legal person says nothing of who its user is, and much of for whom they act: a [`Body`], no level.
//! 4. Roles and types that we do not know get the least there is, and are logged for the operator.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};

use super::attributes::Attributes;
use super::config::{Field, IsdsConfig};
use super::data_box::{ACCESSIBLE, Holder, Role};
use super::facts::facts;
use crate::assertion::{Claims, Realm, Subject, TrustFramework};
use crate::body::{Body, BodyKind, Rights};
use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::refusal::Refusal;

/// What a login through ISDS can reach at all.
pub(super) const HOLDER: Levels = Levels::new(IdentityLevel::Town, LoginLevel::Single);
/// What every one reaches.
pub(super) const ANYBODY: Levels = Levels::new(IdentityLevel::Contact, LoginLevel::Single);

/// How long a subject names one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasts {
    /// For good.
    ForGood,
    /// As long as names and date of birth stay as they are.
    WhileNamed,
    /// Until the next login.
    OneLogin,
}

/// Who logged in, and to which box.
struct LoggedIn<'a> {
    attributes: &'a Attributes,
    box_id: String,
    holder: Option<Holder>,
    role: Option<Role>,
    accessible: Option<bool>,
    identified: bool,
}

/// What a confirmed login says about the person.
pub(super) fn claims(
    attributes: &Attributes,
    config: &IsdsConfig,
    realm: &Realm,
    session_id: &str,
) -> Result<Claims, Refusal> {
    let login = LoggedIn::read(attributes, config)?;
    if login.holder == Some(Holder::Office) && !config.allow_offices {
        return Err(Refusal::BoxOfOffice);
    }
    let (subject, lasts) = login.subject(session_id)?;
    // Links from before this was the holder's subject follow to it.
    let previous_subjects = if login.is_own_box() {
        login.user()?.into_iter().collect()
    } else {
        Vec::new()
    };
    Ok(Claims {
        realm: realm.clone(),
        subject,
        levels: login.levels(),
        acr: None,
        authenticated_at: None,
        upstream_session: None,
        facts: login.facts()?,
        trust_framework: TrustFramework::Isds,
        country: None,
        check: None,
        acting_for: login.body(),
        unconfirmed_body: None,
        linkable: lasts == Lasts::ForGood,
        passing: lasts == Lasts::OneLogin,
        previous_subjects,
        evidence: login.evidence(),
        roles: Vec::new(),
        read: Vec::new(),
    })
}

impl<'a> LoggedIn<'a> {
    fn read(attributes: &'a Attributes, config: &IsdsConfig) -> Result<Self, Refusal> {
        let box_id = attributes
            .get(Field::BoxId)
            .ok_or(Refusal::BoxMissing)?
            .to_ascii_lowercase();
        let shaped = box_id.len() == 7 && box_id.bytes().all(|octet| octet.is_ascii_alphanumeric());
        if !shaped {
            return Err(Refusal::BoxIdMalformed);
        }
        let kind = attributes
            .get(Field::BoxType)
            .ok_or(Refusal::BoxTypeMissing)?;
        let holder = Holder::of(kind);
        if holder.is_none() {
            tracing::warn!(box.kind = shown(kind), "ISDS sent a type of box that is not known; its login gets the least there is");
        }
        let code = attributes.get(Field::Role);
        let role = code.and_then(|code| config.role(code));
        if let (Some(code), None) = (code, role) {
            tracing::warn!(
                role.code = shown(code),
                "ISDS sent a role that is not known; name it in role_code"
            );
        }
        Ok(Self {
            attributes,
            box_id,
            holder,
            role,
            accessible: attributes
                .get(Field::BoxState)
                .map(|state| state == ACCESSIBLE),
            identified: matches!(attributes.get(Field::Identified), Some("true" | "1")),
        })
    }

    /// Whether the person is the human being whose box it is.
    fn is_own_box(&self) -> bool {
        self.role == Some(Role::PrimaryUser) && self.holder.is_some_and(Holder::is_human)
    }

    fn levels(&self) -> Levels {
        if self.is_own_box() && self.accessible == Some(true) && self.identified {
            HOLDER
        } else {
            ANYBODY
        }
    }

    /// The identifier, and whether it names one person for good.
    ///
    /// A person's box has one holder, who is that person whether or not ISDS tells its own identifier of the user: a registration
    /// may come to tell it, or cease to, and nobody may become somebody else by that. Others are known by that identifier. Without it,
    /// users of a company's box are told apart by name and date of birth, which change; where even these are missing, or may be
    /// the holder's, each login is somebody new.
    fn subject(&self, session_id: &str) -> Result<(Subject, Lasts), Refusal> {
        let user = self.user()?;
        if self.is_own_box() {
            return Ok((self.holder_of_box(), Lasts::ForGood));
        }
        if let Some(user) = user {
            return Ok((user, Lasts::ForGood));
        }
        let names = self.names_are_the_users().then(|| {
            [Field::GivenNames, Field::FamilyName, Field::BirthDate]
                .map(|field| self.attributes.get(field).map(str::to_lowercase))
        });
        let (kind, seed, lasts) = match names {
            Some([given, Some(family), Some(birth)]) => (
                "weak",
                format!("{}\u{0}{family}\u{0}{birth}", given.unwrap_or_default()),
                Lasts::WhileNamed,
            ),
            _ => ("once", session_id.to_owned(), Lasts::OneLogin),
        };
        Ok((
            Subject::new(format!("{}:{kind}:{}", self.box_id, short_digest(&seed))),
            lasts,
        ))
    }

    /// By ISDS's own identifier of the user, where it tells it.
    fn user(&self) -> Result<Option<Subject>, Refusal> {
        let Some(user) = self.attributes.get(Field::UserId) else {
            return Ok(None);
        };
        let shaped = user.len() <= 64
            && user
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"_-".contains(&octet));
        if !shaped || user == "PRIMARY" {
            return Err(Refusal::UserIdMalformed);
        }
        Ok(Some(Subject::new(format!("{}:{user}", self.box_id))))
    }

    fn holder_of_box(&self) -> Subject {
        Subject::new(format!("{}:PRIMARY", self.box_id))
    }

    /// In the box of a human being the names may be the holder's, whoever logged in.
    fn names_are_the_users(&self) -> bool {
        self.is_own_box() || self.holder.is_some_and(|holder| !holder.is_human())
    }

    fn facts(&self) -> Result<Vec<crate::fact::Fact>, Refusal> {
        if self.names_are_the_users() {
            facts(self.attributes, self.identified)
        } else {
            Ok(Vec::new())
        }
    }

    /// What the holder lets the person do, where ISDS tells it. A mask that is no number lets nobody do anything.
    fn rights(&self) -> Option<Rights> {
        let mask: u64 = self.attributes.get(Field::Privileges)?.parse().unwrap_or(0);
        Some(Rights {
            reads: mask & READS != 0,
            sends: mask & SENDS != 0,
        })
    }

    /// What the log keeps of a login beside its subject (reference 5.8): the box, of which kind it is, and in which role. A box of a
    /// human being is not named.
    fn evidence(&self) -> BTreeMap<String, String> {
        let is_human = self.holder.is_some_and(Holder::is_human);
        let named = if is_human {
            short_digest(&self.box_id)
        } else {
            self.box_id.clone()
        };
        let kind = self.attributes.get(Field::BoxType).map(shown);
        let role = match self.role {
            Some(role) => Some(role.as_str().to_owned()),
            None => self.attributes.get(Field::Role).map(shown),
        };
        let state = self.attributes.get(Field::BoxState).map(shown);
        [
            ("box", Some(named)),
            ("box_type", kind),
            ("box_state", state),
            ("role", role),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }

    /// For whom the person was let in. Nobody, unless the box is told to be accessible and the role to stand for the holder.
    fn body(&self) -> Option<Body> {
        let role = self.role.filter(|role| role.represents())?;
        if self.accessible != Some(true) {
            return None;
        }
        let kind = match self.holder? {
            Holder::Person => return None,
            Holder::SoleTrader => BodyKind::SoleTrader,
            Holder::LegalPerson => BodyKind::Company,
            Holder::LegalPersonByRequest => BodyKind::Association,
            Holder::Office => BodyKind::PublicBody,
        };
        let ico = self.attributes.get(Field::Ico).filter(|ico| is_ico(ico));
        let name = self.attributes.get(Field::BoxName).or(ico);
        Some(Body {
            kind,
            ico: ico.map(str::to_owned),
            name: name.unwrap_or(&self.box_id).to_owned(),
            reference: self.box_id.clone(),
            role: role.as_str().to_owned(),
            full: role.is_full(),
            rights: self.rights(),
        })
    }
}

/// Bits of `userPrivils` (reference 4.6): read messages, read also those for the holder alone, send.
const READS: u64 = 1 | 2;
const SENDS: u64 = 4;

/// Eight digits, the last of which checks the others.
fn is_ico(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let &[a, b, c, d, e, f, g, check] = digits.as_slice() else {
        return false;
    };
    let sum = 8 * a + 7 * b + 6 * c + 5 * d + 4 * e + 3 * f + 2 * g;
    text.len() == 8 && (11 - sum % 11) % 10 == check
}

fn short_digest(text: &str) -> String {
    use std::fmt::Write as _;

    let mut hex = String::with_capacity(32);
    for octet in digest(&SHA256, text.as_bytes()).as_ref().iter().take(16) {
        let _ = write!(hex, "{octet:02x}");
    }
    hex
}

/// A code for the log: codes are no personal data, and may be anything.
fn shown(code: &str) -> String {
    code.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isds_d11_an_identification_number_has_eight_digits_and_checks_itself() {
        for good in [
            "00000019", "00000027", "00000035", "00000043", "27074358", "00006947",
        ] {
            assert!(is_ico(good), "{good}");
        }
        for bad in [
            "00000018",
            "0000027",
            "000000027",
            "0000002x",
            "٠٠٠٠٠٠٢٧",
            "",
        ] {
            assert!(!is_ico(bad), "{bad}");
        }
    }
}
