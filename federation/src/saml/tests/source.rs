//! Metadata from an address: the last good copy, and what an unknown key leads to.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use outbound::{Outbound, OutboundConfig, Shelf};
use serde_json::json;
use tokio::sync::watch;
use url::Url;

use super::super::source::Source;
use super::host::Host;
use super::metadata::rules_of_production;
use crate::environment::Environment;
use crate::finding::Severity;
use crate::nia::Nia;
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::{Keys, ask, base, form, now, outbound, read, request_id, testdata};
use crate::provider::{Timestamp, UpstreamProvider};
use crate::registry::Place;

/// NIA with metadata at that host, in the sandbox, where a source may be plain http.
fn nia(host: &Host) -> Nia {
    nia_through(host, &outbound())
}

fn nia_through(host: &Host, outbound: &Outbound) -> Nia {
    let base = base();
    let place = Place {
        id: "nia",
        environment: Environment::Sandbox,
        base_url: &base,
    };
    let config = json!({
        "environment": "sandbox",
        "metadata_url": host.url,
        "origins": ["https://nia.example.cz"],
        "certificate": { "active": { "file": testdata("keys/idp.crt.pem") }, "next": { "file": testdata("keys/idp-next.crt.pem") } },
    });
    Nia::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        outbound,
        Keys::one(),
    )
    .unwrap()
}

fn metadata(name: &str) -> Vec<u8> {
    read(&format!("metadata/{name}.xml"))
}

async fn log_in(nia: &Nia, document: &str, started: Timestamp) -> Result<(), &'static str> {
    let departure = nia
        .start_login(&ask(), started)
        .await
        .map_err(|error| code(&error))?;
    let answer = form("SAMLResponse", &read(document), &request_id());
    nia.finish_login(departure.state, answer, now())
        .await
        .map(drop)
        .map_err(|error| code(&error))
}

fn earlier(minutes: i64) -> Timestamp {
    now() - TimeDelta::minutes(minutes)
}

#[tokio::test]
async fn metadata_are_fetched_at_the_first_login_and_then_kept() {
    let host = Host::saying(metadata("active")).await;
    let nia = nia(&host);
    assert_eq!(host.asked(), 0);

    assert_eq!(log_in(&nia, "valid.xml", earlier(1)).await, Ok(()));
    assert_eq!(log_in(&nia, "valid.xml", earlier(1)).await, Ok(()));

    assert_eq!(host.asked(), 1);
}

#[tokio::test]
async fn without_metadata_nobody_leaves() {
    let host = Host::saying(b"<html><body>Odst\xc3\xa1vka</body></html>".to_vec()).await;

    assert_eq!(
        log_in(&nia(&host), "valid.xml", earlier(1)).await,
        Err("unavailable")
    );
}

#[tokio::test]
async fn nia_s34_the_last_good_copy_stays_whatever_comes_after_it() {
    let bad = [
        "unsigned",
        "signed-by-attacker",
        "signed-by-expired",
        "changed",
        "other-entity",
        "entities",
        "foreign-host",
        "past",
        "no-key",
        "doctype",
        "empty",
        "html",
    ];
    for name in bad {
        let host = Host::saying(metadata("active")).await;
        let nia = nia(&host);
        nia.start_login(&ask(), earlier(10)).await.unwrap();
        host.say(metadata(name));

        // An unknown key makes it ask again; what it hears is refused, and what it had stays.
        let refused = log_in(&nia, "attacker-key.xml", earlier(10)).await;
        let asked = host.asked();
        let after = log_in(&nia, "valid.xml", earlier(10)).await;

        assert_eq!(
            (refused, asked, after),
            (Err("signature-mismatch"), 2, Ok(())),
            "{name}"
        );
    }
}

#[tokio::test]
async fn atk_s19_a_refresh_that_swaps_the_provider_keeps_the_last_good_copy() {
    for name in [
        "other-entity",
        "foreign-host",
        "only-encryption-key",
        "unsigned",
        "past",
        "entities",
        "no-role",
    ] {
        let host = Host::saying(metadata("active")).await;
        let nia = nia(&host);
        nia.start_login(&ask(), earlier(10)).await.unwrap();
        host.say(metadata(name));

        let refused = log_in(&nia, "attacker-key.xml", earlier(10)).await;

        assert_eq!(refused, Err("signature-mismatch"), "{name}");
        assert_eq!(
            log_in(&nia, "valid.xml", earlier(10)).await,
            Ok(()),
            "{name}"
        );
    }
}

