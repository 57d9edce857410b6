//! Logins under way.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use store::{ShortLived, StorageError};
use web::{Locale, Random};

use super::Target;
use super::start::Way;
use crate::broker::Secrets;
use crate::identity::StepUp;
use crate::session::cookie_hash;

/// Name of the cookie that binds a login to its browser, without its `__Host-` prefix. It is never a session.
pub const BROWSER_COOKIE: &str = "portal-browser";

/// One login between the way out and the way back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    /// Hash of the browser's cookie.
    browser: String,
    /// What only we and the broker know.
    pub secrets: Secrets,
    /// Where it leads.
    pub target: Target,
    /// What the answer has to reach.
    pub step_up: Option<StepUp>,
    /// For whom the person has to act then: `self` or a mandate.
    #[serde(default)]
    pub acting_for: Option<String>,
    /// Who was signed in when it began, and has to be who comes back: the `sub`.
    #[serde(default)]
    pub signed_in: Option<String>,
    /// The language it was begun in.
    pub locale: Locale,
}

/// Where a login that was answered already led.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    browser: String,
    /// The page.
    pub target: Target,
}

/// The store of logins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Logins {
    short_lived: ShortLived,
    random: Random,
}

impl Logins {
    /// Logins kept in this store.
    pub fn new(short_lived: ShortLived, random: Random) -> Self {
        Self {
            short_lived,
            random,
        }
    }

    /// A fresh value for the browser's cookie.
    pub fn new_browser(&self) -> String {
        self.random.token()
    }

    /// Begins a login in this browser; returns its `state`. Refused while the store is full.
    pub async fn begin(
        &self,
        browser: &str,
        way: &Way,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<(String, Login), StorageError> {
        self.short_lived.admit(now).await?;
        let state = self.random.token();
        let login = Login {
            browser: hashed(browser),
            secrets: Secrets::new(&self.random),
            target: way.target,
            step_up: way.step_up,
            acting_for: way.acting_for.clone(),
            signed_in: way.signed_in.clone(),
            locale,
        };
        self.short_lived
            .put_json(&open_key(&state), &login, LIFE, now)
            .await?;
        Ok((state, login))
    }

    /// Reads a login without using it up.
    pub async fn find(
        &self,
        state: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        self.short_lived.get_json(&open_key(state), now).await
    }

    /// Takes a login: of any number of answers exactly one gets it. The others learn where it leads.
    pub async fn take(
        &self,
        state: &str,
        login: &Login,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        let answered = Answered {
            browser: login.browser.clone(),
            target: login.target,
        };
        self.short_lived
            .put_json(&answered_key(state), &answered, REMEMBERED, now)
            .await?;
        self.short_lived.take_json(&open_key(state), now).await
    }

    /// Where a login led that was answered within the last ten minutes.
    pub async fn find_answered(
        &self,
        state: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Answered>, StorageError> {
        self.short_lived.get_json(&answered_key(state), now).await
    }
}

impl Login {
    /// Whether this browser began it.
    pub fn belongs_to(&self, browser: Option<&str>) -> bool {
        browser.is_some_and(|browser| hashed(browser) == self.browser)
    }
}

impl Answered {
    /// Whether this browser began it.
    pub fn belongs_to(&self, browser: Option<&str>) -> bool {
        browser.is_some_and(|browser| hashed(browser) == self.browser)
    }
}

fn hashed(browser: &str) -> String {
    URL_SAFE_NO_PAD.encode(cookie_hash(browser))
}

fn open_key(state: &str) -> String {
    format!("login:{state}")
}

fn answered_key(state: &str) -> String {
    format!("login-answered:{state}")
}

const LIFE: TimeDelta = TimeDelta::hours(1);
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);
