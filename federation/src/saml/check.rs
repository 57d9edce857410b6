//! What a check says about things that end.

use super::certificate::Certificate;
use super::keys::SamlKeyPair;
use super::news::News;
use crate::finding::Finding;
use crate::provider::Timestamp;

/// Days before an end at which a check warns, and the last at which it is urgent.
const WARN: &[i64] = &[30, 14, 3];

/// Something that is good until a time.
pub(crate) fn until(code: &'static str, what: &str, end: Timestamp, now: Timestamp) -> Finding {
    until_warning(code, what, end, now, WARN)
}

/// The same, with days of its own at which it warns, the first first.
pub(crate) fn until_warning(
    code: &'static str,
    what: &str,
    end: Timestamp,
    now: Timestamp,
    warn: &[i64],
) -> Finding {
    let left = end - now;
    let day = end.format("%Y-%m-%d");
    if left <= chrono::TimeDelta::zero() {
        return Finding::broken(code, format!("{what} expired on {day}."));
    }
    let days = left.num_days();
    match warn.iter().rev().find(|limit| days < **limit) {
        Some(limit) => Finding::warning(
            code,
            format!("{what} expires on {day}, in less than {limit} days."),
        ),
        None => Finding::fine(code, format!("{what} is good until {day}.")),
    }
}

/// A certificate of the provider's.
pub(crate) fn certificate(certificate: &Certificate, now: Timestamp) -> Finding {
    let short = certificate.fingerprint().get(..16).unwrap_or_default();
    let what = format!(
        "The provider's signing certificate {} ({short}…)",
        certificate.common_name()
    );
    until(
        "saml.certificate-expires",
        &what,
        certificate.not_after(),
        now,
    )
    .about_certificate("provider-signing", certificate.not_after())
}

/// A certificate the provider announces and nobody pinned.
pub(crate) fn unpinned(certificate: &Certificate) -> Finding {
    Finding::warning(
        "saml.certificate-unpinned",
        format!(
            "The metadata announce the signing certificate {} (SHA-256 {}), which is not pinned. Compare it with the provider's notice and pin it as `next`.",
            certificate.common_name(),
            certificate.fingerprint()
        ),
    )
}

/// Metadata that say something else than before, though vouched for.
pub(crate) fn changed(news: &News) -> Finding {
    Finding::warning(
        "saml.metadata-changed",
        format!(
            "The metadata changed on {}: {} Compare it with the provider's notice.",
            news.at.format("%Y-%m-%d"),
            news.what.join(" ")
        ),
    )
}

/// A key of ours that signs.
pub(crate) fn own_signing(key: &SamlKeyPair, now: Timestamp) -> Finding {
    own_key(key, "signing", "own-signing", now)
}

/// A key of ours that opens answers.
pub(crate) fn own_decryption(key: &SamlKeyPair, now: Timestamp) -> Finding {
    own_key(key, "decryption", "own-decryption", now)
}

fn own_key(key: &SamlKeyPair, purpose: &str, what: &'static str, now: Timestamp) -> Finding {
    match Certificate::parse(key.certificate()) {
        Ok(certificate) => until(
            "saml.own-certificate-expires",
            &format!("Our {purpose} certificate {}", certificate.common_name()),
            certificate.not_after(),
            now,
        )
        .about_certificate(what, certificate.not_after()),
        Err(error) => Finding::broken(
            "saml.own-certificate",
            format!("Our {purpose} certificate: {error}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::*;
    use crate::finding::Severity;

    #[test]
    fn an_end_warns_at_thirty_fourteen_and_three_days() {
        let now = Utc::now();
        let severity = |days: i64, hours: i64| {
            until(
                "x",
                "It",
                now + TimeDelta::days(days) + TimeDelta::hours(hours),
                now,
            )
        };

        assert_eq!(severity(31, 1).severity, Severity::Fine);
        assert!(severity(29, 1).message.contains("less than 30 days"));
        assert!(severity(13, 1).message.contains("less than 14 days"));
        assert!(severity(2, 1).message.contains("less than 3 days"));
        assert_eq!(severity(0, -1).severity, Severity::Broken);
    }
}
