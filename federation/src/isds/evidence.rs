//! What the log keeps of an exchange besides who logged in (reference 5.8): ISDS's result, whether the browser came to ISDS and to us
//! from one address, and by which certificate of ours it was asked.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use outbound::soap::Element;

/// What is noted of an answer that says `OK`. An address is not noted itself: that it is another one proves nothing, since people
/// change networks and providers translate addresses, and it refuses nobody.
pub(super) fn of_exchange(
    response: &Element,
    from: Option<IpAddr>,
    certificate: Option<&[u8]>,
) -> Vec<(String, String)> {
    let text = |name| response.children_named(name).find_map(Element::text);
    let told = text("userRequestIp").and_then(|told| told.trim().parse::<IpAddr>().ok());
    let same = told.zip(from).map(|(there, here)| {
        if there.to_canonical() == here.to_canonical() {
            "yes"
        } else {
            "no"
        }
    });
    [
        (
            "result",
            text("status").map(|status| status.trim().to_owned()),
        ),
        ("same_address", Some(same.unwrap_or("unknown").to_owned())),
        ("certificate", certificate.map(fingerprint)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// SHA-256 in hexadecimal digits, as `openssl x509 -fingerprint -sha256` tells it without colons.
fn fingerprint(certificate: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut hex = String::with_capacity(64);
    for octet in digest(&SHA256, certificate).as_ref() {
        let _ = write!(hex, "{octet:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(told: Option<&str>, from: &str) -> String {
        let namespace = "http://agw-as.cz/ats-ws/v1";
        let mut response = Element::new(namespace, "authConfirmationResponse")
            .with(Element::new(namespace, "status").with_text(" OK "));
        if let Some(told) = told {
            response = response.with(Element::new(namespace, "userRequestIp").with_text(told));
        }
        let noted = of_exchange(&response, from.parse().ok(), Some(b"certificate"));
        assert_eq!(noted[0], ("result".to_owned(), "OK".to_owned()));
        assert_eq!(noted[2].1.len(), 64);
        noted[1].1.clone()
    }

    #[test]
    fn addresses_are_compared_and_none_is_noted() {
        for (told, from, same) in [
            (Some("203.0.113.7"), "203.0.113.7", "yes"),
            (Some("::ffff:203.0.113.7"), "203.0.113.7", "yes"),
            (Some("2001:db8::1"), "2001:0db8:0::1", "yes"),
            (Some("203.0.113.7"), "203.0.113.8", "no"),
            (Some("2001:db8::1"), "203.0.113.7", "no"),
            (Some("a house in Latrán"), "203.0.113.7", "unknown"),
            (None, "203.0.113.7", "unknown"),
            (Some("203.0.113.7"), "", "unknown"),
        ] {
            assert_eq!(noted(told, from), same, "{told:?} {from}");
        }
    }
}
