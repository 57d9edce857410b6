//! Problems become pages or JSON here, where language and program are known.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::error::Error;

use super::{Incident, Note, Problem, Way};
use crate::page::{AutoSubmit, Shell, page};
use crate::texts::Message;
use crate::{Locale, Random, Texts};

/// A response that waits for [`wrap`](crate::wrap) to be written.
#[derive(Debug, Clone)]
pub(crate) enum Deferred {
    Problem(Problem),
    Submit(AutoSubmit),
}

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage<'p> {
    shell: Shell,
    service: Option<&'p str>,
    title: String,
    what: String,
    help: String,
    notes: &'p [Note],
    buttons: Vec<Way>,
    links: Vec<Way>,
    incident: &'p Incident,
    code: &'static str,
    oauth: Option<&'static str>,
    when: String,
    details: &'p [Message],
}

/// RFC 6749 5.2, and what finds the case again.
#[derive(Serialize)]
struct ProblemJson<'p> {
    error: &'static str,
    error_description: String,
    code: &'static str,
    incident: &'p str,
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    pub(crate) fn is_json(&self) -> bool {
        self.0.json
    }

    pub(crate) fn incident_or_fresh(&self, random: &Random) -> Incident {
        let known = self.0.incident.clone();
        known.unwrap_or_else(|| Incident::new(random))
    }

    /// Once, at the top: the number that the page shows, and the chain of causes.
    pub(crate) fn log(&self, incident: &Incident) {
        let kind = self.0.kind;
        let (code, error) = (kind.code, chain(self.0.cause.as_deref()));
        let meaning = kind.cause.trim();
        match kind.status.as_u16() {
            500.. => {
                tracing::error!(error.code = code, error, incident.number = %incident, "{meaning}");
            }
            403 | 408 | 413 | 429 => {
                tracing::warn!(error.code = code, error, incident.number = %incident, "{meaning}");
            }
            _ => {
                tracing::info!(error.code = code, error, incident.number = %incident, "{meaning}");
            }
        }
    }

    pub(crate) fn render(
        &self,
        shell: Shell,
        incident: &Incident,
        now: DateTime<Utc>,
        again: Option<String>,
    ) -> Response {
        let parts = &self.0;
        let [title, what, help] = parts
            .kind
            .text_ids()
            .map(|id| shell.t.text(&id).args(parts.args.clone()).to_string());
        let retry = again.filter(|_| parts.ways.is_empty() && is_worth_retrying(self.status()));
        let retry = retry.map(|href| Way::link("error-again", href));
        let home = Way::link("error-home", shell.site.home());
        let (buttons, links): (Vec<_>, Vec<_>) = parts
            .ways
            .iter()
            .cloned()
            .chain(retry)
            .partition(Way::is_button);
        page(&ProblemPage {
            service: parts.service.as_deref(),
            title,
            what,
            help,
            notes: &parts.notes,
            buttons,
            links: links.into_iter().chain([home]).collect(),
            incident,
            code: parts.kind.code,
            oauth: parts.oauth,
            when: shell.t.exact_moment(now),
            details: &parts.details,
            shell: shell.narrow().with_error(),
        })
    }

    pub(crate) fn render_json(&self, own: Texts, incident: &Incident) -> Response {
        let parts = &self.0;
        let [title, ..] = parts.kind.text_ids();
        let title = own
            .in_locale(Locale::En)
            .text(&title)
            .args(parts.args.clone())
            .to_string();
        let fallback = if self.status().is_server_error() {
            "server_error"
        } else {
            "invalid_request"
        };
        Json(ProblemJson {
            error: parts.oauth.unwrap_or(fallback),
            error_description: describable(&title),
            code: parts.kind.code,
            incident: &incident.to_string(),
        })
        .into_response()
    }
}

fn is_worth_retrying(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 429)
}

/// RFC 6749 appendix A.8: printable ASCII without the quotation mark and the backslash.
fn describable(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
        .collect()
}

fn chain(error: Option<&(dyn Error + Send + Sync + 'static)>) -> String {
    let mut causes = Vec::new();
    let mut next = error.map(|error| -> &dyn Error { error });
    while let Some(error) = next {
        causes.push(error.to_string());
        next = error.source();
    }
    causes.join(": ")
}
