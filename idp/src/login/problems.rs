//! What can go wrong on the way from a client to a provider and back, as people see it.

use axum::response::{IntoResponse, Response};
use store::StorageError;
use web::{ErrorKind, Problem};

web::catalogue! {
    /// What can go wrong while somebody logs in or out.
    pub static CATALOGUE;

    /// The login is not known any more, so nobody can say where it led.
    LOGIN_UNKNOWN = "LOG-101", GONE, "err-log-101";
    /// The answer belongs to a login that another browser began.
    OTHER_BROWSER = "LOG-103", FORBIDDEN, "err-log-103";
    /// The answer was used before.
    ALREADY_USED = "LOG-104", GONE, "err-log-104";
    /// The answer belongs to no login that began here.
    ANSWER_UNKNOWN = "LOG-105", BAD_REQUEST, "err-log-105";
    /// The answer came after the time allowed for it.
    ANSWER_LATE = "LOG-106", GONE, "err-log-106";
    /// The answer failed verification; the log says at which check.
    ANSWER_REFUSED = "LOG-107", BAD_REQUEST, "err-log-107";
    /// The answer came to the address of another provider than the one the login left for.
    ANSWER_ELSEWHERE = "LOG-108", BAD_REQUEST, "err-log-108";
    /// The answer was seen before, with another login.
    ANSWER_REPLAYED = "LOG-109", BAD_REQUEST, "err-log-109";
    /// No provider of this name serves here (any more).
    PROVIDER_UNKNOWN = "LOG-110", NOT_FOUND, "err-log-110";
    /// The provider cannot be reached.
    PROVIDER_DOWN = "LOG-111", SERVICE_UNAVAILABLE, "err-log-111", oauth "temporarily_unavailable";
    /// Our key or configuration for the provider does not work.
    PROVIDER_BROKEN = "LOG-112", INTERNAL_SERVER_ERROR, "err-log-112", oauth "server_error";
    /// The account was switched off by an administrator.
    ACCOUNT_DISABLED = "LOG-113", FORBIDDEN, "err-log-113", oauth "access_denied";
    /// The provider is not one that this service and level may use.
    PROVIDER_NOT_OFFERED = "LOG-114", BAD_REQUEST, "err-log-114";
    /// No way in reaches what this page needs.
    NO_WAY_IN = "LOG-115", SERVICE_UNAVAILABLE, "err-log-115";
    /// The browser keeps no cookies, so nobody could prove later that it is the same one.
    COOKIES_REFUSED = "LOG-118", BAD_REQUEST, "err-log-118";

    /// The provider sent the browser to the address for errors, or back with an error that it did not sign: nobody logged in there.
    ENDED_THERE = "LOG-119", BAD_REQUEST, "err-log-119";
    /// The provider does not say to which of several logins its answer belongs.
    SEVERAL_UNDER_WAY = "LOG-120", CONFLICT, "err-log-120";

    /// The provider joined subjects that are several accounts' here; an officer's case is open.
    SUBJECTS_JOINED = "LOG-116", CONFLICT, "err-log-116", oauth "access_denied";

    /// The provider vouches for another person by a subject that we know; an officer's case is open.
    SOMEBODY_ELSE = "LOG-121", CONFLICT, "err-log-121", oauth "access_denied";

    /// The request does not say which client it comes from.
    CLIENT_MISSING = "AUT-101", BAD_REQUEST, "err-aut-101", oauth "invalid_request";
    /// No client of this id is registered.
    CLIENT_UNKNOWN = "AUT-102", BAD_REQUEST, "err-aut-102", oauth "invalid_client";
    /// The client was switched off.
    CLIENT_DISABLED = "AUT-103", FORBIDDEN, "err-aut-103", oauth "unauthorized_client";
    /// The request does not say where to return.
    REDIRECT_URI_MISSING = "AUT-104", BAD_REQUEST, "err-aut-104", oauth "invalid_request";
    /// The return address is not in the client's list.
    REDIRECT_URI_UNREGISTERED = "AUT-105", BAD_REQUEST, "err-aut-105", oauth "invalid_request";

    /// The address of a contact is proven for another account.
    CONTACT_ELSEWHERE = "CON-101", CONFLICT, "err-con-101";
    /// The link of a mail that brings a removed contact back is used, replaced or out of time.
    UNDO_GONE = "CON-102", GONE, "err-con-102";
    /// A removed contact cannot come back: the address is proven for another account since then.
    UNDO_ELSEWHERE = "CON-103", CONFLICT, "err-con-103";

    /// A logout message of a provider failed verification or meets no session.
    LOGOUT_REFUSED = "OUT-101", BAD_REQUEST, "err-out-101";
}

/// Why a handler of pages gives up: a problem people see, or storage that failed.
#[derive(Debug)]
pub(crate) struct Trouble(Problem);

impl Trouble {
    /// Whether what is stored could not be reached, and the next try may reach it.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.0.kind() == &web::problem::UNAVAILABLE
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<&'static ErrorKind> for Trouble {
    fn from(kind: &'static ErrorKind) -> Self {
        Self(Problem::new(kind))
    }
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        if error.is_temporary() {
            Self(
                Problem::new(&web::problem::UNAVAILABLE)
                    .because(error)
                    .retry_after(5),
            )
        } else {
            Self(Problem::new(&web::problem::INTERNAL).because(error))
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
