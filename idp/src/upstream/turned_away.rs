//! An answer that is turned away: the event, the metric and the page of each reason.

use axum::http::header::ALLOW;
use axum::response::{IntoResponse as _, Response};
use federation::{Refusal, Unable, UpstreamError};
use outbound::OutboundError;
use outbound::soap::SoapError;
use web::texts::Message;
use web::{ErrorKind, Incident, Problem};

use super::answer::Arriving;
use crate::audit;
use crate::login::begin::way_back;
use crate::login::ids::LoginId;
use crate::login::kept::Logins;
use crate::login::meter;
use crate::login::problems::{self, Trouble};
use crate::login::refused::{self, Circumstances, Reason};
use crate::staff;
use crate::words;

/// What kept a provider from answering us, in one word: whether it was asked at all, decides whether what the browser brought is spent.
fn cause(error: &UpstreamError) -> Option<&'static str> {
    let mut beneath = std::error::Error::source(error);
    while let Some(error) = beneath {
        let outbound = error
            .downcast_ref::<OutboundError>()
            .or(match error.downcast_ref() {
                Some(SoapError::Outbound(outbound)) => Some(outbound),
                _ => None,
            });
        if let Some(outbound) = outbound {
            return Some(OutboundError::outcome(outbound));
        }
        beneath = error.source();
    }
    None
}

impl Arriving<'_> {
    pub(super) async fn refuse(
        &self,
        reason: Reason,
        kind: &'static ErrorKind,
        login_id: Option<&LoginId>,
    ) -> Result<Response, Trouble> {
        Err(self.turned_away(reason, kind, login_id).await?)
    }

    /// Notes a refusal; gives what the person reads.
    pub(super) async fn turned_away(
        &self,
        reason: Reason,
        kind: &'static ErrorKind,
        login_id: Option<&LoginId>,
    ) -> Result<Trouble, Trouble> {
        let client = self.client(login_id).await;
        let known = Circumstances {
            provider: Some(self.provider_id),
            login: login_id,
            client: client.as_deref(),
            ..Circumstances::default()
        };
        meter::answered(self.provider_id, reason.code());
        refused::record(self.broker, reason, known, self.now).await?;
        Ok(self.problem(kind, login_id).into())
    }

    /// Verification failed or could not take place. The departure stays as it is: whoever sends us rubbish must not be able to
    /// end somebody's login.
    pub(super) async fn unverified(
        &self,
        error: UpstreamError,
        login_id: Option<&LoginId>,
    ) -> Result<Response, Trouble> {
        let incident = Incident::new(&self.broker.random);
        let client = self.client(login_id).await;
        let known = Circumstances {
            provider: Some(self.provider_id),
            login: login_id,
            client: client.as_deref(),
            cause: cause(&error),
            incident: Some(&incident),
            ..Circumstances::default()
        };
        let (event, kind) = match &error {
            // Nobody vouches that it is the provider who says so; that nobody is logged in is so anyhow.
            UpstreamError::Refused(refusal @ Refusal::ErrorUnsigned) => (
                refused::verification_event(refusal, known),
                &problems::ENDED_THERE,
            ),
            UpstreamError::Refused(refusal) => (
                refused::verification_event(refusal, known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::Cancelled => (
                refused::event(Reason::Cancelled, known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::NotCompleted => (
                refused::event(Reason::EndedThere, known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::Unable(why) => (
                refused::event(Reason::Unable(*why), known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::Died(_) => (
                refused::event(Reason::Unable(Unable::NotEligible), known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::LevelTooLow => (
                refused::event(Reason::TooLow, known),
                &problems::ANSWER_REFUSED,
            ),
            UpstreamError::Unavailable(_) | UpstreamError::Failed => {
                let (broker, provider) = (self.broker, self.provider_id);
                broker.health.failed(broker, provider, self.now).await;
                (
                    refused::event(Reason::ProviderDown, known),
                    &problems::PROVIDER_DOWN,
                )
            }
            UpstreamError::SaidUnavailable => (
                refused::event(Reason::ProviderDown, known),
                &problems::PROVIDER_DOWN,
            ),
            UpstreamError::Misconfigured(_) => {
                // Nobody gets in there until it is mended, so they are shown another way.
                let (broker, provider) = (self.broker, self.provider_id);
                broker.health.failed(broker, provider, self.now).await;
                (
                    refused::event(Reason::ProviderBroken, known),
                    &problems::PROVIDER_BROKEN,
                )
            }
            UpstreamError::SaidMisconfigured(_) => (
                refused::event(Reason::ProviderBroken, known),
                &problems::PROVIDER_BROKEN,
            ),
        };
        meter::answered(self.provider_id, refused::code(event.kind));
        audit::record_alone(self.broker, event, self.now).await?;
        if let UpstreamError::Refused(refusal) = &error {
            tracing::warn!(
                error = refusal.code(),
                error.hint = refusal.hint(),
                incident.number = %incident,
                "an answer failed verification"
            );
            if let Some(kind) = staff::problems::of_refusal(refusal) {
                return Err(staff::problems::at_login(kind)
                    .incident(incident)
                    .because(error)
                    .into());
            }
        }
        if matches!(error, UpstreamError::Refused(Refusal::WrongMethod)) {
            let problem = self
                .problem(&web::problem::METHOD, login_id)
                .incident(incident)
                .because(error);
            return Ok(([(ALLOW, self.other_method)], problem).into_response());
        }
        let problem = self.problem(kind, login_id).incident(incident);
        Err(problem.because(error).into())
    }

    /// The client that a login is for, as far as it can be told: a refusal does not fail for it.
    async fn client(&self, login_id: Option<&LoginId>) -> Option<String> {
        let logins = Logins(&self.broker.short_lived);
        let login = logins.find(login_id?, self.now).await.ok()??;
        login.client_id().map(|client| client.as_str().to_owned())
    }

    pub(super) fn problem(&self, kind: &'static ErrorKind, login_id: Option<&LoginId>) -> Problem {
        let problem = Problem::new(kind)
            .arg(
                "provider",
                words::provider(self.broker, self.t, self.provider_id),
            )
            .note("ok", "note-nothing-handed-over")
            .detail(Message::new("detail-provider").arg("provider", self.provider_id));
        match login_id {
            Some(login_id) => problem.way(way_back(login_id)),
            None => problem.way(web::Way::link("way-account", "/account")),
        }
    }
}
