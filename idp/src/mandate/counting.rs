//! What of a mandate counts by the configuration in force: it may have been written down under another one.
//!
//! 1. Its body is of a kind that the town lets people act for ([`MandateConfig::kinds`]).
//! 2. What a login showed counts as long as that provider is configured, and for a client only where its people may use that provider.
//! 3. Whoever a body merely let in may do what [`MandateConfig::entrusted_may`] says now.
//!
//! It is asked wherever somebody is about to act; what counts for nobody any more ends ([`end_left_out`]).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::BodyKind;
use store::audit::Actor;
use store::{StorageError, Tx};

use super::{Act, EndReason, MandateConfig, end};
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::AccountId;
use crate::login::offers::is_allowed;
use crate::storage::mandate::{self, Mandate};
use crate::storage::upstream_link;

/// The mandates of an account that count now, by the body's name, each with what it allows now. `client`: for whom; `None`: at all.
pub(crate) async fn list_counting(
    broker: &Broker,
    tx: &mut Tx,
    client: Option<&Client>,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, StorageError> {
    let mut counting = Vec::new();
    for held in mandate::list_valid(tx, account_id, now).await? {
        counting.extend(as_it_counts(broker, tx, client, held).await?);
    }
    Ok(counting)
}

/// A mandate with what it allows now; `None` when it counts for nothing.
pub(super) async fn as_it_counts(
    broker: &Broker,
    tx: &mut Tx,
    client: Option<&Client>,
    mandate: Mandate,
) -> Result<Option<Mandate>, StorageError> {
    let realm = match mandate.upstream_link_id {
        None => None,
        Some(id) => match upstream_link::lookup(tx, id).await? {
            Some(link) => Some(link.realm),
            None => return Ok(None),
        },
    };
    if !is_served(broker, client, realm.as_deref()) {
        return Ok(None);
    }
    let config = &broker.config.mandate;
    let is_shown = realm.is_some();
    let scope = allowed(config, mandate.kind, is_shown, &mandate.scope);
    Ok(scope.map(|scope| Mandate { scope, ..mandate }))
}

/// Ends, with notice, what counts for nobody any more: its provider was taken out of the configuration, or the town's rules leave it out.
/// Returns how many.
pub async fn end_left_out(broker: &Broker) -> Result<usize, StorageError> {
    let (config, now) = (&broker.config.mandate, broker.clock.now());
    let mut tx = broker.db.read().await?;
    let shapes = mandate::list_shapes(&mut tx).await?;
    drop(tx);
    let mut count = 0;
    for shape in shapes {
        let realm = shape.realm.as_deref();
        let reason = if !is_served(broker, None, realm) {
            EndReason::ProviderGone
        } else if allowed(config, shape.kind, realm.is_some(), &shape.scope).is_none() {
            EndReason::LeftOut
        } else {
            continue;
        };
        loop {
            let mut tx = broker.db.read().await?;
            let held = mandate::list_of_shape(&mut tx, &shape).await?;
            drop(tx);
            if held.is_empty() {
                break;
            }
            for held in held {
                let mut tx = broker.db.begin().await?;
                if end(broker, &mut tx, &held, reason, Actor::System, now).await? {
                    count += 1;
                }
                tx.commit().await?;
            }
        }
    }
    if count > 0 {
        tracing::warn!(
            mandates = count,
            "mandates have ended that the configuration leaves out"
        );
    }
    Ok(count)
}

/// Whether the provider whose logins showed a mandate is one of ours, and of the client's. What officers verified has none.
fn is_served(broker: &Broker, client: Option<&Client>, realm: Option<&str>) -> bool {
    realm.is_none_or(|realm| {
        broker.providers.iter().any(|(id, provider)| {
            provider.describe().realm.as_str() == realm && is_allowed(id, client)
        })
    })
}

/// What the rules leave of a scope; `None`: nothing. Whoever may not say who else acts was let in by somebody else.
fn allowed(
    config: &MandateConfig,
    kind: BodyKind,
    is_shown: bool,
    scope: &BTreeSet<Act>,
) -> Option<BTreeSet<Act>> {
    if !config.kinds.contains(&kind) {
        return None;
    }
    if !is_shown || scope.contains(&Act::Manage) {
        return Some(scope.clone());
    }
    let left: BTreeSet<Act> = scope.intersection(&config.entrusted_may).copied().collect();
    (!left.is_empty()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(acts: &[Act]) -> BTreeSet<Act> {
        acts.iter().copied().collect()
    }

    #[test]
    fn an_entrusted_user_may_do_what_the_town_says_now_and_no_more_than_was_shown() {
        let config = MandateConfig {
            entrusted_may: acts(&[Act::View, Act::Pay]),
            ..MandateConfig::default()
        };
        let left =
            |is_shown, scope: &[Act]| allowed(&config, BodyKind::Company, is_shown, &acts(scope));

        assert_eq!(left(true, &Act::ALL), Some(Act::ALL.into()));
        let viewed = left(true, &[Act::View, Act::Submit]);
        assert_eq!(viewed, Some(acts(&[Act::View])));
        assert_eq!(left(true, &[Act::Submit]), None);
        // An officer's word is narrowed by no rule about data boxes.
        assert_eq!(left(false, &[Act::Submit]), Some(acts(&[Act::Submit])));
    }

    #[test]
    fn a_kind_that_the_town_leaves_out_counts_no_more_whoever_verified_it() {
        let config = MandateConfig {
            kinds: [BodyKind::Company].into(),
            ..MandateConfig::default()
        };

        for is_shown in [true, false] {
            let scope = allowed(&config, BodyKind::Association, is_shown, &Act::ALL.into());
            assert_eq!(scope, None);
        }
    }
}
