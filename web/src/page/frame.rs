//! What the frame says: languages, footer, help. `base.html` and the error page ask for it.

use super::{Shell, ShellKind};
use crate::Locale;
use crate::locale::switch;
use crate::texts::Rich;

/// One item of the language switch.
#[derive(Debug)]
pub struct Language {
    /// `cs`
    pub code: &'static str,
    /// `CS`
    pub short: String,
    /// What screen readers say.
    pub label: String,
    /// The switch, with the way back.
    pub href: String,
    /// The page is in it.
    pub is_current: bool,
}

/// One link of the footer.
#[derive(Debug)]
pub struct FootLink {
    /// The words.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

impl Shell {
    /// The name of the program.
    pub fn brand(&self) -> String {
        self.site.brand(self.locale)
    }

    /// Whether there is a second row in the header.
    pub fn has_bar(&self) -> bool {
        self.kind != ShellKind::Login
            && (!self.nav.is_empty() || self.who.is_some() || self.sign_in.is_some())
    }

    /// The language switch.
    pub fn languages(&self) -> Vec<Language> {
        Locale::ALL.map(|locale| self.language(locale)).into()
    }

    fn language(&self, locale: Locale) -> Language {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("lang", locale.code())
            .append_pair("back", &self.back)
            .finish();
        Language {
            code: locale.code(),
            short: locale.code().to_uppercase(),
            label: self
                .t
                .text(&format!("language-{}", locale.code()))
                .to_string(),
            href: format!("{}?{query}", switch::PATH),
            is_current: locale == self.locale,
        }
    }

    /// The links of the footer: those of the town that are configured, then the program's own.
    pub fn footer(&self) -> Vec<FootLink> {
        let town = self.site.town();
        let configured = [
            ("foot-help", &town.help_url),
            ("foot-contact", &town.contact_url),
            ("foot-accessibility", &town.accessibility_url),
            ("foot-privacy", &town.privacy_url),
        ];
        let of_town = configured
            .into_iter()
            .filter_map(|(text, href)| Some((text, href.as_ref()?)));
        let own = self.site.links().iter().map(|link| (link.text, &link.href));
        of_town
            .chain(own)
            .map(|(text, href)| FootLink {
                text: self.t.text(text).to_string(),
                href: href.clone(),
            })
            .collect()
    }

    /// The town's full name and address.
    pub fn town_line(&self) -> String {
        let town = self.site.town();
        let name = town.full_name.as_ref().unwrap_or(&town.name);
        match &town.address {
            Some(address) => format!("{name}, {address}"),
            None => name.clone(),
        }
    }

    /// Where to ask, in one line.
    pub fn help_line(&self) -> Option<Rich> {
        let town = self.site.town();
        match (&town.phone, &town.email) {
            (Some(phone), _) => Some(self.t.rich("foot-call").link("phone", tel(phone), phone)),
            (None, Some(email)) => Some(self.t.rich("foot-write").link(
                "email",
                mailto(email),
                email,
            )),
            (None, None) => None,
        }
    }

    /// When the help desk answers.
    pub fn hours(&self) -> Option<String> {
        Some(self.site.town().hours.as_ref()?.get(self.locale).to_owned())
    }

    /// Whom to tell the incident number.
    pub fn help_sentence(&self) -> Rich {
        let town = self.site.town();
        match (&town.phone, &town.email) {
            (Some(phone), Some(email)) => self
                .t
                .rich("error-call-write")
                .link("phone", tel(phone), phone)
                .link("email", mailto(email), email),
            (Some(phone), None) => self.t.rich("error-call").link("phone", tel(phone), phone),
            (None, Some(email)) => self
                .t
                .rich("error-write")
                .link("email", mailto(email), email),
            (None, None) => self.t.rich("error-tell"),
        }
    }
}

fn tel(phone: &str) -> String {
    format!(
        "tel:{}",
        phone.replace(|c: char| !c.is_ascii_digit() && c != '+', "")
    )
}

fn mailto(email: &str) -> String {
    format!("mailto:{email}")
}
