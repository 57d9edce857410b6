//! The broker as any client sees it: discovery, the authorization request, tokens, userinfo, both kinds of logout.
//!
//! Nothing here is particular to our own broker. Addresses come from its discovery document, fetched when first
//! needed and kept: the portal starts while the broker is down.

mod authorization;
mod config;
mod exchange;
mod http;
mod id_token;
mod jws;
mod logout_token;
mod logout_url;
mod provider;
mod refresh;
mod userinfo;

pub use authorization::{Authorization, Secrets};
pub use config::BrokerConfig;
pub use exchange::{ExchangeError, SignedIn};
pub use id_token::IdTokenRefusal;
pub use logout_token::{LogoutToken, LogoutTokenError, LogoutTokenRefusal};
pub use provider::{Broker, BrokerError, Metadata, MoreClaims, MoreMetadata, Provider};
pub use refresh::{RefreshError, Renewed};
pub use userinfo::UserinfoRefusal;
