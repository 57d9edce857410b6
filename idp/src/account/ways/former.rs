//! The way in by which somebody came who had to sign in another way before they could add one (ADR 10): it leads to another account, and is
//! what has to be added now.

use super::LINK;
use crate::broker::Broker;
use crate::session::SignedIn;

/// The provider of the latest login of a session that came by such alone as neither say when somebody authenticated nor can be made to
/// ask them anew.
pub(super) fn of<'s>(broker: &Broker, signed_in: &'s SignedIn) -> Option<&'s str> {
    let is_stranded = |provider: &str| {
        broker.providers.get(provider).is_some_and(|provider| {
            let provider = provider.describe();
            !provider.tells_time && !provider.forceable
        })
    };
    let logins = &signed_in.logins;
    let latest = logins.iter().max_by_key(|login| login.recorded_at)?;
    let all = logins
        .iter()
        .all(|login| login.authenticated_at.is_none() && is_stranded(&login.provider));
    all.then_some(latest.provider.as_str())
}

/// Where somebody goes on who chose a way in and has to sign in before. Names of configuration entries need no escapes.
pub(super) fn page(chosen: &str, former: Option<&str>) -> String {
    match former {
        Some(former) => format!("{LINK}?provider={chosen}&former={former}"),
        None => format!("{LINK}?provider={chosen}"),
    }
}
