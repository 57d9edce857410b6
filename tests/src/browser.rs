//! A browser for tests: cookies by host as real browsers keep them, redirects, and plain HTML forms.
//!
//! It keeps the rules that matter for logins: ports do not make sites, hosts do; a `SameSite=Lax` cookie is missing on a
//! POST that comes from another site and present on the GET that follows; `Origin` and `Sec-Fetch-*` are sent.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderValue};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// At most so many redirects in one go, as in real browsers.
const REDIRECTS: usize = 20;

/// One person's browser: a cookie jar and the page it shows.
#[derive(Debug, Clone)]
pub struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<(String, String), StoredCookie>,
    /// The site (scheme and host) of the page on screen; `None` for a fresh window.
    site: Option<String>,
    origin: Option<String>,
    /// Every request made, in order: method, address, status.
    pub trace: Vec<Step>,
    pub accept_language: String,
    /// Headers that every request has besides, in place of those a browser would send.
    more: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone)]
struct StoredCookie {
    value: String,
    strict_or_lax: bool,
}

/// One request as it went over the wire.
#[derive(Debug, Clone)]
pub struct Step {
    pub method: String,
    pub url: Url,
    pub status: u16,
    pub sec_fetch_site: &'static str,
    pub sent_cookies: Vec<String>,
}

