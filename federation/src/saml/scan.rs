//! The first look at a document, before any parser: forbidden markup and limits, in one pass over the octets.
//!
//! In well-formed XML a `<` always begins markup, so what a parser would see as DOCTYPE, comment, CDATA section or
//! processing instruction is found here without parsing. What this pass misjudges because the document is not
//! well-formed, the parser refuses afterwards.

use crate::refusal::Refusal;

/// How large a document may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) octets: usize,
    pub(crate) depth: usize,
    pub(crate) elements: usize,
    pub(crate) attributes: usize,
    pub(crate) attributes_of_one: usize,
    pub(crate) namespaces: usize,
}

/// An answer or a logout message. A genuine answer of NIA has about 80 elements in 10 levels.
pub(crate) const MESSAGE: Limits = Limits {
    octets: 192 * 1024,
    depth: 32,
    elements: 1_000,
    attributes: 2_000,
    attributes_of_one: 24,
    namespaces: 300,
};

/// What an answer may decrypt to.
pub(crate) const PLAINTEXT: Limits = Limits {
    octets: 128 * 1024,
    ..MESSAGE
};

/// Metadata, which lists claim types by the dozen.
pub(crate) const METADATA: Limits = Limits {
    octets: 1024 * 1024,
    depth: 32,
    elements: 10_000,
    attributes: 20_000,
    attributes_of_one: 24,
    namespaces: 3_000,
};

/// Refuses forbidden markup and what exceeds the limits.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<(), Refusal> {
    if text.len() > limits.octets {
        return Err(Refusal::TooLarge);
    }
    let mut rest = after_declaration(text)?;
    let (mut depth, mut elements, mut attributes, mut namespaces) =
        (0_usize, 0_usize, 0_usize, 0_usize);
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        refuse_forbidden(rest)?;
        if let Some(end) = rest.strip_prefix('/') {
            depth = depth.checked_sub(1).ok_or(Refusal::NotWellFormed)?;
            rest = end;
            continue;
        }
        let tag = Tag::read(rest)?;
        elements += 1;
        attributes += tag.attributes;
        namespaces += tag.namespaces;
        if elements > limits.elements {
            return Err(Refusal::TooManyElements);
        }
        if tag.attributes > limits.attributes_of_one || attributes > limits.attributes {
            return Err(Refusal::TooManyAttributes);
        }
        if namespaces > limits.namespaces {
            return Err(Refusal::TooManyNamespaces);
        }
        if !tag.empty {
            depth += 1;
            if depth > limits.depth {
                return Err(Refusal::TooDeep);
            }
        }
        rest = tag.rest;
    }
    Ok(())
}

/// The text without its comments, for metadata files that carry a licence on top. Signatures that may cover metadata
/// leave comments out, so this changes nothing that was signed.
pub(crate) fn without_comments(text: &str) -> Result<String, Refusal> {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        clean.push_str(before);
        rest = comment.split_once("-->").ok_or(Refusal::NotWellFormed)?.1;
    }
    clean.push_str(rest);
    Ok(clean)
}

/// Skips an XML declaration, which may only stand at the very start and say UTF-8.
fn after_declaration(text: &str) -> Result<&str, Refusal> {
    let Some(declaration) = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
    else {
        return Ok(text);
    };
    let (declaration, rest) = declaration.split_once("?>").ok_or(Refusal::NotWellFormed)?;
    let encoding = declaration
        .split_once("encoding")
        .map(|(_, value)| value.trim_start_matches([' ', '=', '\'', '"']));
    match encoding {
        Some(value)
            if !value
                .get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case("utf-8")) =>
        {
            Err(Refusal::NotUtf8)
        }
        _ => Ok(rest),
    }
}

fn refuse_forbidden(after_bracket: &str) -> Result<(), Refusal> {
    if after_bracket.starts_with('?') {
        Err(Refusal::ProcessingInstructionForbidden)
    } else if after_bracket.starts_with("!--") {
        Err(Refusal::CommentForbidden)
    } else if after_bracket.starts_with("![CDATA[") {
        Err(Refusal::CdataForbidden)
    } else if after_bracket.starts_with('!') {
        Err(Refusal::DoctypeForbidden)
    } else {
        Ok(())
    }
}

