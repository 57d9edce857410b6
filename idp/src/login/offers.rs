//! Which ways in a login may take, and in what order they stand on the page.

use chrono::{DateTime, Utc};
use federation::{Audience, Demand, Description, IdentityLevel, Registry};

use super::health::{Health, State};
use crate::acr::AcrDemand;
use crate::clients::Client;

/// A way in, as the page offers it.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// Name of the configuration entry; the value of its button.
    pub(crate) id: String,
    /// Its kind, for texts and icon.
    pub(crate) kind: &'static str,
    /// Its name in the configuration, where there is one.
    pub(crate) title: Option<federation::Title>,
    /// How it does.
    pub(crate) state: State,
    /// The least it proves among what suffices here.
    pub(crate) proves: IdentityLevel,
}

/// What the ways in have to satisfy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The client, when there is one.
    pub(crate) client: Option<&'a Client>,
    /// The minimum.
    pub(crate) demand: Demand,
    /// Values of `acr` one of which must be met.
    pub(crate) acr: Option<&'a AcrDemand>,
    /// The login must be a new one.
    pub(crate) force: bool,
}

/// The ways in that satisfy a wish: those that work first, and among them the one that proves no more than is needed.
pub(crate) fn offers(
    providers: &Registry,
    health: &Health,
    wish: Wish<'_>,
    now: DateTime<Utc>,
) -> Vec<Offer> {
    let mut offers: Vec<Offer> = providers
        .iter()
        .map(|(_, provider)| provider.describe())
        .filter(|provider| may_serve(provider, wish))
        .map(|provider| Offer {
            id: provider.id.clone(),
            kind: provider.kind,
            title: provider.title.clone(),
            state: health.of(&provider.id, now),
            proves: proves(provider, wish.demand),
        })
        .collect();
    offers.sort_by_key(|offer| {
        let invented = offer.kind == "demo";
        (
            matches!(offer.state, State::Down(_)),
            invented,
            offer.proves,
        )
    });
    offers
}

/// Whether a provider may serve a client and can reach what it asks.
pub(crate) fn may_serve(provider: &Description, wish: Wish<'_>) -> bool {
    provider.audience == Audience::Citizens
        && is_allowed(&provider.id, wish.client)
        && provider.can_meet(wish.demand, wish.force)
        && (carries_eidas(provider) || !wish.acr.is_some_and(AcrDemand::needs_eidas))
}

/// A level in law comes through the national node alone (identity core, section 3).
fn carries_eidas(provider: &Description) -> bool {
    provider.kind == "nia"
}

/// Whether a client's people may use a provider.
pub(crate) fn is_allowed(provider: &str, client: Option<&Client>) -> bool {
    client.is_none_or(|client| {
        client.providers.is_empty() || client.providers.iter().any(|allowed| allowed == provider)
    })
}

fn proves(provider: &Description, demand: Demand) -> IdentityLevel {
    let sufficient = provider
        .reaches
        .iter()
        .filter(|levels| levels.meets(demand))
        .map(|levels| levels.identity);
    sufficient.min().unwrap_or(IdentityLevel::Unverified)
}
