//! The page where one more way in is chosen.

use askama::Template;
use chrono::{DateTime, Utc};
use federation::Demand;
use futures_util::future::join_all;
use web::{Problem, Shell, Texts};

use crate::broker::Broker;
use crate::login::choice::{unable_text, withheld};
use crate::login::doing::Doing;
use crate::login::ids::LoginId;
use crate::login::kept::{Logins, Notice};
use crate::login::offers::Offer;
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
    /// The name of the way in that has to be added now.
    pub(super) former: Option<String>,
    pub(super) free: Vec<WayView>,
    pub(super) held: Vec<WayView>,
}

/// A way in that can be added.
pub(super) struct WayView {
    pub(super) id: String,
    icon: &'static str,
    name: String,
    words: String,
    doing: Doing,
    places: Places,
}

impl WayView {
    /// All of a list in its order, with the places behind each that can be chosen at this moment. `instead`: what may be taken instead of
    /// one that does badly.
    pub(super) async fn list(
        broker: &Broker,
        offers: &[Offer],
        instead: &[Offer],
        t: Texts,
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        let views = offers.iter().map(async |offer| Self {
            id: offer.id.clone(),
            icon: words::provider_icon(offer.kind),
            name: words::provider_name(t, offer.kind, offer.title.as_ref()),
            words: words::provider_words(t, offer.kind),
            doing: Doing::of(offer, instead, Demand::NONE, t),
            places: match broker.providers.get(&offer.id) {
                Some(provider) => Places::of(provider.as_ref(), None, now).await,
                None => Places::default(),
            },
        });
        join_all(views).await
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
