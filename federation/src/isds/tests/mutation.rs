//! Seeded mutation: whatever happens to a genuine answer, nothing panics and nobody gets more than the genuine one gave.
//!
//! The channel is authenticated by TLS, so a changed name is a changed name; what must not come of it is a level, a body or a
//! lasting identity that the octets do not spell out. `CITY_FUZZ_ROUNDS` and `CITY_FUZZ_SEED` make it run longer or
//! elsewhere.

use serde_json::json;

use super::world::{depart, finish, for_departure, provider, testdata};
use crate::fact::FactValue;
use crate::level::{Demand, IdentityLevel, LoginLevel};
use crate::saml::text::is_safe;

const ROUNDS: u64 = 20_000;
const SEED: u64 = 0x1545_0001;

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

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

const PIECES: &[&str] = &[
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
    " xmlns=\"\"",
    " xmlns:n=\"urn:x\"",
    "\u{0}",
    "\u{fffe}",
    "<n:attribute name=\"dbID\" value=\"evil666\"/>",
    "<n:attribute name=\"isdsID\" value=\"PRIMARY\"/>",
    "<n:attribute name=\"appToken\" value=\"1\"/>",
    "<n:attribute name=\"userType\" value=\"S\"/>",
    "<n:status>OK</n:status>",
    "</n:attributes>",
    "<n:attributes>",
    "</SOAP-ENV:Body>",
];

/// One to three changes: bits, cuts, copies, and pieces that attacks are made of.
fn mutated(original: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut octets = original.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(octets.len());
        let end = (at + 1 + dice.roll(60)).min(octets.len());
        let piece = PIECES[dice.roll(PIECES.len())].as_bytes();
        match dice.roll(6) {
            0 if !octets.is_empty() => octets[at] ^= 1 << dice.roll(8),
            1 => drop(octets.drain(at..end)),
            2 => {
                let copy = octets[at..end].to_vec();
                let to = dice.roll(octets.len() + 1);
                octets.splice(to..to, copy);
            }
            3 => octets.truncate(at),
            4 => drop(octets.splice(at..at, piece.iter().copied())),
            _ => {
                let seams: Vec<usize> = octets
                    .windows(2)
                    .enumerate()
                    .filter(|(_, pair)| pair == b">\n" || pair == b"><")
                    .map(|(seam, _)| seam + 1)
                    .collect();
                if !seams.is_empty() {
                    let seam = seams[dice.roll(seams.len())];
                    octets.splice(seam..seam, piece.iter().copied());
                }
            }
        }
    }
    octets
}

#[tokio::test]
async fn no_mutation_of_an_answer_gives_more_than_it_spells_out() {
    let mut dice = Dice(setting("CITY_FUZZ_SEED", SEED));
    let provider = provider(&json!({}));
    let departure = depart(&provider, Demand::NONE).await;
    let originals: Vec<_> = [
        "holder.xml",
        "company-entrusted.xml",
        "sole-trader.xml",
        "holder-not-identified.xml",
    ]
    .iter()
    .map(|name| for_departure(&testdata(name), &departure))
    .collect();
    let (mut accepted, mut refused) = (0, 0);

    for _ in 0..setting("CITY_FUZZ_ROUNDS", ROUNDS) {
        let original = &originals[dice.roll(originals.len())];
        let octets = mutated(original, &mut dice);
        let Ok(verified) = finish(&provider, &departure, &octets) else {
            refused += 1;
            continue;
        };
        accepted += 1;
        let (assertion, text) = (&verified.assertion, String::from_utf8(octets).unwrap());
        let says = |part: &str| text.contains(part);

        assert!(
            says(departure.correlation.as_str()),
            "whose answer is it? {text}"
        );
        let levels = assertion.levels();
        assert!(levels.identity <= IdentityLevel::Town && levels.login == LoginLevel::Single);
        if levels.identity == IdentityLevel::Town {
            assert!(
                says("value=\"true\"") && says("\"userType\"") && says("\"dbState\""),
                "{text}"
            );
        }
        let subject = assertion.subject().as_str();
        let (box_id, user) = subject.split_once(':').unwrap();
        assert!(text.to_lowercase().contains(box_id), "{subject} in {text}");
        if assertion.is_linkable() {
            assert!(user == "PRIMARY" || says(user), "{subject} in {text}");
        }
        if let Some(body) = assertion.acting_for() {
            assert!(body.ico.as_deref().is_none_or(says), "{body:?} in {text}");
            assert!(body.full == (body.role != "ENTRUSTED_USER"), "{body:?}");
        }
        for fact in assertion.facts() {
            if let FactValue::Text(value) = &fact.value {
                assert!(is_safe(value) && value.chars().count() <= 254, "{value:?}");
            }
        }
    }

    assert!(accepted > 100, "{accepted} accepted, {refused} refused");
    assert!(refused > 1_000, "{accepted} accepted, {refused} refused");
}
