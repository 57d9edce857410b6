//! A network in CIDR notation, as an operator writes it in `[outbound] allow`.

use std::{net::IpAddr, str::FromStr};

/// A network such as `10.20.0.0/16`, or one address such as `192.0.2.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// Why a text is not a network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NetworkProblem {
    /// Neither an address nor `address/prefix`.
    #[error("\"{0}\" is not a network; write it like \"10.20.0.0/16\" or \"192.0.2.7\"")]
    Syntax(String),
    /// Bits are set behind the prefix, so that nobody knows which network is meant.
    #[error("\"{0}\" has bits set behind its prefix; did you mean \"{1}\"?")]
    HostBits(String, String),
}

impl Network {
    /// Whether the address lies in this network. An IPv4 address in IPv6 clothing is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => same_prefix(
                base.to_bits().into(),
                address.to_bits().into(),
                self.prefix,
                32,
            ),
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                same_prefix(base.to_bits(), address.to_bits(), self.prefix, 128)
            }
            _ => false,
        }
    }

    fn first(base: IpAddr, prefix: u8) -> IpAddr {
        match base {
            IpAddr::V4(base) => IpAddr::V4(
                (base.to_bits() & u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)).into(),
            ),
            IpAddr::V6(base) => IpAddr::V6(
                (base.to_bits() & u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0))
                    .into(),
            ),
        }
    }
}

impl FromStr for Network {
    type Err = NetworkProblem;

    fn from_str(text: &str) -> Result<Self, NetworkProblem> {
        let syntax = || NetworkProblem::Syntax(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| syntax())?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().map_err(|_| syntax())?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return Err(syntax());
        }

        let first = Self::first(base, prefix);
        if first != base {
            return Err(NetworkProblem::HostBits(
                text.to_owned(),
                format!("{first}/{prefix}"),
            ));
        }
        Ok(Self { base, prefix })
    }
}

fn same_prefix(left: u128, right: u128, prefix: u8, width: u32) -> bool {
    let behind = width.saturating_sub(u32::from(prefix));
    (left ^ right).checked_shr(behind).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_its_first_and_last_address_and_no_neighbour() {
        let campus = network("10.20.0.0/16");

        assert!(campus.contains("10.20.0.0".parse().unwrap()));
        assert!(campus.contains("10.20.255.255".parse().unwrap()));
        assert!(!campus.contains("10.19.255.255".parse().unwrap()));
        assert!(!campus.contains("10.21.0.0".parse().unwrap()));
    }

    #[test]
    fn a_single_address_is_a_network_of_one() {
        assert!(network("192.0.2.7").contains("192.0.2.7".parse().unwrap()));
        assert!(!network("192.0.2.7").contains("192.0.2.8".parse().unwrap()));
        assert!(network("fd00::1").contains("fd00::1".parse().unwrap()));
    }

    #[test]
    fn an_ipv4_network_holds_the_same_address_mapped_into_ipv6() {
        assert!(network("10.20.0.0/16").contains("::ffff:10.20.1.1".parse().unwrap()));
        assert!(!network("::/0").contains("10.20.1.1".parse().unwrap()));
    }

    #[test]
    fn the_whole_internet_can_be_written() {
        assert!(network("0.0.0.0/0").contains("203.0.113.9".parse().unwrap()));
        assert!(network("::/0").contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn a_text_that_is_no_network_is_refused_with_a_remedy() {
        for text in [
            "",
            "intranet",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0/8",
        ] {
            assert_eq!(
                text.parse::<Network>(),
                Err(NetworkProblem::Syntax(text.to_owned()))
            );
        }
        assert_eq!(
            "10.20.0.1/16".parse::<Network>(),
            Err(NetworkProblem::HostBits(
                "10.20.0.1/16".to_owned(),
                "10.20.0.0/16".to_owned()
            ))
        );
    }
}
