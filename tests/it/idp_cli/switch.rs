//! A client and an account are stopped by one command, at a server that runs, and let in again.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use tests::broker::{CLIENT_SECRET, CODE_CHALLENGE, CODE_VERIFIER, Clients};
use tests::browser::{Browser, Page};
use tests::engines::folder;
use tests::program::Program;
use url::Url;

use super::{city_idp, configuration};

const REASON: &str = "the secret stood in a public repository";

/// A server that runs, with the library of the configuration as a client that hears of logouts.
struct House {
    file: PathBuf,
    url: String,
    clients: Clients,
    _program: Program,
}

impl House {
    async fn start() -> Self {
        let (folder, clients) = (folder(), Clients::start().await);
        let library = format!(
            "name = {{ cs = \"Knihovna\" }}\nredirect_uris = [\"{}\"]\nbackchannel_logout_uri = \"{}\"\n\
             scopes = [\"openid\"]\nrefresh = \"session\"\ninformation_page = false",
            clients.at("/library/callback"),
            clients.at("/library/backchannel"),
        );
        let known = "password = \"jana\"\nfamily_name = \"DVOŘÁKOVÁ\"\nbirth_date = \"1984-05-14\"";
        let file = configuration(
            &folder,
            &[
                ("name = { cs = \"Knihovna\" }", &library),
                ("password = \"jana\"", known),
                (
                    "[provider.demo]",
                    "[outbound]\nallow = [\"127.0.0.0/8\"]\n\n[provider.demo]",
                ),
            ],
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let url = text
            .lines()
            .find_map(|line| line.strip_prefix("public_url = "))
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let arguments = ["serve", "--config", file.to_str().unwrap()];
        let ready = format!("{url}/readyz");
        let program = Program::start("city-idp", &arguments, &[], &ready, &folder).await;
        Self {
            file,
            url,
            clients,
            _program: program,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        city_idp(arguments, &self.file)
    }

    /// Runs the program, which does it.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", error(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Begins a login for the library, or whatever the broker says instead.
    async fn begin(&self, browser: &mut Browser) -> Page {
        let mut url = Url::parse(&format!("{}/oauth2/authorize", self.url)).unwrap();
        let callback = self.clients.at("/library/callback");
        url.query_pairs_mut().extend_pairs([
            ("client_id", "library"),
            ("redirect_uri", &callback),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        browser.open(url.as_str()).await
    }

    /// Jana types her password where she is asked.
    async fn sign_in(&self, browser: &mut Browser) -> Page {
        let page = self.begin(browser).await;
        if !page.body.contains("login-submit") {
            return page;
        }
        let typed = [("login-username", "jana"), ("login-password", "jana")];
        browser.submit(&page, "login-submit", &typed).await
    }

    async fn token(&self, secret: &str, form: &[(&str, &str)]) -> Value {
        let request = reqwest::Client::new()
            .post(format!("{}/oauth2/token", self.url))
            .basic_auth("library", Some(secret))
            .form(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn redeemed(&self, page: &Page) -> Value {
        let code = page
            .query("code")
            .unwrap_or_else(|| panic!("no code: {} {}", page.url, page.text()));
        let callback = self.clients.at("/library/callback");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &callback),
            ("code_verifier", CODE_VERIFIER),
        ];
        self.token(CLIENT_SECRET, &form).await
    }

    async fn refreshed(&self, tokens: &Value) -> Value {
        let token = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(CLIENT_SECRET, &form).await
    }

    async fn userinfo(&self, tokens: &Value) -> u16 {
        let request = reqwest::Client::new()
            .get(format!("{}/oauth2/userinfo", self.url))
            .bearer_auth(tokens["access_token"].as_str().unwrap());
        request.send().await.unwrap().status().as_u16()
    }

    /// The account of Jana, as the command line tells it, and its state.
    fn jana(&self) -> (String, String) {
        let who = ["--family-name", "dvorakova", "--birth-date", "1984-05-14"];
        let found = self.done(&[&["account", "find"], who.as_slice()].concat());
        let mut words = found.lines().last().unwrap().split_whitespace();
        let mut next = || words.next().unwrap().to_owned();
        (next(), next())
    }

    fn state_of_the_library(&self) -> String {
        let listed = self.done(&["client", "list"]);
        let row = listed
            .lines()
            .find(|line| line.starts_with("library"))
            .unwrap();
        row.split_whitespace().nth(2).unwrap().to_owned()
    }
}

/// Asks until it is so: a running server hears of a change within a second.
async fn soon(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..20_000 {
        if is_so().await {
            return;
        }
    }
    panic!("the server has not heard of it");
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn a_client_of_the_file_is_disabled_at_once_and_what_it_held_is_gone_for_good() {
    let house = House::start().await;
    let mut browser = Browser::new();
    let page = house.sign_in(&mut browser).await;
    let tokens = house.redeemed(&page).await;
    assert_eq!(house.userinfo(&tokens).await, 200, "{tokens}");
    let without = house.run(&["client", "disable", "library"]);
    assert!(error(&without).contains("--reason"), "{}", error(&without));

    let said = house.done(&["client", "disable", "library", "--reason", REASON]);

    assert!(said.contains("library is disabled; 1 sessions"), "{said}");
    assert_eq!(house.userinfo(&tokens).await, 401);
    let told = house.clients.wait_for_posts("/library/backchannel", 1);
    assert_eq!(told.await.len(), 1);
    soon(async || {
        let page = house.begin(&mut browser).await;
        page.status == 403 && page.text().contains("AUT-103")
    })
    .await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = house.token(CLIENT_SECRET, &form).await;
    assert_eq!(answer["error"], "invalid_client");
    assert_eq!(house.state_of_the_library(), "disabled");
    let again = house.run(&["client", "disable", "library", "--reason", REASON]);
    assert!(error(&again).contains("is disabled already"));

    house.done(&["client", "enable", "library", "--reason", "new secret"]);

    soon(async || house.begin(&mut browser).await.status == 200).await;
    let page = house.sign_in(&mut browser).await;
    assert_eq!(house.userinfo(&house.redeemed(&page).await).await, 200);
    assert_eq!(house.refreshed(&tokens).await["error"], "invalid_grant");
    assert_eq!(house.userinfo(&tokens).await, 401);
    assert_eq!(house.state_of_the_library(), "enabled");
    let again = house.run(&["client", "enable", "library", "--reason", "x"]);
    assert!(error(&again).contains("is enabled already"));
    let nobody = house.run(&["client", "disable", "pool", "--reason", "x"]);
    assert!(error(&nobody).contains("client pool is not known"));
    assert!(
        house
            .done(&["audit", "verify"])
            .contains("the chain is whole")
    );
}

#[tokio::test]
async fn an_account_is_disabled_at_once_and_its_person_reads_so_at_the_next_login() {
    let house = House::start().await;
    let mut browser = Browser::new();
    let page = house.sign_in(&mut browser).await;
    let tokens = house.redeemed(&page).await;
    let (account, state) = house.jana();
    assert_eq!(state, "active");

    let said = house.done(&["account", "disable", &account, "--reason", "stolen phone"]);

    assert!(said.contains("is disabled"), "{said}");
    assert_eq!(house.userinfo(&tokens).await, 401);
    assert_eq!(house.refreshed(&tokens).await["error"], "invalid_grant");
    let told = house.clients.wait_for_posts("/library/backchannel", 1);
    assert_eq!(told.await.len(), 1);
    let refused = house.sign_in(&mut browser).await;
    assert!(refused.text().contains("LOG-113"), "{}", refused.text());
    assert_eq!(house.jana().1, "disabled");
    let again = house.run(&["account", "disable", &account, "--reason", "x"]);
    assert!(error(&again).contains("is disabled already"));

    house.done(&["account", "enable", &account, "--reason", "found again"]);

    let page = house.sign_in(&mut Browser::new()).await;
    assert_eq!(house.userinfo(&house.redeemed(&page).await).await, 200);
    assert_eq!(house.refreshed(&tokens).await["error"], "invalid_grant");
    let again = house.run(&["account", "enable", &account, "--reason", "x"]);
    assert!(error(&again).contains("is active already"));
    let silent = house.run(&["account", "disable", &account, "--reason", ""]);
    assert!(error(&silent).contains("--reason"), "{}", error(&silent));
    let nobody = "00000000-0000-7000-8000-000000000001";
    let unknown = house.run(&["account", "disable", nobody, "--reason", "x"]);
    assert!(error(&unknown).contains("no account has the key"));
    let told = house.done(&["audit", "list", "--account", &account]);
    assert!(told.contains("stolen phone"), "{told}");
    let told = house.done(&["audit", "list", "--incident", "7K4M-92XQ"]);
    assert_eq!(told, "", "no page has shown it");
    assert!(error(&house.run(&["audit", "list"])).contains("--account"));
    let told = house.done(&["audit", "list", "--account", &account, "--last", "1"]);
    assert!(told.contains("audit.viewed"), "{told}");
    assert!(
        house
            .done(&["audit", "verify"])
            .contains("the chain is whole")
    );
}

#[tokio::test]
async fn a_leaked_secret_is_replaced_at_once_where_that_is_asked_for() {
    let house = House::start().await;
    let secret_of = |said: &str| {
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("client_secret: "));
        line.unwrap_or_else(|| panic!("no secret in {said}"))
            .to_owned()
    };
    let more = house.file.with_file_name("more.toml");
    std::fs::write(&more, "grant_types = [\"client_credentials\"]\n").unwrap();
    let add = [
        "client",
        "add",
        "pool",
        "--organisation",
        "town",
        "--name",
        "Bazén",
    ];
    let more = ["--scopes", "", "--more", more.to_str().unwrap()];
    let first = secret_of(&house.done(&[&add[..], &more[..]].concat()));
    let admits = async |secret: &str| {
        let request = reqwest::Client::new()
            .post(format!("{}/oauth2/token", house.url))
            .basic_auth("pool", Some(secret))
            .form(&[("grant_type", "client_credentials")]);
        request.send().await.unwrap().status() == 200
    };
    soon(async || admits(&first).await).await;
    let second = secret_of(&house.done(&["client", "rotate-secret", "pool"]));
    soon(async || admits(&second).await).await;
    assert!(admits(&first).await, "for a day");

    let said = house.done(&["client", "rotate-secret", "pool", "--at-once"]);

    assert!(said.contains("no former one works"), "{said}");
    soon(async || admits(&secret_of(&said)).await).await;
    assert!(!admits(&first).await && !admits(&second).await);
    let both = [
        "client",
        "rotate-secret",
        "pool",
        "--at-once",
        "--keep-hours",
        "3",
    ];
    assert!(!house.run(&both).status.success());
}
