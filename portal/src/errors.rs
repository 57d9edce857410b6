//! Every error a person or the broker can see here, with its stable code. Texts stand in `locales/*/errors.ftl`.

use store::StorageError;
use web::problem::{INTERNAL, UNAVAILABLE};
use web::{Problem, catalogue};

use crate::broker::{BrokerError, ExchangeError};
use crate::login::Target;

catalogue! {
    /// What can go wrong at the portal.
    pub static CATALOGUE;

    /// The answer of a login names no login we know: it is older than an hour, or was never begun here.
    LOGIN_UNKNOWN = "POR-101", BAD_REQUEST, "err-por-101";
    /// The answer of a login came in another browser than the one that began it.
    OTHER_BROWSER = "POR-102", BAD_REQUEST, "err-por-102";
    /// The answer of a login lacks a parameter, or carries one twice.
    ANSWER_MALFORMED = "POR-103", BAD_REQUEST, "err-por-103";
    /// The answer of a login names another issuer than the broker, or none although the broker always names itself.
    OTHER_ISSUER = "POR-104", BAD_REQUEST, "err-por-104";
    /// The person cancelled the login.
    CANCELLED = "POR-105", FORBIDDEN, "err-por-105", oauth "access_denied";
    /// The broker answers a login with another error.
    BROKER_ERROR = "POR-106", BAD_GATEWAY, "err-por-106";
    /// The broker does not take the code, or refuses us as its client.
    CODE_REFUSED = "POR-107", BAD_GATEWAY, "err-por-107";
    /// The ID token does not hold: signature, issuer, audience, nonce, time or access token.
    ID_TOKEN_REFUSED = "POR-108", BAD_GATEWAY, "err-por-108";
    /// Userinfo does not hold: signature, issuer, audience, or it speaks of another person.
    USERINFO_REFUSED = "POR-109", BAD_GATEWAY, "err-por-109";
    /// The login did not reach the level that was asked for.
    LEVEL_TOO_LOW = "POR-110", FORBIDDEN, "err-por-110", oauth "unmet_authentication_requirements";
    /// This answer of a login was used before.
    ALREADY_USED = "POR-111", BAD_REQUEST, "err-por-111";
    /// The person may not act for whom they chose: the mandate has ended, or the broker speaks of another one.
    ACTING_REFUSED = "POR-112", FORBIDDEN, "err-por-112";
    /// Somebody else came back from the broker than the one who was signed in and sent there.
    SOMEBODY_ELSE = "POR-113", FORBIDDEN, "err-por-113";
    /// The broker cannot be reached.
    BROKER_UNREACHABLE = "POR-120", SERVICE_UNAVAILABLE, "err-por-120", oauth "temporarily_unavailable";
    /// The broker answers, but its discovery document or keys cannot be used.
    BROKER_MISBEHAVES = "POR-121", BAD_GATEWAY, "err-por-121";
    /// The session was ended: by the person elsewhere, by the broker, or because a newer login took its place.
    SESSION_ENDED = "POR-201", UNAUTHORIZED, "err-por-201";
    /// The session is over by its age.
    SESSION_EXPIRED = "POR-202", UNAUTHORIZED, "err-por-202";
    /// The broker was out of reach for longer than a session may live without it.
    SESSION_ALONE = "POR-203", UNAUTHORIZED, "err-por-203";
    /// The broker does not stand by the session any more: the person's sign-in there has run out, or it was taken back.
    SESSION_OUTLIVED = "POR-204", UNAUTHORIZED, "err-por-204";
    /// A logout token is refused; the answer is JSON and says which rule it breaks.
    LOGOUT_TOKEN_REFUSED = "POR-301", BAD_REQUEST, "err-por-301", oauth "invalid_request";
}

/// The way on that every failed login has: again. The page itself adds the way home.
pub fn with_ways(problem: Problem, target: Target) -> Problem {
    problem.way(web::Way::link("way-sign-in-again", target.login_path()))
}

/// What a failure of our own store means to a person: wait, or we made a mistake.
pub fn stored(error: StorageError) -> Problem {
    let problem = Problem::new(if error.is_temporary() {
        &UNAVAILABLE
    } else {
        &INTERNAL
    });
    let problem = if error.is_temporary() {
        problem.retry_after(5)
    } else {
        problem
    };
    problem.because(error)
}

impl From<BrokerError> for Problem {
    fn from(error: BrokerError) -> Self {
        match &error {
            BrokerError::Unreachable(_) => Self::new(&BROKER_UNREACHABLE).retry_after(30),
            BrokerError::Misbehaving(_) => Self::new(&BROKER_MISBEHAVES),
        }
        .because(error)
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        let kind = match error {
            ExchangeError::Broker(error) => return error.into(),
            ExchangeError::CodeRefused | ExchangeError::Refused(_) => &CODE_REFUSED,
            ExchangeError::IdToken(_) => &ID_TOKEN_REFUSED,
            ExchangeError::Userinfo(_) => &USERINFO_REFUSED,
        };
        Self::new(kind).because(error)
    }
}
