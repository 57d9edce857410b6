//! The authorization request: what a client may ask.

use axum::http::StatusCode;
use serde::Serialize;
use url::Url;

use super::client::{Client, Clients};
use super::error::OAuthError;
use super::form::Parameters;

/// What a provider demands of requests.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// `state` and `nonce` must be there.
    pub needs_state_and_nonce: bool,
    /// Scopes the provider knows.
    pub scopes: &'static [&'static str],
    /// The only `acr_values` it knows.
    pub acr: Option<&'static str>,
}

/// A checked request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// To be echoed.
    pub state: Option<String>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// `login`, `consent`, `none`
    pub prompt: Vec<String>,
    /// How old the login may be, in seconds.
    pub max_age: Option<i64>,
    /// The bank the person has chosen already.
    pub bank: Option<String>,
}

/// RFC 7636.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Challenge {
    /// `code_challenge`
    pub value: String,
    /// `S256` rather than `plain`.
    pub hashed: bool,
}

/// The client, and an address the answer may go to. Without both nothing is sent anywhere.
pub fn addressee(
    clients: &Clients,
    parameters: &Parameters,
) -> Result<(Client, String), OAuthError> {
    let wrong =
        |code, description: &str| OAuthError::new(StatusCode::BAD_REQUEST, code, description);
    let id = parameters.get("client_id").unwrap_or_default();
    let client = clients
        .lookup(id)
        .ok_or_else(|| wrong("invalid_client_metadata", "no such client"))?;
    let address = parameters.get("redirect_uri").unwrap_or_default();
    if !client.redirect_uris.iter().any(|one| one == address) {
        return Err(wrong(
            "invalid_redirect_uri",
            "redirect_uri is not registered",
        ));
    }
    Ok((client, address.to_owned()))
}

/// Everything else about a request.
pub fn check(
    parameters: &Parameters,
    client: &Client,
    redirect_uri: String,
    rules: Rules,
) -> Result<Request, OAuthError> {
    let bad =
        |code, description: String| OAuthError::new(StatusCode::BAD_REQUEST, code, description);
    for (name, code) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
        ("claims", "invalid_request"),
    ] {
        if parameters.get(name).is_some() {
            return Err(bad(code, format!("{name} is not offered")));
        }
    }
    if parameters.need("response_type")? != "code" {
        return Err(bad(
            "unsupported_response_type",
            "only code is switched on".to_owned(),
        ));
    }
    if !matches!(parameters.get("response_mode"), None | Some("query")) {
        return Err(bad("invalid_request", "response_mode is query".to_owned()));
    }
    if rules.needs_state_and_nonce {
        parameters.need("state")?;
        parameters.need("nonce")?;
    }
    if let (Some(asked), Some(known)) = (parameters.get("acr_values"), rules.acr)
        && !asked.split(' ').any(|one| one == known)
    {
        return Err(bad("invalid_request", format!("acr_values is {known}")));
    }

    Ok(Request {
        redirect_uri,
        scopes: scopes(parameters, client, rules)?,
        state: parameters.get("state").map(str::to_owned),
        nonce: parameters.get("nonce").map(str::to_owned),
        challenge: challenge(parameters)?,
        prompt: prompt(parameters)?,
        max_age: max_age(parameters)?,
        bank: parameters.get("bank_id").map(str::to_owned),
    })
}

