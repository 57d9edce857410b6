//! What a broker does by itself: follow changes of clients and keys, chain the audit log, sweep, rotate keys, deliver
//! logout messages.
//!
//! Every replica does all of it. What must happen once is decided in the database, by a lease or a conditional
//! statement.

use std::{fmt::Display, future::Future, time::Duration};

use chrono::Duration as Span;
use store::{StorageError, audit};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, Interval, MissedTickBehavior, interval, interval_at},
};

use uuid::Uuid;

use crate::{
    Broker,
    contacts::code,
    identity,
    ids::AccessGrantId,
    keys::{self, KeyProblem, Purpose},
    login::health,
    mandate, notices,
    oidc::backchannel,
    session, staff, start,
    storage::{
        access_grant, access_token, contact, generation, notice, provider_observation,
        refresh_token, retention, staff_session,
    },
};

/// How soon a server knows of a new client or key.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// A removed contact's address is kept until the notice of its removal has surely gone.
const CONTACT_KEPT_DAYS: i64 = 30;
/// Notices stand on the page for two years.
const NOTICE_KEPT_DAYS: i64 = 730;
/// Officers' sessions that are over are kept so long.
const STAFF_SESSION_KEPT_DAYS: i64 = 90;
/// Events wait no longer for their place in the chain.
const CHAIN_EVERY: Duration = Duration::from_secs(2);
/// Clients hear of a logout this soon.
const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// Mails wait no longer than this.
const MAIL_EVERY: Duration = Duration::from_secs(2);
/// Clients hear within a minute that a mandate has run out of date.
const MANDATES_EVERY: Duration = Duration::from_secs(15);
/// Expired state goes this often.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// Sessions whose time is over end within this.
const SESSIONS_EVERY: Duration = Duration::from_mins(10);
/// The chain's head is signed, and keys looked at, this often.
const HOUR: Duration = Duration::from_hours(1);
/// What the configuration leaves out ends for good only after this.
const DAY: Duration = Duration::from_hours(24);

/// Running workers. Dropped, they end at once; [`Workers::stop`] lets them finish what they do.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Tells all to stop and waits for them.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts all workers.
pub fn start(broker: &Broker) -> Workers {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    // What a mistake in the file could do to many people waits until somebody may have noticed it.
    tasks.spawn(repeat(
        broker.clone(),
        interval_at(Instant::now() + DAY, DAY),
        "mandates.configuration",
        |broker| Box::pin(async move { said(mandate::end_left_out(&broker).await.map(drop)) }),
        stopped.clone(),
    ));
    let mut every = |period, name, work: fn(Broker) -> BoxedWork| {
        tasks.spawn(repeat(
            broker.clone(),
            interval(period),
            name,
            work,
            stopped.clone(),
        ));
    };
    every(FOLLOW_EVERY, "follow", |broker| {
        Box::pin(async move { said(follow(&broker).await) })
    });
    every(CHAIN_EVERY, "audit.chain", |broker| {
        Box::pin(async move { said(audit::chain(&broker.db).await.map(drop)) })
    });
    every(DELIVER_EVERY, "logout.backchannel", |broker| {
        Box::pin(async move { said(backchannel::work(&broker).await.map(drop)) })
    });
    every(MAIL_EVERY, "mail", |broker| {
        Box::pin(async move { said(mail(&broker).await) })
    });
    every(SWEEP_EVERY, "account.erase", |broker| {
        Box::pin(async move { said(identity::erase(&broker).await.map(drop)) })
    });
    every(MANDATES_EVERY, "mandates", |broker| {
        Box::pin(async move { said(mandates(&broker).await) })
    });
    every(SWEEP_EVERY, "sweep", |broker| {
        Box::pin(async move { said(sweep(&broker).await) })
    });
    every(SESSIONS_EVERY, "sessions", |broker| {
        Box::pin(async move { said(session::end_over(&broker).await.map(drop)) })
    });
    let watch_every = broker.config.login.watch_every();
    if let Some(period) = watch_every {
        every(period, "providers.watch", |broker| {
            Box::pin(async move { said(health::watch_in_turn(&broker).await) })
        });
    }
    every(HOUR, "audit.checkpoint", |broker| {
        Box::pin(async move {
            said(
                audit::checkpoint(&broker.db, &broker.master_key, broker.clock.now())
                    .await
                    .map(drop),
            )
        })
    });
    every(HOUR, "mandates.bodies", |broker| {
        Box::pin(async move { said(mandate::check_bodies(&broker).await.map(drop)) })
    });
    every(HOUR, "audit.retention", |broker| {
        Box::pin(async move { said(retain(&broker).await) })
    });
    every(HOUR, "short_lived.eviction", |broker| {
        Box::pin(async move { said(warn_of_eviction(&broker).await) })
    });
    every(HOUR, "grants", |broker| {
        Box::pin(async move { said(sweep_grants(&broker).await.map(drop)) })
    });
    every(HOUR, "keys", |broker| {
        Box::pin(async move { said(care_for_keys(&broker).await) })
    });
    Workers { stop, tasks }
}

type BoxedWork = std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

fn said<E: std::error::Error>(result: Result<(), E>) -> Result<(), String> {
    result.map_err(|error| start::with_causes(&error))
}

async fn repeat(
    broker: Broker,
    mut ticks: Interval,
    name: &'static str,
    work: fn(Broker) -> BoxedWork,
    mut stopped: watch::Receiver<bool>,
) {
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        if let Err(error) = work(broker.clone()).await {
            failed(name, &error);
        }
    }
}

