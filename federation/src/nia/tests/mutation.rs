//! Seeded mutation: whatever happens to a genuine message, nothing panics and nobody becomes somebody else.
//!
//! `CITY_FUZZ_ROUNDS` and `CITY_FUZZ_SEED` make the same tests run longer or elsewhere; `CITY_FUZZ_FOUND` names a folder
//! where what made them fail is kept.

use std::path::PathBuf;
use std::sync::Arc;

use bergshamra::c14n::{C14nMode, canonicalize};
use serde_json::Value;

use super::corpus::{Case, all};
use super::second_opinion::second;
use super::world::{
    FORGED, PERSON, ask, asked_at, form, get, now, provider, read, request_id, testdata,
};
use crate::fact::{Address, RuianAddress};
use crate::inbound::{Event, Inbound, InboundKind};
use crate::nia::address::{current_address, ruian_address};
use crate::provider::UpstreamProvider;
use crate::saml::text::is_safe;

const ROUNDS: u64 = 20_000;
const SEED: u64 = 0x5eed_0001;

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
}

/// Writes down what a round was given, should the round fail.
struct Kept<'a>(&'static str, u64, &'a [u8]);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if let Some(folder) = std::env::var_os("CITY_FUZZ_FOUND")
            && std::thread::panicking()
        {
            let file = PathBuf::from(folder).join(format!("{}-{}", self.0, self.1));
            let _ = std::fs::write(file, self.2);
        }
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// One to three changes: bits, cuts, copies, swaps, and pieces that attacks are made of.
fn mutated(original: &[u8], pieces: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut octets = original.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(octets.len());
        let end = (at + 1 + dice.roll(60)).min(octets.len());
        match dice.roll(7) {
            0 if !octets.is_empty() => octets[at] ^= 1 << dice.roll(8),
            1 => drop(octets.drain(at..end)),
            2 => {
                let copy = octets[at..end].to_vec();
                let to = dice.roll(octets.len() + 1);
                octets.splice(to..to, copy);
            }
            3 => octets.truncate(at),
            4 => {
                let piece = pieces[dice.roll(pieces.len())].clone();
                octets.splice(at..at, piece);
            }
            5 => {
                // Between two tags, where a piece of markup stays well-formed.
                let seams: Vec<usize> = octets
                    .windows(2)
                    .enumerate()
                    .filter(|(_, pair)| pair == b"><")
                    .map(|(seam, _)| seam + 1)
                    .collect();
                if !seams.is_empty() {
                    let seam = seams[dice.roll(seams.len())];
                    let piece = pieces[dice.roll(pieces.len())].clone();
                    octets.splice(seam..seam, piece);
                }
            }
            _ => {
                let piece = &pieces[dice.roll(pieces.len())];
                let count = piece.len().min(octets.len() - at);
                octets[at..at + count].copy_from_slice(&piece[..count]);
            }
        }
    }
    octets
}

