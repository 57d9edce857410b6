//! The generated references: every configuration key, every error code.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use web::config::reference as config_reference;
use web::problem::{CATALOGUE as WEB, reference as error_reference};
use web::{ErrorKind, Locale, Texts};

use crate::config::{Config, ENV_PREFIX};
use crate::errors::CATALOGUE;
use crate::router::{ADDRESSES, Access};
use crate::texts::TEXTS;

/// Writes `portal-configuration.md`, `portal-errors.md` and `portal-endpoints.md` into a folder.
pub fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("portal-configuration.md"), configuration())?;
    fs::write(folder.join("portal-errors.md"), errors())?;
    fs::write(folder.join("portal-endpoints.md"), endpoints())
}

/// Every key with its type, default and effect.
pub fn configuration() -> String {
    // Both programs keep a database; the section's own example is the broker's.
    let reference = config_reference::<Config>(ENV_PREFIX)
        .replace("/var/lib/city-idp/idp.db", "/var/lib/city-portal/portal.db");
    format!("# Configuration of the portal\n\n{reference}")
}

/// Every error with its texts.
pub fn errors() -> String {
    let kinds: Vec<&ErrorKind> = CATALOGUE.iter().chain(WEB).copied().collect();
    let texts = Texts::new(Locale::En, &TEXTS);
    format!(
        "# Errors of the portal\n\n{}",
        error_reference(texts, &kinds)
    )
}

/// Every address with who may call it.
pub fn endpoints() -> String {
    let mut text =
        "# Addresses of the portal\n\n| Method | Address | Who | For |\n|---|---|---|---|\n"
            .to_owned();
    for (method, path, access, purpose) in ADDRESSES {
        let who = match access {
            Access::Public => "everybody",
            Access::Private => "who is signed in",
            Access::Broker => "the broker",
        };
        let _ = writeln!(text, "| {method} | `{path}` | {who} | {purpose} |");
    }
    text
}
