//! No storage function is forgotten: what takes a transaction, or keeps short-lived state, is reached by a test that runs on
//! every engine. Read from the sources: from the tests of a suite by what they call, through their helpers and from one
//! storage function to the next.

mod source;

use std::collections::BTreeSet;
use std::path::Path;

use self::source::{Call, Function, functions, functions_in};

/// One suite and what it has to reach.
struct Suite {
    storage: &'static str,
    tests: &'static str,
    /// What a test says that runs on every engine.
    engines: &'static [&'static str],
    /// What need not be reached so, by its path, and why.
    exempt: &'static [(&'static str, &'static str)],
}

const SUITES: [Suite; 3] = [
    Suite {
        storage: "idp/src/storage",
        tests: "tests/it/idp_storage",
        engines: &["engines()"],
        exempt: &[],
    },
    Suite {
        storage: "portal/src/storage",
        tests: "tests/it/portal_storage",
        engines: &["engines()"],
        exempt: &[],
    },
    Suite {
        storage: "store/src",
        tests: "tests/it/store",
        engines: &["engines()", "short_lived_stores()"],
        exempt: &[],
    },
];

#[test]
fn every_storage_function_is_reached_by_a_test_on_every_engine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut wrong = Vec::new();
    for suite in SUITES {
        let storage = functions_in(&root.join(suite.storage));
        let tests = functions_in(&root.join(suite.tests));
        let forgotten = forgotten(&storage, &tests, suite.engines);
        let exempt: BTreeSet<String> = suite
            .exempt
            .iter()
            .map(|(path, _)| (*path).to_owned())
            .collect();
        for path in forgotten.difference(&exempt) {
            wrong.push(format!(
                "{}: nothing in {} reaches {path}",
                suite.storage, suite.tests
            ));
        }
        for path in exempt.difference(&forgotten) {
            wrong.push(format!(
                "{}: {path} is reached, or gone, and needs no exemption",
                suite.storage
            ));
        }
    }

    assert!(
        wrong.is_empty(),
        "{} functions:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Tests beside a suite's, and why they run otherwise.
const ALONE: [(&str, &str); 2] = [
    (
        "signing_key::replicas_that_start_at_once_on_a_new_database_share_one_set_of_keys",
        "on both engines, without tables",
    ),
    (
        "signing_key::no_private_key_is_found_by_searching_the_file",
        "PostgreSQL has no file to search",
    ),
];

#[test]
fn every_test_of_the_tables_runs_on_every_engine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for suite in &SUITES[..2] {
        let tests = functions_in(&root.join(suite.tests));
        let alone: Vec<_> = tests
            .iter()
            .filter(|function| function.is_test() && !function.is_test_on(suite.engines))
            .map(Function::path)
            .filter(|path| ALONE.iter().all(|(known, _)| known != path))
            .collect();

        assert!(alone.is_empty(), "on one engine only: {alone:?}");
    }
}

/// What runs a statement: it has a transaction, or is a method that waits for a store.
fn runs_statements(function: &Function) -> bool {
    let signature = &function.signature;
    signature.contains("&mut Tx") || (signature.contains("async fn") && signature.contains("&self"))
}

/// The functions that no test on every engine reaches.
fn forgotten(storage: &[Function], tests: &[Function], engines: &[&str]) -> BTreeSet<String> {
    let mut open: Vec<&Function> = tests
        .iter()
        .filter(|test| test.is_test_on(engines))
        .collect();
    let mut reached: BTreeSet<String> = open.iter().map(|test| test.path()).collect();
    while let Some(caller) = open.pop() {
        for call in caller.calls() {
            // A suite's helpers have names of their own.
            let among = tests
                .iter()
                .chain(storage)
                .filter(|function| is_meant(&call, caller, function));
            for function in among {
                if reached.insert(function.path()) {
                    open.push(function);
                }
            }
        }
    }
    storage
        .iter()
        .filter(|function| runs_statements(function))
        .map(Function::path)
        .filter(|path| !reached.contains(path))
        .collect()
}

/// Whether a call may be one of this function.
fn is_meant(call: &Call, caller: &Function, function: &Function) -> bool {
    match call {
        Call::Bare(name) => {
            let is_near = caller.module == function.module || caller.imports(function);
            *name == function.name && function.owner.is_none() && is_near
        }
        Call::Method(name) => *name == function.name && function.owner.is_some(),
        Call::Of(of, name) if ["self", "super"].contains(&of.as_str()) => {
            let is_near = [&caller.module, &caller.folder].contains(&&function.module);
            *name == function.name && function.owner.is_none() && is_near
        }
        Call::Of(of, name) if of == "Self" => {
            *name == function.name && caller.owner == function.owner
        }
        Call::Of(of, name) => {
            let is_place = match &function.owner {
                Some(owner) => of == owner,
                None => *of == function.module || *of == function.folder,
            };
            *name == function.name && is_place
        }
    }
}

#[test]
fn a_forgotten_function_is_found_whatever_hides_it() {
    let storage = functions(
        "account",
        "storage",
        "
pub async fn add(tx: &mut Tx, id: Id) -> Result<(), StorageError> {
    note(tx, id).await
}

async fn note(tx: &mut Tx, id: Id) -> Result<(), StorageError> {
    Ok(())
}

pub async fn lookup(
    tx: &mut Tx,
    id: Id,
) -> Result<(), StorageError> {
    Ok(())
}

pub fn later(tx: &mut Tx) {
    tx.later(\"\");
}

pub fn is_pure(id: Id) -> bool {
    true
}
",
    );
    let suite = |body: &str| {
        let text = format!(
            "use idp::storage::account as accounts;\n\n#[tokio::test]\nasync fn a_test() {{\n{body}\n}}\n\nasync fn help() {{\n    \
             accounts::lookup(tx, id).await;\n}}\n"
        );
        functions("suite", "idp_storage", &text)
    };
    let all = [
        "account::add",
        "account::later",
        "account::lookup",
        "account::note",
    ];
    for (body, missing) in [
        ("    for engine in engines().await {}", &all[..]),
        // On one engine only.
        ("    accounts::add(tx, id).await;", &all[..]),
        (
            "    engines().await;\n    accounts::add(tx, id).await;",
            &["account::later", "account::lookup"],
        ),
        (
            "    engines().await;\n    help().await;",
            &["account::add", "account::later", "account::note"],
        ),
        // Another module's function of that name.
        (
            "    engines().await;\n    client::add(tx, id).await;",
            &all[..],
        ),
        (
            "    engines().await;\n    help().await;\n    accounts::later(tx);\n    accounts::add(tx, id).await;",
            &[],
        ),
    ] {
        let forgotten = forgotten(&storage, &suite(body), &["engines()"]);

        let missing: BTreeSet<String> = missing.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(forgotten, missing, "{body}");
    }
}
