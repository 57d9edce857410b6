//! The address guard: which addresses we connect to, and for whom.
//!
//! Rules, in order:
//! 1. Only `http` and `https`, without a user or password inside the address.
//! 2. Public addresses are reached for everybody.
//! 3. What `[outbound] allow` names is reached for everybody: that is the operator's word.
//! 4. An address of the operator's own configuration that is *written as* a private address (`http://10.1.2.3/…`,
//!    `http://localhost:8402/…`) names that address itself and is reached. A host **name** there that resolves to a private
//!    address is not: names are somebody else's to change.
//! 5. All else is refused. Nothing a client typed ever widens rule 3 or falls under rule 4.
//!
//! Written addresses are judged before the request, resolved ones by the resolver of the HTTP client, so that the address
//! judged is the address connected to. A second answer of a rebinding name server is judged like the first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};
use url::{Host, Url};

use crate::network::Network;

/// Who chose the address that is to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The operator: it stands in our own configuration.
    Operator,
    /// Somebody else: a client typed it, or a document that we fetched names it.
    Foreign,
}

/// Why an address is not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The host is, or resolves to, an address that is not public and that no network of `[outbound] allow` holds.
    #[error(
        "{host} is at {address}, which is not public; if it is meant, name its network in [outbound] allow"
    )]
    Address {
        /// The host as it stands in the address.
        host: String,
        /// What it stands for.
        address: IpAddr,
    },
    /// Not an `http` or `https` address, or one with a user or password inside.
    #[error("only plain http and https addresses are fetched, without user or password")]
    Form,
    /// A target that shows our certificate was to be asked at a host that the certificate is not meant for, or without TLS.
    #[error(
        "our certificate is not meant for {host}; if it is, name the host in hosts of [outbound.client_certificate]"
    )]
    CertificateElsewhere {
        /// The host as it stands in the address.
        host: String,
    },
    /// Our certificate does not hold yet, or no more.
    #[error(
        "our certificate holds from {not_before} until {not_after}; put a valid one in its place"
    )]
    CertificateOutOfDate {
        /// The first moment it holds.
        not_before: DateTime<Utc>,
        /// The last moment it holds.
        not_after: DateTime<Utc>,
    },
}

/// The guard for one kind of address, with the operator's networks.
#[derive(Debug, Clone)]
pub(crate) struct AddressGuard {
    pub(crate) guard: Guard,
    pub(crate) allow: Vec<Network>,
}

impl AddressGuard {
    /// Judges everything about an address that can be judged before a name is resolved.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), Forbidden> {
        if !matches!(url.scheme(), "http" | "https")
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(Forbidden::Form);
        }
        let written = match url.host().ok_or(Forbidden::Form)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        let named_by_operator = self.guard == Guard::Operator && reach(written) == Reach::Private;
        if named_by_operator || self.reaches(written) {
            return Ok(());
        }
        Err(Forbidden::Address {
            host: written.to_string(),
            address: written,
        })
    }

    /// Judges one address that a host name resolved to.
    pub(crate) fn check_resolved(&self, host: &str, address: IpAddr) -> Result<(), Forbidden> {
        let named_by_operator = self.guard == Guard::Operator
            && is_localhost(host)
            && address.to_canonical().is_loopback();
        if named_by_operator || self.reaches(address) {
            return Ok(());
        }
        Err(Forbidden::Address {
            host: host.to_owned(),
            address,
        })
    }

    fn reaches(&self, address: IpAddr) -> bool {
        reach(address) == Reach::Public
            || self.allow.iter().any(|network| network.contains(address))
    }
}

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Anywhere in the internet.
    Public,
    /// This machine or this organisation's network.
    Private,
    /// Nothing one can talk to in earnest: link-local (cloud metadata lives there), unspecified, multicast, reserved.
    Special,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// The IANA special-purpose registry for IPv4.
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            Reach::Private
        }
        // This network; link-local; protocol assignments; documentation; 6to4 relays; benchmarks; multicast and reserved.
        [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Special,
        _ => Reach::Public,
    }
}

/// The IANA special-purpose registry for IPv6. Only `2000::/3` is handed out to the internet at all.
fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(inside) = embedded_v4(address) {
        return reach_v4(inside);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        [first, ..] if first & 0xfe00 == 0xfc00 => Reach::Private,
        // Protocol assignments with Teredo (2001::/23), documentation, 6to4, documentation again.
        [0x2001, second, ..] if second < 0x0200 => Reach::Special,
        [0x2001, 0x0db8, ..] | [0x2002, ..] => Reach::Special,
        [0x3fff, second, ..] if second < 0x1000 => Reach::Special,
        [first, ..] if first & 0xe000 == 0x2000 => Reach::Public,
        _ => Reach::Special,
    }
}

