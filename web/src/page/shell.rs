//! The frame of a page: header, navigation, language switch, footer.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Site;
use crate::policy::View;
use crate::problem::INTERNAL;
use crate::texts::Message;
use crate::{Locale, Problem, Texts, assets};

/// Which frame a page has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShellKind {
    /// Brand and languages only: nothing leads away from a login.
    #[default]
    Login,
    /// The signed-in person's pages of the broker.
    Account,
    /// The portal before login.
    Public,
    /// The portal after login.
    Citizen,
}

/// One item of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// What [`Shell::here`] compares.
    pub key: &'static str,
    /// Fluent id of its words.
    pub text: &'static str,
    /// Where it leads.
    pub href: String,
}

impl NavItem {
    /// An item.
    pub fn new(key: &'static str, text: &'static str, href: impl Into<String>) -> Self {
        Self {
            key,
            text,
            href: href.into(),
        }
    }
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name shown.
    pub name: String,
    /// Where the name leads.
    pub href: String,
    /// Where the logout form posts.
    pub logout: String,
}

/// For whom, other than themself, the signed-in person acts; on every page while they do.
#[derive(Debug, Clone)]
pub struct ActingFor {
    /// The body's name.
    pub name: String,
    /// Where they change it.
    pub href: String,
}

/// One step of the way from the home page; the last one has no link.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// The words.
    pub text: Message,
    /// Where it leads.
    pub href: Option<String>,
}

/// The frame of a page, and what every template needs: `shell.t` for texts.
///
/// Handlers take it as an argument and give it to their page's struct as the field `shell`:
/// `LoginPage { shell: shell.narrow(), … }`.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The texts.
    pub t: Texts,
    /// The language.
    pub locale: Locale,
    /// The program.
    pub site: Arc<Site>,
    /// The frame.
    pub kind: ShellKind,
    /// The navigation.
    pub nav: Vec<NavItem>,
    /// The item of the navigation this page belongs to.
    pub here: &'static str,
    /// Who is signed in.
    pub who: Option<Who>,
    /// For whom they act; `None`: for themself.
    pub acting: Option<ActingFor>,
    /// Where a person who is not signed in signs in.
    pub sign_in: Option<String>,
    /// The way from the home page.
    pub crumbs: Vec<Crumb>,
    /// The token for forms, see [`crate::csrf`]; empty when nobody is known.
    pub csrf: String,
    /// One narrow column.
    pub is_narrow: bool,
    /// The title begins with "Error:".
    pub is_error: bool,
    pub(super) back: String,
}

impl Shell {
    /// A frame outside a request: mails, error pages, tests. `back` is where the language switch returns.
    pub fn new(site: Arc<Site>, locale: Locale, back: impl Into<String>) -> Self {
        Self {
            t: site.texts(locale),
            locale,
            site,
            kind: ShellKind::default(),
            nav: Vec::new(),
            here: "",
            who: None,
            acting: None,
            sign_in: None,
            crumbs: Vec::new(),
            csrf: String::new(),
            is_narrow: false,
            is_error: false,
            back: back.into(),
        }
    }

    /// The frame of this kind with this navigation.
    #[must_use]
    pub fn framed(mut self, kind: ShellKind, nav: Vec<NavItem>) -> Self {
        self.kind = kind;
        self.nav = nav;
        self
    }

    /// The item of the navigation this page belongs to.
    #[must_use]
    pub fn here(mut self, key: &'static str) -> Self {
        self.here = key;
        self
    }

    /// Who is signed in.
    #[must_use]
    pub fn for_person(mut self, who: Who) -> Self {
        self.who = Some(who);
        self
    }

    /// For whom they act, when not for themself.
    #[must_use]
    pub fn acting_for(mut self, acting: Option<ActingFor>) -> Self {
        self.acting = acting;
        self
    }

    /// Nobody is signed in yet, and this is where to do it.
    #[must_use]
    pub fn with_sign_in(mut self, href: impl Into<String>) -> Self {
        self.sign_in = Some(href.into());
        self
    }

    /// One step more of the way from the home page.
    #[must_use]
    pub fn crumb(mut self, text: impl Into<Message>, href: Option<&str>) -> Self {
        self.crumbs.push(Crumb {
            text: text.into(),
            href: href.map(str::to_owned),
        });
        self
    }

    /// The token of the forms on this page.
    #[must_use]
    pub fn with_csrf(mut self, token: impl Into<String>) -> Self {
        self.csrf = token.into();
        self
    }

    /// One narrow column.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.is_narrow = true;
        self
    }

    /// The page tells of an error, and so does its title.
    #[must_use]
    pub fn with_error(mut self) -> Self {
        self.is_error = true;
        self
    }

    /// Speaks another language than the request asked for.
    #[must_use]
    pub fn in_locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self.t = self.site.texts(locale);
        self
    }

    /// The address of an asset: `shell.asset("city.css")`.
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

impl<S: Sync> FromRequestParts<S> for Shell {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Missing only where `wrap` is.
        let view = parts.extensions.get::<View>().ok_or(&INTERNAL)?;
        Ok(view.shell())
    }
}
