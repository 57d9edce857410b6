//! `LogoutRequest`: whose session ends.

use super::super::names::{SAML, SAMLP};
use super::super::refusal::Refusal;
use super::{check_destination, check_header};
use crate::xml::Element;

/// A request that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its `ID`.
    pub id: String,
    /// The pseudonym.
    pub name_id: String,
    /// Named sessions; none means all of the person's.
    pub session_indexes: Vec<String>,
}

/// Checks a request of a registered provider.
pub fn check(message: &Element, ours: &str) -> Result<LogoutRequest, Refusal> {
    let id = check_header(message)?;
    check_destination(message, ours)?;
    let name_id = message
        .child(SAML, "NameID")
        .ok_or(Refusal::Header("NameID"))?
        .text
        .clone();
    let session_indexes = message
        .children_named(SAMLP, "SessionIndex")
        .map(|index| index.text.clone())
        .collect();
    Ok(LogoutRequest {
        id,
        name_id,
        session_indexes,
    })
}
