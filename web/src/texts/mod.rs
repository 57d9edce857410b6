//! Texts in three languages, by id, from Fluent files.
//!
//! Each crate declares its loader:
//!
//! ```ignore
//! fluent_templates::static_loader! {
//!     pub static TEXTS = {
//!         locales: "./locales",
//!         fallback_language: "cs",
//!         customise: |bundle| bundle.set_use_isolating(false),
//!     };
//! }
//! ```
//!
//! and hands `&TEXTS` to its [`Site`](crate::Site). An id is looked for there, then here.
//! Czech texts get their hard spaces on the way out ([`czech`]).

mod czech;
mod dates;
mod message;
mod rich;
mod said;

use fluent_templates::{StaticLoader, static_loader};

pub use czech::czech;
pub use dates::{prague_day, prague_hour, prague_midnight};
pub use message::{Arg, Args, Message, Value};
pub use rich::Rich;
pub use said::Said;

use crate::Locale;

static_loader! {
    pub(crate) static TEXTS = {
        locales: "./locales",
        fallback_language: "cs",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The texts of one program in one language. In templates: `{{ shell.t.text("id") }}`, with
/// values `{{ shell.t.text("id").arg("name", name) }}`.
#[derive(Clone, Copy)]
pub struct Texts {
    locale: Locale,
    own: &'static StaticLoader,
}

impl Texts {
    /// The texts of a crate's loader, and this crate's behind them.
    pub fn new(locale: Locale, own: &'static StaticLoader) -> Self {
        Self { locale, own }
    }

    /// The texts of this crate alone.
    pub fn of_web(locale: Locale) -> Self {
        Self {
            locale,
            own: &TEXTS,
        }
    }

    /// The language.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// The same texts in another language.
    #[must_use]
    pub fn in_locale(self, locale: Locale) -> Self {
        Self { locale, ..self }
    }

    /// The text with this id; give it its values with [`Said::arg`].
    pub fn text(&self, id: &str) -> Said {
        Said::new(*self, id)
    }

    /// The text with this id and these values.
    pub fn with(&self, id: &str, args: Args) -> Said {
        Said::new(*self, id).args(args)
    }

    /// A text whose values are pieces of HTML: links and emphasis inside a sentence.
    pub fn rich(&self, id: &str) -> Rich {
        Rich::new(*self, id)
    }

    /// What a [`Message`] says in this language.
    pub fn say(&self, message: &Message) -> String {
        Said::new(*self, message.id())
            .args(message.args().clone())
            .to_string()
    }

    /// A country by its two letters in ISO 3166-1, or in the Union's own code, in words; letters that are no country stay letters.
    pub fn country(&self, code: &str) -> String {
        let id = match code {
            "EL" => "country-gr".to_owned(),
            "UK" => "country-gb".to_owned(),
            code => format!("country-{}", code.to_ascii_lowercase()),
        };
        self.find(&id, &Args::default())
            .unwrap_or_else(|| code.to_owned())
    }

    /// Whether there is a text with this id. Of one that needs values the answer is no.
    pub fn has(&self, id: &str) -> bool {
        self.find(id, &Args::default()).is_some()
    }

    fn find(&self, id: &str, args: &Args) -> Option<String> {
        let values = args.values();
        let values = (!values.is_empty()).then_some(&values);
        let languages = [self.locale, Locale::Cs];
        languages.into_iter().find_map(|locale| {
            let loaders: [&StaticLoader; 2] = [self.own, &TEXTS];
            loaders.into_iter().find_map(|loader| {
                loader
                    .lookup_single_language(locale.identifier(), id, values)
                    .ok()
            })
        })
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Texts").field(&self.locale).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn cs() -> Texts {
        Texts::of_web(Locale::Cs)
    }

    #[test]
    fn a_number_chooses_its_form_and_stands_bare() {
        let said = |count: usize| cs().text("errors-title").arg("count", count).to_string();

        assert_eq!(said(1), "Opravte prosím 1 údaj");
        assert_eq!(said(3), "Opravte prosím 3 údaje");
        assert_eq!(said(12), "Opravte prosím 12 údajů");
    }

    #[test]
    fn a_message_is_said_in_the_language_that_shows_it() {
        let message = Message::new("error-service").arg("service", "Knihovna");

        assert_eq!(cs().say(&message), "Přihlášení do služby Knihovna");
        assert_eq!(
            Texts::of_web(Locale::En).say(&message),
            "Signing in to Knihovna"
        );
        assert_eq!(
            cs().in_locale(Locale::De)
                .with("error-service", args![service = "Knihovna"])
                .to_string(),
            "Anmeldung beim Dienst Knihovna"
        );
    }

    #[test]
    fn a_country_has_a_name_in_each_language_and_letters_without_one_stay() {
        let said = |locale, code| Texts::of_web(locale).country(code);

        assert_eq!(said(Locale::Cs, "AT"), "Rakousko");
        assert_eq!(said(Locale::En, "AT"), "Austria");
        assert_eq!(said(Locale::De, "AT"), "Österreich");
        assert_eq!(said(Locale::Cs, "EL"), "Řecko");
        assert_eq!(said(Locale::Cs, "XX"), "XX");
    }

    #[test]
    fn an_unknown_text_shows_its_id() {
        assert_eq!(cs().text("no-such-text").to_string(), "no-such-text");
        assert!(!cs().has("no-such-text") && cs().has("skip"));
    }

    #[test]
    fn a_link_inside_a_sentence_is_html_and_the_rest_is_escaped() {
        let rich = cs()
            .rich("foot-call")
            .link("phone", "tel:\"1", "<b>")
            .to_string();

        assert_eq!(
            rich,
            "Potřebujete poradit? <a href=\"tel:&#34;1\">&#60;b&#62;</a>"
        );

        let plain = cs().rich("foot-call").arg("phone", "<i>").to_string();

        assert_eq!(plain, "Potřebujete poradit? &#60;i&#62;");
    }
}
