//! Choosing among three languages.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use super::Locale;
use crate::cookie;

/// Longer headers and parameters are cut here: a browser's list of languages is far shorter.
pub const MAX_HEADER: usize = 512;

/// The cookie first, then `Accept-Language`, then Czech.
pub(crate) fn request(headers: &HeaderMap, cookie_name: Option<&str>) -> Locale {
    cookie_name
        .and_then(|name| cookie::value(headers, name))
        .and_then(|code| Locale::from_code(&code))
        .or_else(|| accept_language(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or_default()
}

/// Space separated, in the order of preference, no weights.
pub(super) fn ui_locales(list: &str) -> Option<Locale> {
    shortened(list).split_ascii_whitespace().find_map(tag)
}

/// Comma separated, weighted by `q` (RFC 9110 12.5.4); of equals the first wins.
pub(super) fn accept_language(header: &str) -> Option<Locale> {
    let mut best: Option<(u16, Locale)> = None;
    for range in shortened(header).split(',') {
        let mut parts = range.split(';');
        let Some(locale) = parts.next().map(str::trim).and_then(tag) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q=").map(thousandths))
            .unwrap_or(1000);
        if weight > 0 && best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// `cs-CZ` is Czech, and so is Slovak: nobody who reads it prefers our English.
fn tag(tag: &str) -> Option<Locale> {
    let language = tag.split(['-', '_']).next()?;
    match language.to_ascii_lowercase().as_str() {
        "cs" | "sk" => Some(Locale::Cs),
        "en" => Some(Locale::En),
        "de" => Some(Locale::De),
        _ => None,
    }
}

fn thousandths(q: &str) -> u16 {
    let q: f32 = q.parse().unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped before"
    )]
    let thousandths = (q.clamp(0.0, 1.0) * 1000.0) as u16;
    thousandths
}

fn shortened(text: &str) -> &str {
    text.get(..MAX_HEADER)
        .unwrap_or(if text.len() > MAX_HEADER { "" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_is_read_by_weight() {
        assert_eq!(accept_language("fr, de;q=0.5, en;q=0.8"), Some(Locale::En));
        assert_eq!(accept_language("de-AT,en"), Some(Locale::De));
        assert_eq!(accept_language("sk"), Some(Locale::Cs));
        assert_eq!(accept_language("en;q=0, de;q=0.1"), Some(Locale::De));
        assert_eq!(accept_language("fr, *;q=0.5"), None);
        assert_eq!(accept_language(""), None);
    }

    #[test]
    fn ui_locales_are_read_in_order() {
        assert_eq!(Locale::from_ui_locales("fr-CA de cs"), Some(Locale::De));
        assert_eq!(Locale::from_ui_locales("CS-cz"), Some(Locale::Cs));
        assert_eq!(Locale::from_ui_locales("tlh"), None);
    }

    #[test]
    fn endless_lists_are_not_read_to_the_end() {
        let list = "xx ".repeat(100_000) + "en";

        assert_eq!(Locale::from_ui_locales(&list), None);
        assert_eq!(accept_language(&"é".repeat(400)), None);
    }

    #[test]
    fn the_cookie_wins_over_the_header_and_nonsense_in_it_over_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "de".parse().unwrap());
        headers.insert("cookie", "__Host-lang=en".parse().unwrap());

        assert_eq!(request(&headers, Some("lang")), Locale::En);

        headers.insert("cookie", "__Host-lang=../../etc".parse().unwrap());

        assert_eq!(request(&headers, Some("lang")), Locale::De);
    }
}
