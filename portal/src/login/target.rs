//! Where a login leads afterwards: one of our own pages, from a list. Nothing else of `?cil=` is ever used.

use serde::{Deserialize, Serialize};

/// A page a login may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `/`
    Home,
    /// `/moje-identita`, also for everything that is no page of ours.
    #[default]
    Identity,
    /// `/prihlasena-zarizeni`
    Devices,
}

impl Target {
    const ALL: [Self; 3] = [Self::Home, Self::Identity, Self::Devices];

    /// Reads `?cil=`; exact paths only.
    pub fn parse(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.path() == path)
    }

    /// The page that an address of ours belongs to: a button's address belongs to the page it stands on.
    pub fn of_page(path: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|target| match path.strip_prefix(target.path()) {
                Some(rest) => rest.is_empty() || rest.starts_with('/') && *target != Self::Home,
                None => false,
            })
            .unwrap_or_default()
    }

    /// The page's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Identity => "/moje-identita",
            Self::Devices => "/prihlasena-zarizeni",
        }
    }

    /// The address that signs in and leads there.
    pub fn login_path(self) -> &'static str {
        match self {
            Self::Home => "/prihlaseni?cil=/",
            Self::Identity => "/prihlaseni?cil=/moje-identita",
            Self::Devices => "/prihlaseni?cil=/prihlasena-zarizeni",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_belongs_to_its_page() {
        assert_eq!(
            Target::of_page("/prihlasena-zarizeni/1/odhlasit"),
            Target::Devices
        );
        assert_eq!(Target::of_page("/prihlasena-zarizeni"), Target::Devices);
        assert_eq!(Target::of_page("/"), Target::Home);
        assert_eq!(Target::of_page("/odhlaseni"), Target::Identity);
    }

    #[test]
    fn only_exact_pages_of_ours_are_targets() {
        assert_eq!(Target::parse("/moje-identita"), Some(Target::Identity));
        for other in [
            "",
            "//evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/moje-identita/",
            "/moje-identita?x=1",
            "/moje-identita/../odhlaseni",
            "/%2f%2fevil.example",
            "/odhlaseni",
        ] {
            assert_eq!(Target::parse(other), None, "{other}");
        }
    }
}
