//! What a browser keeps of a login, so that an expired one begins anew: where it leads, sealed for this browser and this login, in
//! a cookie that goes along with the login's own addresses alone. We keep nothing of a login whose hour is over.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use web::cookie::{self, HostCookie};

use super::ids::LoginId;
use super::kept::{Goal, Login, path_of};
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::session::Browser;

/// How long a login may begin anew.
const KEPT: Duration = Duration::hours(24);
/// Browsers keep cookies of 4,096 octets, name and attributes included. What asks for more is not remembered.
const LONGEST: usize = 3_500;

/// The name of the cookie, behind the program's.
pub(crate) const COOKIE: &str = "login";

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    goal: Goal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<AccountId>,
    started_at: DateTime<Utc>,
}

/// The cookie of a login; `None` where the login leads to nothing that can begin anew.
pub(crate) fn remember(broker: &Broker, login: &Login, browser: &Browser) -> Option<HostCookie> {
    if matches!(login.goal, Goal::Link(_) | Goal::Staff) {
        return None;
    }
    let kept = Kept {
        goal: login.goal.clone(),
        person: login.person,
        started_at: login.started_at,
    };
    let plain = serde_json::to_vec(&kept).ok()?;
    let sealed = broker
        .master_key
        .seal(&place(&login.id, browser), &plain)
        .ok()?;
    let value = URL_SAFE_NO_PAD.encode(sealed);
    (value.len() <= LONGEST).then(|| {
        cookie::host(broker.site.cookie_name(COOKIE), value)
            .lasting(KEPT)
            .under(path_of(&login.id))
    })
}

/// Where a login led of which we know nothing any more, and whose it was, when this browser still knows it.
pub(crate) fn recall(
    broker: &Broker,
    login_id: &LoginId,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Option<(Goal, Option<AccountId>)> {
    let sealed = URL_SAFE_NO_PAD.decode(browser.login()?).ok()?;
    let plain = broker
        .master_key
        .open(&place(login_id, browser), &sealed)
        .ok()?;
    let kept: Kept = serde_json::from_slice(&plain).ok()?;
    (now < kept.started_at + KEPT).then_some((kept.goal, kept.person))
}

fn place(login_id: &LoginId, browser: &Browser) -> String {
    format!("login/{login_id}/{}", browser.hash().as_str())
}
