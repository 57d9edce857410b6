//! Who may bring a message of a provider: anybody, and not too many a minute. Each one costs a look into the store and, when
//! it is refused, an event.
//!
//! Answers come with people's browsers, and each takes a place ([`Admitted`]). What a provider signed itself comes from one address
//! for all its people: there only messages that are refused take one ([`Counted`]), so that a flood of them is turned away without an
//! event and no signed one is ever dropped.

use std::convert::Infallible;

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

/// The address that a message came from, which is counted when the message is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted(ClientAddress);

impl Counted {
    /// A message of this address is refused. `Err`, and nothing is to be recorded: there were too many of those.
    pub(super) fn refused(self, broker: &Broker) -> Result<(), Problem> {
        broker.shield.admit(self.0, broker.clock.now())
    }
}

impl FromRequestParts<Broker> for Counted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, broker: &Broker) -> Result<Self, Infallible> {
        ClientAddress::from_request_parts(parts, broker)
            .await
            .map(Self)
    }
}
