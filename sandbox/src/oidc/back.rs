//! Sending the browser back to the client.

use axum::response::{IntoResponse as _, Redirect, Response};

use super::Provider;
use super::visit::Visit;
use crate::page::{self, MessagePage};

/// Sends the browser back with an error.
pub fn end_in_error(provider: &Provider, visit: Visit, code: &str, description: &str) -> Response {
    let address = visit.request.error_address(code, description);
    end(provider, visit, Some(address))
}

/// Sends the browser back, or says that it stays here. Asked again, it is sent there again.
pub fn end(provider: &Provider, mut visit: Visit, address: Option<String>) -> Response {
    let Some(address) = address else {
        return page::page(&MessagePage {
            title: "Přihlášení skončilo tady",
            text: "Službě jsme schválně nic neposlali. Okno můžete zavřít, nebo se vrátit na její stránky.",
            link: None,
        });
    };
    visit.ended_at = Some(address.clone());
    provider.save(visit);
    Redirect::to(&address).into_response()
}
