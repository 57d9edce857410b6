//! The answer of an officer's login: the one transaction in which it becomes an officer's session, or is refused.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Assertion, Audience, FactKind};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::{ErrorKind, Problem};

use super::current::session_cookie;
use super::{Current, HOME, Role, StaffConfig, end, page_of, problems};
use crate::audit;
use crate::broker::Broker;
use crate::hash::sha256;
use crate::ids::{StaffAccountId, StaffSessionId};
use crate::login::ids::AnswerHandle;
use crate::login::kept::{Login, Logins, Notice, Outcome, Waiting};
use crate::login::meter;
use crate::login::problems::{PROVIDER_NOT_OFFERED, Trouble};
use crate::login::refused::{self, Circumstances, Reason};
use crate::session::Browser;
use crate::storage::staff_account::{self, StaffAccount, Told};
use crate::storage::staff_session::{self, NewStaffSession, StaffEnd};

/// An answer that the browser has proved to be its own, taken within the transaction.
pub(crate) struct Arrival {
    /// The attempt it belongs to.
    pub(crate) login: Login,
    /// The answer.
    pub(crate) waiting: Waiting,
    /// Where it waited.
    pub(crate) handle: AnswerHandle,
    /// Who brings it.
    pub(crate) browser: Browser,
    /// The officer's session it came with.
    pub(crate) current: Current,
}

/// Why nobody is signed in: what the log says, what the officer reads.
struct Refused {
    event: Event,
    problem: &'static ErrorKind,
}

impl Arrival {
    /// Makes the session, or says why there is none.
    pub(crate) async fn sign_in(
        self,
        broker: &Broker,
        mut tx: Tx,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let assertion = match &self.waiting.outcome {
            Outcome::Person(kept) => broker
                .keep_key
                .recall(self.handle.as_str(), kept)
                .map_err(|error| Problem::new(&web::problem::INTERNAL).because(error))?,
            Outcome::Cancelled | Outcome::EndedThere | Outcome::Unable(_) => {
                meter::answered(&self.waiting.provider, self.waiting.outcome.code());
                return self.cancelled(broker, tx, now).await;
            }
            Outcome::TooLow => {
                let refused = self.refused(Reason::TooLow, &problems::LEVEL);
                return self.turned_away(broker, tx, refused, now).await;
            }
        };
        let token = broker.random.token();
        match self.admit(broker, &mut tx, &assertion, &token, now).await? {
            Ok(()) => {
                self.end(broker, &mut tx, None, now).await?;
                tx.commit().await?;
                meter::accepted(&self.waiting.provider, Some(assertion.levels()));
                tracing::info!(provider.id = self.waiting.provider, "an officer signed in");
                let cookie = session_cookie(broker, &token);
                Ok((self.browser, cookie, Redirect::to(HOME)).into_response())
            }
            Err(refused) => self.turned_away(broker, tx, refused, now).await,
        }
    }

