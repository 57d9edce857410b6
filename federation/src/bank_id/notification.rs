//! Notifications of changed claims (reference of Bank iD, section 8).
//!
//! They come as a body of their own or as a form field, signed and, where the portal says so, encrypted. What is meant
//! for another application, and kinds of event that we do not know, are passed over.

use chrono::TimeDelta;
use serde_json::Value;

use super::attributes::kinds_of;
use crate::answer::{Answer, Method};
use crate::assertion::{Realm, Subject};
use crate::inbound::Event;
use crate::oidc::answer::one;
use crate::oidc::id_token::{names, text};
use crate::oidc::jws::Signed;
use crate::oidc::pushed::{Expected, replay_key, until};
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// How old a notification may be: it is sent again for a while when we do not answer.
const OLDEST: TimeDelta = TimeDelta::hours(24);
/// The claim that tells that a person died, and when.
pub(super) const DIED: &str = "date_of_death";
/// Changes that an officer has to look at.
const GRAVE: [&str; 2] = ["sub", DIED];
/// Events one notification may hold.
const MOST: usize = 1000;

/// The token of a notification.
pub(super) fn token(answer: &Answer) -> Result<String, Refusal> {
    if answer.method != Method::Post {
        return Err(Refusal::WrongMethod);
    }
    let token = if answer.is_form() {
        one(answer, "notification_token")?.ok_or(Refusal::MessageMissing)?
    } else {
        String::from_utf8(answer.body.clone()).map_err(|_| Refusal::NotUtf8)?
    };
    let token = token.trim();
    if token.is_empty() {
        return Err(Refusal::MessageMissing);
    }
    Ok(token.to_owned())
}

/// What an officer hears when `/profile` itself tells of a death, as a notification would.
pub(super) fn death(realm: &Realm, subject: &str) -> Event {
    Event::ClaimsChanged {
        realm: realm.clone(),
        subject: Subject::new(subject),
        claims: vec![DIED.to_owned()],
        kinds: Vec::new(),
        grave: true,
        replay_keys: Vec::new(),
    }
}

/// Reads a notification whose signature holds.
pub(crate) fn read(
    signed: &Signed,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let claims = &signed.claims;
    if text(claims, "iss") != Some(expected.issuer) {
        return Err(Refusal::TokenIssuerWrong);
    }
    // It names no audience; if it does, it is us.
    let is_ours = |audience: &Value| names(audience, expected.client_id);
    if !claims.get("aud").is_none_or(is_ours) {
        return Err(Refusal::TokenAudienceWrong);
    }
    let until = until(signed, expected.skew, OLDEST, now)?;
    let key = replay_key(signed, "notification", expected.realm, until)?;
    let events = claims
        .get("events")
        .and_then(Value::as_array)
        .filter(|events| events.len() <= MOST)
        .ok_or(Refusal::NotificationMalformed)?;
    let mut changes = Vec::new();
    for event in events {
        let affects_us = event
            .get("affected_client_ids")
            .is_some_and(|clients| names(clients, expected.client_id));
        if event
            .get("type")
            .is_none_or(|kind| kind != "claims_updated")
            || !affects_us
        {
            continue;
        }
        let subject = event
            .get("sub")
            .and_then(Value::as_str)
            .filter(|subject| !subject.is_empty())
            .ok_or(Refusal::NotificationMalformed)?;
        let changed: Vec<String> = event
            .get("affected_claims")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| name.len() <= 60 && name.bytes().all(|b| b.is_ascii_graphic()))
            .map(str::to_owned)
            .collect();
        // One key for each event: they are recorded one by one.
        let mut key = key.clone();
        key.key = format!("{}:{}", key.key, changes.len());
        changes.push(Event::ClaimsChanged {
            realm: expected.realm.clone(),
            subject: Subject::new(subject),
            grave: changed.iter().any(|name| GRAVE.contains(&name.as_str())),
            kinds: kinds_of(&changed),
            claims: changed,
            replay_keys: vec![key],
        });
    }
    Ok(changes)
}
