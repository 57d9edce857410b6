//! The `Authorization` header of a client (RFC 6749, 2.3.1; RFC 7617).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Client id and the secrets that the header may mean: the decoded one, and the octets as sent, because not every
/// client encodes before it sends. `None` for anything malformed.
pub(super) fn read(header: &[u8]) -> Option<(String, Vec<Vec<u8>>)> {
    let (scheme, credentials) = header.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let credentials = STANDARD.decode(credentials.trim_ascii_start()).ok()?;
    let colon = credentials.iter().position(|octet| *octet == b':')?;
    let (id, secret) = (credentials.get(..colon)?, credentials.get(colon + 1..)?);
    let id = String::from_utf8(decoded(id)?).ok()?;
    let secrets = vec![decoded(secret)?, secret.to_vec()];
    (!id.is_empty()).then_some((id, secrets))
}

/// Undoes `application/x-www-form-urlencoded`. `None` when an escape is cut short or not hexadecimal.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            b'+' => b' ',
            other => other,
        });
    }
    Some(octets)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credentials: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(credentials)).into_bytes()
    }

    #[test]
    fn escapes_are_decoded_as_real_clients_send_them() {
        let (id, secrets) = read(&header("building%2Dpermits:s%3Acret+x")).unwrap();

        assert_eq!(id, "building-permits");
        assert_eq!(secrets, [b"s:cret x".to_vec(), b"s%3Acret+x".to_vec()]);
    }

    #[test]
    fn what_is_malformed_is_refused() {
        assert_eq!(read(b"Basic !!!"), None);
        assert_eq!(read(b"Bearer abc"), None);
        assert_eq!(read(b"Basic"), None);
        assert_eq!(read(&header("no-colon")), None);
        assert_eq!(read(&header(":secret")), None);
        assert_eq!(read(&header("id:%4")), None);
        assert_eq!(read(&header("id:%zz")), None);
        assert_eq!(read(&header("%:x")), None);
        assert_eq!(read(&header("%ff:x")), None);
    }
}
