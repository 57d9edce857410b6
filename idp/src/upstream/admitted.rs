//! Who may bring a message of a provider: anybody, and not too many a minute. Each one costs a look into the store and, when
//! it is refused, an event.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use web::Problem;
use web::policy::ClientAddress;

use crate::broker::Broker;

/// Leave to bring one message. Taken before the body is read; more than `login.messages_per_minute` of one address get 429.
#[derive(Debug)]
pub(crate) struct Admitted;

impl FromRequestParts<Broker> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, broker: &Broker) -> Result<Self, Problem> {
        let Ok(address) = ClientAddress::from_request_parts(parts, broker).await;
        broker.shield.admit(address, broker.clock.now())?;
        Ok(Self)
    }
}
