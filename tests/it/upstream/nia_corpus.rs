//! Every document that `federation` refuses, brought to a whole broker over HTTP: the page, the audit event, and that nothing
//! else has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use store::audit::Recorded;
use tests::broker::Ground;
use tests::browser::Page;
use url::Url;
use uuid::Uuid;

use super::addressee::Addressee;
use super::corpus::{Case, all, named};
use super::problem;

/// The documents are the same for all, and so is what a store remembers of them: each broker has one of its own.
const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::Postgres];

/// What must be among the documents, whoever changes them.
const ATTACKS: [&str; 8] = [
    "nia_s08", "nia_s09", "nia_s13", "nia_s18", "nia_s26", "atk_s09", "atk_s13", "atk_s16",
];
/// The same of logout messages.
const ATTACKS_ON_LOGOUT: [&str; 5] = ["nia_s38", "nia_s39", "nia_s40", "atk_s17", "atk_s18"];

/// What the broker finds before it asks `federation`, by document.
const FOUND_BEFORE: [(&str, u16, &str, &str); 4] = [
    // The departure that it names is none of ours.
    ("form-relay-state-changed", 400, "LOG-105", "unknown-answer"),
    // Nothing that long is read.
    ("body-too-large", 413, "WEB-413", "too-large"),
    ("too-large", 413, "WEB-413", "too-large"),
    // A GET has no body, and its query is no message of the redirect binding.
    ("form-by-get", 405, "WEB-405", "wrong-method"),
];

/// What a refused document must not leave on a page.
const PERSONAL: [&str; 7] = [
    "NOVÁK",
    "Novák",
    "JANA",
    "1985",
    "7a4c9f10",
    "00000000-bad0",
    "777123456",
];

/// The documents of one provider and configuration, in their order.
fn by_addressee(of: impl Fn(&Case) -> bool) -> Vec<Vec<Case>> {
    let mut grouped: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in all().into_iter().filter(of) {
        let addressee = format!("{} {}", case.provider, case.config);
        grouped.entry(addressee).or_default().push(case);
    }
    grouped.into_values().collect()
}

/// What came otherwise than it should, of all documents: one that surprises hides no other.
#[derive(Debug, Default)]
struct Surprises(Vec<String>);

impl Surprises {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers compare what they have just made"
    )]
    fn note<T: PartialEq + Debug>(&mut self, case: &Case, what: &str, got: T, wanted: T) {
        if got != wanted {
            self.0.push(format!(
                "{}: {what}: {got:?} instead of {wanted:?}",
                case.name
            ));
        }
    }

    /// Exactly one event, of this kind and for this reason, that tells of the provider and nobody.
    fn note_event(&mut self, case: &Case, events: &[Recorded], kind: &str, reason: Option<&str>) {
        let told: Vec<_> = events
            .iter()
            .map(|event| {
                let details = event.details.clone().unwrap_or_default();
                let text = |name: &str| details[name].as_str().map(str::to_owned);
                (
                    event.kind.clone(),
                    event.actor.clone(),
                    event.subject,
                    text("provider"),
                    text("reason"),
                )
            })
            .collect();
        for event in events
            .iter()
            .filter(|event| event.kind.starts_with("login."))
        {
            // Where the login is known, so is the client that wanted it.
            let member = |name: &str| {
                event
                    .details
                    .as_ref()
                    .and_then(|details| details[name].as_str())
            };
            let client = member("login").map(|_| member("client"));
            self.note(
                case,
                "client",
                client.unwrap_or(Some("portal")),
                Some("portal"),
            );
        }
        let wanted = (
            kind.to_owned(),
            "anonymous".to_owned(),
            None,
            Some(case.provider.clone()),
            reason.map(str::to_owned),
        );
        self.note(case, "events", told, vec![wanted]);
    }

    /// The page tells neither why nor about whom.
    fn note_page(&mut self, case: &Case, page: &Page) {
        for secret in PERSONAL.iter().copied().chain([case.expect.as_str()]) {
            self.note(case, secret, page.body.contains(secret), false);
        }
    }
}

