//! Clients that the command line added before a town went into production, with addresses that production refuses.

use std::path::{Path, PathBuf};

use tests::broker::CODE_CHALLENGE;
use tests::engines::folder;
use tests::program::Program;
use url::Url;

use super::{city_idp, configuration};

const REAL: &str = "https://parkovani.vzorov.example/zpet";
const LOOPBACK: &str = "http://localhost:8401/zpet";

/// The configuration of the same house, in production.
fn in_production(folder: &Path) -> PathBuf {
    let demo = "[provider.demo]\nkind = \"demo\"\nenvironment = \"sandbox\"\n\n[provider.demo.account.jana]\npassword = \"jana\"\n";
    configuration(
        folder,
        &[
            (
                "environment = \"sandbox\"\nmaster",
                "environment = \"production\"\nmaster",
            ),
            ("http://localhost:", "https://identita.vzorov.example:"),
            (demo, ""),
            ("[keys]\nsaml_bits = 2048\n", ""),
        ],
    )
}

fn run(file: &Path, arguments: &[&str]) -> (bool, String) {
    let output = city_idp(arguments, file);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), said)
}

fn add(file: &Path, id: &str, more: &[&str]) {
    let usual = ["client", "add", id, "--organisation", "town", "--name", id];
    let (added, said) = run(file, &[&usual, more].concat());
    assert!(added, "{said}");
}

/// Status, where to, and the page of an authorization request.
async fn authorize(base: &str, client: &str, redirect_uri: &str) -> (u16, Option<String>, String) {
    let mut url = Url::parse(&format!("{base}/oauth2/authorize")).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("client_id", client),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CODE_CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = http.get(url).send().await.unwrap();
    let to = answer.headers().get("location").cloned();
    let to = to.map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), to, answer.text().await.unwrap())
}

#[tokio::test]
async fn addresses_that_stood_in_the_database_before_are_named_by_a_check_and_not_used() {
    let folder = folder();
    let sandbox = configuration(&folder, &[]);
    add(
        &sandbox,
        "parking",
        &[
            "--redirect-uri",
            LOOPBACK,
            "--redirect-uri",
            REAL,
            "--post-logout-redirect-uri",
            "https://parkovani.test/",
            "--backchannel-logout-uri",
            "http://parkovani.vzorov.example/logout",
        ],
    );
    let pocket = "http://127.0.0.1/zpet";
    let native = ["--native", "--authentication", "none"];
    add(
        &sandbox,
        "pocket",
        &[&native[..], &["--redirect-uri", pocket]].concat(),
    );
    for id in ["gone", "off"] {
        add(&sandbox, id, &["--redirect-uri", LOOPBACK]);
    }
    assert!(run(&sandbox, &["client", "remove", "gone"]).0);
    let (_, unfit_nowhere) = run(&sandbox, &["check"]);

    let file = in_production(&folder);
    let arguments = ["serve", "--config", file.to_str().unwrap()];
    let text = std::fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once("listen = \"").unwrap();
    let base = format!("http://{}", rest.split('"').next().unwrap());
    let ready = format!("{base}/healthz");
    let program = Program::start("city-idp", &arguments, &[], &ready, &folder).await;
    let off = [
        "client",
        "disable",
        "off",
        "--reason",
        "it is a developer's",
    ];
    let (is_off, said) = run(&file, &off);
    assert!(is_off, "{said}");
    let (is_fine, checked) = run(&file, &["check"]);
    let refused = authorize(&base, "parking", LOOPBACK).await;
    let unregistered = authorize(&base, "parking", "https://elsewhere.example/").await;
    let taken = authorize(&base, "parking", REAL).await;
    let on_the_device = authorize(&base, "pocket", "http://127.0.0.1:51004/zpet").await;

    assert!(!unfit_nowhere.contains("BROKEN  client"), "{unfit_nowhere}");
    assert!(!is_fine, "{checked}");
    let named: Vec<&str> = checked
        .lines()
        .filter(|line| line.starts_with("BROKEN  client: client "))
        .collect();
    for (line, (key, address)) in named.iter().zip([
        ("backchannel_logout_uri", "http://parkovani.vzorov.example/"),
        ("redirect_uris", LOOPBACK),
        ("post_logout_redirect_uris", "https://parkovani.test/"),
    ]) {
        for part in [
            &format!("client parking, {key}: {address}"),
            "city-idp client remove parking",
            "city-idp client add parking",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    assert_eq!(named.len(), 3, "{checked}");

    assert_eq!((refused.0, &refused.1), (400, &None), "{}", refused.2);
    assert!(refused.2.contains("AUT-105"), "{}", refused.2);
    assert!(unregistered.2.contains("AUT-105"), "{}", unregistered.2);
    // Nobody can log in at a broker without providers, which is told to the client where it is to be answered.
    let device = "http://127.0.0.1:51004/zpet";
    for ((status, to, page), answered) in [(&taken, REAL), (&on_the_device, device)] {
        let to = to.as_deref().unwrap_or_default();
        let is_told = to.starts_with(&format!("{answered}?error="));
        assert!(*status == 303 && is_told, "{status} {to} {page}");
    }
    let log = program.log();
    let why = format!("{LOOPBACK} is a sandbox host, and environment is production");
    let refusals: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("AUT-105") && line.contains(&why))
        .collect();
    assert_eq!(refusals.len(), 1, "{log}");
    let at_the_start = log
        .lines()
        .filter(|line| line.contains("does not fit the environment"));
    assert!(at_the_start.count() >= 3, "{log}");
}
