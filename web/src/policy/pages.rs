//! What a request's language and page are, and our page or JSON for everything that fails.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::{ClientAddress, Policy, is_listed};
use crate::locale::{negotiate, switch};
use crate::page::{Shell, Site};
use crate::problem::{
    Deferred, ErrorKind, INTERNAL, MEDIA_TYPE, METHOD, NOT_FOUND, TIMEOUT, TOO_LARGE, TOO_MANY,
    UNAVAILABLE, UNREADABLE,
};
use crate::redirect::LocalPath;
use crate::{Locale, Problem};

const LONGEST_WAY_BACK: usize = 1500;

/// What a page needs to know of its request.
#[derive(Debug, Clone)]
pub(crate) struct View {
    site: Arc<Site>,
    locale: Locale,
    back: String,
}

impl View {
    pub(crate) fn shell(&self) -> Shell {
        Shell::new(self.site.clone(), self.locale, self.back.clone())
    }
}

pub(super) async fn write(
    State(policy): State<Arc<Policy>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(redirect) = language_chosen(&policy, &request) {
        return redirect;
    }
    let site = policy.site.clone();
    let locale = negotiate::request(request.headers(), Some(&site.cookie_name("lang")));
    let again = if request.method() == Method::GET {
        Some(way_back(request.uri()))
    } else {
        (policy.page_of_form)(request.uri().path())
    };
    let view = View {
        site: site.clone(),
        locale,
        back: again.clone().unwrap_or_else(|| "/".to_owned()),
    };
    let wants_json =
        is_listed(policy.json, request.uri().path()) || asks_for_json(request.headers());
    let client = ClientAddress::of(
        request.extensions(),
        request.headers(),
        &policy.trusted_proxies,
    );
    let extensions = request.extensions_mut();
    extensions.insert(client);
    extensions.insert(locale);
    extensions.insert(site);
    extensions.insert(view.clone());

    let mut response = next.run(request).await;
    // A login speaks the language that its client asked for.
    let locale = response.extensions().get().copied().unwrap_or(locale);
    let view = View { locale, ..view };
    match response
        .extensions_mut()
        .remove::<Deferred>()
        .or_else(|| foreign_failure(&response))
    {
        None => response,
        Some(Deferred::Submit(submit)) => with_head_of(response, submit.render(view.shell())),
        Some(Deferred::Problem(problem)) => {
            let incident = problem.incident_or_fresh(&policy.random);
            problem.log(&incident);
            metrics::counter!("errors_total", "code" => problem.kind().code).increment(1);
            let page = if wants_json || problem.is_json() {
                problem.render_json(view.shell().t, &incident)
            } else {
                problem.render(view.shell(), &incident, policy.clock.now(), again)
            };
            with_head_of(response, page)
        }
    }
}

/// `?lang=en` on any page of ours: the choice is remembered, and the page shown without it.
fn language_chosen(policy: &Policy, request: &Request) -> Option<Response> {
    let uri = request.uri();
    let is_page = request.method() == Method::GET
        && uri.path() != switch::PATH
        && !is_listed(policy.json, uri.path())
        && !is_listed(policy.cross_site, uri.path());
    let query = uri
        .query()
        .filter(|query| is_page && query.contains("lang="))?;
    let (chosen, others): (Vec<_>, Vec<_>) =
        query.split('&').partition(|pair| pair.starts_with("lang="));
    let locale = chosen
        .first()
        .and_then(|pair| Locale::from_code(pair.strip_prefix("lang=")?))?;
    let path = match others.join("&") {
        rest if rest.is_empty() => uri.path().to_owned(),
        rest => format!("{}?{rest}", uri.path()),
    };
    let path = LocalPath::parse(&path).unwrap_or_default();
    Some(
        (
            switch::set(&policy.site, locale),
            Redirect::to(path.as_str()),
        )
            .into_response(),
    )
}

fn way_back(uri: &Uri) -> String {
    let whole = uri.path_and_query().map_or("/", |path| path.as_str());
    let short = if whole.len() > LONGEST_WAY_BACK {
        uri.path()
    } else {
        whole
    };
    LocalPath::parse(short)
        .unwrap_or_default()
        .as_str()
        .to_owned()
}

fn asks_for_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

/// Failures that no handler of ours worded: unknown routes, wrong methods, limits, extractors.
fn foreign_failure(response: &Response) -> Option<Deferred> {
    let is_bare = response.headers().get(CONTENT_TYPE).is_none() && response.body().is_end_stream();
    let is_plain_text = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let kind = kind_of(response.status(), is_plain_text).filter(|_| is_bare || is_plain_text)?;
    Some(Deferred::Problem(Problem::new(kind)))
}

fn kind_of(status: StatusCode, is_plain_text: bool) -> Option<&'static ErrorKind> {
    Some(match status.as_u16() {
        // A bare 400 may be a protocol's own answer.
        400 if is_plain_text => &UNREADABLE,
        404 => &NOT_FOUND,
        405 => &METHOD,
        408 => &TIMEOUT,
        413 => &TOO_LARGE,
        415 => &MEDIA_TYPE,
        422 => &UNREADABLE,
        429 => &TOO_MANY,
        500 => &INTERNAL,
        503 => &UNAVAILABLE,
        _ => return None,
    })
}

/// The written page with the status, cookies and other headers of what it stands for.
fn with_head_of(original: Response, page: Response) -> Response {
    let (mut head, _) = original.into_parts();
    let (written, body) = page.into_parts();
    for name in [CONTENT_TYPE, CONTENT_LENGTH] {
        head.headers.remove(name);
    }
    if written.status.is_server_error() {
        head.status = written.status;
    }
    head.headers.extend(written.headers);
    head.headers.insert(
        VARY,
        HeaderValue::from_static("accept, accept-language, cookie"),
    );
    head.extensions.extend(written.extensions);
    Response::from_parts(head, body)
}
