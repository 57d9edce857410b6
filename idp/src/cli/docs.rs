//! `city-idp docs`: the references that are made from the program itself.

use std::{fmt::Write as _, fs, path::PathBuf};

use clap::Args;
use federation::{FactKind, MaritalStatus};
use web::{Locale, Texts};

use super::{Outcome, say};
use crate::{Config, claims::catalogue, config::ENV_PREFIX, router, texts::TEXTS};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The folder to write into.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let documents = [
        (
            "configuration.md",
            web::config::reference::<Config>(ENV_PREFIX),
        ),
        ("errors.md", errors()),
        ("claims.md", claims()),
        ("endpoints.md", endpoints()),
    ];
    fs::create_dir_all(&arguments.out)?;
    for (name, text) in documents {
        fs::write(arguments.out.join(name), text)?;
        say(format!("{}", arguments.out.join(name).display()))?;
    }
    Ok(())
}

/// Every error a person can see.
fn errors() -> String {
    let kinds: Vec<_> = router::errors().collect();
    format!(
        "# Errors of the broker\n\n{}",
        web::problem::reference(Texts::new(Locale::En, &TEXTS), &kinds)
    )
}

/// Every scope and claim.
fn claims() -> String {
    let mut text = "# Scopes and claims\n\n\
        A client gets a claim when it asked for it (by scope, or by name in the `claims` parameter), when it is approved \
        for it, and when we hold it. Personal claims are told by userinfo; the ID token holds them only when asked there \
        by name.\n\n\
        `verified_claims` tell where facts come from: who vouched for them, when and how strongly. They do not tell how the \
        person logged in now; that is `acr`, and a service that needs a strong login demands it. With `city.identity` a client \
        may ask there for names, date and place of birth; an address needs the approval that it needs outside.\n\n| Scope | Claims |\n|---|---|\n"
        .to_owned();
    for scope in catalogue::SCOPES {
        let claims: Vec<String> = scope
            .claims
            .iter()
            .map(|claim| format!("`{claim}`"))
            .collect();
        let _ = writeln!(text, "| `{}` | {} |", scope.name, claims.join(", "));
    }
    text.push_str("\n| Claim | Made from |\n|---|---|\n");
    for claim in catalogue::CLAIMS {
        let source = claim.fact.map_or("computed".to_owned(), |fact| {
            format!("fact `{}`", fact.as_str())
        });
        let _ = writeln!(text, "| `{}` | {source} |", claim.name);
    }
    text.push_str(ADDRESS);
    text.push_str(&by_name());
    text
}

const ADDRESS: &str = "\n`address` has `formatted`, `street_address`, `locality` and `postal_code` (OpenID Connect Core 5.1.1). Of an address \
    outside the Czech Republic it also has `country`, the country's name in Czech, which is the last line of `formatted` too, \
    and `country_code`, its two letters of ISO 3166-1 (OpenID Identity Assurance). An address without them is in the Czech Republic.\n";

/// Claims that no scope has, and the words of one of them.
fn by_name() -> String {
    let alone = |claim: &&catalogue::Claim| claim.fact.is_some_and(FactKind::is_by_name_alone);
    let claims: Vec<String> = catalogue::CLAIMS
        .iter()
        .filter(alone)
        .map(|claim| format!("`{}`", claim.name))
        .collect();
    let words = MaritalStatus::ALL.map(|status| format!("`{}`", status.as_str()));
    format!(
        "\nNo scope has {}: a client is approved for each of them by its name (`claims`), and asks for it by name, inside \
        `verified_claims` too. They come from Bank iD, which is asked only where the asking client is approved (`docs/flows/login-bank-id.md`). \
        `nationalities` is a list of codes of ISO 3166-1, two letters each; `majority` and `limited_legal_capacity` are booleans; \
        `maritalstatus` is one of {}.\n",
        claims.join(", "),
        words.join(", ")
    )
}

/// Every address.
fn endpoints() -> String {
    let mut text = "# Addresses of the broker\n\n\
        Addresses registered with upstream providers and clients; changing one is a breaking release.\n\n\
        | Methods | Address | For |\n|---|---|---|\n"
        .to_owned();
    for (methods, path, purpose) in router::ADDRESSES {
        let _ = writeln!(text, "| {methods} | `{path}` | {purpose} |");
    }
    text
}
