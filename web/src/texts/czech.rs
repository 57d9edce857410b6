//! Czech typography: no line ends after a one-letter preposition or inside a date or an amount.

use std::borrow::Cow;

/// Puts hard spaces where Czech typography wants them.
///
/// After `k s v z o u a i`, before `·`, inside dates (`24. 11.`, `24. listopadu`), amounts
/// (`1 050 Kč`), durations and sizes, after `§` and `č.`.
pub fn czech(text: &str) -> Cow<'_, str> {
    if !text.contains(' ') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find(' ') {
        let (before, after) = (
            rest.get(..at).unwrap_or_default(),
            rest.get(at + 1..).unwrap_or_default(),
        );
        out.push_str(before);
        out.push(if is_hard(&out, after) { '\u{a0}' } else { ' ' });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn is_hard(before: &str, after: &str) -> bool {
    let mut back = before.chars().rev();
    let (last, last_but_one) = (back.next(), back.next());
    let digit_follows = after.starts_with(|c: char| c.is_ascii_digit());
    match last {
        Some('§') => digit_follows,
        Some('.') if last_but_one == Some('č') => digit_follows,
        Some('.') if last_but_one.is_some_and(|c| c.is_ascii_digit()) => {
            digit_follows || starts(after, MONTHS)
        }
        Some(digit) if digit.is_ascii_digit() => starts(after, UNITS) || is_group(after),
        Some(letter) if is_preposition(letter) => {
            last_but_one.is_none_or(|c| c.is_whitespace() || "(„".contains(c))
        }
        _ => after.starts_with("· "),
    }
}

const MONTHS: &[&str] = &[
    "led", "úno", "bře", "dub", "kvě", "čer", "srp", "zář", "říj", "lis", "pro",
];
const UNITS: &[&str] = &["Kč", "min", "dn", "MB", "kB", "let", "s", "hod", "%", "·"];

fn starts(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| {
            // "min", "dn" and "hod" are stems, the others are whole words.
            matches!(*word, "min" | "dn" | "hod")
                || word.chars().count() == 3 && MONTHS.contains(word)
                || rest.chars().next().is_none_or(|c| !c.is_alphanumeric())
        })
    })
}

/// Three digits and no fourth: the next group of a number.
fn is_group(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3 && text.chars().nth(3).is_none_or(|c| !c.is_alphanumeric())
}

fn is_preposition(letter: char) -> bool {
    "ksvzouaiKSVZOUAI".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::czech;

    fn shown(text: &str) -> String {
        czech(text).replace('\u{a0}', "~")
    }

    #[test]
    fn one_letter_words_stay_with_the_next() {
        assert_eq!(shown("v domě a u lesa"), "v~domě a~u~lesa");
        assert_eq!(shown("(k tomu)"), "(k~tomu)");
        assert_eq!(shown("„V pátek“ už ne"), "„V~pátek“ už ne");
        assert_eq!(shown("ruka v ruce"), "ruka v~ruce");
    }

    #[test]
    fn dates_amounts_and_durations_hold_together() {
        assert_eq!(shown("do 24. 11. 2026 v 14:07"), "do 24.~11.~2026 v~14:07");
        assert_eq!(shown("24. listopadu 2026"), "24.~listopadu 2026");
        assert_eq!(shown("1 050 Kč za 6 dní"), "1~050~Kč za 6~dní");
        assert_eq!(shown("asi 15 s, pak 3 minuty"), "asi 15~s, pak 3~minuty");
        assert_eq!(shown("380 000 000"), "380~000~000");
        assert_eq!(shown("§ 12, č. 34 · dál"), "§~12, č.~34~· dál");
    }

    #[test]
    fn other_spaces_may_break() {
        assert_eq!(
            shown("Jak se chcete přihlásit?"),
            "Jak se chcete přihlásit?"
        );
        assert_eq!(shown("Konec. Potom 5 slov"), "Konec. Potom 5 slov");
        assert_eq!(shown("12 1234"), "12 1234");
        assert_eq!(shown("jednou"), "jednou");
    }
}