/// In production, where the source itself would have to be https.
#[tokio::test]
async fn metadata_of_the_test_environment_replace_no_last_good_copy_and_a_check_says_so() {
    for name in [
        "production-test-key",
        "production-test-host",
        "production-test-logout",
        "active",
    ] {
        let host = Host::saying(metadata("production")).await;
        let hour = Duration::from_hours(1);
        let source = Source::address("nia", &host.url, hour, rules_of_production(), &outbound());
        let first = source.get(earlier(60)).await.unwrap();
        host.say(metadata(name));

        let newer = source.newer_than(&first, now()).await;
        let after = source.get(now()).await.unwrap();
        let (findings, checked) = source.check(now()).await;

        assert_eq!(host.asked(), 3, "{name}");
        assert!(newer.is_none() && Arc::ptr_eq(&first, &after), "{name}");
        let [finding] = &findings[..] else {
            panic!("{name}: {findings:?}")
        };
        assert!(checked.is_none(), "{name}");
        assert_eq!(
            (finding.severity, finding.code),
            (Severity::Broken, "saml.metadata")
        );
        assert!(
            finding.message.contains("test environment"),
            "{name}: {finding:?}"
        );

        // A minute later the source is asked again, and what is right is taken.
        host.say(metadata("production-moved"));
        let newer = source
            .newer_than(&first, now() + TimeDelta::minutes(2))
            .await;
        assert!(newer.is_some(), "{name}");
    }
}

#[tokio::test]
async fn nia_s35_an_unknown_key_leads_to_one_refresh_and_a_refusal() {
    let host = Host::saying(metadata("active")).await;
    let nia = nia(&host);
    nia.start_login(&ask(), earlier(10)).await.unwrap();

    for _ in 0..5 {
        assert_eq!(
            log_in(&nia, "attacker-key.xml", earlier(10)).await,
            Err("signature-mismatch")
        );
    }

    assert_eq!(host.asked(), 2);
}

#[tokio::test]
async fn nia_s35_a_key_announced_meanwhile_is_accepted_after_the_refresh() {
    let host = Host::saying(metadata("active")).await;
    let nia = nia(&host);
    nia.start_login(&ask(), earlier(10)).await.unwrap();
    assert_eq!(
        log_in(&nia, "unannounced-key.xml", earlier(4)).await,
        Err("signature-mismatch")
    );
    host.say(metadata("with-new-key"));

    // Too soon after the last refresh, nothing is fetched; a new broker asks at once.
    assert_eq!(
        log_in(&nia, "unannounced-key.xml", earlier(4)).await,
        Err("signature-mismatch")
    );
    assert_eq!(host.asked(), 2);
    assert_eq!(
        log_in(&self::nia(&host), "unannounced-key.xml", earlier(4)).await,
        Ok(())
    );
}

