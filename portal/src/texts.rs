//! The texts of the portal in three languages; `web`'s stand behind them.

fluent_templates::static_loader! {
    pub static TEXTS = {
        locales: "./locales",
        fallback_language: "cs",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}
