//! Sections whose type a key inside them decides (`kind`): serde reads such a one as a whole and forgets which key was wrong.

use figment::error::Error;
use figment::value::Value;

/// Reads the section at a path by the type that it says it is; the fault, if there is one. `None` for all other sections.
pub type Probe = fn(path: &[&str], section: &Value) -> Option<Error>;

/// No section decides its own type.
pub(super) fn none(_: &[&str], _: &Value) -> Option<Error> {
    None
}

/// The fault with the key it is at, where a probe of the section around it finds that key.
pub(super) fn closer(fault: Error, value: &Value, probe: Probe) -> Error {
    let mut section = value;
    let mut path = Vec::new();
    for key in &fault.path {
        let Some(inner) = section.as_dict().and_then(|dict| dict.get(key)) else {
            break;
        };
        section = inner;
        path.push(key.as_str());
        if let Some(mut found) = probe(&path, section) {
            let place = path.iter().map(|key| (*key).to_owned());
            found.path = place.chain(found.path).collect();
            return found;
        }
    }
    fault
}
