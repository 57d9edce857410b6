//! Which ways in a login may take, and in what order they stand on the page.

use chrono::{DateTime, Utc};
use federation::{Audience, Demand, Description, Levels, Registry};

use super::health::State;
use crate::acr::AcrDemand;
use crate::broker::Broker;
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
    /// Whether requests to it are held back after failures in a row, whatever was seen of it.
    pub(crate) is_held_back: bool,
    /// The least it proves among what suffices here.
    pub(crate) proves: Levels,
    /// All it may prove that suffices here.
    reaches: Vec<Levels>,
}

impl Offer {
    /// A provider, of which a demand is made.
    pub(crate) fn of(
        broker: &Broker,
        provider: &Description,
        demand: Demand,
        now: DateTime<Utc>,
    ) -> Self {
        let reaches = sufficient(provider, demand);
        Self {
            proves: least(&reaches).unwrap_or(Levels::new(demand.identity, demand.login)),
            reaches,
            id: provider.id.clone(),
            kind: provider.kind,
            title: provider.title.clone(),
            state: broker.health.of(&provider.id, now),
            is_held_back: broker.outbound.holds_back(&provider.id),
        }
    }

    /// Whether it can prove at least as much as another one, whatever that would have proved here: who the person is as well as how
    /// they log in.
    pub(crate) fn stands_in_for(&self, other: &Self) -> bool {
        let is_reached = |lost: &Levels| {
            let lost = Demand::new(lost.identity, lost.login);
            self.reaches.iter().any(|levels| levels.meets(lost))
        };
        other.reaches.iter().all(is_reached)
    }

    /// Whether another way in should be taken first.
    pub(crate) const fn is_sick(&self) -> bool {
        self.is_held_back || self.state.is_sick()
    }
}

/// What the ways in have to satisfy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The client, when there is one.
    pub(crate) client: Option<&'a Client>,
    /// The client's own minimum.
    pub(crate) minimum: Demand,
    /// Values of `acr` one of which must be met.
    pub(crate) acr: Option<&'a AcrDemand>,
    /// The login must be a new one.
    pub(crate) force: bool,
    /// Seconds since the person authenticated there.
    pub(crate) max_age: Option<u64>,
    /// Providers that are an added proof only and let nobody in.
    pub(crate) link_only: &'a [String],
}

/// Whether any way in satisfies a wish. Every step of a login asks it, however the ways in do.
pub(crate) fn is_any(providers: &Registry, wish: Wish<'_>) -> bool {
    providers
        .iter()
        .any(|(_, provider)| demand_on(provider.describe(), wish).is_some())
}

/// The ways in that satisfy a wish, see [`sort`].
/// None is left out for doing badly: it may be the only one somebody has.
pub(crate) fn offers(broker: &Broker, wish: Wish<'_>, now: DateTime<Utc>) -> Vec<Offer> {
    let mut offers: Vec<Offer> = broker
        .providers
        .iter()
        .map(|(_, provider)| provider.describe())
        .filter_map(|provider| {
            let demand = demand_on(provider, wish)?;
            Some(Offer::of(broker, provider, demand, now))
        })
        .collect();
    sort(&mut offers);
    offers
}

/// Those that do well first, of them those that stand in for one that does not, and then the one that proves no more than is needed.
pub(crate) fn sort(offers: &mut [Offer]) {
    let sick: Vec<Offer> = offers
        .iter()
        .filter(|offer| offer.is_sick())
        .cloned()
        .collect();
    offers.sort_by_key(|offer| {
        let invented = offer.kind == "demo";
        (
            matches!(offer.state, State::Down(_)),
            offer.is_sick(),
            invented,
            !sick.iter().any(|sick| offer.stands_in_for(sick)),
            offer.proves.identity,
            offer.proves.login,
        )
    });
}

/// The minimum to ask of a provider: of the values of `acr` that will do, the easiest one that it can reach. `None` when it
/// may not serve the client or reaches none of them.
pub(crate) fn demand_on(provider: &Description, wish: Wish<'_>) -> Option<Demand> {
    if provider.audience != Audience::Citizens
        || !is_allowed(&provider.id, wish.client)
        || wish.link_only.contains(&provider.id)
        || !provider.can_tell(wish.max_age)
    {
        return None;
    }
    let reaches = |demand: Demand| provider.can_meet(wish.minimum.and(demand), wish.force);
    let demand = match wish.acr {
        None => Some(Demand::NONE).filter(|demand| reaches(*demand)),
        Some(acr) => acr.easiest(|value| {
            reaches(value.demand()) && (carries_eidas(provider) || !value.is_eidas())
        }),
    };
    Some(wish.minimum.and(demand?))
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

/// Whether a client takes logins of the realm one was made in; each realm is one entry's. A
/// provider that is not configured any more, or is an added proof only, vouches for nobody.
pub(crate) fn counts_for(broker: &Broker, realm: &str, client: Option<&Client>) -> bool {
    broker.providers.iter().any(|(id, provider)| {
        provider.describe().realm.as_str() == realm
            && broker.config.account.lets_in(id)
            && is_allowed(id, client)
    })
}

fn sufficient(provider: &Description, demand: Demand) -> Vec<Levels> {
    let reaches = provider.reaches.iter();
    reaches
        .filter(|levels| levels.meets(demand))
        .copied()
        .collect()
}

fn least(reaches: &[Levels]) -> Option<Levels> {
    let reaches = reaches.iter();
    reaches
        .min_by_key(|levels| (levels.identity, levels.login))
        .copied()
}

#[cfg(test)]
mod tests {
    use federation::{Environment, IdentityLevel, LoginLevel, TrustFramework};

    use super::*;

    fn described(tells_time: bool) -> Description {
        Description {
            id: "way".to_owned(),
            kind: "isds",
            realm: serde_json::from_str(r#""isds:sandbox:isds""#).unwrap(),
            audience: Audience::Citizens,
            environment: Environment::Sandbox,
            title: None,
            reaches: vec![Levels::new(IdentityLevel::Town, LoginLevel::Single)],
            forceable: false,
            tells_time,
            skew: chrono::TimeDelta::zero(),
            logout: false,
            answers_once: true,
            trust_framework: TrustFramework::Demo,
            origins: Vec::new(),
        }
    }

    #[test]
    fn a_way_in_that_tells_no_time_is_not_offered_where_an_age_is_demanded() {
        for (tells_time, max_age, is_offered) in [
            (true, None, true),
            (true, Some(3_600), true),
            (false, None, true),
            (false, Some(3_600), false),
            (false, Some(u64::MAX), false),
        ] {
            let wish = Wish {
                client: None,
                minimum: Demand::NONE,
                acr: None,
                force: false,
                max_age,
                link_only: &[],
            };

            let demand = demand_on(&described(tells_time), wish);

            assert_eq!(demand.is_some(), is_offered, "{tells_time} {max_age:?}");
        }
    }
}
