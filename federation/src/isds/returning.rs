//! What a browser brings back from ISDS: `?sessionId=…&appToken=…` (reference 3.4).

use super::app_token;
use crate::answer::{Answer, Method};
use crate::departure::Correlation;
use crate::refusal::Refusal;

/// Octets a genuine query never has.
const LARGEST: usize = 2_048;

/// A browser that came back: with which number, if with any, and the one-time handle of the login at ISDS.
pub(super) struct Returning {
    pub(super) app_token: Option<String>,
    pub(super) session_id: String,
}

impl Returning {
    /// Reads the query. Nothing of it is proved yet.
    pub(super) fn read(answer: &Answer) -> Result<Self, Refusal> {
        if answer.method != Method::Get {
            return Err(Refusal::WrongMethod);
        }
        if answer.query.len() > LARGEST {
            return Err(Refusal::TooLarge);
        }
        let app_token = one(answer, "appToken")?;
        if app_token
            .as_deref()
            .is_some_and(|token| !app_token::is_ours(token))
        {
            return Err(Refusal::AppTokenMalformed);
        }
        let session_id = one(answer, "sessionId")?.ok_or(Refusal::SessionIdMissing)?;
        if !is_session_id(&session_id) {
            return Err(Refusal::SessionIdMalformed);
        }
        Ok(Self {
            app_token,
            session_id,
        })
    }

    /// Which departure it claims to come from.
    pub(super) fn correlation(self) -> Result<Correlation, Refusal> {
        self.app_token
            .map(Correlation)
            .ok_or(Refusal::AppTokenMissing)
    }
}

/// The one value of a parameter; a repeated one is refused.
pub(super) fn one(answer: &Answer, name: &str) -> Result<Option<String>, Refusal> {
    let fields = answer.fields();
    let mut values = fields
        .iter()
        .filter(|(field, _)| field == name)
        .map(|(_, value)| value.to_string());
    let first = values.next();
    if values.next().is_some() {
        Err(Refusal::ParameterRepeated)
    } else {
        Ok(first)
    }
}

/// Wider than anything seen, and still nothing that could be taken for markup.
fn is_session_id(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"._:-".contains(&octet))
}
