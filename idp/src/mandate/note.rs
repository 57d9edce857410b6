//! What a login shows about mandates, written down in the login's own transaction.
//!
//! 1. The body is of a kind that the town accepts, has not ended as far as the state's register is known to say, and the person's part in it
//!    allows something: else the login shows no mandate.
//! 2. A mandate that an earlier login of the same link showed and this one does not, or not for the same body, ends at once.
//! 3. Where the body could not be confirmed, because the register that must do so is away, no mandate is added and none counts anew. One that
//!    an earlier login showed for that body stays as it is until its time is over; whoever may do less by now, may do less at once.
//! 4. One that is shown again counts anew; one that had run out of date is a new one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::{Body, IdentityLevel};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::{Act, EndReason, MandateConfig, end};
use crate::ares::Ico;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::mandate::{self, Mandate};

/// Who logged in, through what, and what the source said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) account_id: AccountId,
    pub(crate) upstream_link_id: UpstreamLinkId,
    /// Kind of the provider.
    pub(crate) source: &'a str,
    /// The body for which the person was let in.
    pub(crate) body: Option<&'a Body>,
    /// Whether whoever has to confirm that body did, or nobody has to. `false`: they could not be asked.
    pub(crate) is_confirmed: bool,
    /// Whether the source can tell the person apart for good.
    pub(crate) is_linkable: bool,
}

/// Writes down what a login shows.
pub(crate) async fn note(
    broker: &Broker,
    tx: &mut Tx,
    shown: Shown<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let config = &broker.config.mandate;
    let has_ended = has_ended(broker, tx, shown.body, now).await?;
    let permitted = shown
        .body
        .filter(|_| !has_ended)
        .and_then(|body| Some((body, acts(config, body)?)));
    let mut is_known = false;
    for held in mandate::list_by_link(tx, shown.upstream_link_id).await? {
        match fate(config, shown, permitted.as_ref(), &held, now) {
            Fate::Kept(kept) => {
                is_known = true;
                if kept != held {
                    mandate::renew(tx, &kept).await?;
                }
            }
            Fate::Ended(EndReason::Expired) => {
                end(broker, tx, &held, EndReason::Expired, Actor::System, now).await?;
            }
            Fate::Ended(EndReason::NotShown) if has_ended => {
                end(broker, tx, &held, EndReason::BodyEnded, Actor::System, now).await?;
            }
            Fate::Ended(reason) => {
                let actor = Actor::Account(shown.account_id.uuid());
                end(broker, tx, &held, reason, actor, now).await?;
            }
        }
    }
    let (Some((body, acts)), true, false) = (permitted, shown.is_confirmed, is_known) else {
        return Ok(());
    };
    let fresh_id = MandateId::new(broker.random.uuid_v7(now));
    let added = of(config, shown, body, &acts, fresh_id, now);
    mandate::add(tx, &added, now).await?;
    let event = Event {
        kind: "mandate.added",
        actor: Actor::Account(shown.account_id.uuid()),
        subject: Some(shown.account_id.uuid()),
        details: json!({ "mandate": fresh_id, "source": shown.source, "scope": acts }),
    };
    audit::record(broker, tx, event, now).await?;
    let notice = Notice::MandateAdded {
        body: added.name.clone(),
    };
    notices::enqueue(broker, tx, shown.account_id, &notice, now).await
}

/// Whether the state's register said last that the body is no more. A data box may outlive it.
async fn has_ended(
    broker: &Broker,
    tx: &mut Tx,
    body: Option<&Body>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let number = body.and_then(|body| body.ico.as_ref()?.parse::<Ico>().ok());
    match number {
        Some(ico) => broker.ares.is_known_to_have_ended(tx, &ico, now).await,
        None => Ok(false),
    }
}

/// What becomes of a mandate that an earlier login of the link showed.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "matched as soon as it is made")]
enum Fate {
    /// It counts, as written here.
    Kept(Mandate),
    /// It is over.
    Ended(EndReason),
}

