//! The corpus of client assertions, and seeded mutation of it: nothing panics, and what is taken is what a client signed.
//!
//! `CITY_FUZZ_ROUNDS` and `CITY_FUZZ_SEED` make the test run longer or elsewhere; `CITY_FUZZ_FOUND` names a folder where
//! what made it fail is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const ROUNDS: u64 = 20_000;
const SEED: u64 = 0x5eed_0002;

/// Splitmix64: small, seeded, good enough to tear documents apart.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % below.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

/// Writes down what a round was given, should the round fail.
struct Kept<'a>(u64, &'a str);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if let Some(folder) = std::env::var_os("CITY_FUZZ_FOUND")
            && std::thread::panicking()
        {
            let file = PathBuf::from(folder).join(format!("client-assertion-{}.jwt", self.0));
            let _ = std::fs::write(file, self.1);
        }
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oidc/client_auth/testdata");
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Files and what must come of each.
fn cases() -> BTreeMap<String, String> {
    serde_json::from_str(&read("cases.json")).unwrap()
}

fn keys() -> ClientKeys {
    ClientKeys::fixed(&serde_json::from_str(&read("client.jwks")).unwrap()).unwrap()
}

/// The moment all of them are made for.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_500_000, 0).unwrap()
}

async fn judged(jws: &str, keys: &ClientKeys) -> Result<Used, &'static str> {
    let audiences = ["https://id.town.test", "https://id.town.test/oauth2/token"];
    verify(jws, &ClientId::new("app"), keys, &audiences, now()).await
}

/// One to three changes to octets.
fn torn(original: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut octets = original.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(octets.len());
        let end = (at + 1 + dice.roll(40)).min(octets.len());
        match dice.roll(6) {
            0 if !octets.is_empty() => octets[at] ^= 1 << dice.roll(8),
            1 => drop(octets.drain(at..end)),
            2 => {
                let copy = octets[at..end].to_vec();
                let to = dice.roll(octets.len() + 1);
                octets.splice(to..to, copy);
            }
            3 => octets.truncate(at),
            4 => drop(octets.splice(at..at, dice.pick(PIECES).bytes())),
            _ => drop(octets.splice(at..end, dice.pick(PIECES).bytes())),
        }
    }
    octets
}

/// Tears the text, or what a part says, or puts parts of several together.
fn mutated(corpus: &[String], dice: &mut Dice) -> String {
    let original = dice.pick(corpus);
    if dice.roll(3) == 0 {
        return String::from_utf8_lossy(&torn(original.as_bytes(), dice)).into_owned();
    }
    let mut parts: Vec<String> = original.split('.').map(str::to_owned).collect();
    let which = dice.roll(parts.len());
    if dice.roll(3) == 0 {
        let other: Vec<&str> = dice.pick(corpus).split('.').collect();
        (*dice.pick(&other)).clone_into(&mut parts[which]);
    } else if let Ok(octets) = URL_SAFE_NO_PAD.decode(&parts[which]) {
        parts[which] = URL_SAFE_NO_PAD.encode(torn(&octets, dice));
    }
    parts.join(".")
}

#[tokio::test]
async fn every_assertion_of_the_corpus_is_judged_as_it_must_be() {
    let keys = keys();
    for (file, expected) in cases() {
        let said = judged(&read(&file), &keys)
            .await
            .map_or_else(str::to_owned, |_| "taken".to_owned());

        assert_eq!(said, expected, "{file}");
    }
}

#[test]
fn every_file_of_the_corpus_is_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oidc/client_auth/testdata");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jwt"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();

    assert_eq!(files, cases().into_keys().collect::<Vec<_>>());
}

#[tokio::test]
async fn no_mutation_of_an_assertion_is_taken_for_one() {
    let keys = keys();
    let mut dice = Dice(setting("CITY_FUZZ_SEED", SEED) ^ 3);
    let mut taken = BTreeMap::new();
    let mut corpus = Vec::new();
    for (file, expected) in cases() {
        let jws = read(&file);
        if expected == "taken" {
            taken.insert(jws.clone(), judged(&jws, &keys).await.unwrap());
        }
        corpus.push(jws);
    }
    let genuine: Vec<String> = taken.keys().cloned().collect();
    for round in 0..setting("CITY_FUZZ_ROUNDS", ROUNDS) {
        // What is refused for one reason may stop being refused.
        let jws = mutated([&genuine, &corpus][dice.roll(2)], &mut dice);
        let _kept = Kept(round, &jws);

        let claimed = claimed_client(&jws, None);
        let outcome = judged(&jws, &keys).await;

        if let Ok(used) = outcome {
            assert_eq!(claimed.unwrap(), "app", "round {round}: {jws}");
            // No encoding of ours has two spellings, so it is one of theirs octet for octet, and used up with it.
            assert_eq!(taken.get(&jws), Some(&used), "round {round}: {jws}");
        }
    }
}

const PIECES: &[&str] = &[
    ".",
    "..",
    "=",
    "-_",
    "+/",
    " ",
    "\n",
    "\u{0}",
    "\u{feff}",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "-1",
    "app",
    "other",
    "\"sub\":\"other\"",
    ",\"sub\":\"app\"",
    "\"iss\":\"app\",",
    ",\"aud\":\"https://id.town.test\"",
    "\"alg\":\"none\"",
    "\"alg\":\"HS256\"",
    ",\"alg\":\"RS256\"",
    ",\"crit\":[\"exp\"]",
    ",\"jwk\":{}",
    ",\"kid\":\"p256\"",
    "PS256",
    "ES256",
    "EdDSA",
    "eyJhbGciOiJub25lIn0",
    "e30",
];
