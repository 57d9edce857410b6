//! What every page is made of.

mod allow;
mod choices;
mod field;
mod frame;
mod icon;
mod shell;
mod site;
mod submit;

pub use allow::Allow;
pub use choices::{Choice, Choices};
pub use field::{Field, wrong};
pub use frame::{FootLink, Language};
pub use icon::{Icon, icon};
pub use shell::{ActingFor, Crumb, NavItem, Shell, ShellKind, Who};
pub use site::Site;
pub use submit::AutoSubmit;

/// Answers with a page: `Ok(page(&LoginPage { shell, … }))`.
///
/// A template that cannot be written is our fault and becomes our error page.
pub fn page(template: &impl askama::Template) -> axum::response::Response {
    use axum::response::{Html, IntoResponse};
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => web::Problem::new(&web::problem::INTERNAL)
            .because(error)
            .into_response(),
    }
}
