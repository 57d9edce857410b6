//! Where an answer may go.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Client;

/// A redirect URI that stands in the client's list. It can be had only by matching that list, so whoever holds one
/// may send a browser there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Matches what a client sent with what it registered: the same string, octet by octet (RFC 9700, 2.1). Only a
    /// native client's loopback address may come with any port (RFC 8252, 7.3).
    pub fn proven(client: &Client, sent: &str) -> Option<Self> {
        let registered = client.redirect_uris.iter().any(|uri| uri == sent)
            || (client.native
                && client
                    .redirect_uris
                    .iter()
                    .any(|uri| differs_in_port_alone(uri, sent)));
        registered.then(|| Self(sent.to_owned()))
    }

    /// The URI as the client sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, for the page policy's `form-action`. `None` for schemes of applications.
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.0).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    /// The URI with `pairs` added to its query; what stood there stays as it was.
    pub fn with_query<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let (base, joint) = match self.0.split_once('?') {
            None => (self.0.as_str(), "?"),
            Some((_, "")) => (self.0.as_str(), ""),
            Some(_) => (self.0.as_str(), "&"),
        };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("{base}{joint}{query}")
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an address could ever serve as a redirect URI: absolute, no fragment, nobody's user name, no control
/// characters, no dot segments. Asked when a client is registered; at a request only the list counts.
pub(super) fn registrable(uri: &str, native: bool) -> Result<(), &'static str> {
    if uri
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii())
    {
        return Err("only printable ASCII without blanks and backslashes");
    }
    let parsed = Url::parse(uri).map_err(|_| "not an absolute address")?;
    if uri.contains('#') {
        return Err("no fragment");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("no user name");
    }
    let path = uri
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if path.contains("/..") || path.contains("%2e") || path.contains("%2f") {
        return Err("no dot segments");
    }
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if loopback(&parsed) => Ok(()),
        "http" => Err("http only on a loopback address"),
        "javascript" | "data" | "file" | "vbscript" | "blob" | "about" => {
            Err("not a scheme to redirect to")
        }
        scheme if native && scheme.contains('.') => Ok(()),
        _ => Err("an application's own scheme needs native = true and a dot, as in cz.town.app"),
    }
}

/// Whether an answer that goes there stays on the device of the person: a loopback address, or an application's own scheme
/// (RFC 8252, 7.1 and 7.3).
pub(super) fn ends_on_the_device(uri: &Url) -> bool {
    !matches!(uri.scheme(), "https" | "http") || loopback(uri)
}

fn loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Both are `http` on the same literal loopback address with the same rest; only the port is another.
fn differs_in_port_alone(registered: &str, sent: &str) -> bool {
    let (Some((host, rest)), Some((sent_host, sent_rest))) =
        (without_port(registered), without_port(sent))
    else {
        return false;
    };
    host == sent_host && rest == sent_rest && matches!(host, "127.0.0.1" | "[::1]")
}

/// Splits `http://HOST[:PORT]REST` into host and rest, reading nothing into them.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let tail = uri.strip_prefix("http://")?;
    let (authority, rest) = tail.split_at(tail.find(['/', '?', '#']).unwrap_or(tail.len()));
    let host_ends = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(host_ends);
    let port_is_one = port.is_empty()
        || port.strip_prefix(':').is_some_and(|p| {
            !p.is_empty() && p.len() <= 5 && p.bytes().all(|b| b.is_ascii_digit())
        });
    port_is_one.then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::client::tests::{client, native};

    #[test]
    fn only_the_registered_string_is_proven() {
        let client = client("library", &["https://library.town.test/callback"]);

        assert!(RedirectUri::proven(&client, "https://library.town.test/callback").is_some());
        for variant in [
            "https://library.town.test/callback/",
            "https://library.town.test/callback?x=1",
            "https://library.town.test/callback#x",
            "https://library.town.test/Callback",
            "https://LIBRARY.town.test/callback",
            "https://library.town.test./callback",
            "https://library.town.test:443/callback",
            "https://library.town.test/callbac",
            "https://library.town.test/a/../callback",
            "https://library.town.test/%63allback",
            "https://library.town.test@evil.test/callback",
            "https://library.town.test\\@evil.test/callback",
            "https://library.town.test/callback\n",
            "http://library.town.test/callback",
            "",
        ] {
            assert!(RedirectUri::proven(&client, variant).is_none(), "{variant}");
        }
    }

    #[test]
    fn a_native_clients_loopback_port_is_free_and_nothing_else() {
        let native = native(
            "pocket",
            &["http://127.0.0.1/callback", "cz.town.pocket:/callback"],
        );

        assert!(RedirectUri::proven(&native, "http://127.0.0.1:51004/callback").is_some());
        assert!(RedirectUri::proven(&native, "cz.town.pocket:/callback").is_some());
        for variant in [
            "http://localhost:51004/callback",
            "http://127.0.0.1:51004/callback?x=1",
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:x@evil.test/callback",
            "http://127.0.0.1:1@evil.test/callback",
            "http://127.0.0.1.evil.test/callback",
            "https://127.0.0.1:51004/callback",
        ] {
            assert!(RedirectUri::proven(&native, variant).is_none(), "{variant}");
        }

        let web = client("web", &["http://127.0.0.1/callback"]);
        assert!(RedirectUri::proven(&web, "http://127.0.0.1:51004/callback").is_none());
    }

    #[test]
    fn what_could_never_be_safe_is_not_registered() {
        assert_eq!(
            registrable("https://library.town.test/callback?a=b", false),
            Ok(())
        );
        assert_eq!(
            registrable("http://localhost:8401/prihlaseni/zpet", false),
            Ok(())
        );
        for bad in [
            "http://library.town.test/callback",
            "https://library.town.test/callback#part",
            "https://user@library.town.test/callback",
            "https://library.town.test/a/../b",
            "https://library.town.test/%2e%2e/b",
            "javascript:alert(1)",
            "/callback",
            "cz.town.app:/callback",
            "https://knihovna.město.test/",
        ] {
            assert!(registrable(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_existing_query_stays_as_it_was() {
        let uri = RedirectUri("https://a.test/cb?dummy1=lorem&dummy2=ipsum".to_owned());

        let sent = uri.with_query([("code", "x"), ("state", "a b")].into_iter());

        assert_eq!(
            sent,
            "https://a.test/cb?dummy1=lorem&dummy2=ipsum&code=x&state=a+b"
        );
    }
}
