//! Ports for programs that are told where to listen. One that is drawn with `:0` and closed again is soon somebody else's: the
//! system gives it out anew, also to whoever only connects.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// A TCP port of the loopback addresses that nobody uses. This process gives each one once.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() % MANY * STRIDE;
    for _ in 0..MANY {
        let place = (start + GIVEN.fetch_add(1, Ordering::Relaxed)) % MANY;
        let port = u16::try_from(FIRST + place).expect("below 20000");
        if is_free(port) {
            return port;
        }
    }
    panic!("all ports from {FIRST} to {} are taken", FIRST + MANY - 1)
}

/// At both addresses, since either may be meant by `localhost`. A machine without one of them has nobody there.
fn is_free(port: u16) -> bool {
    let is_taken = |address: IpAddr| {
        TcpListener::bind((address, port)).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    };
    !is_taken(Ipv4Addr::LOCALHOST.into()) && !is_taken(Ipv6Addr::LOCALHOST.into())
}

/// Below what the system gives out (from 32768), and below what `./dev` draws for its engines (from 20000).
const FIRST: u32 = 10_000;
const MANY: u32 = 10_000;
/// Processes started one after the other begin far apart.
const STRIDE: u32 = 6_181;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_port_is_given_once_also_to_many_at_a_time() {
        let given: Vec<u16> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| [(); 50].map(|()| free_port())))
                .collect();
            asking
                .into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });

        let different: BTreeSet<u16> = given.iter().copied().collect();
        assert_eq!((given.len(), different.len()), (400, 400));
        assert!(different.iter().all(|port| (10_000..20_000).contains(port)));
    }

    #[test]
    fn where_somebody_listens_no_port_is_free() {
        for address in [
            Ipv4Addr::LOCALHOST.into(),
            IpAddr::from(Ipv6Addr::LOCALHOST),
        ] {
            let Ok(listener) = TcpListener::bind((address, free_port())) else {
                assert!(address.is_ipv6(), "{address} is always there");
                continue;
            };

            assert!(!is_free(listener.local_addr().unwrap().port()));
        }
    }
}
