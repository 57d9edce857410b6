//! Logins at providers in numbers: `docs/how-to/watch-the-broker.md` says what each means.

use chrono::TimeDelta;
use federation::{Finding, Levels};

/// A browser left for a provider to log in.
pub(crate) fn departed(provider: &str) {
    metrics::counter!("upstream_departures_total", "provider" => provider.to_owned()).increment(1);
}

/// An answer of a provider came to its end: `accepted`, or the code of why it did not. Codes are few and ours.
pub(crate) fn answered(provider: &str, outcome: &'static str) {
    metrics::counter!(
        "upstream_answers_total",
        "provider" => provider.to_owned(),
        "outcome" => outcome
    )
    .increment(1);
}

/// An answer led somebody in.
pub(crate) fn accepted(provider: &str, levels: Option<Levels>) {
    answered(provider, "accepted");
    if let Some(levels) = levels {
        proved(provider, levels);
    }
}

/// What an accepted answer proves.
fn proved(provider: &str, levels: Levels) {
    metrics::counter!(
        "upstream_levels_total",
        "provider" => provider.to_owned(),
        "identity" => levels.identity.as_str(),
        "login" => levels.login.as_str()
    )
    .increment(1);
}

/// How far a provider's clock was last seen to be off: positive ahead of ours, negative behind.
pub(super) fn clock(provider: &str, off: TimeDelta) {
    let seconds = i32::try_from(off.num_seconds()).unwrap_or(i32::MAX);
    metrics::gauge!("upstream_clock_off_seconds", "provider" => provider.to_owned())
        .set(f64::from(seconds));
}

/// Whether what a provider signs has changed of late, for those that publish such a thing.
pub(super) fn metadata(provider: &str, findings: &[Finding]) {
    const CHANGED: &str = "saml.metadata-changed";
    let is_changed = findings.iter().any(|finding| finding.code == CHANGED);
    let is_published = findings
        .iter()
        .any(|finding| finding.code == "saml.metadata");
    if is_changed || is_published {
        let value = if is_changed { 1.0 } else { 0.0 };
        metrics::gauge!("saml_metadata_changed", "provider" => provider.to_owned()).set(value);
    }
}

/// When certificates end, as Unix time: of several with one use, the first to end.
pub(super) fn certificates(provider: &str, findings: &[Finding]) {
    let ends = || findings.iter().filter_map(|finding| finding.ends);
    for end in ends() {
        let same_use = ends().filter(|other| other.what == end.what);
        let first = same_use.map(|other| other.at).min().unwrap_or(end.at);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit into 52 bits for a hundred million years"
        )]
        metrics::gauge!(
            "saml_certificate_expires_seconds",
            "provider" => provider.to_owned(),
            "use" => end.what
        )
        .set(first.timestamp() as f64);
    }
}
