//! A visit: one login on its way, from the request to the browser's way back.

use chrono::{DateTime, Utc};

use super::client::Client;
use super::fault::Fault;
use super::proof::Proof;
use super::request::Request;

/// One login on its way. Its name stands in the addresses of its pages; nobody else can guess it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The name.
    pub id: String,
    /// Who asked, as registered at that moment.
    pub client: Client,
    /// What was asked.
    pub request: Request,
    /// Where the person identifies themself, when there is a choice.
    pub place: Option<String>,
    /// Who it is.
    pub person: Option<String>,
    /// How far they are with proving it, where something is typed.
    pub proof: Proof,
    /// When that was proved; nothing while it is not.
    pub proved_at: Option<DateTime<Utc>>,
    /// What shall be wrong with this login.
    pub fault: Option<Fault>,
    /// Where the browser was sent. Asked again, it is sent there again.
    pub ended_at: Option<String>,
}
