//! The authorization response (OpenID Connect Core 3.1.2.5 and 3.1.2.6): a code, or an error.

use crate::answer::Answer;
use crate::provider::{Unable, UpstreamError};
use crate::refusal::Refusal;

/// Octets one parameter may have.
const LONGEST: usize = 4096;

/// The one value of a parameter; a repeated one is refused.
pub(crate) fn one(answer: &Answer, name: &str) -> Result<Option<String>, Refusal> {
    let fields = answer.fields();
    let mut values = fields.iter().filter(|(field, _)| field == name);
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::ParameterRepeated);
    }
    match first {
        Some((_, value)) if value.len() > LONGEST && !name.ends_with("_token") => {
            Err(Refusal::TooLarge)
        }
        Some((_, value)) => Ok(Some(value.to_string())),
        None => Ok(None),
    }
}

/// The code of an answer. `iss` (RFC 9207) must be the provider's where it is there, and be there where it was promised.
pub(super) fn code(
    answer: &Answer,
    issuer: &str,
    iss_promised: bool,
) -> Result<String, UpstreamError> {
    match one(answer, "iss")? {
        Some(iss) if iss != issuer => return Err(Refusal::AnswerIssuerWrong.into()),
        None if iss_promised => return Err(Refusal::AnswerIssuerMissing.into()),
        _ => {}
    }
    if let Some(error) = one(answer, "error")? {
        return Err(meaning(&error));
    }
    one(answer, "code")?
        .filter(|code| !code.is_empty())
        .ok_or_else(|| Refusal::CodeMissing.into())
}

/// What an error means to us. It came through the browser: it may end this login, and nothing else.
fn meaning(error: &str) -> UpstreamError {
    match error {
        "access_denied" => UpstreamError::Cancelled,
        // Nobody gave up: it went wrong there, or has to begin anew (for Bank iD see its reference, section 4).
        "login_required"
        | "interaction_required"
        | "account_selection_required"
        | "consent_required"
        | "auth_failed" => UpstreamError::NotCompleted,
        // Words of Bank iD (its reference, section 4).
        "eid_doesnt_exist" => UpstreamError::Unable(Unable::NoIdentity),
        "user_not_eligible" => UpstreamError::Unable(Unable::NotEligible),
        "unmet_authentication_requirements" => UpstreamError::LevelTooLow,
        "server_error" | "temporarily_unavailable" | "basic_registers_unavailable" => {
            UpstreamError::SaidUnavailable
        }
        // What we asked, or how we are registered there, is wrong.
        "invalid_request"
        | "unauthorized_client"
        | "unsupported_response_type"
        | "invalid_scope"
        | "invalid_request_uri"
        | "invalid_request_object"
        | "request_not_supported"
        | "request_uri_not_supported"
        | "registration_not_supported"
        | "insufficient_scope" => {
            UpstreamError::SaidMisconfigured(format!("the provider answers {error}").into())
        }
        _ => Refusal::ProviderStatus.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference of Bank iD, section 4: every word it has, and what a person meets.
    #[test]
    fn every_error_that_bank_id_may_answer_has_its_reaction() {
        let reaction = |word: &str| match meaning(word) {
            UpstreamError::Cancelled => "cancelled",
            UpstreamError::NotCompleted => "begin anew",
            UpstreamError::Unable(Unable::NoIdentity) => "no identity",
            UpstreamError::Unable(Unable::NotEligible) => "not eligible",
            UpstreamError::SaidUnavailable => "try later",
            UpstreamError::SaidMisconfigured(_) => "our fault, they say",
            _ => "refused",
        };
        for (words, expected) in [
            (&["access_denied"][..], "cancelled"),
            (
                &[
                    "invalid_request",
                    "unauthorized_client",
                    "unsupported_response_type",
                    "invalid_scope",
                    "invalid_request_uri",
                    "invalid_request_object",
                    "request_not_supported",
                    "request_uri_not_supported",
                    "registration_not_supported",
                    "insufficient_scope",
                ],
                "our fault, they say",
            ),
            (
                &[
                    "server_error",
                    "temporarily_unavailable",
                    "basic_registers_unavailable",
                ],
                "try later",
            ),
            (
                &[
                    "interaction_required",
                    "login_required",
                    "account_selection_required",
                    "consent_required",
                    "auth_failed",
                ],
                "begin anew",
            ),
            (&["eid_doesnt_exist"], "no identity"),
            (&["user_not_eligible"], "not eligible"),
            // We sign nothing, so these answer nothing we asked.
            (&["sign_error", "something_new", "", "<b>"], "refused"),
        ] {
            for word in words {
                assert_eq!(reaction(word), expected, "{word}");
            }
        }
    }
}
