//! An e-mail address as mail servers everywhere take it.

use std::fmt;

use lettre::Address;
use url::Host;

/// An e-mail address: ASCII before the `@`, a domain name with a dot behind it, in the form it is written to.
///
/// Personal data: `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress {
    text: String,
    parsed: Address,
}

/// The text is no e-mail address that we write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address like name@example.cz")]
pub struct NoAddress;

impl MailAddress {
    /// Reads an address: trims it, writes the domain in lower case and its IDNA form, keeps the part before `@` as typed
    /// (RFC 5321, 2.4). Quoted parts, comments, addresses of machines and letters beyond ASCII before `@` are refused: the
    /// mail servers in between do not agree on them, and two that look alike would be two people's.
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(NoAddress)?;
        if !is_dot_atom(local) || local.len() > LONGEST_LOCAL {
            return Err(NoAddress);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return Err(NoAddress);
        };
        let domain = domain.to_ascii_lowercase();
        let good = domain.contains('.')
            && domain.split('.').all(is_label)
            && local.len() + 1 + domain.len() <= LONGEST;
        if !good {
            return Err(NoAddress);
        }
        let parsed = Address::new(local, &domain).map_err(|_| NoAddress)?;
        Ok(Self {
            text: format!("{local}@{domain}"),
            parsed,
        })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn parsed(&self) -> Address {
        self.parsed.clone()
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailAddress({} bytes)", self.text.len())
    }
}

/// RFC 5322, 3.2.3.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    })
}

/// RFC 1035, 2.3.1, with digits in front (RFC 1123, 2.1).
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// RFC 5321, 4.5.3.1.
const LONGEST_LOCAL: usize = 64;
/// RFC 5321, 4.5.3.1.3: a path is at most 256 with its angle brackets.
const LONGEST: usize = 254;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_name_and_folds_its_domain() {
        let read = |text| MailAddress::parse(text).unwrap().as_str().to_owned();

        assert_eq!(
            read(" Jana.Nova+mesto@Posta.Example "),
            "Jana.Nova+mesto@posta.example"
        );
        assert_eq!(read("info@háčky.example"), "info@xn--hky-ela4t.example");
    }

    #[test]
    fn what_mail_servers_do_not_agree_on_is_refused() {
        for text in [
            "",
            "jana",
            "@posta.example",
            "jana@",
            "jana@localhost",
            "jana@127.0.0.1",
            "jana@[127.0.0.1]",
            "jana@posta..example",
            "jana@-posta.example",
            ".jana@posta.example",
            "jana..n@posta.example",
            "\"jana\"@posta.example",
            "jana n@posta.example",
            "jana@posta.example\r\nBcc: x@y.example",
            "jana\r\n@posta.example",
            "jana@posta.example, petr@posta.example",
            "<jana@posta.example>",
            "jáňa@posta.example",
            "jana@petr@posta.example",
        ] {
            assert_eq!(MailAddress::parse(text), Err(NoAddress), "{text}");
        }
        let long = format!("{}@posta.example", "a".repeat(65));
        assert_eq!(MailAddress::parse(&long), Err(NoAddress));
    }

    #[test]
    fn an_address_does_not_show_itself() {
        let address = MailAddress::parse("jana@posta.example").unwrap();

        assert!(!format!("{address:?}").contains("jana"));
    }
}
