//! What an upstream said, verified, in our words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::environment::Environment;
use crate::fact::{Fact, FactKind};
use crate::level::Levels;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// The space in which subjects are unique: kind, environment and issuer of a provider, never its configured name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Realm(String);

/// An upstream's identifier of a person, byte for byte as the upstream wrote it.
///
/// Personal data: `Debug` and logs show its length only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

/// What a later call about this session needs at the upstream: its logout, and the question what its person may still do. Personal
/// data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamSession {
    /// The subject as the upstream named it in this session.
    pub name_id: String,
    /// Format of that name, when the protocol has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The upstream's name of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// What the upstream gave to show at its logout (OpenID Connect: the ID token).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What asks the upstream again about this session (a refresh token). Only where [`crate::UpstreamProvider::ask_again`] is
    /// implemented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<String>,
}

/// The rules under which the source verified the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrustFramework {
    /// eIDAS, through the national node.
    Eidas,
    /// The Czech law against money laundering, under which banks identify their customers.
    CzAml,
    /// The state's registers behind a data box.
    Isds,
    /// An agreement between the town and the source.
    Agreement,
    /// Invented people.
    Demo,
}

/// What an upstream said, after full verification.
///
/// Only this crate makes one: the fields are private, and it does not implement `Deserialize`. To wait for the browser
/// in short-lived state it is kept sealed, see [`crate::keep`].
#[derive(Clone, PartialEq, Eq)]
pub struct Assertion(pub(crate) Claims);

/// The contents of an assertion, crate-private so that nobody else can build one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) realm: Realm,
    pub(crate) subject: Subject,
    pub(crate) levels: Levels,
    pub(crate) acr: Option<String>,
    pub(crate) authenticated_at: Option<Timestamp>,
    pub(crate) upstream_session: Option<UpstreamSession>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) trust_framework: TrustFramework,
    pub(crate) country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) check: Option<Check>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acting_for: Option<Body>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unconfirmed_body: Option<Body>,
    pub(crate) linkable: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) passing: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) previous_subjects: Vec<Subject>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) evidence: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) read: Vec<FactKind>,
}

/// How a source once verified the person whom it only recognises now (`verified_claims.verification`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// When that was, where the source tells it.
    pub at: Option<Timestamp>,
    /// The process: at Bank iD the identification number of the bank.
    pub process: Option<String>,
}

/// The evidence that names the place behind a source.
pub(crate) const BRANCH: &str = "bank_id";

impl Assertion {
    /// The space in which the subject is unique.
    pub const fn realm(&self) -> &Realm {
        &self.0.realm
    }

    /// The upstream's identifier of the person.
    pub const fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// What this authentication reached.
    pub const fn levels(&self) -> Levels {
        self.0.levels
    }

    /// The eIDAS URI, when the level carries it in law now.
    pub fn acr(&self) -> Option<&str> {
        self.0.acr.as_deref()
    }

    /// When the person authenticated, as the upstream says. `None` where it does not say: it may have let somebody in on the
    /// strength of a session of its own, begun any time ago.
    pub const fn authenticated_at(&self) -> Option<Timestamp> {
        self.0.authenticated_at
    }

    /// What a logout at the upstream will need.
    pub const fn upstream_session(&self) -> Option<&UpstreamSession> {
        self.0.upstream_session.as_ref()
    }

    /// The facts that came along, at most one of a kind.
    pub fn facts(&self) -> &[Fact] {
        &self.0.facts
    }

    /// The rules under which the source verified the person.
    pub const fn trust_framework(&self) -> TrustFramework {
        self.0.trust_framework
    }

    /// The body for which the person was let in, when the source tells one.
    pub const fn acting_for(&self) -> Option<&Body> {
        self.0.acting_for.as_ref()
    }

    /// The body that the source told where the register that must confirm it could not be asked. It lets nobody begin to act
    /// for it, and says nothing against whoever does already. Never together with [`Self::acting_for`].
    pub const fn unconfirmed_body(&self) -> Option<&Body> {
        self.0.unconfirmed_body.as_ref()
    }

    /// Whether the subject names one person for good. One that does not may log in, but is never linked to an account that
    /// has another way in, and never raises a level (an ISDS login without the user's own identifier).
    pub const fn is_linkable(&self) -> bool {
        self.0.linkable
    }

    /// Whether the subject is of this one login: whoever comes again is somebody else to us, since the source tells nothing to know them
    /// by.
    pub const fn is_passing(&self) -> bool {
        self.0.passing
    }

    /// The subjects under which the source knew this person before, when it says so itself (Bank iD `outdated_subs`).
    pub fn previous_subjects(&self) -> &[Subject] {
        &self.0.previous_subjects
    }

    /// What the source calls this login, for the audit log: a transaction, a bank, the means. Names nobody.
    pub fn evidence(&self) -> &BTreeMap<String, String> {
        &self.0.evidence
    }

    /// The place behind the source that vouched, where the source names one: for Bank iD the bank. A place knows a person by one subject.
    pub fn branch(&self) -> Option<&str> {
        self.0.evidence.get(BRANCH).map(String::as_str)
    }

    /// The roles of an officer, in the source's words. Empty for everybody else.
    pub fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// What those roles mean here, as the broker reads them: [`Refusal::RoleMissing`] of an officer with none that means
    /// anything.
    pub fn roles_here<R: Ord>(
        &self,
        meaning: impl FnOnce(&[String]) -> BTreeSet<R>,
    ) -> Result<BTreeSet<R>, Refusal> {
        let roles = meaning(self.roles());
        if roles.is_empty() {
            Err(Refusal::RoleMissing)
        } else {
            Ok(roles)
        }
    }

    /// The kinds of facts that this login asked the source for and was let see: of one that is not among [`Self::facts`] the
    /// source has none. Told by sources that announce changes.
    pub fn read(&self) -> &[FactKind] {
        &self.0.read
    }

    /// How the source once verified the person, where a login alone verifies nothing.
    pub const fn check(&self) -> Option<&Check> {
        self.0.check.as_ref()
    }

    /// The country that vouches for the identity, where the source tells it (`CZ`, or a state of the eIDAS network).
    pub fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion")
            .field("realm", &self.0.realm)
            .field("levels", &self.0.levels)
            .field("facts", &self.0.facts.len())
            .finish_non_exhaustive()
    }
}

impl Realm {
    /// The realm of a provider of that kind, environment and issuer.
    pub(crate) fn of(kind: &str, environment: Environment, issuer: &str) -> Self {
        Self(format!("{kind}:{environment}:{issuer}"))
    }

    /// The text the database keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Subject {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({} bytes)", self.0.len())
    }
}

impl fmt::Debug for UpstreamSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamSession")
            .field("index", &self.index.is_some())
            .finish_non_exhaustive()
    }
}

impl TrustFramework {
    /// The name in claims and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eidas => "eidas",
            Self::CzAml => "cz_aml",
            Self::Isds => "isds",
            Self::Agreement => "agreement",
            Self::Demo => "demo",
        }
    }
}
