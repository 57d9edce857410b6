//! Whether what a person entitled a client to still stands: asked when a code is redeemed, when tokens are renewed, and whenever a
//! token is used here (B7, B8).

use crate::{Broker, clients::Client, login::offers::counts_for, storage::standing::Standing};

/// Why it does not stand any more, for the client's developer.
pub(crate) type Fallen = &'static str;

pub(crate) const SESSION_ENDED: Fallen = "the session has ended";

/// Client, account, way in and provider stand, the login still counts for what the client demands, and so does the session, unless the
/// entitlement is for `offline` access.
pub(crate) fn stands<'a>(
    broker: &Broker,
    client: &Client,
    standing: Option<&'a Standing>,
    offline: bool,
) -> Result<&'a Standing, Fallen> {
    let standing = standing.ok_or(SESSION_ENDED)?;
    if client.disabled_at.is_some() {
        Err("the client is disabled")
    } else if !standing.account_active {
        Err("the account cannot be used")
    } else if !standing.link_stands {
        Err("the way in that was used is no more")
    } else if !standing.levels.meets(client.minimum) {
        Err("the login no longer reaches the level the client demands")
    } else if !counts_for(broker, &standing.realm, Some(client)) {
        Err("the provider of the login serves this client no more")
    } else if standing.session_alive || offline {
        Ok(standing)
    } else {
        Err(SESSION_ENDED)
    }
}
