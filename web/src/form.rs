//! Forms, queries and paths whose faults become our pages.
//!
//! What serde says about a value repeats the value, so it goes neither to the page nor to the log.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::problem::{ErrorKind, MEDIA_TYPE, NOT_FOUND, TOO_LARGE, UNREADABLE};

/// A form's fields. Repeated fields become a `Vec`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

/// A query's fields. Repeated fields become a `Vec`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// The variable parts of a path; what does not parse is not found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum_extra::extract::Form::from_request(request, state).await {
            Ok(axum_extra::extract::Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(Problem::new(kind(rejection.status()))),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum_extra::extract::Query::from_request_parts(parts, state).await {
            Ok(axum_extra::extract::Query(fields)) => Ok(Self(fields)),
            Err(_) => Err(Problem::new(&UNREADABLE)),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(values)) => Ok(Self(values)),
            Err(_) => Err(Problem::new(&NOT_FOUND)),
        }
    }
}

fn kind(status: StatusCode) -> &'static ErrorKind {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => &TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &MEDIA_TYPE,
        _ => &UNREADABLE,
    }
}