#[tokio::test]
async fn a_check_looks_and_keeps_nothing() {
    let host = Host::saying(metadata("with-new-key")).await;
    let nia = nia(&host);

    let findings = nia.check(now()).await;

    let worst = findings.iter().map(|finding| finding.severity).max();
    assert_eq!(worst, Some(Severity::Warning), "{findings:#?}");
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    for code in [
        "saml.own-certificate-expires",
        "saml.metadata",
        "saml.certificate-expires",
        "saml.certificate-unpinned",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    host.say(metadata("unsigned"));
    assert_eq!(
        log_in(&nia, "valid.xml", earlier(1)).await,
        Err("unavailable")
    );
}

#[tokio::test]
async fn a_check_says_what_is_broken_and_what_ends_soon() {
    let host = Host::saying(metadata("unsigned")).await;
    let worst = |findings: Vec<crate::finding::Finding>| {
        findings
            .into_iter()
            .max_by_key(|finding| finding.severity)
            .unwrap()
    };

    let unsigned = worst(nia(&host).check(now()).await);
    let unreachable = {
        let closed = Host::away();
        worst(nia(&closed).check(now()).await)
    };
    host.say(metadata("active"));
    let ending = worst(nia(&host).check(now() + TimeDelta::days(1_110)).await);

    assert_eq!(
        (unsigned.severity, unsigned.code),
        (Severity::Broken, "saml.metadata"),
        "{unsigned:?}"
    );
    assert!(unsigned.message.contains("not signed"), "{unsigned:?}");
    assert_eq!(
        (unreachable.severity, unreachable.code),
        (Severity::Broken, "saml.unreachable"),
        "{unreachable:?}"
    );
    assert_eq!(ending.severity, Severity::Warning, "{ending:?}");
    assert!(ending.message.contains("days"), "{ending:?}");
}

/// The change that a check tells of.
async fn told(nia: &Nia, now: Timestamp) -> Option<String> {
    let findings = nia.check(now).await;
    let change = findings
        .into_iter()
        .find(|finding| finding.code == "saml.metadata-changed")?;
    assert_eq!(change.severity, Severity::Warning);
    Some(change.message)
}

/// What is validly signed is trusted, and the operator hears of it with old and new (reference of NIA, section 21).
#[tokio::test]
async fn a_change_within_validly_signed_metadata_is_told_for_a_week() {
    let host = Host::saying(metadata("active")).await;
    let nia = nia(&host);
    assert_eq!(
        told(&nia, now()).await,
        None,
        "nothing is known from before"
    );
    assert_eq!(told(&nia, now()).await, None, "nothing has changed");

    host.say(metadata("with-new-key"));
    let announced = told(&nia, now()).await.unwrap();
    let days = |days: i64| now() + TimeDelta::days(days);
    let later = told(&nia, days(6)).await.unwrap();
    let last = told(&nia, days(7)).await;
    host.say(metadata("active"));
    let gone = told(&nia, days(8)).await.unwrap();
    host.say(metadata("moved"));
    let moved = told(&nia, days(9)).await.unwrap();

    assert!(announced.contains("changed on 2026-11-24: It announces the signing certificate TEST KEY idp not yet announced (SHA-256 "), "{announced}");
    assert_eq!(
        later, announced,
        "the same words, so that they are told once a day"
    );
    assert_eq!(last, None);
    assert!(
        gone.contains("It no longer announces the signing certificate"),
        "{gone}"
    );
    for address in [
        "for logins were https://nia.example.cz/FPSTS/",
        " and are https://nia.example.cz/FPSTS/saml2/moved",
    ] {
        assert!(moved.contains(address), "{moved}");
    }
}

#[tokio::test]
async fn a_change_is_seen_against_what_a_login_fetched_and_what_a_process_before_had_kept() {
    let host = Host::saying(metadata("active")).await;
    let board = Arc::new(Board(watch::channel(None).0));
    let started = || {
        let shelf: Arc<dyn Shelf> = Arc::<Board>::clone(&board);
        let builder = Outbound::builder(&OutboundConfig::default()).shelf(shelf);
        nia_through(&host, &builder.build().unwrap())
    };
    let first = started();
    first.start_login(&ask(), now()).await.unwrap();
    board.0.subscribe().wait_for(Option::is_some).await.unwrap();

    host.say(metadata("moved"));
    let against_a_login = told(&first, now()).await;
    let second = started();
    second.start_login(&ask(), now()).await.unwrap();
    let against_a_process_before = told(&second, now()).await;

    assert!(against_a_login.unwrap().contains("saml2/moved"));
    assert!(against_a_process_before.unwrap().contains("saml2/moved"));
}

/// One mebibyte (reference of NIA, 3.5.2), whatever other documents may have.
#[tokio::test]
async fn metadata_of_more_than_a_mebibyte_are_not_read() {
    let mut padded = metadata("active");
    let comment = " ".repeat((1 << 20) - padded.len() - 7);
    padded.extend(format!("<!--{comment}-->").into_bytes());
    assert_eq!(padded.len(), 1 << 20);
    let host = Host::saying(padded.clone()).await;
    let fits = nia(&host);
    assert!(fits.start_login(&ask(), now()).await.is_ok());
    padded.push(b' ');
    host.say(padded);
    let larger = nia(&host);

    let refused = larger.start_login(&ask(), now()).await;
    let findings = larger.check(now()).await;

    assert_eq!(
        refused.map(drop).map_err(|error| code(&error)),
        Err("unavailable")
    );
    let found = findings
        .iter()
        .find(|finding| finding.code == "saml.unreachable")
        .unwrap();
    assert!(
        found.message.contains("more than 1048576 bytes"),
        "{found:?}"
    );
}

#[tokio::test]
async fn concurrent_first_logins_ask_the_host_once() {
    let host = Host::saying(metadata("active")).await;
    let nia = Arc::new(nia(&host));

    let logins = (0..20).map(|_| {
        let nia = Arc::clone(&nia);
        tokio::spawn(async move { log_in(&nia, "valid.xml", earlier(1)).await })
    });
    for login in logins.collect::<Vec<_>>() {
        assert_eq!(login.await.unwrap(), Ok(()));
    }

    assert_eq!(host.asked(), 1);
}

/// A shelf with room for one document.
struct Board(watch::Sender<Option<(Vec<u8>, Timestamp)>>);

#[async_trait::async_trait]
impl Shelf for Board {
    async fn find(&self, _: &Url) -> Option<(Vec<u8>, Timestamp)> {
        self.0.borrow().clone()
    }

    async fn keep(&self, _: &Url, body: Vec<u8>, fetched_at: Timestamp) {
        self.0.send_replace(Some((body, fetched_at)));
    }
}

/// Their own end counts, and no other: NIA may be away for as long as it said that its metadata are good.
#[tokio::test]
async fn metadata_from_before_a_start_count_until_the_end_that_they_name() {
    let host = Host::saying(metadata("future")).await;
    let board = Arc::new(Board(watch::channel(None).0));
    let started = || {
        let shelf: Arc<dyn Shelf> = Arc::<Board>::clone(&board);
        let builder = Outbound::builder(&OutboundConfig::default()).shelf(shelf);
        nia_through(&host, &builder.build().unwrap())
    };
    started().start_login(&ask(), now()).await.unwrap();
    board.0.subscribe().wait_for(Option::is_some).await.unwrap();
    host.say(metadata("html"));

    let (ask, end) = (ask(), now() + TimeDelta::hours(24));
    let in_time = started();
    let before = in_time.start_login(&ask, end - TimeDelta::seconds(1)).await;
    assert!(before.is_ok());
    for late in [in_time, started()] {
        let after = late.start_login(&ask, end).await;
        assert_eq!(
            after.map(drop).map_err(|error| code(&error)),
            Err("unavailable")
        );
    }
}
