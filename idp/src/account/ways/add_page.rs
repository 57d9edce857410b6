//! The page where one more way in is chosen.

use askama::Template;
use chrono::{DateTime, Utc};
use federation::UpstreamProvider;
use web::{Problem, Shell, Texts};

use crate::broker::Broker;
use crate::login::choice::{unable_text, withheld};
use crate::login::ids::LoginId;
use crate::login::kept::{Logins, Notice};
use crate::login::way::Places;
use crate::session::Browser;
use crate::words;

/// Where one more way in is chosen.
#[derive(Template)]
#[template(path = "pages/account/link.html")]
pub(super) struct LinkPage {
    pub(super) shell: Shell,
    pub(super) notice: Option<Told>,
    pub(super) is_proved: bool,
    pub(super) free: Vec<WayView>,
    pub(super) held: Vec<WayView>,
}

/// A way in that can be added.
pub(super) struct WayView {
    pub(super) id: String,
    icon: &'static str,
    name: String,
    words: String,
    places: Places,
}

impl WayView {
    /// With the places behind it that can be chosen at this moment.
    pub(super) async fn of(
        t: Texts,
        id: &str,
        provider: &dyn UpstreamProvider,
        now: DateTime<Utc>,
    ) -> Self {
        let description = provider.describe();
        Self {
            id: id.to_owned(),
            icon: words::provider_icon(description.kind),
            name: words::provider_name(t, description.kind, description.title.as_ref()),
            words: words::provider_words(t, description.kind),
            places: Places::of(provider, None, now).await,
        }
    }
}

/// What came of the last attempt, told to its own browser.
pub(super) async fn last_attempt(
    broker: &Broker,
    login_id: &LoginId,
    browser: &Browser,
    t: Texts,
    now: DateTime<Utc>,
) -> Result<Option<Told>, Problem> {
    let login = Logins(&broker.short_lived)
        .find(login_id, now)
        .await
        .map_err(|error| Problem::new(&web::problem::UNAVAILABLE).because(error))?;
    let notice = login
        .filter(|login| login.browser.as_ref() == Some(&browser.hash()))
        .and_then(|login| login.notice);
    Ok(notice.map(|notice| Told::of(broker, &notice, t)))
}

/// What came of the last attempt, in words.
pub(super) struct Told {
    tone: &'static str,
    title: String,
    text: String,
}

impl Told {
    fn of(broker: &Broker, notice: &Notice, t: Texts) -> Self {
        let (tone, id) = match notice {
            Notice::Cancelled { .. } => ("info", "link-cancelled"),
            Notice::EndedThere { .. } => ("info", "notice-ended-there"),
            Notice::Unable { why, .. } => ("warn", unable_text(*why)),
            Notice::TooLow { .. } | Notice::NotAnew { .. } => ("warn", "link-not-anew"),
            Notice::Down { .. } => ("bad", "notice-down"),
            Notice::BranchGone { .. } => ("warn", "notice-branch-gone"),
            _ => ("info", "notice-again"),
        };
        let provider = notice.provider().unwrap_or_default();
        let provider = words::provider(broker, t, provider);
        let withheld = withheld(notice, t);
        let text = |part: &str| {
            let text = t.text(&format!("{id}-{part}"));
            let text = text.arg("provider", &provider);
            text.arg("withheld", &withheld).to_string()
        };
        Self {
            tone,
            title: text("title"),
            text: text("text"),
        }
    }
}
