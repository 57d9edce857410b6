//! A way in as the pages of a login show it.

use chrono::{DateTime, Utc};
use federation::Demand;
use futures_util::future::join_all;
use web::Texts;

use super::doing::Doing;
use super::ladder;
use super::offers::Offer;
use super::way::{Places, Way};
use crate::broker::Broker;
use crate::words;

/// One way in, with its button, its words and how it does.
pub(super) struct OfferView {
    pub(super) id: String,
    pub(super) icon: &'static str,
    pub(super) name: String,
    pub(super) words: String,
    pub(super) proves: String,
    pub(super) is_known: bool,
    pub(super) tone: &'static str,
    pub(super) health: String,
    pub(super) places: Places,
}

impl OfferView {
    /// All ways in of a page, in its order. `known`: the one that this browser used last.
    pub(super) async fn list(
        broker: &Broker,
        offers: &[Offer],
        known: Option<&Way>,
        demand: Demand,
        t: Texts,
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        // All at once: of slow lists a page waits for the slowest only.
        let places = offers
            .iter()
            .map(async |offer| match broker.providers.get(&offer.id) {
                Some(provider) => Places::of(provider.as_ref(), known, now).await,
                None => Places::default(),
            });
        let places = join_all(places).await;
        let is_known = |offer: &Offer| known.is_some_and(|way| way.provider == offer.id);
        offers
            .iter()
            .zip(places)
            .map(|(offer, places)| Self::of(offer, offers, is_known(offer), demand, places, t))
            .collect()
    }

    fn of(
        offer: &Offer,
        all: &[Offer],
        is_known: bool,
        demand: Demand,
        places: Places,
        t: Texts,
    ) -> Self {
        let doing = Doing::of(offer, all, demand, t);
        Self {
            icon: words::provider_icon(offer.kind),
            name: words::provider_name(t, offer.kind, offer.title.as_ref()),
            words: words::provider_words(t, offer.kind),
            proves: ladder::gain(t, offer.proves, demand),
            id: offer.id.clone(),
            tone: doing.tone,
            is_known,
            health: doing.words,
            places,
        }
    }
}
