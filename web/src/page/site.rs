//! One program as its pages present it.

use std::sync::Arc;

use fluent_templates::StaticLoader;
use url::Url;

use super::NavItem;
use crate::config::TownConfig;
use crate::{Locale, Texts};

/// What all pages of one program share. Made once at the start and put into the
/// [`Policy`](crate::Policy), from where handlers and error pages get it.
#[derive(Clone)]
pub struct Site {
    program: &'static str,
    brand: &'static str,
    texts: &'static StaticLoader,
    public_url: Url,
    town: TownConfig,
    home: String,
    links: Vec<NavItem>,
}

impl Site {
    /// A program (`city-idp`), the Fluent id of its brand, its texts, its public address and its town.
    pub fn new(
        program: &'static str,
        brand: &'static str,
        texts: &'static StaticLoader,
        public_url: Url,
        town: TownConfig,
    ) -> Self {
        Self {
            program,
            brand,
            texts,
            public_url,
            town,
            home: "/".to_owned(),
            links: Vec::new(),
        }
    }

    /// Where the brand in the header leads, when not to `/`.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<String>) -> Self {
        self.home = home.into();
        self
    }

    /// Links of the program's own in the footer, as the state of services.
    #[must_use]
    pub fn with_links(mut self, links: Vec<NavItem>) -> Self {
        self.links = links;
        self
    }

    /// For the [`Policy`](crate::Policy).
    pub fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// `city-idp`, `city-portal`.
    pub fn program(&self) -> &'static str {
        self.program
    }

    /// The texts of this program in one language.
    pub fn texts(&self, locale: Locale) -> Texts {
        Texts::new(locale, self.texts)
    }

    /// The name of the program in one language.
    pub fn brand(&self, locale: Locale) -> String {
        self.texts(locale).text(self.brand).to_string()
    }

    /// The address people and clients know, from configuration and nowhere else.
    pub fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// Whether people reach us by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The town.
    pub fn town(&self) -> &TownConfig {
        &self.town
    }

    /// Where the brand in the header leads.
    pub fn home(&self) -> &str {
        &self.home
    }

    pub(super) fn links(&self) -> &[NavItem] {
        &self.links
    }

    /// A cookie's name: browsers know no ports, so each program has names of its own.
    pub fn cookie_name(&self, what: &str) -> String {
        format!("{}-{what}", self.program)
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}