/// What the browser shows, or what one request answered.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A form of a page, with the values it would send.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: Url,
    pub method: String,
    pub fields: Vec<(String, String)>,
    /// Submit buttons: element id, name, value, text.
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone)]
pub struct Button {
    pub id: String,
    pub name: String,
    pub value: String,
    pub text: String,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A fresh browser that prefers Czech.
    pub fn new() -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .build()
            .expect("an HTTP client");
        Self {
            http,
            cookies: BTreeMap::new(),
            site: None,
            origin: None,
            trace: Vec::new(),
            accept_language: "cs".to_owned(),
            more: &[],
        }
    }

    /// Another browser language.
    #[must_use]
    pub fn speaking(mut self, language: &str) -> Self {
        language.clone_into(&mut self.accept_language);
        self
    }

    /// One whose every request says, by each header that could, that it was made to a host of an attacker (R8).
    #[must_use]
    pub fn spoofing(mut self) -> Self {
        self.more = &[
            ("host", "evil.example"),
            (
                "forwarded",
                "for=198.51.100.1;host=evil.example;proto=https",
            ),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-port", "4443"),
            ("x-forwarded-prefix", "/evil"),
            ("x-forwarded-server", "evil.example"),
            ("x-original-host", "evil.example"),
        ];
        self
    }

    /// Opens an address typed by hand and follows redirects.
    pub async fn open(&mut self, url: &str) -> Page {
        self.site = None;
        self.origin = None;
        let url = Url::parse(url).expect("an address");
        self.go("GET", url, None).await
    }

    /// Follows a link of the page on screen.
    pub async fn follow(&mut self, url: Url) -> Page {
        self.go("GET", url, None).await
    }

    /// One request without following redirects, from the page on screen.
    pub async fn request(
        &mut self,
        method: &str,
        url: Url,
        body: Option<Vec<(String, String)>>,
    ) -> Page {
        let from = self.site.clone();
        self.send(method, url, body.as_deref(), from.as_deref())
            .await
    }

    /// Sends the only form of the page, or the one that has the button with this id, name, value or text.
    pub async fn submit(&mut self, page: &Page, button: &str, overrides: &[(&str, &str)]) -> Page {
        let (form, pressed) = page.form_with(button);
        let mut fields = form.fields.clone();
        if let Some(pressed) = pressed.filter(|b| !b.name.is_empty()) {
            fields.push((pressed.name, pressed.value));
        }
        for (name, value) in overrides {
            match fields.iter_mut().find(|(n, _)| n == name) {
                Some(field) => (*value).clone_into(&mut field.1),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        if form.method == "GET" {
            let mut url = form.action.clone();
            url.query_pairs_mut().clear().extend_pairs(fields);
            return self.go("GET", url, None).await;
        }
        self.go("POST", form.action.clone(), Some(fields)).await
    }

    /// The value of a cookie of a host, for tests that look at cookies.
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies
            .get(&(host.to_owned(), name.to_owned()))
            .map(|c| c.value.as_str())
    }

    /// All cookies, `(host, name, value)`.
    pub fn cookies(&self) -> Vec<(String, String, String)> {
        self.cookies
            .iter()
            .map(|((h, n), c)| (h.clone(), n.clone(), c.value.clone()))
            .collect()
    }

    /// Puts a cookie into the jar, as an attacker or a stale browser would have it.
    pub fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        let cookie = StoredCookie {
            value: value.to_owned(),
            strict_or_lax: true,
        };
        self.cookies
            .insert((host.to_owned(), name.to_owned()), cookie);
    }

    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    async fn go(&mut self, method: &str, url: Url, body: Option<Vec<(String, String)>>) -> Page {
        let from = self.site.clone();
        let mut page = self
            .send(method, url, body.as_deref(), from.as_deref())
            .await;
        for _ in 0..REDIRECTS {
            let Some(next) = page.redirect() else { break };
            page = match page.status {
                307 | 308 => {
                    self.send(method, next, body.as_deref(), from.as_deref())
                        .await
                }
                _ => self.send("GET", next, None, from.as_deref()).await,
            };
        }
        self.site = Some(site_of(&page.url));
        self.origin = Some(page.url.origin().ascii_serialization());
        page
    }

    async fn send(
        &mut self,
        method: &str,
        url: Url,
        body: Option<&[(String, String)]>,
        from: Option<&str>,
    ) -> Page {
        let host = url.host_str().unwrap_or_default().to_owned();
        let fetch_site = match from {
            None => "none",
            Some(_)
                if self.origin.as_deref() == Some(url.origin().ascii_serialization().as_str()) =>
            {
                "same-origin"
            }
            Some(site) if site == site_of(&url) => "same-site",
            Some(_) => "cross-site",
        };
        let cookies: Vec<(String, String)> = self
            .cookies
            .iter()
            .filter(|((h, _), c)| {
                *h == host && !(c.strict_or_lax && method == "POST" && fetch_site == "cross-site")
            })
            .map(|((_, name), c)| (name.clone(), c.value.clone()))
            .collect();
        let mut request = self
            .http
            .request(method.parse().expect("a method"), url.clone())
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("accept-language", &self.accept_language)
            .header("sec-fetch-site", fetch_site)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        if method == "POST" {
            request = request.header("origin", self.origin.as_deref().unwrap_or("null"));
        }
        if !cookies.is_empty() {
            let line = cookies
                .iter()
                .map(|(n, v)| format!("{n}={v}"))
                .collect::<Vec<_>>()
                .join("; ");
            request = request.header(
                "cookie",
                HeaderValue::from_str(&line).expect("a cookie header"),
            );
        }
        if let Some(body) = body {
            request = request.form(body);
        }
        for (name, value) in self.more {
            request = request.header(*name, *value);
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|e| panic!("{method} {url}: {e}"));
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        for line in headers.get_all("set-cookie") {
            self.store(&host, line.to_str().unwrap_or_default());
        }
        self.trace.push(Step {
            method: method.to_owned(),
            url: url.clone(),
            status,
            sec_fetch_site: fetch_site,
            sent_cookies: cookies.into_iter().map(|(n, _)| n).collect(),
        });
        let body = answer.text().await.unwrap_or_default();
        Page {
            url,
            status,
            headers,
            body,
        }
    }

    fn store(&mut self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|first| first.split_once('=')) else {
            return;
        };
        let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        let key = (host.to_owned(), name.to_owned());
        if attributes.iter().any(|a| a == "max-age=0") || value.is_empty() {
            self.cookies.remove(&key);
            return;
        }
        let strict_or_lax = !attributes.iter().any(|a| a == "samesite=none");
        self.cookies.insert(
            key,
            StoredCookie {
                value: value.to_owned(),
                strict_or_lax,
            },
        );
    }
}

