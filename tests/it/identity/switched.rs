//! A provider that lets nobody in for a while.

use std::sync::Arc;

use idp::Broker;

use super::people::PROVIDERS;

/// The broker, and then the same while one of [`PROVIDERS`] lets nobody in, for each of them in their order.
pub(super) fn brokers(broker: &Broker) -> Vec<Broker> {
    let without = |provider: &str| {
        let mut config = (*broker.config).clone();
        config.account.link_only = vec![provider.to_owned()];
        Broker {
            config: Arc::new(config),
            ..broker.clone()
        }
    };
    let without = PROVIDERS.iter().map(|(name, _)| without(name));
    std::iter::once(broker.clone()).chain(without).collect()
}
