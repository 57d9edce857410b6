//! A browser and a system in words, for a person who asks "is this me?". Never exact enough to tell people apart.

/// What the header `User-Agent` says, cut down to two well-known names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// Reads the header. What is not recognised stays out.
    pub fn from_user_agent(header: &str) -> Self {
        let name = |table: &[(&str, &'static str)]| {
            table
                .iter()
                .find(|(mark, _)| header.contains(mark))
                .map(|(_, name)| *name)
        };
        let words: Vec<&str> = [name(BROWSERS), name(SYSTEMS)]
            .into_iter()
            .flatten()
            .collect();
        Self(words.join(", "))
    }

    /// `Firefox, Windows`; empty when neither is known.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// More particular marks first: most browsers also claim to be others.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_browsers_are_named_without_their_version() {
        let named = |header| Device::from_user_agent(header).as_str().to_owned();

        assert_eq!(
            named(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
            ),
            "Firefox, Windows"
        );
        assert_eq!(
            named(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
            ),
            "Chrome, Android"
        );
        assert_eq!(
            named(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone"
        );
    }

    #[test]
    fn nothing_of_an_unknown_header_is_kept() {
        assert_eq!(
            Device::from_user_agent("<script>alert(1)</script>").as_str(),
            ""
        );
        assert_eq!(Device::from_user_agent("").as_str(), "");
    }
}
