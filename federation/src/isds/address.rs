//! Where ISDS is: official addresses by environment and generation, our own in the sandbox.
//!
//! Elsewhere than in the sandbox no address can be configured: whoever could write one would be shown our certificate and
//! one-time secrets.

use url::Url;

use super::config::{DirectoryCheck, Generation, IsdsConfig};
use crate::environment::Environment;
use crate::registry::{ConfigProblem, Place};

/// The addresses of one ISDS.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// Where people log in, with `atsId`.
    pub(super) login: Url,
    /// Where we ask who did.
    pub(super) confirmation: Url,
    /// Where we make the login's other secret worthless.
    pub(super) invalidation: Option<Url>,
    /// Where the directory of boxes is.
    pub(super) directory: Option<Url>,
    /// Where ISDS says whether it works.
    pub(super) heartbeat: Option<Url>,
    /// Where people log out.
    pub(super) logout: Option<Url>,
}

impl Addresses {
    pub(super) fn new(place: &Place<'_>, config: &IsdsConfig) -> Result<Self, ConfigProblem> {
        let portal = base(
            place,
            config,
            "portal_url",
            config.portal_url.as_ref(),
            "www",
        )?;
        let service = base(
            place,
            config,
            "service_url",
            config.service_url.as_ref(),
            "cert",
        )?;
        if service.scheme() != "https" {
            return Err(place.problem(
                "service_url",
                "is not an https address, where alone our certificate can be shown",
                "Give the address with https.",
            ));
        }
        let mut login = below(place, "portal_url", &portal, "/as/login")?;
        login.query_pairs_mut().append_pair("atsId", &config.ats_id);
        let invalidation = &config.invalidation_path;
        let elsewhere = config
            .logout_url
            .as_ref()
            .is_some_and(|logout| logout.origin() != portal.origin());
        if elsewhere {
            return Err(place.problem(
                "logout_url",
                format!("is not under {}", portal.origin().ascii_serialization()),
                "Give the address of ISDS's own logout, or leave it out.",
            ));
        }
        Ok(Self {
            login,
            confirmation: below(
                place,
                "confirmation_path",
                &service,
                &config.confirmation_path,
            )?,
            invalidation: if invalidation.is_empty() {
                None
            } else {
                Some(below(place, "invalidation_path", &service, invalidation)?)
            },
            directory: directory(place, config)?,
            heartbeat: heartbeat(place, config)?,
            logout: config.logout_url.clone(),
        })
    }

    /// The origin browsers are sent to.
    pub(super) fn origin(&self) -> String {
        self.login.origin().ascii_serialization()
    }
}

fn base(
    place: &Place<'_>,
    config: &IsdsConfig,
    key: &str,
    given: Option<&Url>,
    host: &str,
) -> Result<Url, ConfigProblem> {
    let domain = match (place.environment, config.generation) {
        (Environment::Sandbox, _) => {
            return given.cloned().ok_or_else(|| {
                place.problem(
                    key,
                    "is missing",
                    "In the sandbox give the address of the sandbox.",
                )
            });
        }
        (Environment::Test, Generation::Present) => "datovka-test.gov.cz",
        (Environment::Test, Generation::Former) => "czebox.cz",
        (Environment::Production, Generation::Present) => "datovka.gov.cz",
        (Environment::Production, Generation::Former) => "mojedatovaschranka.cz",
    };
    if given.is_some() {
        return Err(place.problem(
            key,
            format!("is given, but ISDS is at {host}.{domain}"),
            "Remove it: only the sandbox has an address of its own.",
        ));
    }
    Url::parse(&format!("https://{host}.{domain}/"))
        .map_err(|_| place.problem(key, "cannot be made", "Report this."))
}

/// ISDS has a directory in production alone. It is shown nothing but the ids of boxes.
fn directory(place: &Place<'_>, config: &IsdsConfig) -> Result<Option<Url>, ConfigProblem> {
    if config.directory_check == DirectoryCheck::Off {
        return Ok(None);
    }
    if let Some(url) = &config.directory_url {
        if url.scheme() != "https" && place.environment != Environment::Sandbox {
            return Err(place.problem(
                "directory_url",
                "is not an https address",
                "Give the address with https.",
            ));
        }
        return Ok(Some(url.clone()));
    }
    if place.environment != Environment::Production {
        return Ok(None);
    }
    let host = match config.generation {
        Generation::Present => "https://www.datovka.gov.cz/",
        Generation::Former => "https://www.mojedatovaschranka.cz/",
    };
    let host = Url::parse(host)
        .map_err(|_| place.problem("directory_url", "cannot be made", "Report this."))?;
    below(place, "directory_url", &host, "/sds/ws/call").map(Some)
}

fn heartbeat(place: &Place<'_>, config: &IsdsConfig) -> Result<Option<Url>, ConfigProblem> {
    let url = config.heartbeat_url.as_ref();
    if url.is_some_and(|url| url.scheme() != "https" && place.environment != Environment::Sandbox) {
        return Err(place.problem(
            "heartbeat_url",
            "is not an https address",
            "Give the address with https.",
        ));
    }
    Ok(url.cloned())
}

fn below(place: &Place<'_>, key: &str, base: &Url, path: &str) -> Result<Url, ConfigProblem> {
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['?', '#', '\\'])
        && !path.split('/').any(|part| part == "..");
    if !plain {
        return Err(place.problem(
            key,
            "is not a path",
            "Write it like /asws/extIs2Endpoint, without host and query.",
        ));
    }
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.set_path(path);
    Ok(url)
}
