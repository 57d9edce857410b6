//! `GET` and `POST /upstream/{provider}/answer`: a provider's answer arrives, for NIA as a cross-site POST without our
//! cookies.
//!
//! In order: 1. size; 2. the correlation is known and open, and the provider is the one the browser left for; where the answer comes
//! with our cookies, the browser is the one that left; 3. verification (`federation`); 4. replay keys; 5. the answer is stored and the departure taken; 6. 303 to where the
//! browser is proved. A second arrival is led to the same place.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, Method as HttpMethod, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{
    Answer, Correlation, Method, Refusal, ReplayKey, Unable, UpstreamError, UpstreamProvider,
    Verified,
};
use web::form::Path;
use web::policy::ClientAddress;
use web::{Locale, Problem, Texts};

use super::admitted::Admitted;
use super::pushed;
use super::turn::Turn;
use crate::audit;
use crate::broker::Broker;
use crate::login::ids::{AnswerHandle, LoginId};
use crate::login::kept::{Departed, Ended, Errand, Intake, Logins, Outcome, Waiting};
use crate::login::meter;
use crate::login::open::Open;
use crate::login::problems::{self, Trouble};
use crate::login::refused::{self, Circumstances, Reason};
use crate::session::{Browser, BrowserHash};
use crate::storage::provider_attribute;

