//! Stylesheets, fonts, images and the one script, under an address that changes with their content.

/// The address of an asset, as `/assets/3f2a…/city.css`.
pub fn url(name: &str) -> String {
    format!("/assets/0/{name}")
}
