//! `GET /`: what the portal is, and the way in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::page::{Shell, page};
use web::{Problem, Random};

use super::frame;
use crate::session::Maybe;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomePage {
    shell: Shell,
}

/// Shows the home page.
pub async fn get(
    State(random): State<Random>,
    Maybe(person): Maybe,
    shell: Shell,
) -> Result<Response, Problem> {
    Ok(page(&HomePage {
        shell: frame(shell, person.as_ref(), "home", &random),
    }))
}
