//! Opening, finding and ending sessions.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::audit::{self, Actor, Event};
use store::{Db, MasterKey, StorageError, Tx};
use uuid::Uuid;
use web::policy::ClientAddress;
use web::{Random, Refusals, Trace};

use super::{Device, EndedBy, SessionConfig, SessionId};
use crate::broker::{Broker, SignedIn};
use crate::identity::Claims;
use crate::storage::portal_session::{self, PortalSession};

/// Name of the session cookie, without its `__Host-` prefix.
pub const COOKIE: &str = "portal";

/// The portal's sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(super) db: Db,
    pub(super) master_key: MasterKey,
    pub(super) broker: Broker,
    pub(super) random: Random,
    pub(super) config: SessionConfig,
    refusals: Refusals,
}

/// The three things of a session that are sealed; each opens only in its own place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sealed {
    Claims,
    RefreshToken,
    IdToken,
}

impl Sessions {
    /// Sessions kept in this database, confirmed at this broker.
    pub fn new(
        db: Db,
        master_key: MasterKey,
        broker: Broker,
        random: Random,
        config: SessionConfig,
        refusals: Refusals,
    ) -> Self {
        Self {
            db,
            master_key,
            broker,
            random,
            config,
            refusals,
        }
    }

    /// Opens a session for a person the broker vouched for; the one this browser had before ends. Returns the row and
    /// the cookie's value, which is kept nowhere.
    pub async fn open(
        &self,
        tx: &mut Tx,
        person: &SignedIn,
        device: &Device,
        before: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(PortalSession, String), StorageError> {
        if let Some(before) = self.find_in(tx, before).await? {
            self.end_in(tx, &before, EndedBy::NewLogin, now).await?;
        }
        portal_session::delete_before(tx, now - KEPT_AFTER_END).await?;

        let id = SessionId(self.random.uuid_v7(now));
        let cookie = self.random.token();
        let acting = person.claims.acting_for.as_ref();
        let session = PortalSession {
            id,
            cookie_hash: cookie_hash(&cookie),
            subject: person.subject.clone(),
            broker_sid: person.broker_sid.clone(),
            acr: person.acr.clone(),
            auth_time: person.auth_time,
            login_provider: person.claims.login_provider.clone(),
            mandate: acting.map(|acting| acting.body.mandate_id.clone()),
            device: device.as_str().to_owned(),
            claims: Some(self.seal_claims(id, &person.claims)?),
            refresh_token: self.seal_secret(
                id,
                Sealed::RefreshToken,
                person.refresh_token.as_ref(),
            )?,
            id_token: self.seal_secret(id, Sealed::IdToken, Some(&person.id_token))?,
            created_at: now,
            last_used_at: now,
            refreshed_at: now,
            refresh_lease_until: None,
            refresh_sent_at: None,
            unreachable_since: None,
            expires_at: now + self.config.lasts(),
            ended_at: None,
            ended_by: None,
        };
        portal_session::add(tx, &session).await?;
        metrics::counter!("portal_sessions_opened_total").increment(1);
        let details = json!({
            "session": id, "acr": session.acr, "provider": session.login_provider, "mandate": session.mandate,
        });
        self.record(tx, "session.opened", Some(&session.subject), details, now)
            .await?;
        Ok((session, cookie))
    }

    /// Finds the session of a cookie, ended or not.
    pub async fn find(&self, cookie: Option<&str>) -> Result<Option<PortalSession>, StorageError> {
        if cookie.is_none() {
            return Ok(None);
        }
        let mut tx = self.db.read().await?;
        self.find_in(&mut tx, cookie).await
    }

    /// Notes once a minute that a session is in use.
    pub async fn touch(
        &self,
        session: &PortalSession,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if now - session.last_used_at < ONE_MINUTE {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        portal_session::touch(&mut tx, session.id, now).await?;
        tx.commit().await
    }

    /// Lists the open sessions of a person.
    pub async fn list_of(
        &self,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<PortalSession>, StorageError> {
        let mut tx = self.db.read().await?;
        portal_session::list_by_subject(&mut tx, subject, now).await
    }

    /// Ends one session. False when it had ended before.
    pub async fn end(
        &self,
        session: &PortalSession,
        by: EndedBy,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut tx = self.db.begin().await?;
        let ended = self.end_in(&mut tx, session, by, now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends another session of the same person. False when there is none such, whoever it belongs to.
    pub async fn end_other(
        &self,
        own: &PortalSession,
        id: SessionId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut tx = self.db.begin().await?;
        let other = portal_session::lookup(&mut tx, id).await?;
        let ended = match other.filter(|other| other.subject == own.subject) {
            Some(other) => self.end_in(&mut tx, &other, EndedBy::Person, now).await?,
            None => false,
        };
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends all other sessions of the same person; says how many there were.
    pub async fn end_all_others(
        &self,
        own: &PortalSession,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let mut tx = self.db.begin().await?;
        let ended = portal_session::end_by_subject(
            &mut tx,
            &own.subject,
            Some(own.id),
            EndedBy::Person,
            now,
        )
        .await?;
        for id in &ended {
            self.record_end(&mut tx, *id, Some(&own.subject), EndedBy::Person, now)
                .await?;
        }
        tx.commit().await?;
        Ok(ended.len())
    }

    /// What the broker released about the person.
    pub fn claims(&self, session: &PortalSession) -> Result<Claims, StorageError> {
        let Some(sealed) = &session.claims else {
            return Ok(Claims::default());
        };
        let plain = self
            .master_key
            .open(&place(session.id, Sealed::Claims), sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }

    /// The hint for logging out at the broker.
    pub fn id_token(&self, session: &PortalSession) -> Result<Option<SecretString>, StorageError> {
        self.open_secret(session.id, Sealed::IdToken, session.id_token.as_deref())
    }

    /// Writes an event about the person into the transaction.
    pub async fn record(
        &self,
        tx: &mut Tx,
        kind: &'static str,
        subject: Option<&str>,
        details: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        // Our broker's subjects are UUIDs; another provider's need not be.
        let subject = subject.and_then(|subject| Uuid::parse_str(subject).ok());
        let actor = subject.map_or(Actor::Anonymous, Actor::Account);
        let event = Event {
            kind,
            actor,
            subject,
            details,
        };
        audit::record(
            tx,
            &event,
            self.random.uuid_v7(now),
            self.random.bytes(),
            now,
        )
        .await
    }

    /// Writes down on its own that somebody was refused; of a flood from one address, only that there is one.
    pub async fn record_refusal(
        &self,
        kind: &'static str,
        details: serde_json::Value,
        from: ClientAddress,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let (kind, details) = match self.refusals.weigh(from, kind, now) {
            Trace::Kept => (kind, details),
            Trace::Summed => {
                tracing::warn!(event.kind = kind, "too many refusals: not all are recorded");
                let missing = json!({"kind": kind, "per_minute": self.refusals.per_minute()});
                ("refusals.unrecorded", missing)
            }
            Trace::Counted => return Ok(()),
        };
        let mut tx = self.db.begin().await?;
        self.record(&mut tx, kind, None, details, now).await?;
        tx.commit().await
    }

    pub(super) async fn end_in(
        &self,
        tx: &mut Tx,
        session: &PortalSession,
        by: EndedBy,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let ended = portal_session::end(tx, session.id, by, now).await?;
        if ended {
            self.record_end(tx, session.id, Some(&session.subject), by, now)
                .await?;
        }
        Ok(ended)
    }

    /// Writes down that a session ended. The subject is left out where the broker named only its session.
    pub async fn record_end(
        &self,
        tx: &mut Tx,
        id: SessionId,
        subject: Option<&str>,
        by: EndedBy,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        metrics::counter!("portal_sessions_ended_total", "by" => by.as_str()).increment(1);
        let details = json!({"session": id, "by": by.as_str()});
        self.record(tx, "session.ended", subject, details, now)
            .await
    }

    async fn find_in(
        &self,
        tx: &mut Tx,
        cookie: Option<&str>,
    ) -> Result<Option<PortalSession>, StorageError> {
        match cookie {
            Some(cookie) => portal_session::find_by_cookie(tx, &cookie_hash(cookie)).await,
            None => Ok(None),
        }
    }

    pub(super) fn seal_claims(
        &self,
        id: SessionId,
        claims: &Claims,
    ) -> Result<Vec<u8>, StorageError> {
        Ok(self
            .master_key
            .seal(&place(id, Sealed::Claims), &serde_json::to_vec(claims)?)?)
    }

    pub(super) fn seal_secret(
        &self,
        id: SessionId,
        what: Sealed,
        secret: Option<&SecretString>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(secret) = secret else {
            return Ok(None);
        };
        Ok(Some(self.master_key.seal(
            &place(id, what),
            secret.expose_secret().as_bytes(),
        )?))
    }

    pub(super) fn open_secret(
        &self,
        id: SessionId,
        what: Sealed,
        sealed: Option<&[u8]>,
    ) -> Result<Option<SecretString>, StorageError> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = self.master_key.open(&place(id, what), sealed)?;
        Ok(Some(SecretString::from(
            String::from_utf8(plain).map_err(StorageError::broken)?,
        )))
    }
}

/// What is stored of a cookie.
pub fn cookie_hash(cookie: &str) -> Vec<u8> {
    digest(&SHA256, cookie.as_bytes()).as_ref().to_vec()
}

fn place(id: SessionId, what: Sealed) -> String {
    let column = match what {
        Sealed::Claims => "claims",
        Sealed::RefreshToken => "refresh_token",
        Sealed::IdToken => "id_token",
    };
    format!("portal_session:{id}:{column}")
}

const ONE_MINUTE: TimeDelta = TimeDelta::minutes(1);
/// How long a page can still say why a session ended.
const KEPT_AFTER_END: TimeDelta = TimeDelta::days(1);
