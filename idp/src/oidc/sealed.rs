//! What we hand out and only we can read: codes and access tokens carry what they stand for
//! (`docs/adr/0007-codes-carry-what-they-stand-for.md`, `docs/adr/0016-access-tokens-carry-what-they-stand-for.md`).
//!
//! 16 random octets, then the content under AES-256-GCM with a key of those octets alone, so that no two share a key, in
//! base64url without padding (RFC 4648, 5).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use store::{MasterKey, StorageError};
use uuid::Uuid;

const ID_LEN: usize = 16;

/// Seals a content as the one with this id among those of its kind.
pub(super) fn seal(
    master_key: &MasterKey,
    kind: &str,
    id: Uuid,
    content: &impl Serialize,
) -> Result<String, StorageError> {
    let id = id.into_bytes();
    let sealed = master_key.seal(&place(kind, &id), &serde_json::to_vec(content)?)?;
    Ok(URL_SAFE_NO_PAD.encode([&id[..], &sealed].concat()))
}

/// The id and the content of what [`seal`] made; `None` for anything else.
pub(super) fn open<T: DeserializeOwned>(
    master_key: &MasterKey,
    kind: &str,
    text: &str,
) -> Option<(Uuid, T)> {
    let octets = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (id, sealed) = octets.split_first_chunk::<ID_LEN>()?;
    let content = master_key.open(&place(kind, id), sealed).ok()?;
    Some((
        Uuid::from_bytes(*id),
        serde_json::from_slice(&content).ok()?,
    ))
}

fn place(kind: &str, id: &[u8; ID_LEN]) -> String {
    format!("{kind}/{}", URL_SAFE_NO_PAD.encode(id))
}

#[cfg(test)]
mod tests {
    use web::Random;

    use super::*;

    fn key(first: u8) -> MasterKey {
        let mut bytes = [7; 32];
        bytes[0] = first;
        MasterKey::parse(&MasterKey::encode(&bytes)).unwrap()
    }

    fn sealed(random: &Random) -> (Uuid, String) {
        let id = random.uuid_v4();
        (id, seal(&key(1), "code", id, &"content").unwrap())
    }

    #[test]
    fn what_was_sealed_is_read_again() {
        let (id, text) = sealed(&Random::seeded(1));

        assert_eq!(
            open(&key(1), "code", &text),
            Some((id, "content".to_owned()))
        );
    }

    #[test]
    fn two_differ_from_the_first_letters_on() {
        let random = Random::seeded(1);
        let two = [(), ()].map(|()| sealed(&random).1);

        assert_ne!(two[0][..20], two[1][..20]);
    }

    #[test]
    fn one_of_others_or_of_another_kind_or_with_one_changed_letter_is_none() {
        let (_, text) = sealed(&Random::seeded(1));
        let opened = |key: &MasterKey, kind, text: &str| open::<String>(key, kind, text);

        assert_eq!(opened(&key(2), "code", &text), None);
        assert_eq!(opened(&key(1), "token", &text), None);
        for place in 0..text.len() {
            let letter = match &text[place..=place] {
                "A" => "B",
                _ => "A",
            };
            let changed = [&text[..place], letter, &text[place + 1..]].concat();
            assert_eq!(opened(&key(1), "code", &changed), None, "letter {place}");
        }
        for odd in ["", "code", "ž", &text[1..], &format!("{text}=")] {
            assert_eq!(opened(&key(1), "code", odd), None, "{odd}");
        }
    }

    #[test]
    fn one_shows_nothing_to_whoever_sees_it() {
        let (_, text) = sealed(&Random::seeded(1));

        let octets = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert!(!octets.windows(3).any(|shown| shown == b"con"));
    }
}
