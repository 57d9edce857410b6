//! What can be made to go wrong before the first byte of HTTP.

use std::sync::Arc;

use crate::fault_kinds;
use crate::faults::Faults;

fault_kinds! {
    /// One thing that goes wrong.
    pub Fault;
    "Certifikát serveru" => {
        Stranger "unknown_authority" Refuse "Certifikát serveru vydala autorita, kterou nikdo nezná.";
        OtherName "other_name" Refuse "Certifikát serveru patří jinému jménu.";
        Expired "expired" Refuse "Certifikát serveru vypršel.";
    }
    "Navázání spojení" => {
        Hang "hang" Refuse "Server po navázání TCP mlčí.";
        Close "close" Refuse "Server spojení po navázání TCP hned zavře.";
    }
}

/// Faults that wait, shared by the doors and the controls. `of` is the name of a door: `tls` or `client_tls`.
pub type TlsFaults = Arc<Faults<Fault>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Kind as _;

    #[test]
    fn names_are_unique_and_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_code(fault.code()), Some(*fault));
            assert!(fault.czech().ends_with('.'), "{}", fault.code());
        }
    }
}
