//! The provider's metadata: verified as a whole, read only where it is needed, believed only as far as the rules go.

use std::str::FromStr as _;

use samael::metadata::{Endpoint, EntityDescriptor, IdpSsoDescriptor};
use url::Url;

use super::certificate::Certificate;
use super::config::{Pins, is_sandbox_host, is_sandbox_name};
use super::layout::{self, Kind};
use super::names::{DSIG, HTTP_POST, HTTP_REDIRECT, MD, SAMLP};
use super::news::News;
use super::scan::{METADATA, without_comments};
use super::signature::{self, Algorithms, Trust};
use super::test_marks::TestMarks;
use super::tree::{Node, parse};
use crate::environment::Environment;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// What metadata must be like to be believed.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) entity_id: String,
    pub(crate) environment: Environment,
    /// Origins the provider's addresses may have. Empty only for a file, which the operator chose as a whole.
    pub(crate) origins: Vec<String>,
    pub(crate) pins: Pins,
    pub(crate) voucher: Voucher,
    /// The provider's test environment, where nothing of it may be taken.
    pub(crate) not_of: Option<TestMarks>,
}

/// Who vouches for the metadata as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voucher {
    /// A signature by a pinned key. The keys inside are trusted.
    Signature,
    /// The operator, who put the file there. The keys inside are trusted.
    Operator,
    /// Nobody: only addresses are taken, and keys that are pinned.
    Nobody,
}

/// The provider as its metadata describes it.
#[derive(Debug)]
pub(crate) struct Partner {
    pub(crate) trust: Trust,
    pub(crate) login: Vec<Service>,
    pub(crate) logout: Vec<Service>,
    pub(crate) valid_until: Option<Timestamp>,
    /// Signing certificates it announces that are not pinned.
    pub(crate) unpinned: Vec<Certificate>,
    /// How it differs from what it was a while ago.
    pub(crate) news: Option<News>,
}

/// One address of the provider's.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) redirect: bool,
    pub(crate) location: Url,
    pub(crate) response_location: Url,
}

/// Why metadata are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MetadataProblem {
    #[error("the metadata cannot be read: {0}")]
    Unreadable(Refusal),
    #[error("the metadata are not signed")]
    Unsigned,
    #[error("the metadata are signed by no pinned key, or were changed: {0}")]
    Signature(Refusal),
    #[error("the metadata describe another entity")]
    OtherEntity,
    #[error("the metadata have expired")]
    Expired,
    #[error("the metadata describe no identity provider, or several")]
    Role,
    #[error("the metadata name no usable signing key")]
    NoKey,
    #[error("an address in the metadata is on a foreign host or not https")]
    ForeignHost,
    #[error("the metadata name no address for logins")]
    NoLogin,
    #[error("the metadata belong to the sandbox")]
    Sandbox,
    #[error("the metadata belong to the provider's test environment, whose people are invented")]
    TestEnvironment,
}

impl Partner {
    /// Reads metadata by the rules.
    pub(crate) fn read(
        octets: &[u8],
        rules: &Rules,
        now: Timestamp,
    ) -> Result<Self, MetadataProblem> {
        let text = std::str::from_utf8(octets)
            .map_err(|_| MetadataProblem::Unreadable(Refusal::NotUtf8))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = without_comments(text).map_err(MetadataProblem::Unreadable)?;
        let known = verify(&text, rules, now)?;

        let entity = EntityDescriptor::from_str(&text)
            .map_err(|_| MetadataProblem::Unreadable(Refusal::NotWellFormed))?;
        if entity.entity_id.as_deref() != Some(&rules.entity_id) {
            return Err(MetadataProblem::OtherEntity);
        }
        let roles = entity.idp_sso_descriptors.as_deref().unwrap_or_default();
        let mut roles = roles.iter().filter(|role| {
            role.protocol_support_enumeration
                .as_deref()
                .unwrap_or_default()
                .split_ascii_whitespace()
                .any(|name| name == SAMLP)
        });
        let role = roles
            .next()
            .filter(|_| roles.next().is_none())
            .ok_or(MetadataProblem::Role)?;
        let valid_until = [entity.valid_until, role.valid_until]
            .into_iter()
            .flatten()
            .min();
        if valid_until.is_some_and(|end| end <= now) {
            return Err(MetadataProblem::Expired);
        }
        let announced = signing_certificates(role);
        let login = services(&role.single_sign_on_services, rules)?;
        if login.is_empty() {
            return Err(MetadataProblem::NoLogin);
        }
        let logout = services(&role.single_logout_services, rules)?;
        let unpinned = announced
            .iter()
            .filter(|certificate| !rules.pins.hold(certificate))
            .cloned()
            .collect();
        let trust = trust(rules, known, announced)?;
        Ok(Self {
            trust,
            login,
            logout,
            valid_until,
            unpinned,
            news: None,
        })
    }

    /// The address for logins by a binding, or by the other one.
    pub(crate) fn login_by(&self, redirect: bool) -> Option<&Service> {
        self.login
            .iter()
            .find(|service| service.redirect == redirect)
            .or_else(|| self.login.first())
    }

    /// The address for logouts: by redirect when there is one.
    pub(crate) fn logout(&self) -> Option<&Service> {
        self.logout
            .iter()
            .find(|service| service.redirect)
            .or_else(|| self.logout.first())
    }
}