fn failed(name: &'static str, error: &dyn Display) {
    metrics::counter!("idp_worker_failures_total", "worker" => name).increment(1);
    tracing::warn!(worker = name, error = %error, "a worker could not do its work and will try again");
}

/// Reads clients and keys again when their generation moved.
pub async fn follow(broker: &Broker) -> Result<(), KeyProblem> {
    let mut tx = broker.db.read().await?;
    let clients = generation::lookup(&mut tx, generation::CLIENTS).await?;
    let keys = generation::lookup(&mut tx, generation::KEYS).await?;
    drop(tx);
    if clients != broker.clients.generation() {
        let environment = broker.config.environment;
        broker
            .clients
            .reload(&broker.db, &broker.outbound, environment)
            .await?;
        tracing::info!(generation = clients, "clients were read again");
    }
    if keys != broker.keys.generation() {
        broker.keys.reload(&broker.db, &broker.master_key).await?;
        tracing::info!(generation = keys, "keys were read again");
    }
    Ok(())
}

/// Sends what waits to be mailed.
pub async fn mail(broker: &Broker) -> Result<(), StorageError> {
    code::work(broker).await?;
    notices::work(broker).await?;
    Ok(())
}

/// Ends mandates, and proposals of mandates, whose time is over.
pub async fn mandates(broker: &Broker) -> Result<(), StorageError> {
    mandate::work(broker).await?;
    mandate::expire(broker).await?;
    Ok(())
}

/// Erases the details of events whose time is over.
pub async fn retain(broker: &Broker) -> Result<(), StorageError> {
    let now = broker.clock.now();
    let ids = audit::RetainIds {
        lease_token: broker.random.uuid_v4(),
        event_id: broker.random.uuid_v7(now),
        salt: broker.random.bytes(),
    };
    let erased = audit::retain(&broker.db, broker.config.audit, ids, now).await?;
    if erased > 0 {
        tracing::info!(events = erased, "details of old events were erased");
    }
    Ok(())
}

/// Says at the start, and every hour, when the short-lived store may lose what it must keep.
async fn warn_of_eviction(broker: &Broker) -> Result<(), StorageError> {
    if let Some(risk) = broker.short_lived.eviction_risk().await? {
        tracing::warn!("{risk}");
    }
    Ok(())
}

/// Removes what has expired.
pub async fn sweep(broker: &Broker) -> Result<(), StorageError> {
    let now = broker.clock.now();
    identity::close_passed(broker).await?;
    broker.short_lived.sweep(now).await?;
    // A refused token says the same whether it expired or never was, so a day's grace is for operators' questions only.
    let before = now - Span::days(1);
    let mut tx = broker.db.begin().await?;
    provider_observation::sweep(&mut tx, now - Span::hours(1)).await?;
    contact::erase_ended(&mut tx, now - Span::days(CONTACT_KEPT_DAYS)).await?;
    staff_session::sweep(&mut tx, now - Span::days(STAFF_SESSION_KEPT_DAYS)).await?;
    // Where officers do not sign in, nobody says how long they may be silent: another replica may know.
    if let Some(config) = &broker.config.staff {
        staff::end_idle(&broker.random, &mut tx, config.idle(), now).await?;
    }
    staff_session::forget_upstream(&mut tx, now).await?;
    tx.commit().await?;
    loop {
        let mut tx = broker.db.begin().await?;
        let swept = access_token::sweep(&mut tx, before).await?
            + refresh_token::sweep(&mut tx, before).await?
            + notice::sweep(&mut tx, now - Span::days(NOTICE_KEPT_DAYS)).await?
            + retention::sweep(&mut tx, now).await?;
        tx.commit().await?;
        if swept == 0 {
            return Ok(());
        }
    }
}

/// Removes grants that nothing can come of any more.
pub async fn sweep_grants(broker: &Broker) -> Result<u64, StorageError> {
    let before = broker.clock.now() - Span::days(1);
    let mut after = AccessGrantId::new(Uuid::nil());
    let mut gone = 0;
    loop {
        let mut tx = broker.db.begin().await?;
        let Some((to, swept)) = access_grant::sweep(&mut tx, after, before).await? else {
            return Ok(gone);
        };
        tx.commit().await?;
        after = to;
        gone += swept;
    }
}

/// Destroys keys that have retired long enough, and replaces OpenID Connect keys that are old.
pub async fn care_for_keys(broker: &Broker) -> Result<(), KeyProblem> {
    let now = broker.clock.now();
    let config = &broker.config.keys;
    let mut tx = broker.db.begin().await?;
    keys::destroy_retired(&mut tx, config, now).await?;
    tx.commit().await?;
    if config.rotate_after_days == 0 {
        return Ok(());
    }
    let maker = start::maker(&broker.config, &broker.master_key, &broker.random);
    for purpose in [Purpose::Rsa, Purpose::P256, Purpose::Ed25519] {
        let mut tx = broker.db.begin().await?;
        let due = now - Span::days(config.rotate_after_days.into());
        if !keys::is_current_since_before(&mut tx, purpose, due).await? {
            continue;
        }
        match keys::rotate(&mut tx, maker, purpose, false, now).await {
            Ok(Some(rotation)) => {
                tracing::info!(key.purpose = purpose.as_str(), key.id = %rotation.current, "a new key signs");
                tx.commit().await?;
            }
            Ok(None)
            | Err(KeyProblem::TooSoon { .. } | KeyProblem::Storage(StorageError::Conflict(_))) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(())
}