fn fate(
    config: &MandateConfig,
    shown: Shown<'_>,
    permitted: Option<&(&Body, BTreeSet<Act>)>,
    held: &Mandate,
    now: DateTime<Utc>,
) -> Fate {
    let Some((body, acts)) = permitted.filter(|(body, _)| is_for(held, body, shown.is_confirmed))
    else {
        return Fate::Ended(EndReason::NotShown);
    };
    if !held.is_valid(now) {
        return Fate::Ended(EndReason::Expired);
    }
    if shown.is_confirmed {
        return Fate::Kept(of(config, shown, body, acts, held.mandate_id, now));
    }
    // The person's part in the body is the source's own word: that it became less needs no confirmation.
    let scope: BTreeSet<Act> = held.scope.intersection(acts).copied().collect();
    if scope.is_empty() {
        return Fate::Ended(EndReason::NotShown);
    }
    let level = held.level.min(level(body, shown.is_linkable));
    if scope == held.scope && level == held.level {
        return Fate::Kept(held.clone());
    }
    Fate::Kept(Mandate {
        role: Some(body.role.clone()),
        scope,
        level,
        ..held.clone()
    })
}

/// What the person may do for the body. `None`: this login shows no mandate.
fn acts(config: &MandateConfig, body: &Body) -> Option<BTreeSet<Act>> {
    if !config.kinds.contains(&body.kind) {
        return None;
    }
    if body.full {
        return Some(Act::ALL.into());
    }
    // Who was let in by somebody else lets nobody else in, and does no more than that one lets them.
    let mut acts = config.entrusted_may.clone();
    acts.remove(&Act::Manage);
    if let Some(rights) = body.rights {
        acts.retain(|act| match act {
            Act::View => rights.reads,
            Act::Submit | Act::Pay | Act::Manage => rights.sends,
        });
    }
    (!acts.is_empty()).then_some(acts)
}

/// A box that was given to another body is another mandate.
fn is_for(held: &Mandate, body: &Body, is_confirmed: bool) -> bool {
    // The number that a source does not tell comes with the confirmation.
    let is_same_number = held.ico == body.ico || (body.ico.is_none() && !is_confirmed);
    held.reference.as_deref() == Some(&body.reference) && held.kind == body.kind && is_same_number
}

fn of(
    config: &MandateConfig,
    shown: Shown<'_>,
    body: &Body,
    acts: &BTreeSet<Act>,
    mandate_id: MandateId,
    now: DateTime<Utc>,
) -> Mandate {
    Mandate {
        mandate_id,
        account_id: shown.account_id,
        kind: body.kind,
        ico: body.ico.clone(),
        name: body.name.clone(),
        source: shown.source.to_owned(),
        upstream_link_id: Some(shown.upstream_link_id),
        reference: Some(body.reference.clone()),
        role: Some(body.role.clone()),
        scope: acts.clone(),
        level: level(body, shown.is_linkable),
        approved_by: None,
        second_officer: None,
        shown_at: now,
        valid_from: now,
        valid_until: now + config.lasts(),
        revoked_at: None,
    }
}

/// A statutory body is taken over from the registers; anything else is the body's own word. Somebody whom the source cannot
/// tell apart for good proves less.
const fn level(body: &Body, is_linkable: bool) -> IdentityLevel {
    if body.full && is_linkable {
        IdentityLevel::Town
    } else {
        IdentityLevel::Contact
    }
}

#[cfg(test)]
mod tests {
    use federation::BodyKind;

    use super::*;

    fn body(kind: BodyKind, full: bool) -> Body {
        Body {
            kind,
            ico: Some("00000027".to_owned()),
            name: "Pekařství Vltava s.r.o.".to_owned(),
            reference: "k7m2p9x".to_owned(),
            role: "PRIMARY_USER".to_owned(),
            full,
            rights: None,
        }
    }

    #[test]
    fn a_statutory_body_may_do_everything_and_an_entrusted_user_what_the_town_allows() {
        let careful = MandateConfig::default();
        let lenient = MandateConfig {
            entrusted_may: Act::ALL.into(),
            ..MandateConfig::default()
        };

        assert_eq!(
            acts(&careful, &body(BodyKind::Company, true)),
            Some(Act::ALL.into())
        );
        assert_eq!(acts(&careful, &body(BodyKind::Company, false)), None);
        assert_eq!(
            acts(&lenient, &body(BodyKind::Company, false)),
            Some([Act::View, Act::Submit, Act::Pay].into())
        );
    }

