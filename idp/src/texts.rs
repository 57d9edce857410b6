//! The broker's texts in Czech, English and German.

fluent_templates::static_loader! {
    pub static TEXTS = {
        locales: "./locales",
        fallback_language: "cs",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}
