//! What is measured: a client and its people, over HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tests::browser::{Browser, Page};

use super::Failure;
use super::server::{SECRET, Server};
use super::table::Figure;

/// How many work at the same time.
pub(crate) const CLIENTS: usize = 4;

const CALLBACK: &str = "http://localhost:1/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-everybody-0123456789";

/// What most services ask.
pub(crate) const PLAIN: &str = "openid profile email";
/// What a service asks that goes on without the person.
const OFFLINE: &str = "openid profile email offline_access";

/// One client of one broker.
pub(crate) struct Flows<'s> {
    /// The broker.
    pub(crate) server: &'s Server,
    http: reqwest::Client,
    /// Nobody yet; copied for each person.
    browser: Browser,
}

impl<'s> Flows<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            server,
            http: http.expect("an HTTP client"),
            browser: Browser::new().speaking("en"),
        }
    }

    /// So many people with a live session.
    pub(crate) async fn people(&self) -> Result<Vec<Browser>, Failure> {
        let mut people = Vec::new();
        for _ in 0..CLIENTS {
            people.push(self.signed_in().await?);
        }
        Ok(people)
    }

    /// Authorize and token with a live session.
    pub(crate) async fn code_login(&self) -> Result<Figure, Failure> {
        self.code_login_for(PLAIN).await
    }

    /// The same for a service that gets a refresh token, too.
    pub(crate) async fn code_login_offline(&self) -> Result<Figure, Failure> {
        self.code_login_for(OFFLINE).await
    }

    async fn code_login_for(&self, scope: &str) -> Result<Figure, Failure> {
        let work = async |person: &mut Browser| {
            let code = self.code(person, scope).await;
            self.tokens(&code).await.expect("tokens");
        };
        Ok(self
            .server
            .cost(1_000, &mut self.people().await?, work)
            .await)
    }

    /// Authorize alone.
    pub(crate) async fn authorize(&self) -> Result<Figure, Failure> {
        let work = async |person: &mut Browser| drop(self.code(person, PLAIN).await);
        Ok(self
            .server
            .cost(1_000, &mut self.people().await?, work)
            .await)
    }

    /// From an unknown browser to a session and a code.
    pub(crate) async fn whole_login(&self) -> Figure {
        let work = async |(): &mut ()| drop(self.signed_in().await.expect("a session"));
        self.server.cost(60, &mut [(); CLIENTS], work).await
    }

    /// A request that touches nothing of ours but the policy of all pages.
    pub(crate) async fn nothing(&self) -> Figure {
        let work = async |(): &mut ()| {
            let answer = self.http.get(self.server.url("/healthz")).send().await;
            let _ = answer.expect("an answer").bytes().await;
        };
        self.server.cost(1_000, &mut [(); CLIENTS], work).await
    }

    pub(crate) async fn client_credentials(&self) -> Figure {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "records.read"),
        ];
        let work =
            async |(): &mut ()| drop(self.post("/oauth2/token", &form).await.expect("a token"));
        self.server.cost(1_000, &mut [(); CLIENTS], work).await
    }

    pub(crate) async fn userinfo(&self, tokens: &Value) -> Figure {
        let access = text(tokens, "access_token");
        let work = async |(): &mut ()| {
            let request = self.http.get(self.server.url("/oauth2/userinfo"));
            let answer = request.bearer_auth(&access).send().await.expect("userinfo");
            assert!(
                answer.status().is_success(),
                "userinfo answers {}",
                answer.status()
            );
            let _ = answer.bytes().await;
        };
        self.server.cost(500, &mut [(); CLIENTS], work).await
    }

    pub(crate) async fn introspection(&self, tokens: &Value) -> Figure {
        let access = text(tokens, "access_token");
        let form = [("token", access.as_str())];
        let work = async |(): &mut ()| {
            let answer = self.post("/oauth2/introspect", &form).await;
            assert_eq!(answer.expect("an answer")["active"], true);
        };
        self.server.cost(500, &mut [(); CLIENTS], work).await
    }

    pub(crate) async fn refresh(&self) -> Result<Figure, Failure> {
        let mut keys = Vec::new();
        for person in &mut self.people().await? {
            let code = self.code(person, OFFLINE).await;
            keys.push(text(&self.tokens(&code).await?, "refresh_token"));
        }
        let work = async |key: &mut String| {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", key.as_str()),
            ];
            let answer = self.post("/oauth2/token", &form).await.expect("tokens");
            *key = text(&answer, "refresh_token");
        };
        Ok(self.server.cost(1_000, &mut keys, work).await)
    }

    pub(crate) async fn choice(&self) -> Figure {
        let mut strangers = Vec::new();
        for _ in 0..CLIENTS {
            let mut stranger = self.browser.clone();
            let page = stranger.open(self.authorize_url(PLAIN).as_str()).await;
            assert_eq!(page.status, 200, "the provider choice: {}", page.body);
            strangers.push((stranger, page.url));
        }
        let work = async |(stranger, page): &mut (Browser, url::Url)| {
            let page = stranger.request("GET", page.clone(), None).await;
            assert_eq!(page.status, 200);
        };
        self.server.cost(300, &mut strangers, work).await
    }

    /// A browser with a session at the broker, signed in at the demo provider.
    pub(crate) async fn signed_in(&self) -> Result<Browser, Failure> {
        let mut browser = self.browser.clone();
        let mut page = browser.open(self.authorize_url(PLAIN).as_str()).await;
        if page.text_of("#login-submit").is_none() {
            page = browser.submit(&page, "demo", &[]).await;
        }
        let (action, fields) = filled(&page);
        let mut page = browser.request("POST", action, Some(fields)).await;
        while let Some(next) = page.redirect() {
            if next.path() == "/callback" {
                return Ok(browser);
            }
            page = browser.request("GET", next, None).await;
        }
        let (status, words) = (page.status, page.text());
        Err(format!("signing in ended at {} with {status}: {words}", page.url).into())
    }

    /// The code a signed-in browser is given.
    pub(crate) async fn code(&self, person: &mut Browser, scope: &str) -> String {
        let page = person.request("GET", self.authorize_url(scope), None).await;
        let to = page.redirect().unwrap_or_else(|| {
            panic!(
                "no redirect from {}: {} {}",
                page.url,
                page.status,
                page.text()
            )
        });
        let code = to.query_pairs().find(|(name, _)| name == "code");
        code.map_or_else(|| panic!("no code in {to}"), |(_, code)| code.into_owned())
    }

    /// Redeems a code.
    pub(crate) async fn tokens(&self, code: &str) -> Result<Value, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post("/oauth2/token", &form).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value, Failure> {
        let request = self.http.post(self.server.url(path));
        let answer = request
            .basic_auth("bench", Some(SECRET))
            .form(form)
            .send()
            .await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!("{path} answers {status}: {body}").into())
        }
    }

    fn authorize_url(&self, scope: &str) -> url::Url {
        let sha256 = &aws_lc_rs::digest::SHA256;
        let challenge = aws_lc_rs::digest::digest(sha256, VERIFIER.as_bytes());
        let mut url = url::Url::parse(&self.server.url("/oauth2/authorize")).expect("an address");
        url.query_pairs_mut()
            .append_pair("client_id", "bench")
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("scope", scope)
            .append_pair("state", "some-state")
            .append_pair("nonce", "some-nonce")
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256");
        url
    }
}

/// The sign-in form of the demo provider, with name and password in its two empty fields.
fn filled(page: &Page) -> (url::Url, Vec<(String, String)>) {
    let (form, pressed) = page.form_with("login-submit");
    let mut fields = form.fields.clone();
    let empty = fields.iter_mut().filter(|(_, value)| value.is_empty());
    for ((_, field), value) in empty.zip(["0001", "conformance"]) {
        value.clone_into(field);
    }
    let pressed = pressed.filter(|button| !button.name.is_empty());
    fields.extend(pressed.map(|button| (button.name, button.value)));
    (form.action, fields)
}

fn text(json: &Value, member: &str) -> String {
    json[member].as_str().unwrap_or_default().to_owned()
}