/// An answer arrives.
#[tracing::instrument(name = "upstream.answer", skip_all, fields(provider.id = %provider_id, login.id, client.id))]
pub(crate) async fn receive(
    State(broker): State<Broker>,
    _: Admitted,
    Path(provider_id): Path<String>,
    (method, RawQuery(query), headers): (HttpMethod, RawQuery, HeaderMap),
    (browser, ClientAddress(from)): (Browser, ClientAddress),
    locale: Locale,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    // Whoever only looks whether a link leads somewhere must not use up what it carries.
    if method == HttpMethod::HEAD {
        return Ok((StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET,POST")]).into_response());
    }
    let now = broker.clock.now();
    let Some(provider) = broker.providers.get(&provider_id) else {
        refused::record(
            &broker,
            Reason::ProviderDisabled,
            Circumstances::default(),
            now,
        )
        .await?;
        return Err((&problems::PROVIDER_UNKNOWN).into());
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) if is_too_large(&rejection) => {
            let known = Circumstances {
                provider: Some(&provider_id),
                ..Circumstances::default()
            };
            meter::answered(&provider_id, Refusal::TooLarge.code());
            let event = refused::verification_event(&Refusal::TooLarge, known);
            audit::record_alone(&broker, event, now).await?;
            return Err((&web::problem::TOO_LARGE).into());
        }
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let answer = Answer {
        from: Some(from),
        ..answer(&method, query, &headers, &body)
    };
    let arriving = Arriving {
        broker: &broker,
        provider_id: &provider_id,
        provider: provider.as_ref(),
        other_method: if method == HttpMethod::POST {
            "GET"
        } else {
            "POST"
        },
        browser: browser.hash(),
        t: broker.site.texts(locale),
        now,
    };
    arriving.take_in(answer).await
}

/// Whether a body was longer than anything that providers send.
pub(super) fn is_too_large(rejection: &BytesRejection) -> bool {
    rejection.status() == StatusCode::PAYLOAD_TOO_LARGE
}

/// The raw octets: signatures cover them.
pub(super) fn answer(
    method: &HttpMethod,
    query: Option<String>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Answer {
    Answer {
        method: if method == HttpMethod::POST {
            Method::Post
        } else {
            Method::Get
        },
        query: query.unwrap_or_default().into_bytes(),
        body: body.to_vec(),
        content_type: headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        from: None,
    }
}

/// An answer that arrives at one provider's address.
pub(super) struct Arriving<'a> {
    pub(super) broker: &'a Broker,
    pub(super) provider_id: &'a str,
    pub(super) provider: &'a dyn UpstreamProvider,
    /// The way in which it did not come.
    pub(super) other_method: &'static str,
    /// Who brings it, where it comes with our cookies; else a browser that nobody knows.
    pub(super) browser: BrowserHash,
    pub(super) t: Texts,
    pub(super) now: DateTime<Utc>,
}

impl Arriving<'_> {
    async fn take_in(&self, answer: Answer) -> Result<Response, Trouble> {
        let correlation = match self.provider.correlate(&answer) {
            Ok(correlation) => correlation,
            Err(_) if self.provider.is_of_the_only_departure(&answer) => {
                self.only_departure().await?
            }
            Err(error) => return self.unverified(error, None).await,
        };
        let logins = Logins(&self.broker.short_lived);
        let Some(departed) = logins.find_departure(&correlation, self.now).await? else {
            return self.arrived_before(&correlation).await;
        };
        let Errand::Login {
            login_id,
            handle,
            force,
            minimum,
            takes_anybody,
            branch,
        } = departed.errand.clone()
        else {
            return self
                .refuse(Reason::UnknownAnswer, &problems::ANSWER_UNKNOWN, None)
                .await;
        };
        tracing::Span::current().record("login.id", login_id.short());
        if departed.provider != self.provider_id {
            return self
                .refuse(
                    Reason::OtherProvider,
                    &problems::ANSWER_ELSEWHERE,
                    Some(&login_id),
                )
                .await;
        }
        if self.provider.returns_by_link() && departed.browser != self.browser {
            return self
                .refuse(
                    Reason::OtherBrowser,
                    &problems::OTHER_BROWSER,
                    Some(&login_id),
                )
                .await;
        }
        if self.now > departed.answer_by {
            return self
                .refuse(Reason::Late, &problems::ANSWER_LATE, Some(&login_id))
                .await;
        }

        if self.provider.describe().answers_once {
            match self.turn(&correlation).await? {
                Turn::Ours => {}
                Turn::Theirs => return self.arrived_before(&correlation).await,
                Turn::Never => {
                    return Err(self
                        .problem(&problems::PROVIDER_DOWN, Some(&login_id))
                        .into());
                }
            }
        }
        let verified = self
            .provider
            .finish_login(departed.state.clone(), answer, self.now)
            .await;
        self.note_attributes().await?;
        if verified.is_err() && self.provider.describe().answers_once {
            logins.give_up_turn(&correlation).await?;
        }
        let waiting = |outcome| Waiting {
            login_id: login_id.clone(),
            provider: self.provider_id.to_owned(),
            browser: departed.browser.clone(),
            departed_at: departed.departed_at,
            verified_at: self.now,
            force,
            minimum,
            takes_anybody,
            branch,
            outcome,
        };
        let (outcome, replay_keys) = match verified {
            Ok(Verified {
                assertion,
                replay_keys,
            }) => {
                let kept = self.broker.keep_key.keep(handle.as_str(), &assertion);
                let kept =
                    kept.map_err(|error| Problem::new(&web::problem::INTERNAL).because(error))?;
                (Outcome::Person(kept), replay_keys)
            }
            Err(UpstreamError::Cancelled) => (Outcome::Cancelled, Vec::new()),
            Err(UpstreamError::NotCompleted) => (Outcome::EndedThere, Vec::new()),
            Err(UpstreamError::Unable(why)) => (Outcome::Unable(why), Vec::new()),
            // The person in the browser reads what they may do; why, is the officers' matter.
            Err(UpstreamError::Died(event)) => {
                pushed::note(self.broker, self.provider_id, &event, self.now).await?;
                (Outcome::Unable(Unable::NotEligible), Vec::new())
            }
            Err(UpstreamError::LevelTooLow) => (Outcome::TooLow, Vec::new()),
            Err(error @ (UpstreamError::SaidUnavailable | UpstreamError::Failed)) => {
                let waiting = waiting(Outcome::Cancelled);
                return self.out_there(error, &correlation, &handle, &waiting).await;
            }
            Err(UpstreamError::Refused(Refusal::WrongCredentials)) => {
                return self.ask_again(&correlation, &login_id).await;
            }
            Err(error) => return self.unverified(error, Some(&login_id)).await,
        };
        let waiting = waiting(outcome);
        let come = Come {
            correlation: &correlation,
            departed: &departed,
            handle: &handle,
        };
        self.store(come, &waiting, &replay_keys).await
    }

    /// The departure of an answer that does not say from which one it comes: the only one that this browser has open.
    async fn only_departure(&self) -> Result<Correlation, Trouble> {
        let logins = Logins(&self.broker.short_lived);
        let open = logins
            .find_open(self.provider_id, &self.browser, self.now)
            .await?;
        let (reason, kind) = match open {
            Open::One(correlation) => return Ok(correlation),
            Open::Nothing => (Reason::UnknownAnswer, &problems::ANSWER_UNKNOWN),
            Open::Several => (Reason::SeveralUnderWay, &problems::SEVERAL_UNDER_WAY),
        };
        Err(self.turned_away(reason, kind, None).await?)
    }

    /// Keeps the names of attributes that came for the first time, whatever became of the answer.
    async fn note_attributes(&self) -> Result<(), Trouble> {
        let names = self.provider.newly_seen();
        if names.is_empty() {
            return Ok(());
        }
        let realm = self.provider.describe().realm.as_str();
        let mut tx = self.broker.db.begin().await?;
        for name in names {
            provider_attribute::note(&mut tx, realm, &name, self.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn store(
        &self,
        come: Come<'_>,
        waiting: &Waiting,
        replay_keys: &[ReplayKey],
    ) -> Result<Response, Trouble> {
        let Come {
            correlation,
            departed,
            handle,
        } = come;
        let mut tx = self.broker.db.begin().await?;
        let logins = Logins(&self.broker.short_lived);
        match logins
            .take_in(&mut tx, correlation, handle, waiting, replay_keys, self.now)
            .await?
        {
            Intake::First => {
                // Only a verified person shows that it works: whoever holds a browser can say that somebody gave up.
                if matches!(waiting.outcome, Outcome::Person(_)) {
                    let away = self.now - departed.departed_at;
                    let (broker, provider) = (self.broker, self.provider_id);
                    broker
                        .health
                        .answered(broker, &mut tx, provider, away, self.now)
                        .await?;
                }
                tx.commit().await?;
            }
            Intake::Before => drop(tx),
            Intake::Replayed => {
                drop(tx);
                return self
                    .refuse(
                        Reason::Replayed,
                        &problems::ANSWER_REPLAYED,
                        Some(&waiting.login_id),
                    )
                    .await;
            }
        }
        Ok(to_browser_proof(&waiting.login_id, handle))
    }

    /// The provider says by way of the browser that it cannot answer now. That ends the departure as any answer does, at
    /// once, since there is nothing to prove a browser for. Signed, it is one that failed. Else anybody can say it: that is noted by itself, once
    /// for each browser, and counts as neither answered nor failed.
    async fn out_there(
        &self,
        error: UpstreamError,
        correlation: &Correlation,
        handle: &AnswerHandle,
        waiting: &Waiting,
    ) -> Result<Response, Trouble> {
        let logins = Logins(&self.broker.short_lived);
        let mut tx = self.broker.db.begin().await?;
        let intake = logins
            .take_in(&mut tx, correlation, handle, waiting, &[], self.now)
            .await?;
        if intake != Intake::First {
            drop(tx);
            return self.arrived_before(correlation).await;
        }
        let ended = Ended {
            browser: waiting.browser.clone(),
            login_id: waiting.login_id.clone(),
            sent: None,
        };
        logins
            .take_answer(&mut tx, handle, &ended, self.now)
            .await?;
        tx.commit().await?;
        let (broker, provider) = (self.broker, self.provider_id);
        if matches!(error, UpstreamError::SaidUnavailable) {
            let browser = &waiting.browser;
            broker
                .health
                .said_out(broker, provider, browser, self.now)
                .await;
        }
        self.unverified(error, Some(&waiting.login_id)).await
    }

    /// No departure waits for it. An answer that was here before leads to the same place, where the browser is asked;
    /// anything else began elsewhere (S13).
    async fn arrived_before(&self, correlation: &Correlation) -> Result<Response, Trouble> {
        match Logins(&self.broker.short_lived)
            .find_arrival(correlation, self.now)
            .await?
        {
            Some(arrival) if arrival.provider == self.provider_id => {
                Ok(to_browser_proof(&arrival.login_id, &arrival.handle))
            }
            Some(arrival) => {
                self.refuse(
                    Reason::OtherProvider,
                    &problems::ANSWER_ELSEWHERE,
                    Some(&arrival.login_id),
                )
                .await
            }
            None => {
                self.refuse(Reason::UnknownAnswer, &problems::ANSWER_UNKNOWN, None)
                    .await
            }
        }
    }

    /// A wrong password on the page that we show for a demo provider.
    async fn ask_again(
        &self,
        correlation: &Correlation,
        login_id: &LoginId,
    ) -> Result<Response, Trouble> {
        let known = Circumstances {
            provider: Some(self.provider_id),
            login: Some(login_id),
            ..Circumstances::default()
        };
        meter::answered(self.provider_id, Refusal::WrongCredentials.code());
        let event = refused::verification_event(&Refusal::WrongCredentials, known);
        audit::record_alone(self.broker, event, self.now).await?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", correlation.as_str())
            .append_pair("again", "1")
            .finish();
        Ok(Redirect::to(&format!("/upstream/{}/demo?{query}", self.provider_id)).into_response())
    }
}

/// An answer that came to its departure.
struct Come<'a> {
    correlation: &'a Correlation,
    departed: &'a Departed,
    handle: &'a AnswerHandle,
}

fn to_browser_proof(login_id: &LoginId, handle: &AnswerHandle) -> Response {
    Redirect::to(&format!("/login/{login_id}/answer/{handle}")).into_response()
}
