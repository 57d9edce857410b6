//! Applications registered with us: what each may ask, and how it proves itself.
//!
//! Every request asks [`Clients`], a copy in memory of the tables `client`, `organisation` and `resource`; it is
//! read again only when their generation moved.

mod client;
mod config;
mod jwks;
mod redirect_uri;
mod registry;
pub mod secret;
mod seed;
mod switch;
mod unfit;

pub use client::{
    Authentication, Client, GrantType, LocalText, Organisation, Profile, RefreshPolicy, Resource,
};
pub use config::{ClientConfig, EntryProblem, OrganisationConfig, Pkce, ResourceConfig};
pub use jwks::ClientKeys;
pub use redirect_uri::RedirectUri;
pub use registry::{Catalogue, Clients, NotGrantable};
pub use seed::{Entries, SeedProblem, check, seed};
pub use switch::{end_sessions, switch_off, switch_on};
pub use unfit::Unfit;
pub(crate) use unfit::unfit;

#[cfg(test)]
pub(crate) use client::tests::client as client_for_tests;
