//! Texts, templates and migrations are compiled in: a new file must start a build.

fn main() {
    for folder in [
        "locales",
        "templates",
        "../migrations/portal",
        "../web/templates",
        "../web/locales",
    ] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