async fn is_refused(
    at: &Addressee,
    case: &Case,
    known: &mut BTreeSet<Uuid>,
    surprises: &mut Surprises,
) {
    at.expect(case).await;
    let before = at.holdings().await;

    let page = at.bring(case).await;

    let found = FOUND_BEFORE.iter().find(|(name, ..)| *name == case.name);
    let (status, code, reason) = match (found, case.expect.as_str()) {
        (Some((_, status, code, reason)), _) => (*status, *code, *reason),
        // The request was ours, and so is the fault.
        (None, "provider-refuses-request") => (500, "LOG-112", "provider-broken"),
        // Who says it is not known, and nobody logged in there either way.
        (None, "error-unsigned") => (400, "LOG-119", "error-unsigned"),
        (None, reason) => (400, "LOG-107", reason),
    };
    surprises.note(
        case,
        "page",
        (page.status, problem(&page)),
        (status, code.to_owned()),
    );
    if status == 405 {
        let allowed = page
            .headers
            .get("allow")
            .map(reqwest::header::HeaderValue::as_bytes);
        surprises.note(case, "Allow", allowed, Some(b"POST".as_slice()));
    }
    let kind = format!("login.refused.{reason}");
    surprises.note_event(case, &at.events_beyond(known).await, &kind, None);
    surprises.note_page(case, &page);
    surprises.note(case, "holdings", at.holdings().await, before);
    // Whoever sends rubbish ends nobody's login.
    surprises.note(case, "the departure waits", at.waits(case).await, true);
}

/// The provider says that it cannot answer: the departure is used up at once, and the page says so.
async fn is_away(
    at: &Addressee,
    case: &Case,
    known: &mut BTreeSet<Uuid>,
    surprises: &mut Surprises,
) {
    at.expect(case).await;
    let before = at.broker.counts().await;

    let page = at.bring(case).await;

    surprises.note(
        case,
        "page",
        (page.status, problem(&page)),
        (503, "LOG-111".to_owned()),
    );
    let kind = "login.refused.provider-down";
    surprises.note_event(case, &at.events_beyond(known).await, kind, None);
    surprises.note_page(case, &page);
    surprises.note(case, "people", at.broker.counts().await, before);
    surprises.note(case, "the departure waits", at.waits(case).await, false);
}

/// Nothing is wrong with the document, and it is not a login: the departure is used up, and the browser that left reads why.
async fn leads_back(
    at: &mut Addressee,
    case: &Case,
    kind: &str,
    known: &mut BTreeSet<Uuid>,
    surprises: &mut Surprises,
) {
    at.leave().await;
    at.expect(case).await;
    at.events_beyond(known).await;
    let before = at.broker.counts().await;

    let proof = at.bring(case).await;

    let Some(address) = proof.redirect() else {
        surprises.note(case, "the answer", proof.text(), String::new());
        return;
    };
    surprises.note(case, "the departure waits", at.waits(case).await, false);
    surprises.note(
        case,
        "events before the browser",
        at.events_beyond(known).await.len(),
        0,
    );
    let page = at.get(address.as_str()).await;
    let choice = page.redirect().map(|url| url.path().starts_with("/login/"));
    surprises.note(
        case,
        "back to the choice",
        (page.status, choice),
        (303, Some(true)),
    );
    surprises.note_event(case, &at.events_beyond(known).await, kind, None);
    surprises.note(case, "people", at.broker.counts().await, before);
    let again = at.bring(case).await;
    surprises.note(case, "the second time", again.redirect(), Some(address));
}

/// The genuine document that the provider sends.
fn genuine(provider: &str) -> &'static str {
    match provider {
        "assertion" => "plain-assertion",
        "response" => "plain-response",
        "both" => "plain-both",
        _ => "valid",
    }
}

/// Brings the genuine document: in spite of everything that came before, it logs the browser in that left.
async fn logs_in(at: &mut Addressee, name: &str) {
    let case = named(name);
    at.leave().await;
    at.expect(&case).await;

    let proof = at.bring(&case).await;

    let address = proof
        .redirect()
        .unwrap_or_else(|| panic!("{name}: {}", proof.text()));
    let mut page = at.get(address.as_str()).await;
    while let Some(next) = page
        .redirect()
        .filter(|next| next.host_str() != Some("127.0.0.1"))
    {
        page = at.get(next.as_str()).await;
    }
    let arrived = page
        .redirect()
        .unwrap_or_else(|| panic!("{name}: {}", page.text()));
    assert!(has_code(&arrived), "{arrived}");
    assert_eq!(at.broker.counts().await, [1, 1, 1, 1], "{name}");
}

fn has_code(url: &Url) -> bool {
    url.query_pairs().any(|(name, _)| name == "code")
}