fn pieces() -> Vec<Vec<u8>> {
    let evil = String::from_utf8(read("forged-before.xml")).unwrap();
    let from = evil
        .find("<Assertion")
        .or_else(|| evil.find("<saml:Assertion"))
        .unwrap();
    let to = evil
        .find("</Assertion>")
        .map(|at| at + "</Assertion>".len())
        .or_else(|| evil.find("</saml:Assertion>").map(|at| at + 17))
        .unwrap();
    let mut pieces: Vec<Vec<u8>> = [
        "<!-- x -->",
        "<!DOCTYPE a>",
        "<![CDATA[x]]>",
        "<?x?>",
        "&amp;",
        "&#0;",
        "&#x202e;",
        "&x;",
        "<a/>",
        "<a>",
        "</a>",
        " ",
        "\n",
        "\"",
        "'",
        "<",
        ">",
        "=",
        " xmlns=\"\"",
        " xmlns:saml=\"urn:x\"",
        " ID=\"_x\"",
        " xml:id=\"_x\"",
        "\u{0}",
        "\u{fffe}",
        "%",
        "+",
        "&SAMLRequest=",
        "&SigAlg=",
        "eidas:PostCode",
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    pieces.push(FORGED.as_bytes().to_vec());
    pieces.push(format!(">{FORGED}</NameID>").into_bytes());
    pieces.push(evil.as_bytes()[from..to].to_vec());
    pieces.push(vec![0xff, 0xfe]);
    pieces
}

#[tokio::test]
async fn no_mutation_of_an_answer_changes_the_person() {
    let mut dice = Dice(setting("CITY_FUZZ_SEED", SEED));
    let pieces = pieces();
    let mut bases = Vec::new();
    for (name, file) in [
        ("nia", "valid"),
        ("both", "plain-both"),
        ("assertion", "plain-assertion"),
        ("response", "plain-response"),
        ("response", "sealed-response-only"),
    ] {
        let provider = provider(name, &Value::Null);
        let state = provider
            .start_login(&ask(), asked_at())
            .await
            .unwrap()
            .state;
        bases.push((provider, state, read(&format!("{file}.xml"))));
    }
    let (mut accepted, rounds) = (0, setting("CITY_FUZZ_ROUNDS", ROUNDS));
    for round in 0..rounds {
        let (provider, state, original) = &bases[dice.roll(bases.len())];
        let document = mutated(original, &pieces, &mut dice);
        let _kept = Kept("gate", round, &document);

        let outcome = provider
            .finish_login(
                state.clone(),
                form("SAMLResponse", &document, &request_id()),
                now(),
            )
            .await;

        if let Ok(verified) = outcome {
            accepted += 1;
            assert_eq!(
                verified.assertion.subject().as_str(),
                PERSON,
                "round {round}: {}",
                String::from_utf8_lossy(&document)
            );
            let text = String::from_utf8(document.clone()).unwrap();
            // What is outside of a signature may change; what is signed may not, for either engine.
            let changed = without_key_info(&text);
            let same = canonical(&changed)
                == canonical(&without_key_info(
                    &String::from_utf8(original.clone()).unwrap(),
                ));
            assert!(
                same || second(&changed).is_some(),
                "round {round}: only our engine accepts {text}"
            );
        }
    }
    // Changes outside of what is signed (inside KeyInfo, in white space of base64) are harmless; most are not.
    assert!(accepted < rounds / 10, "{accepted}");
}

#[test]
fn no_mutation_of_an_address_panics_or_yields_unsafe_text() {
    let mut dice = Dice(setting("CITY_FUZZ_SEED", SEED) ^ 1);
    let pieces = pieces();
    let mut files: Vec<PathBuf> = std::fs::read_dir(testdata("addresses"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let originals: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert!(originals.len() >= 15, "{}", originals.len());
    for round in 0..setting("CITY_FUZZ_ROUNDS", ROUNDS) {
        let text = mutated(&originals[dice.roll(originals.len())], &pieces, &mut dice);
        let _kept = Kept("address", round, &text);
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);

        let words = current_address(&encoded, None).map(parts_of_address);
        let codes = ruian_address(&encoded).map(parts_of_ruian);

        for part in words.into_iter().chain(codes).flatten() {
            assert!(
                is_safe(&part) && !part.is_empty() && part.chars().count() <= 256,
                "round {round}: {part:?}"
            );
        }
    }
}

#[tokio::test]
async fn no_mutation_of_a_signed_query_ends_another_session() {
    let mut dice = Dice(setting("CITY_FUZZ_SEED", SEED) ^ 2);
    let pieces = pieces();
    let originals: Vec<Vec<u8>> = all()
        .into_iter()
        .filter(|case| case.via == "logout-query")
        .map(|case| case.document())
        .collect();
    assert!(originals.len() >= 25, "{}", originals.len());
    let known: Vec<Vec<Option<String>>> = all().iter().map(Case::named).collect();
    let nia: Arc<dyn UpstreamProvider> = provider("nia", &Value::Null);
    for round in 0..setting("CITY_FUZZ_ROUNDS", ROUNDS) {
        let query = mutated(&originals[dice.roll(originals.len())], &pieces, &mut dice);
        let _kept = Kept("query", round, &query);
        let message = Inbound {
            kind: InboundKind::Logout,
            answer: get(query.clone()),
        };

        let Ok((events, _)) = nia.receive(message, now()).await else {
            continue;
        };

        for event in events {
            let sessions = match event {
                Event::LogoutRequested { sessions, .. } => sessions,
                // It ends nothing, whoever says it.
                Event::LogoutReturned { .. } => continue,
                _ => panic!("round {round}: {}", String::from_utf8_lossy(&query)),
            };
            let named: Vec<Option<String>> = sessions
                .iter()
                .map(|session| session.index.clone())
                .collect();
            assert!(
                sessions.iter().all(|session| session.name_id == PERSON),
                "round {round}: {sessions:?}"
            );
            assert!(known.contains(&named), "round {round}: {named:?}");
        }
    }
}

/// Without the first `KeyInfo`, the outermost signature's: ours does not look at it, libxmlsec1 refuses a broken one.
fn without_key_info(text: &str) -> String {
    let cut = text
        .split_once("<KeyInfo>")
        .and_then(|(before, rest)| Some(format!("{before}{}", rest.split_once("</KeyInfo>")?.1)));
    cut.unwrap_or_else(|| text.to_owned())
}

/// What a signature over the whole document would cover. A namespace that nobody uses visibly is not in it; libxml2 refuses
/// some strange names of such, ours does not see them.
fn canonical(xml: &str) -> Vec<u8> {
    canonicalize::<&str>(xml, C14nMode::Exclusive, None, &[]).unwrap()
}

fn parts_of_address(address: Address) -> Vec<String> {
    [
        address.house,
        address.street,
        address.post_name,
        address.post_code,
        address.area,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn parts_of_ruian(address: RuianAddress) -> Vec<String> {
    [
        address.district_code,
        address.municipality_code,
        address.municipality_part_code,
        address.street_code,
        address.post_code,
        address.building_code,
        address.address_point_code,
        address.house_number,
        address.orientation_number,
        address.orientation_letter,
    ]
    .into_iter()
    .flatten()
    .collect()
}