/// Verifies the metadata's own signature where one is demanded. Returns the certificates that the pins know, from the
/// configuration or, by their fingerprints, from the document.
fn verify(text: &str, rules: &Rules, now: Timestamp) -> Result<Vec<Certificate>, MetadataProblem> {
    let mut document = parse(text, &METADATA).map_err(MetadataProblem::Unreadable)?;
    let (place, known) = {
        let root = Node::root(&document).map_err(MetadataProblem::Unreadable)?;
        if !root.is(MD, "EntityDescriptor") {
            return Err(MetadataProblem::OtherEntity);
        }
        layout::check(root, Kind::Metadata).map_err(MetadataProblem::Unreadable)?;
        let place = match rules.voucher {
            Voucher::Signature => Some(
                signature::of(root, Algorithms::General)
                    .map_err(MetadataProblem::Signature)?
                    .ok_or(MetadataProblem::Unsigned)?,
            ),
            Voucher::Operator | Voucher::Nobody => None,
        };
        let shown: Vec<Certificate> = root
            .descendants()
            .filter(|node| node.is(DSIG, "X509Certificate"))
            .filter_map(|node| Certificate::from_base64(&node.text()?).ok())
            .collect();
        check_environment(&shown, rules)?;
        let mut known = rules.pins.certificates.clone();
        for certificate in shown.into_iter().filter(|shown| rules.pins.hold(shown)) {
            add(&mut known, certificate);
        }
        (place, known)
    };
    if let Some(place) = place {
        Trust::new(known.clone())
            .verify(&mut document, &[place], now)
            .map_err(MetadataProblem::Signature)?;
    }
    Ok(known)
}

/// What is trusted for answers: everything pinned, and what vouched-for metadata announce.
fn trust(
    rules: &Rules,
    mut known: Vec<Certificate>,
    announced: Vec<Certificate>,
) -> Result<Trust, MetadataProblem> {
    if rules.voucher != Voucher::Nobody {
        if announced.is_empty() {
            return Err(MetadataProblem::NoKey);
        }
        for certificate in announced {
            add(&mut known, certificate);
        }
    }
    if known.is_empty() {
        return Err(MetadataProblem::NoKey);
    }
    check_environment(&known, rules)?;
    Ok(Trust::new(known))
}

/// Production takes nothing of the sandbox, nor of the provider's test environment, wherever in the metadata its certificate
/// stands.
fn check_environment(certificates: &[Certificate], rules: &Rules) -> Result<(), MetadataProblem> {
    let mut names = certificates.iter().map(Certificate::common_name);
    if rules.environment == Environment::Production && names.any(is_sandbox_name) {
        return Err(MetadataProblem::Sandbox);
    }
    let is_marked = |marks: TestMarks| {
        let mut certificates = certificates.iter();
        certificates.any(|certificate| marks.are_on_certificate(certificate))
    };
    if rules.not_of.is_some_and(is_marked) {
        return Err(MetadataProblem::TestEnvironment);
    }
    Ok(())
}

fn add(certificates: &mut Vec<Certificate>, new: Certificate) {
    if !certificates
        .iter()
        .any(|known| known.fingerprint() == new.fingerprint())
    {
        certificates.push(new);
    }
}

/// The signing certificates of a role. A descriptor without `use` serves both purposes (SAML metadata 2.4.1.1); keys of
/// kinds we cannot use are left out.
fn signing_certificates(role: &IdpSsoDescriptor) -> Vec<Certificate> {
    let mut certificates = Vec::new();
    for descriptor in &role.key_descriptors {
        if descriptor
            .key_use
            .as_deref()
            .is_some_and(|key_use| key_use != "signing")
        {
            continue;
        }
        for encoded in descriptor
            .key_info
            .x509_data
            .iter()
            .flat_map(|data| &data.certificates)
        {
            if let Ok(certificate) = Certificate::from_base64(encoded) {
                add(&mut certificates, certificate);
            }
        }
    }
    certificates
}

fn services(endpoints: &[Endpoint], rules: &Rules) -> Result<Vec<Service>, MetadataProblem> {
    let by_browser = endpoints
        .iter()
        .filter(|endpoint| endpoint.binding == HTTP_REDIRECT || endpoint.binding == HTTP_POST);
    by_browser
        .map(|endpoint| {
            let location = address(&endpoint.location, rules)?;
            let response_location = match &endpoint.response_location {
                Some(response) => address(response, rules)?,
                None => location.clone(),
            };
            Ok(Service {
                redirect: endpoint.binding == HTTP_REDIRECT,
                location,
                response_location,
            })
        })
        .collect()
}

fn address(text: &str, rules: &Rules) -> Result<Url, MetadataProblem> {
    let url = Url::parse(text).map_err(|_| MetadataProblem::ForeignHost)?;
    let scheme = match rules.environment {
        Environment::Sandbox => matches!(url.scheme(), "https" | "http"),
        Environment::Test | Environment::Production => url.scheme() == "https",
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !scheme || !plain {
        return Err(MetadataProblem::ForeignHost);
    }
    if rules.environment == Environment::Production && is_sandbox_host(&url) {
        return Err(MetadataProblem::Sandbox);
    }
    if rules.not_of.is_some_and(|marks| marks.are_on_address(&url)) {
        return Err(MetadataProblem::TestEnvironment);
    }
    let origin = url.origin().ascii_serialization();
    if rules.origins.is_empty() || rules.origins.contains(&origin) {
        Ok(url)
    } else {
        Err(MetadataProblem::ForeignHost)
    }
}
