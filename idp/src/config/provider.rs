//! `[provider.*]`, whose `kind` decides what else may stand there.

use federation::ProviderConfig;
use figment::error::Error;
use figment::value::Value;

/// What is wrong inside a provider's section, with its key.
pub(super) fn probe(path: &[&str], section: &Value) -> Option<Error> {
    let &["provider", _] = path else { return None };
    let mut section = section.clone();
    let Value::Dict(_, dict) = &mut section else {
        return None;
    };
    let kind = dict.remove("kind")?;
    ProviderConfig::read(kind.as_str()?, &section)?.err()
}