impl Page {
    /// Where this answer redirects to.
    pub fn redirect(&self) -> Option<Url> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        let location = self.headers.get("location")?.to_str().ok()?;
        self.url.join(location).ok()
    }

    /// The text of the `h1`.
    pub fn heading(&self) -> String {
        self.text_of("h1").unwrap_or_default()
    }

    /// The text of the first element that matches a selector, white space folded.
    pub fn text_of(&self, selector: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        html.select(&parse(selector)).next().map(folded)
    }

    /// All texts that match.
    pub fn texts_of(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        html.select(&parse(selector)).map(folded).collect()
    }

    /// The values of an attribute of all elements that match.
    pub fn attributes_of(&self, selector: &str, name: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        html.select(&parse(selector))
            .filter_map(|element| element.value().attr(name).map(str::to_owned))
            .collect()
    }

    /// The whole visible text, white space folded.
    pub fn text(&self) -> String {
        self.text_of("body").unwrap_or_default()
    }

    /// The address of the link whose text contains these words.
    pub fn link(&self, words: &str) -> Url {
        let html = Html::parse_document(&self.body);
        let href = html
            .select(&parse("a[href]"))
            .find(|a| folded(*a).contains(words))
            .and_then(|a| a.value().attr("href").map(str::to_owned))
            .unwrap_or_else(|| panic!("no link «{words}» on {}:\n{}", self.url, self.text()));
        self.url.join(&href).expect("an address")
    }

    /// The value of a query parameter of this page's address.
    pub fn query(&self, name: &str) -> Option<String> {
        self.url
            .query_pairs()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
    }

    /// Every form of the page.
    pub fn forms(&self) -> Vec<Form> {
        let html = Html::parse_document(&self.body);
        html.select(&parse("form"))
            .map(|form| self.read_form(form))
            .collect()
    }

    /// The form that has such a button; panics with the page's text when there is none.
    pub fn form_with(&self, button: &str) -> (Form, Option<Button>) {
        let forms = self.forms();
        for form in &forms {
            let pressed = form
                .buttons
                .iter()
                .find(|b| {
                    b.id == button || b.value == button || b.name == button || b.text == button
                })
                .or_else(|| {
                    form.buttons
                        .iter()
                        .find(|b| !button.is_empty() && b.text.contains(button))
                });
            if let Some(pressed) = pressed {
                return (form.clone(), Some(pressed.clone()));
            }
        }
        if let ([only], "") = (forms.as_slice(), button) {
            return (only.clone(), only.buttons.first().cloned());
        }
        panic!(
            "no form with a button «{button}» on {} ({}):\n{}",
            self.url, self.status, self.body
        );
    }

    fn read_form(&self, form: ElementRef<'_>) -> Form {
        let attribute =
            |e: ElementRef<'_>, name: &str| e.value().attr(name).unwrap_or_default().to_owned();
        let mut fields = Vec::new();
        for field in form.select(&parse("input[name], textarea[name], select[name]")) {
            let kind = attribute(field, "type");
            if matches!(kind.as_str(), "submit" | "button" | "image") {
                continue;
            }
            if matches!(kind.as_str(), "checkbox" | "radio")
                && field.value().attr("checked").is_none()
            {
                continue;
            }
            let value = match field.value().name() {
                "textarea" => field.text().collect(),
                "select" => selected(field),
                _ if matches!(kind.as_str(), "checkbox" | "radio")
                    && field.value().attr("value").is_none() =>
                {
                    "on".to_owned()
                }
                _ => attribute(field, "value"),
            };
            fields.push((attribute(field, "name"), value));
        }
        let buttons = form
            .select(&parse("button, input[type=submit]"))
            .filter(|b| !matches!(b.value().attr("type"), Some("button" | "reset")))
            .map(|b| Button {
                id: attribute(b, "id"),
                name: attribute(b, "name"),
                value: attribute(b, "value"),
                text: folded(b),
            })
            .collect();
        let action = self
            .url
            .join(&attribute(form, "action"))
            .expect("a form's address");
        let method = if attribute(form, "method").eq_ignore_ascii_case("post") {
            "POST"
        } else {
            "GET"
        };
        Form {
            action,
            method: method.to_owned(),
            fields,
            buttons,
        }
    }
}

fn selected(select: ElementRef<'_>) -> String {
    let options: Vec<_> = select.select(&parse("option")).collect();
    options
        .iter()
        .find(|o| o.value().attr("selected").is_some())
        .or_else(|| options.first())
        .and_then(|o| o.value().attr("value").map(str::to_owned))
        .unwrap_or_default()
}

fn folded(element: ElementRef<'_>) -> String {
    element
        .text()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn parse(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

/// Scheme and host: ports do not make sites.
fn site_of(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}
