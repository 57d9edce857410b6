//! A message as it came: HTTP-Redirect (query, deflated) or HTTP-POST (form, not deflated).

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;

use super::super::refusal::Refusal;

/// Longer messages are not read.
const MAX_XML: usize = 128 * 1024;

/// Whether the message asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `SAMLRequest`
    Request,
    /// `SAMLResponse`
    Response,
}

impl Parameter {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A signature beside the message (HTTP-Redirect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detached {
    /// Exactly the octets that were signed.
    pub octets: Vec<u8>,
    /// `SigAlg`
    pub algorithm: String,
    /// `Signature`
    pub signature: Vec<u8>,
}

/// A message taken out of its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Asks or answers.
    pub parameter: Parameter,
    /// The XML.
    pub xml: String,
    /// `RelayState`, to be echoed.
    pub relay_state: Option<String>,
    /// A signature beside the message.
    pub detached: Option<Detached>,
}

impl Carried {
    /// From the raw query of HTTP-Redirect.
    pub fn from_query(query: &str) -> Result<Self, Refusal> {
        let pairs = Pairs::split(query);
        let (parameter, raw) = pairs.message()?;
        let deflated = base64(&decode(raw)?)?;
        let mut xml = Vec::new();
        DeflateDecoder::new(deflated.as_slice())
            .take(MAX_XML as u64 + 1)
            .read_to_end(&mut xml)
            .map_err(|_| Refusal::Encoding("deflate"))?;

        Ok(Self {
            parameter,
            xml: text(xml)?,
            relay_state: pairs.single("RelayState")?.map(decode).transpose()?,
            detached: pairs.detached(parameter, raw)?,
        })
    }

    /// From the raw body of HTTP-POST.
    pub fn from_form(body: &str) -> Result<Self, Refusal> {
        let pairs = Pairs::split(body);
        let (parameter, raw) = pairs.message()?;
        Ok(Self {
            parameter,
            xml: text(base64(&decode(raw)?)?)?,
            relay_state: pairs.single("RelayState")?.map(decode).transpose()?,
            detached: None,
        })
    }
}

/// Name and value as they stand on the wire, nothing decoded.
struct Pairs<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Pairs<'a> {
    fn split(raw: &'a str) -> Self {
        Self(
            raw.split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .collect(),
        )
    }

    fn single(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let mut values = self
            .0
            .iter()
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| *value);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Refusal::NoMessage),
        }
    }

    fn message(&self) -> Result<(Parameter, &'a str), Refusal> {
        match (self.single("SAMLRequest")?, self.single("SAMLResponse")?) {
            (Some(raw), None) => Ok((Parameter::Request, raw)),
            (None, Some(raw)) => Ok((Parameter::Response, raw)),
            _ => Err(Refusal::NoMessage),
        }
    }

    /// The signature is over `SAMLRequest`, `RelayState` and `SigAlg` in this order, as the sender encoded them.
    fn detached(&self, parameter: Parameter, raw: &str) -> Result<Option<Detached>, Refusal> {
        let (Some(signature), Some(algorithm)) =
            (self.single("Signature")?, self.single("SigAlg")?)
        else {
            return match (self.single("Signature")?, self.single("SigAlg")?) {
                (None, None) => Ok(None),
                _ => Err(Refusal::Header("SigAlg nebo Signature")),
            };
        };
        let relay_state = match self.single("RelayState")? {
            Some(value) => format!("&RelayState={value}"),
            None => String::new(),
        };
        let octets =
            format!("{}={raw}{relay_state}&SigAlg={algorithm}", parameter.name()).into_bytes();
        Ok(Some(Detached {
            octets,
            algorithm: decode(algorithm)?,
            signature: base64(&decode(signature)?)?,
        }))
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Refusal> {
    if bytes.len() > MAX_XML {
        return Err(Refusal::Encoding("zpráva je příliš dlouhá"));
    }
    String::from_utf8(bytes).map_err(|_| Refusal::Encoding("UTF-8"))
}

fn base64(text: &str) -> Result<Vec<u8>, Refusal> {
    let compact: String = text
        .chars()
        .filter(|character| !matches!(character, '\r' | '\n'))
        .collect();
    STANDARD
        .decode(compact)
        .map_err(|_| Refusal::Encoding("base64"))
}

fn decode(raw: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push((digit(*high)? << 4) | digit(*low)?);
                rest = after;
            }
            (b'%', _) => return Err(Refusal::Encoding("procenta")),
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Refusal::Encoding("UTF-8"))
}

fn digit(byte: u8) -> Result<u8, Refusal> {
    let digit = char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(Refusal::Encoding("procenta"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use url::form_urlencoded::byte_serialize;

    use super::*;

    fn redirect(xml: &[u8]) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(xml).unwrap();
        byte_serialize(STANDARD.encode(encoder.finish().unwrap()).as_bytes()).collect()
    }

    #[test]
    fn the_signed_octets_are_taken_as_they_were_sent_in_the_order_of_the_standard() {
        let message = redirect(b"<r/>");
        let query = format!("SigAlg=a%3ab&Signature=AAAA&RelayState=x%2fy+z&SAMLRequest={message}");

        let carried = Carried::from_query(&query).unwrap();

        assert_eq!(carried.xml, "<r/>");
        assert_eq!(carried.relay_state.as_deref(), Some("x/y z"));
        let octets = carried.detached.unwrap().octets;
        assert_eq!(
            octets,
            format!("SAMLRequest={message}&RelayState=x%2fy+z&SigAlg=a%3ab").into_bytes()
        );
    }

    #[test]
    fn a_parameter_twice_or_request_and_response_together_are_refused() {
        let message = redirect(b"<r/>");
        for query in [
            String::new(),
            format!("SAMLRequest={message}&SAMLRequest={message}"),
            format!("SAMLRequest={message}&SAMLResponse={message}"),
            format!("SAMLRequest={message}&RelayState=a&RelayState=b"),
        ] {
            assert_eq!(
                Carried::from_query(&query),
                Err(Refusal::NoMessage),
                "{query}"
            );
        }
    }

    #[test]
    fn a_signature_needs_its_algorithm() {
        let query = format!("SAMLRequest={}&Signature=AAAA", redirect(b"<r/>"));

        assert_eq!(
            Carried::from_query(&query),
            Err(Refusal::Header("SigAlg nebo Signature"))
        );
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let query = format!("SAMLRequest={}", redirect(&vec![b' '; 16 * 1024 * 1024]));

        assert_eq!(
            Carried::from_query(&query),
            Err(Refusal::Encoding("zpráva je příliš dlouhá"))
        );
    }

    #[test]
    fn broken_encodings_are_refused() {
        for query in [
            "SAMLRequest=%4",
            "SAMLRequest=%zz",
            "SAMLRequest=%ff",
            "SAMLRequest=a-_b",
            "SAMLRequest=AAAA",
        ] {
            assert!(
                matches!(Carried::from_query(query), Err(Refusal::Encoding(_))),
                "{query}"
            );
        }
    }

    #[test]
    fn a_form_is_not_deflated_and_may_be_broken_into_lines() {
        let carried =
            Carried::from_form("SAMLRequest=PHIv%0d%0aPg%3d%3d&RelayState=a%26b").unwrap();

        assert_eq!(carried.xml, "<r/>");
        assert_eq!(carried.relay_state.as_deref(), Some("a&b"));
    }
}
