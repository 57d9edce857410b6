//! Faults of signed messages and of the browser's way back, applied.

use serde_json::json;

use super::draft::{Algorithm, Draft, Signer};
use super::fault::Fault;

/// Somebody else.
pub const STRANGER: &str = "https://jiny-poskytovatel.example/";
const TEN_MINUTES: i64 = 600;

/// Makes one thing about an ID token wrong. What is not about the ID token changes nothing.
pub fn spoil_id_token(fault: Fault, draft: &mut Draft) {
    match fault {
        Fault::WrongIss => draft.say("iss", STRANGER),
        Fault::IssWithoutSlash => {
            let issuer = draft.claims.get("iss").and_then(|issuer| issuer.as_str());
            let without = issuer.unwrap_or_default().trim_end_matches('/').to_owned();
            draft.say("iss", without);
        }
        Fault::WrongAud => draft.say("aud", "somebody-else"),
        Fault::TwoAuds => {
            let ours = draft.claims.get("aud").cloned();
            draft.say("aud", json!([ours, "somebody-else"]));
            draft.leave_out("azp");
        }
        Fault::WrongAzp => draft.say("azp", "somebody-else"),
        Fault::NoAud => draft.leave_out("aud"),
        Fault::WrongNonce => draft.say("nonce", "a-nonce-of-another-login"),
        Fault::NoNonce => draft.leave_out("nonce"),
        Fault::NoSub => draft.leave_out("sub"),
        Fault::EmptySub => draft.say("sub", ""),
        Fault::NoIat => draft.leave_out("iat"),
        Fault::FutureIat => {
            draft.shift("iat", TEN_MINUTES);
            draft.shift("exp", TEN_MINUTES);
        }
        Fault::NoExp => draft.leave_out("exp"),
        Fault::Expired => {
            let at = draft.claims.get("iat").cloned();
            draft.say("exp", at);
            draft.shift("exp", -TEN_MINUTES);
            draft.shift("iat", -2 * TEN_MINUTES);
        }
        Fault::AlgNone => draft.algorithm = Algorithm::None,
        Fault::AlgHmac => draft.algorithm = Algorithm::Hs256,
        Fault::OtherAlg => {
            draft.algorithm = match draft.algorithm {
                Algorithm::Rs256 => Algorithm::Ps512,
                _ => Algorithm::Rs256,
            };
        }
        Fault::ForeignKey => draft.signer = Signer::Stranger,
        Fault::ForeignKid => {
            draft.signer = Signer::Stranger;
            draft.names_stranger = true;
        }
        Fault::BadSignature => draft.damaged = true,
        Fault::NoKid => draft.names_key = false,
        Fault::Critical => draft.critical = true,
        Fault::AcrLower => draft.say("acr", "loa2"),
        Fault::AcrUnknown => draft.say("acr", "loa9"),
        Fault::NoAcr => draft.leave_out("acr"),
        Fault::OldAuthTime => draft.shift("auth_time", -3600),
        Fault::NoAuthTime => draft.leave_out("auth_time"),
        _ => {}
    }
}

/// Makes one thing about signed userinfo wrong.
pub fn spoil_userinfo(fault: Fault, draft: &mut Draft) {
    match fault {
        Fault::UserinfoAlgNone => draft.algorithm = Algorithm::None,
        Fault::UserinfoForeignKey => draft.signer = Signer::Stranger,
        Fault::UserinfoBadSignature => draft.damaged = true,
        Fault::UserinfoWrongIss => draft.say("iss", STRANGER),
        Fault::UserinfoWrongAud => draft.say("aud", "somebody-else"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::fault::Moment;

    fn draft() -> Draft {
        let claims = json!({
            "iss": "https://a.test/", "aud": "a", "azp": "a", "sub": "1", "nonce": "n",
            "iat": 1000, "exp": 1600, "auth_time": 990, "acr": "loa3",
        });
        Draft::new(claims.as_object().unwrap().clone(), Algorithm::Ps512, true)
    }

    /// Handled where keys are exchanged and subjects are known.
    const ELSEWHERE: [Fault; 2] = [Fault::RotatedKey, Fault::OutdatedForeign];

    #[test]
    fn every_fault_of_the_id_token_changes_something() {
        for fault in Fault::ALL {
            if fault.moment() != Moment::IdToken || ELSEWHERE.contains(fault) {
                continue;
            }
            let (sound, mut spoilt) = (draft(), draft());
            spoil_id_token(*fault, &mut spoilt);
            assert_ne!(format!("{sound:?}"), format!("{spoilt:?}"), "{fault:?}");
        }
    }

    #[test]
    fn an_expired_token_was_made_before_it_ended() {
        let mut spoilt = draft();
        spoil_id_token(Fault::Expired, &mut spoilt);

        assert_eq!(spoilt.claims["exp"], 400);
        assert_eq!(spoilt.claims["iat"], -200);
    }
}
