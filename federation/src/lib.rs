//! The upstream providers: how an outside system vouches for a person, translated into our words and verified.
//!
//! No server and no database here. The broker asks a provider of the [`Registry`] to send a browser away
//! ([`UpstreamProvider::start_login`]), hands over what came back ([`UpstreamProvider::finish_login`]) and receives an
//! [`Assertion`], which nothing outside this crate can make. Whether its level suffices, whether the answer was seen
//! before and whose account it is, the broker decides once for all providers.

pub mod answer;
pub mod assertion;
pub mod bank_id;
pub mod body;
pub mod caais;
pub mod country;
pub mod demo;
pub mod departure;
pub mod environment;
pub mod fact;
pub mod finding;
pub mod generic;
pub mod generic_oidc;
pub mod inbound;
pub mod isds;
pub mod keep;
pub mod level;
pub mod marital_status;
pub mod nia;
pub mod oidc;
pub mod picture;
pub mod provider;
pub mod refusal;
pub mod registry;
pub mod saml;
pub mod withheld;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Method, ReplayKey, Verified};
pub use assertion::{Assertion, Check, Realm, Subject, TrustFramework, UpstreamSession};
pub use body::{Body, BodyKind, Rights};
pub use country::Country;
pub use departure::{Ask, Correlation, Departure, Leave, ProviderState, Purpose, Send};
pub use environment::Environment;
pub use fact::{Address, Fact, FactKind, FactValue, RuianAddress, Standing, Wanted};
pub use finding::{End, Finding, Severity};
pub use inbound::{Document, Event, Inbound, InboundKind, Reply};
pub use keep::{KeepKey, KeptAssertionUnreadable};
pub use level::{Demand, IdentityLevel, Levels, LoginLevel};
pub use marital_status::MaritalStatus;
pub use oidc::keys::{JoseKey, JoseKeys, PublishedJoseKey};
pub use picture::{NoPicture, Picture};
pub use provider::{
    Audience, Branch, Description, StillGranted, Timestamp, Title, Unable, UpstreamError,
    UpstreamProvider,
};
pub use refusal::Refusal;
pub use registry::{ConfigProblem, OwnKeys, ProviderConfig, Registry, build};
pub use saml::keys::{KeyUse, PublishedKey, SamlKeyPair, SamlKeys};
pub use withheld::Withheld;
