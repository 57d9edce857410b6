//! `GET /prihlaseni`: off to the broker.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::Query;
use web::policy::ClientAddress;
use web::{Clock, Locale, Problem, Shield, cookie};

use super::{BROWSER_COOKIE, Browser, Logins, Target};
use crate::broker::{Authorization, Broker};
use crate::errors::{stored, with_ways};
use crate::identity::StepUp;
use crate::session::Maybe;

/// What a link to the sign-in may say.
#[derive(Debug, Deserialize)]
pub struct Ask {
    /// The page it leads to, from the list of [`Target`].
    cil: Option<String>,
    /// A higher level, as [`StepUp`] spells it.
    uroven: Option<String>,
}

/// One way to the broker.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// The page it leads to.
    pub target: Target,
    /// The level it has to reach.
    pub step_up: Option<StepUp>,
    /// For whom the person is to act: `self` or a mandate of theirs. Without it the broker keeps or asks.
    pub acting_for: Option<String>,
    /// Who is signed in and leaves to prove more: nobody else's answer will do. The `sub`.
    pub signed_in: Option<String>,
    /// The provider to go to without a choice.
    pub idp_hint: Option<&'static str>,
}

/// Begins a login, unless the person is signed in and that is enough.
pub async fn get(
    State(departures): State<Departures>,
    Maybe(person): Maybe,
    browser: Browser,
    from: ClientAddress,
    locale: Locale,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let mut way = Way {
        target: ask
            .cil
            .as_deref()
            .and_then(Target::parse)
            .unwrap_or_default(),
        step_up: ask.uroven.as_deref().and_then(StepUp::parse),
        ..Way::default()
    };
    if let Some(person) = person {
        let acr = person.session.acr.as_deref();
        if way.step_up.is_none_or(|step_up| step_up.is_met_by(acr)) {
            return Ok(Redirect::to(way.target.path()).into_response());
        }
        way.signed_in = Some(person.session.subject);
    }
    departures.leave(browser, way, from, locale).await
}

/// What beginning a login needs.
#[derive(Debug, Clone)]
pub struct Departures {
    /// The logins under way.
    pub logins: Logins,
    /// How many one address may begin.
    pub begun: Shield,
    /// The broker.
    pub broker: Broker,
    /// The time.
    pub clock: Clock,
}

impl Departures {
    /// Sends the browser to the broker. Nothing is kept when the broker cannot be reached.
    pub async fn leave(
        &self,
        browser: Browser,
        way: Way,
        from: ClientAddress,
        locale: Locale,
    ) -> Result<Response, Problem> {
        let now = self.clock.now();
        self.begun.admit(from, now)?;
        let provider = self
            .broker
            .provider(now)
            .await
            .map_err(|error| with_ways(error.into(), way.target))?;
        let is_new = browser.0.is_none();
        let browser = browser.0.unwrap_or_else(|| self.logins.new_browser());
        let (state, login) = self
            .logins
            .begin(&browser, &way, locale, now)
            .await
            .map_err(stored)?;
        let ask = Authorization {
            step_up: way.step_up,
            idp_hint: way.idp_hint,
            acting_for: way.acting_for.as_deref(),
            subject: way.signed_in.as_deref(),
            locale: locale.code(),
        };
        let go = Redirect::to(
            self.broker
                .authorization_url(&provider, &state, &login.secrets, &ask)
                .as_str(),
        );
        Ok(if is_new {
            (cookie::host(BROWSER_COOKIE, browser), go).into_response()
        } else {
            go.into_response()
        })
    }
}
