//! The generated references: every configuration key, every error code.

use std::fs;
use std::io;
use std::path::Path;

use web::config::reference as config_reference;
use web::problem::{CATALOGUE as WEB, reference as error_reference};
use web::{ErrorKind, Locale, Texts};

use crate::config::{Config, ENV_PREFIX};
use crate::errors::CATALOGUE;
use crate::texts::TEXTS;

/// Writes `portal-configuration.md` and `portal-errors.md` into a folder.
pub fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("portal-configuration.md"), configuration())?;
    fs::write(folder.join("portal-errors.md"), errors())
}

/// Every key with its type, default and effect.
pub fn configuration() -> String {
    config_reference::<Config>(ENV_PREFIX)
}

/// Every error with its texts.
pub fn errors() -> String {
    let kinds: Vec<&ErrorKind> = CATALOGUE.iter().chain(WEB).copied().collect();
    error_reference(Texts::new(Locale::En, &TEXTS), &kinds)
}