/// The IPv4 address that a mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`) one really leads to.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(
            Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)),
        ),
        _ => None,
    }
}

/// RFC 6761 6.3: this name never leaves the machine.
fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_PUBLIC: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "223.255.255.255",
        "2001:718:1::1",
        "2a00:1450:4014::1",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
    ];

    fn foreign(allow: &[&str]) -> AddressGuard {
        AddressGuard {
            guard: Guard::Foreign,
            allow: allow
                .iter()
                .map(|network| network.parse().unwrap())
                .collect(),
        }
    }

    fn operator(allow: &[&str]) -> AddressGuard {
        AddressGuard {
            guard: Guard::Operator,
            ..foreign(allow)
        }
    }

    fn url(address: &str) -> Url {
        let host = if address.contains(':') {
            format!("[{address}]")
        } else {
            address.to_owned()
        };
        Url::parse(&format!("http://{host}/")).unwrap()
    }

    #[test]
    fn an_address_typed_by_a_client_is_reached_only_when_public() {
        for address in NOT_PUBLIC {
            let address: IpAddr = address.parse().unwrap();
            assert!(
                foreign(&[]).check_url(&url(&address.to_string())).is_err(),
                "{address} as written"
            );
            assert!(
                foreign(&[])
                    .check_resolved("client.example", address)
                    .is_err(),
                "{address} as resolved"
            );
            assert!(
                operator(&[])
                    .check_resolved("operator.example", address)
                    .is_err(),
                "{address} resolved for the operator"
            );
        }
        for address in PUBLIC {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(foreign(&[]).check_url(&url(&address.to_string())), Ok(()));
            assert_eq!(
                foreign(&[]).check_resolved("client.example", address),
                Ok(())
            );
        }
    }

    #[test]
    fn other_spellings_of_loopback_are_loopback() {
        for spelling in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://①②⑦.0.0.1/",
        ] {
            let refused = foreign(&[]).check_url(&Url::parse(spelling).unwrap());

            assert_eq!(
                refused,
                Err(Forbidden::Address {
                    host: "127.0.0.1".to_owned(),
                    address: "127.0.0.1".parse().unwrap()
                }),
                "{spelling}"
            );
        }
    }

    #[test]
    fn the_operators_networks_open_the_guard_for_both_kinds_and_nothing_beside_them() {
        for guard in [foreign(&["10.20.0.0/16"]), operator(&["10.20.0.0/16"])] {
            assert_eq!(
                guard.check_resolved("records.town.example", "10.20.3.4".parse().unwrap()),
                Ok(())
            );
            assert!(
                guard
                    .check_resolved("records.town.example", "10.21.3.4".parse().unwrap())
                    .is_err()
            );
        }
        assert_eq!(
            foreign(&["169.254.169.254"]).check_url(&url("169.254.169.254")),
            Ok(())
        );
    }

    #[test]
    fn the_operator_names_a_private_address_by_writing_it_but_not_by_a_name_that_resolves_to_it() {
        assert_eq!(operator(&[]).check_url(&url("127.0.0.1")), Ok(()));
        assert_eq!(operator(&[]).check_url(&url("10.1.2.3")), Ok(()));
        assert_eq!(operator(&[]).check_url(&url("fd00::1")), Ok(()));
        assert_eq!(
            operator(&[]).check_resolved("localhost", "127.0.0.1".parse().unwrap()),
            Ok(())
        );
        assert_eq!(
            operator(&[]).check_resolved("localhost", "::1".parse().unwrap()),
            Ok(())
        );

        assert!(operator(&[]).check_url(&url("169.254.169.254")).is_err());
        assert!(operator(&[]).check_url(&url("0.0.0.0")).is_err());
        assert!(
            operator(&[])
                .check_resolved("intranet.town.example", "10.1.2.3".parse().unwrap())
                .is_err()
        );
        assert!(
            operator(&[])
                .check_resolved("localhost", "10.1.2.3".parse().unwrap())
                .is_err()
        );
        assert!(
            operator(&[])
                .check_resolved("localhost.town.example", "127.0.0.1".parse().unwrap())
                .is_err()
        );
        assert!(
            foreign(&[])
                .check_resolved("localhost", "127.0.0.1".parse().unwrap())
                .is_err()
        );
    }

    #[test]
    fn only_plain_http_addresses_are_fetched() {
        for text in [
            "file:///etc/passwd",
            "ftp://1.1.1.1/",
            "data:text/plain,a",
            "http://good@1.1.1.1/",
            "http://:secret@1.1.1.1/",
        ] {
            assert_eq!(
                operator(&[]).check_url(&Url::parse(text).unwrap()),
                Err(Forbidden::Form),
                "{text}"
            );
        }
    }
}