/// The documents answer one and the same departure, and all tests share a Redis: one test after the other.
static DEPARTURE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn every_refused_answer_leaves_its_event_and_nothing_else() {
    let _alone = DEPARTURE.lock().await;
    for ground in GROUNDS {
        let (mut attacks, mut surprises) = (BTreeSet::new(), Surprises::default());
        let refused = |case: &Case| case.is_login() && case.expect != "accepted";
        for cases in by_addressee(refused) {
            let other = cases
                .iter()
                .find(|case| case.name == "state-of-another-provider");
            let mut at = Addressee::of(other.unwrap_or(&cases[0]), ground).await;
            let mut known = BTreeSet::new();
            at.events_beyond(&mut known).await;
            for case in &cases {
                let kind = match case.expect.as_str() {
                    "not-completed" => Some("login.refused.cancelled"),
                    "level-too-low" => Some("login.refused.level-too-low"),
                    _ => None,
                };
                let is_outage =
                    case.expect.starts_with("provider-") && case.expect.ends_with("failed");
                match kind {
                    Some(kind) => leads_back(&mut at, case, kind, &mut known, &mut surprises).await,
                    None if is_outage => is_away(&at, case, &mut known, &mut surprises).await,
                    None => is_refused(&at, case, &mut known, &mut surprises).await,
                }
                attacks.extend(case.attack.clone());
            }
            assert!(surprises.0.is_empty(), "{ground:?}: {:#?}", surprises.0);
            assert_eq!(at.broker.counts().await, [0, 0, 0, 0]);
            logs_in(&mut at, genuine(&cases[0].provider)).await;
        }
        for attack in ATTACKS {
            assert!(attacks.contains(attack), "{attack}");
        }
    }
}

/// Answers to a logout of ours that name which. Its browser has signed out here, and is told so, and that the answer is doubted.
const ANSWERS: [&str; 5] = [
    "logout-response-forged",
    "logout-response-query-relay-state-changed",
    "logout-response-query-algorithm-changed",
    "logout-response-query-lower-hex",
    "logout-response-query-attacker",
];

#[tokio::test]
async fn every_refused_logout_message_leaves_its_event_and_everybody_signed_in() {
    let _alone = DEPARTURE.lock().await;
    for ground in GROUNDS {
        let (mut attacks, mut surprises) = (BTreeSet::new(), Surprises::default());
        let refused = |case: &Case| case.via.starts_with("logout") && case.expect != "accepted";
        for cases in by_addressee(refused) {
            let mut at = Addressee::of(&cases[0], ground).await;
            logs_in(&mut at, "valid").await;
            let mut known = BTreeSet::new();
            at.events_beyond(&mut known).await;
            for case in &cases {
                let before = at.holdings().await;

                let page = at.bring(case).await;

                // Where nobody says anything, there is the page of somebody who is signed out.
                let is_silent = case.expect == "message-missing";
                let expected = if is_silent || ANSWERS.contains(&case.name.as_str()) {
                    (303, String::new())
                } else {
                    (400, "OUT-101".to_owned())
                };
                surprises.note(case, "page", (page.status, problem(&page)), expected);
                let events = at.events_beyond(&mut known).await;
                if is_silent {
                    surprises.note(case, "events", events.len(), 0);
                } else {
                    surprises.note_event(case, &events, "logout.refused", Some(&case.expect));
                }
                surprises.note_page(case, &page);
                surprises.note(case, "holdings", at.holdings().await, before);
                attacks.extend(case.attack.clone());
            }
            assert!(surprises.0.is_empty(), "{ground:?}: {:#?}", surprises.0);
            let silent = at.broker.authorize("portal", &[("prompt", "none")]);
            let still = at.get(&silent).await.redirect().unwrap();
            assert!(has_code(&still), "{still}");

            // The genuine one ends the session that all of them were after.
            let page = at.bring(&named("logout-redirect")).await;

            assert!(page.redirect().is_some(), "{}", page.text());
            let events = at.events_beyond(&mut known).await;
            assert!(
                events.iter().any(|event| event.kind == "session.ended"),
                "{events:?}"
            );
            let ended = at.get(&silent).await.redirect().unwrap();
            assert!(
                ended
                    .query_pairs()
                    .any(|(_, value)| value == "login_required"),
                "{ended}"
            );
        }
        for attack in ATTACKS_ON_LOGOUT {
            assert!(attacks.contains(attack), "{attack}");
        }
    }
}

/// A replayed logout request, and one for a session that nobody here has, end nothing and are told apart in the log (S18).
#[tokio::test]
async fn a_genuine_logout_request_counts_once() {
    for ground in GROUNDS {
        let at = Addressee::of(&named("valid"), ground).await;
        let mut known = BTreeSet::new();
        at.events_beyond(&mut known).await;
        for kind in ["logout.refused.no-session", "logout.refused.replayed"] {
            let page = at.bring(&named("logout-redirect")).await;

            assert_eq!(
                (page.status, problem(&page).as_str()),
                (400, "OUT-101"),
                "{kind}"
            );
            let events = at.events_beyond(&mut known).await;
            let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
            assert_eq!(kinds, [kind]);
        }
        assert_eq!(at.broker.counts().await, [0, 0, 0, 0]);
    }
}
