//! The texts of the portal in three languages; `web`'s stand behind them.

fluent_templates::static_loader! {
    pub static TEXTS = {
        locales: "./locales",
        fallback_language: "cs",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use web::testing::{error_findings, text_findings, used_text_findings};

    use crate::errors::CATALOGUE;

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn three_languages_say_the_same_things() {
        assert_eq!(text_findings(&folder("locales")), NOTHING);
        assert_eq!(error_findings(&folder("locales"), CATALOGUE), NOTHING);
    }

    #[test]
    fn no_page_asks_for_a_text_that_none_says() {
        let sources = [folder("templates"), folder("src")];
        let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();

        assert_eq!(used_text_findings(&folder("locales"), &sources), NOTHING);
    }
}