    #[test]
    fn an_entrusted_user_may_do_no_more_than_the_box_lets_them() {
        let lenient = MandateConfig {
            entrusted_may: Act::ALL.into(),
            ..MandateConfig::default()
        };
        let limited = |reads, sends, full| {
            let rights = Some(federation::Rights { reads, sends });
            let body = Body {
                rights,
                ..body(BodyKind::Company, full)
            };
            acts(&lenient, &body)
        };

        assert_eq!(limited(true, false, false), Some([Act::View].into()));
        assert_eq!(
            limited(false, true, false),
            Some([Act::Submit, Act::Pay].into())
        );
        assert_eq!(limited(false, false, false), None);
        // A primary user has every right, whatever the mask says.
        assert_eq!(limited(false, false, true), Some(Act::ALL.into()));
    }

    #[test]
    fn what_could_not_be_confirmed_ends_no_mandate_and_lengthens_none() {
        let config = MandateConfig {
            entrusted_may: [Act::View].into(),
            ..MandateConfig::default()
        };
        let now: DateTime<Utc> = "2026-11-20T10:00:00Z".parse().unwrap();
        let later = now + chrono::TimeDelta::hours(1);
        let login = Shown {
            account_id: AccountId::new(uuid::Uuid::from_u128(1)),
            upstream_link_id: UpstreamLinkId::new(uuid::Uuid::from_u128(2)),
            source: "isds",
            body: None,
            is_confirmed: true,
            is_linkable: true,
        };
        let judged = |held: &Mandate, body: &Body, is_confirmed, at| {
            let permitted = acts(&config, body).map(|acts| (body, acts));
            let shown = Shown {
                is_confirmed,
                ..login
            };
            fate(&config, shown, permitted.as_ref(), held, at)
        };
        let primary = body(BodyKind::Company, true);
        let entrusted = body(BodyKind::Company, false);
        let nameless = Body {
            ico: None,
            ..primary.clone()
        };
        let other = Body {
            reference: "po00002".to_owned(),
            ..primary.clone()
        };
        let id = MandateId::new(uuid::Uuid::from_u128(3));
        let held = of(&config, login, &primary, &Act::ALL.into(), id, now);

        for told in [&primary, &nameless] {
            assert_eq!(judged(&held, told, false, later), Fate::Kept(held.clone()));
        }
        let Fate::Kept(renewed) = judged(&held, &primary, true, later) else {
            panic!("a mandate that is shown again ended");
        };
        assert_eq!(renewed.valid_until, held.valid_until + (later - now));
        assert_eq!(
            judged(&held, &entrusted, false, later),
            Fate::Kept(Mandate {
                scope: [Act::View].into(),
                level: IdentityLevel::Contact,
                ..held.clone()
            }),
            "the source's own word that somebody may do less counts at once"
        );
        let over = held.valid_until;
        let ended = Fate::Ended;
        assert_eq!(
            judged(&held, &primary, false, over),
            ended(EndReason::Expired)
        );
        assert_eq!(
            judged(&held, &other, false, later),
            ended(EndReason::NotShown)
        );
        assert_eq!(
            judged(&held, &nameless, true, later),
            ended(EndReason::NotShown)
        );
    }

    #[test]
    fn an_office_is_no_body_that_a_citizen_acts_for() {
        let config = MandateConfig::default();

        assert_eq!(acts(&config, &body(BodyKind::PublicBody, true)), None);
    }

    #[test]
    fn what_the_source_cannot_tell_for_good_proves_less() {
        let company = body(BodyKind::Company, true);

        assert_eq!(level(&company, true), IdentityLevel::Town);
        assert_eq!(level(&company, false), IdentityLevel::Contact);
        assert_eq!(
            level(&body(BodyKind::Company, false), true),
            IdentityLevel::Contact
        );
    }
}