fn scopes(
    parameters: &Parameters,
    client: &Client,
    rules: Rules,
) -> Result<Vec<String>, OAuthError> {
    let refuse = |description: String| {
        Err(OAuthError::new(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            description,
        ))
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in parameters.need("scope")?.split(' ') {
        if !rules.scopes.contains(&scope) {
            return refuse(format!("{scope} is unknown"));
        }
        if !client.may_ask(scope) {
            return refuse(format!("{scope} is not switched on for this client"));
        }
        if !scopes.iter().any(|one| one == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return refuse("openid is missing".to_owned());
    }
    Ok(scopes)
}

fn challenge(parameters: &Parameters) -> Result<Option<Challenge>, OAuthError> {
    let Some(value) = parameters.get("code_challenge") else {
        return match parameters.get("code_challenge_method") {
            None => Ok(None),
            Some(_) => Err(OAuthError::invalid_request("code_challenge is missing")),
        };
    };
    let hashed = match parameters.get("code_challenge_method") {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(other) => {
            return Err(OAuthError::invalid_request(format!(
                "code_challenge_method {other} is unknown"
            )));
        }
    };
    if !(43..=128).contains(&value.len()) {
        return Err(OAuthError::invalid_request("code_challenge is too short"));
    }
    Ok(Some(Challenge {
        value: value.to_owned(),
        hashed,
    }))
}

fn prompt(parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let prompt: Vec<String> = parameters
        .get("prompt")
        .map(|text| text.split(' ').map(str::to_owned).collect())
        .unwrap_or_default();
    let unknown = prompt
        .iter()
        .any(|one| !matches!(one.as_str(), "none" | "login" | "consent"));
    let contradicts = prompt.len() > 1 && prompt.iter().any(|one| one == "none");
    if unknown || contradicts {
        return Err(OAuthError::invalid_request("prompt is wrong"));
    }
    Ok(prompt)
}

fn max_age(parameters: &Parameters) -> Result<Option<i64>, OAuthError> {
    parameters
        .get("max_age")
        .map(|text| match text.parse() {
            Ok(seconds) if seconds >= 0 => Ok(seconds),
            _ => Err(OAuthError::invalid_request(
                "max_age is a number of seconds",
            )),
        })
        .transpose()
}

impl Request {
    /// Whether a scope is asked for.
    pub fn asks(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }

    /// Whether a word stands in `prompt`.
    pub fn prompts(&self, word: &str) -> bool {
        self.prompt.iter().any(|one| one == word)
    }

    /// The address that carries an error back.
    pub fn error_address(&self, code: &str, description: &str) -> String {
        let mut pairs = vec![("error", code), ("error_description", description)];
        if let Some(state) = &self.state {
            pairs.push(("state", state));
        }
        address(&self.redirect_uri, &pairs)
    }
}

/// An address with more in its query.
pub fn address(base: &str, pairs: &[(&str, &str)]) -> String {
    match Url::parse(base) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        Err(_) => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        needs_state_and_nonce: true,
        scopes: &["openid", "profile.name", "profile.email"],
        acr: Some("loa3"),
    };
    const GOOD: &str = "client_id=a&redirect_uri=https%3A%2F%2Fa.test%2Fx&response_type=code&scope=openid+profile.name&state=s&nonce=n";

    fn client() -> Client {
        let json = serde_json::json!({ "client_id": "a", "redirect_uris": ["https://a.test/x"], "scopes": ["openid", "profile.name"] });
        serde_json::from_value(json).unwrap()
    }

    fn checked(query: &str) -> Result<Request, OAuthError> {
        let parameters = Parameters::read(query.as_bytes())?;
        let (client, address) = addressee(&Clients::new(&[client()]), &parameters)?;
        check(&parameters, &client, address, RULES)
    }

    #[test]
    fn a_good_request_is_taken_whole() {
        let request = checked(&format!("{GOOD}&prompt=login&max_age=0&bank_id=b")).unwrap();

        assert_eq!(request.scopes, ["openid", "profile.name"]);
        assert_eq!(request.max_age, Some(0));
        assert_eq!(request.bank.as_deref(), Some("b"));
    }

    #[test]
    fn each_rule_refuses_by_its_own_word() {
        for (query, code) in [
            (
                GOOD.replace("client_id=a", "client_id=b"),
                "invalid_client_metadata",
            ),
            (GOOD.replace("%2Fx", "%2Fx%2F"), "invalid_redirect_uri"),
            (
                GOOD.replace("response_type=code", "response_type=token"),
                "unsupported_response_type",
            ),
            (GOOD.replace("&state=s", ""), "invalid_request"),
            (GOOD.replace("&nonce=n", "&nonce="), "invalid_request"),
            (GOOD.replace("openid+", ""), "invalid_scope"),
            (
                GOOD.replace("profile.name", "profile.email"),
                "invalid_scope",
            ),
            (GOOD.replace("profile.name", "email"), "invalid_scope"),
            (format!("{GOOD}&acr_values=loa2"), "invalid_request"),
            (format!("{GOOD}&request=x"), "request_not_supported"),
            (format!("{GOOD}&claims=x"), "invalid_request"),
            (format!("{GOOD}&prompt=none+login"), "invalid_request"),
            (format!("{GOOD}&state=t"), "invalid_request"),
            (
                format!("{GOOD}&code_challenge_method=S256"),
                "invalid_request",
            ),
            (format!("{GOOD}&response_mode=form_post"), "invalid_request"),
        ] {
            assert_eq!(checked(&query).unwrap_err().code, code, "{query}");
        }
    }

    #[test]
    fn an_error_is_added_to_the_query_of_the_address() {
        let request = Request {
            redirect_uri: "https://a.test/x?y=1".to_owned(),
            ..checked(GOOD).unwrap()
        };

        assert_eq!(
            request.error_address("access_denied", "no"),
            "https://a.test/x?y=1&error=access_denied&error_description=no&state=s"
        );
    }
}