/// One start tag, counted.
struct Tag<'t> {
    attributes: usize,
    namespaces: usize,
    empty: bool,
    rest: &'t str,
}

impl<'t> Tag<'t> {
    /// Reads to the end of a start tag, honouring quotes. `text` begins after the bracket.
    fn read(mut text: &'t str) -> Result<Self, Refusal> {
        let (mut attributes, mut namespaces) = (0, 0);
        loop {
            let at = text.find(['"', '\'', '>']).ok_or(Refusal::NotWellFormed)?;
            let (before, found) = text.split_at_checked(at).ok_or(Refusal::NotWellFormed)?;
            if let Some(rest) = found.strip_prefix('>') {
                return Ok(Self {
                    attributes,
                    namespaces,
                    empty: before.ends_with('/'),
                    rest,
                });
            }
            attributes += 1;
            let name = before.trim_end_matches(['=', ' ', '\t', '\r', '\n']);
            let name = name
                .rsplit([' ', '\t', '\r', '\n'])
                .next()
                .unwrap_or_default();
            if name == "xmlns" || name.starts_with("xmlns:") {
                namespaces += 1;
            }
            let (quote, value) = found.split_at_checked(1).ok_or(Refusal::NotWellFormed)?;
            let (value, rest) = value.split_once(quote).ok_or(Refusal::NotWellFormed)?;
            if value.contains('<') {
                return Err(Refusal::NotWellFormed);
            }
            text = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<(), Refusal> {
        scan(text, &MESSAGE)
    }

    #[test]
    fn forbidden_markup_is_named() {
        assert_eq!(judge("<!DOCTYPE a><a/>"), Err(Refusal::DoctypeForbidden));
        assert_eq!(
            judge("<a><!ENTITY x 'y'></a>"),
            Err(Refusal::DoctypeForbidden)
        );
        assert_eq!(judge("<a><!-- x --></a>"), Err(Refusal::CommentForbidden));
        assert_eq!(judge("<a><![CDATA[x]]></a>"), Err(Refusal::CdataForbidden));
        assert_eq!(
            judge("<a><?php x?></a>"),
            Err(Refusal::ProcessingInstructionForbidden)
        );
        assert_eq!(
            judge("<a/><?xml version='1.0'?>"),
            Err(Refusal::ProcessingInstructionForbidden)
        );
        assert_eq!(
            judge("<?xml-stylesheet href='x'?><a/>"),
            Err(Refusal::ProcessingInstructionForbidden)
        );
    }

    #[test]
    fn a_declaration_may_stand_first_and_say_utf8() {
        assert_eq!(
            judge("<?xml version=\"1.0\" encoding=\"utf-8\"?><a b='&lt;!--'/>"),
            Ok(())
        );
        assert_eq!(
            judge("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"),
            Err(Refusal::NotUtf8)
        );
    }

    #[test]
    fn limits_hold_at_the_boundary() {
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert_eq!(judge(&nested(32)), Ok(()));
        assert_eq!(judge(&nested(33)), Err(Refusal::TooDeep));

        let flat = |count: usize| format!("<r>{}</r>", "<a/>".repeat(count - 1));
        assert_eq!(judge(&flat(1_000)), Ok(()));
        assert_eq!(judge(&flat(1_001)), Err(Refusal::TooManyElements));

        let wide = |count: usize| {
            format!(
                "<r {}/>",
                (0..count)
                    .map(|n| format!("a{n}='>' "))
                    .collect::<Vec<_>>()
                    .concat()
            )
        };
        assert_eq!(judge(&wide(24)), Ok(()));
        assert_eq!(judge(&wide(25)), Err(Refusal::TooManyAttributes));

        let spaces = |count: usize| format!("<r>{}</r>", "<a xmlns = 'u:x'/>".repeat(count));
        assert_eq!(judge(&spaces(300)), Ok(()));
        assert_eq!(judge(&spaces(301)), Err(Refusal::TooManyNamespaces));

        assert_eq!(judge(&" ".repeat(192 * 1024 + 1)), Err(Refusal::TooLarge));
    }

    #[test]
    fn broken_tags_are_not_well_formed() {
        for text in ["<a", "<a b='", "<a b='<'/>", "</a>", "<?xml version='1.0'"] {
            assert_eq!(judge(text), Err(Refusal::NotWellFormed), "{text}");
        }
    }
}
