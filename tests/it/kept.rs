//! What a process keeps in memory from one request to the next, and what bounds it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a process keeps between requests in memory that threads share, by file, and what bounds it. Nothing of it may be a map by
/// what visitors send.
const KEPT: [(&str, &str); 19] = [
    (
        "idp/src/login/health/mod.rs",
        "one entry for each configured provider",
    ),
    ("idp/src/clients/registry.rs", "the registered clients"),
    ("idp/src/keys/ring.rs", "our keys"),
    (
        "idp/src/ares/mod.rs",
        "a turn for each body that is being asked about; ends with its question",
    ),
    ("portal/src/broker/provider.rs", "the key set of one broker"),
    (
        "web/src/serve/metrics.rs",
        "one recorder; its names are what the first test here looks at",
    ),
    (
        "web/src/refusals.rs",
        "ten thousand addresses, for an hour each",
    ),
    (
        "web/src/log/json.rs",
        "the memory of one line for each thread, up to a length",
    ),
    (
        "web/src/shield.rs",
        "fifty thousand addresses; its own tests hold it to that",
    ),
    (
        "store/src/short_lived/redis/connection.rs",
        "one connection",
    ),
    (
        "store/src/database/connections.rs",
        "as many as the configuration allows",
    ),
    (
        "store/src/database/joint.rs",
        "thirty-two transactions that wait for one commit",
    ),
    (
        "outbound/src/last_good.rs",
        "one copy of a configured document",
    ),
    (
        "outbound/src/client.rs",
        "a breaker for each configured target",
    ),
    ("outbound/src/breaker.rs", "one state"),
    (
        "federation/src/isds/mod.rs",
        "names of attributes; its own tests hold it to a number",
    ),
    (
        "federation/src/bank_id/logos.rs",
        "one picture for each bank of the list that Bank iD publishes, read by no visitor's wish",
    ),
    ("federation/src/saml/source.rs", "metadata of one provider"),
    (
        "federation/src/oidc/source.rs",
        "the key set of one provider",
    ),
];

/// A cache by what visitors send would have to be named here, with its bound.
#[test]
fn atk_d04_no_memory_that_lasts_is_kept_by_what_visitors_send() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for program in ["idp", "portal", "web", "store", "outbound", "federation"] {
        for file in sources(&root.join(program).join("src")) {
            let path = file.strip_prefix(&root).unwrap().display().to_string();
            let text = std::fs::read_to_string(&file).unwrap();
            let own = text.split("mod tests {").next().unwrap();
            if path.contains("/tests") || !own.lines().any(is_kept) {
                continue;
            }
            found.insert(path);
        }
    }

    let listed = KEPT.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(
        found, listed,
        "memory that requests share, and what this test knows of it"
    );
}

/// Whether a line declares something that outlives a request and changes.
fn is_kept(line: &str) -> bool {
    let line = line.trim_start();
    let is_code = !line.starts_with("//") && !line.starts_with("fn ") && !line.contains("let ");
    let keeps = [
        "Mutex<",
        "RwLock<",
        "OnceLock<",
        "OnceCell<",
        "DashMap<",
        "Cache<",
        "thread_local!",
    ];
    is_code && !line.contains("Guard<") && keeps.iter().any(|kept| line.contains(kept))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}
