//! Messages of a logout.

use askama::Template;

/// `LogoutResponse` with default namespaces, as it was captured.
#[derive(Debug, Template)]
#[template(path = "nia/xml/logout_response.xml")]
pub struct LogoutResponse<'a> {
    /// `ID`
    pub id: &'a str,
    /// `IssueInstant`
    pub issued_at: &'a str,
    /// `InResponseTo`
    pub in_response_to: &'a str,
    /// `Destination`
    pub destination: &'a str,
    /// `Issuer`
    pub issuer: &'a str,
    /// Markup: the signature.
    pub signature: &'a str,
}

/// `LogoutRequest`, which NIA has not been seen to send.
#[derive(Debug, Template)]
#[template(path = "nia/xml/logout_request.xml")]
pub struct LogoutRequest<'a> {
    /// `ID`
    pub id: &'a str,
    /// `IssueInstant`
    pub issued_at: &'a str,
    /// `Destination`
    pub destination: &'a str,
    /// `Issuer`
    pub issuer: &'a str,
    /// Markup: the signature.
    pub signature: &'a str,
    /// `NameID`
    pub name_id: &'a str,
    /// Its format.
    pub name_id_format: &'a str,
    /// `SessionIndex`
    pub session_indexes: &'a [String],
}