    /// In order: 1. the provider is the one for officers; 2. its login proves enough; 3. sessions end that hold a role it does not
    /// grant any more; 4. some role of it means something here; 5. the account may be used; 6. the session is made, and a
    /// former one of this browser ends.
    async fn admit(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        assertion: &Assertion,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<(), Refused>, StorageError> {
        let provider_id = self.waiting.provider.as_str();
        let provider = broker.providers.get(provider_id);
        let serves = provider.is_some_and(|p| p.describe().audience == Audience::Staff);
        let config = broker.config.staff.as_ref();
        let Some(config) = config.filter(|config| serves && config.provider == provider_id) else {
            return Ok(Err(
                self.refused(Reason::ProviderDisabled, &PROVIDER_NOT_OFFERED)
            ));
        };
        if !assertion
            .levels()
            .meets(self.waiting.minimum.and(config.demand()))
        {
            return Ok(Err(self.refused(Reason::TooLow, &problems::LEVEL)));
        }
        let (realm, subject) = (assertion.realm().as_str(), assertion.subject().as_str());
        let mut held =
            staff_account::find_by_subject(tx, &broker.master_key, realm, subject).await?;
        // What was asked or brought since this answer was verified knows better.
        let verified_at = self.waiting.verified_at;
        let mut is_latest = true;
        if let Some(held) = &mut held {
            let id = held.staff_account_id;
            let granted = assertion.roles();
            end::end_without(&broker.random, tx, id, granted, verified_at, now).await?;
            let sessions = staff_session::list_by_account(tx, id, now).await?;
            is_latest = sessions.iter().all(|one| one.confirmed_at <= verified_at);
            let roles = config.roles_of(granted);
            if is_latest
                && let Some(left) =
                    end::take_roles(broker, tx, id, (provider_id, &roles), now).await?
            {
                held.roles = left;
            }
        }
        let actor = held.as_ref().map(|held| held.staff_account_id.uuid());
        let roles = match assertion.roles_here(|granted| config.roles_of(granted)) {
            Ok(roles) => roles,
            Err(refusal) => {
                let mut event = refused::verification_event(&refusal, self.known());
                event.actor = actor.map_or(event.actor, Actor::Staff);
                return Ok(Err(Refused {
                    event,
                    problem: &problems::NO_ROLE,
                }));
            }
        };
        if let Some(held) = held.as_ref().filter(|held| held.disabled_at.is_some()) {
            let mut refused = self.refused(Reason::AccountDisabled, &problems::SWITCHED_OFF);
            refused.event.actor = Actor::Staff(held.staff_account_id.uuid());
            return Ok(Err(refused));
        }

        let known = held.as_ref().filter(|_| !is_latest);
        let told = Told {
            realm,
            subject,
            name: &name(assertion),
            roles: known.map_or(&roles, |held| &held.roles),
        };
        let fresh_id = StaffAccountId::new(broker.random.uuid_v7(now));
        let id = staff_account::note(tx, &broker.master_key, fresh_id, told, now).await?;
        let session_id = self
            .begin(broker, tx, config, assertion, id, token, now)
            .await?;
        let changed = held.as_ref().filter(|_| is_latest);
        self.record(broker, tx, changed, id, session_id, &roles, now)
            .await?;
        Ok(Ok(()))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call, and each of them is another noun"
    )]
    async fn begin(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        config: &StaffConfig,
        assertion: &Assertion,
        staff_account_id: StaffAccountId,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<StaffSessionId, StorageError> {
        if let Some(former) = self.current.session(tx, now).await? {
            let actor = Actor::Staff(staff_account_id.uuid());
            end::end(&broker.random, tx, &former, StaffEnd::Replaced, actor, now).await?;
        }
        let staff_session_id = StaffSessionId::new(broker.random.uuid_v7(now));
        let session = NewStaffSession {
            staff_session_id,
            staff_account_id,
            token_hash: &sha256(token.as_bytes()),
            provider: &self.waiting.provider,
            realm: assertion.realm(),
            granted: assertion.roles(),
            device: &self.current.device,
            authenticated_at: assertion.authenticated_at().unwrap_or(now),
            expires_at: now + config.lifetime(),
            confirmed_at: self.waiting.verified_at,
            upstream_session: assertion.upstream_session(),
        };
        staff_session::add(tx, &broker.master_key, session, now).await?;
        Ok(staff_session_id)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call, and each of them is another noun"
    )]
    async fn record(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        held: Option<&StaffAccount>,
        id: StaffAccountId,
        session_id: StaffSessionId,
        roles: &BTreeSet<Role>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let actor = Actor::Staff(id.uuid());
        if let Some(held) = held.filter(|held| held.roles != *roles) {
            let event = end::roles_changed(actor.clone(), id, &held.roles, roles);
            audit::record(broker, tx, event, now).await?;
        }
        let event = Event {
            kind: "staff.login.completed",
            actor,
            subject: None,
            details: json!({
                "staff": id, "session": session_id, "provider": self.waiting.provider, "roles": roles,
            }),
        };
        audit::record(broker, tx, event, now).await
    }

    async fn cancelled(
        self,
        broker: &Broker,
        mut tx: Tx,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let event = refused::event(Reason::Cancelled, self.known());
        audit::record(broker, &mut tx, event, now).await?;
        let notice = Notice::Cancelled {
            provider: self.waiting.provider.clone(),
        };
        self.end(broker, &mut tx, Some(notice), now).await?;
        tx.commit().await?;
        let page = page_of(&self.login.id);
        Ok((self.browser, Redirect::to(&page)).into_response())
    }

    async fn turned_away(
        self,
        broker: &Broker,
        mut tx: Tx,
        refused: Refused,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let kind = refused.event.kind;
        meter::answered(&self.waiting.provider, refused::code(kind));
        tracing::info!(
            provider.id = self.waiting.provider,
            event.kind = kind,
            "an officer was refused"
        );
        audit::record(broker, &mut tx, refused.event, now).await?;
        self.end(broker, &mut tx, None, now).await?;
        tx.commit().await?;
        Err(problems::at_login(refused.problem).into())
    }

    /// Writes down that the attempt is over, so that a second arrival of the answer ends at the officer's pages.
    async fn end(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        notice: Option<Notice>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut login = self.login.clone();
        login.notice = notice;
        login.finished_at = Some(now);
        Logins(&broker.short_lived).keep_in(tx, &login, now).await
    }

    fn refused(&self, reason: Reason, problem: &'static ErrorKind) -> Refused {
        Refused {
            event: refused::event(reason, self.known()),
            problem,
        }
    }

    fn known(&self) -> Circumstances<'_> {
        Circumstances {
            provider: Some(&self.waiting.provider),
            login: Some(&self.login.id),
            ..Circumstances::default()
        }
    }
}

/// The officer's name as the provider writes it.
fn name(assertion: &Assertion) -> String {
    let part = |kind| {
        let fact = assertion.facts().iter().find(|fact| fact.kind == kind)?;
        fact.value.as_text()
    };
    let parts: Vec<&str> = [FactKind::GivenName, FactKind::FamilyName]
        .into_iter()
        .filter_map(part)
        .collect();
    parts.join(" ")
}
