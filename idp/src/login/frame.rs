//! What all pages of a login have in common.

use axum::http::HeaderMap;
use url::Url;
use web::{Allow, Locale, Shell, cookie};

use super::kept::Login;
use crate::broker::Broker;
use crate::clients::Client;
use crate::session::Browser;

/// The language of a login's pages: the one the person chose here, else the one the client asked for, else the
/// browser's.
pub(crate) fn locale(broker: &Broker, login: &Login, headers: &HeaderMap, shown: Locale) -> Locale {
    let chosen = cookie::value(headers, &broker.site.cookie_name("lang")).is_some();
    let asked = login
        .request()
        .and_then(|request| request.ui_locales.as_deref())
        .and_then(Locale::from_ui_locales);
    match asked {
        Some(asked) if !chosen => asked,
        _ => shown,
    }
}

/// The frame of a login's page.
pub(crate) fn shell(
    broker: &Broker,
    shell: Shell,
    login: &Login,
    headers: &HeaderMap,
    browser: &Browser,
) -> Shell {
    let locale = locale(broker, login, headers, shell.locale);
    shell
        .in_locale(locale)
        .with_csrf(browser.csrf().token(&broker.random))
}

/// Where forms of a login's page may end: at the providers and at the client. Browsers hold `form-action` against the
/// whole chain of redirects behind a form.
pub(crate) fn allow(broker: &Broker, login: &Login) -> Allow {
    let providers = provider_origins(broker);
    let client = login
        .request()
        .map(|request| request.redirect_uri.as_str().to_owned());
    let urls: Vec<Url> = providers
        .chain(client)
        .filter_map(|address| Url::parse(&address).ok())
        .collect();
    Allow::forms_to(&urls)
}

/// Where forms may end that send a browser to a provider and nowhere else.
pub(crate) fn allow_providers(broker: &Broker) -> Allow {
    let urls: Vec<Url> = provider_origins(broker)
        .filter_map(|address| Url::parse(&address).ok())
        .collect();
    Allow::forms_to(&urls)
}

fn provider_origins(broker: &Broker) -> impl Iterator<Item = String> {
    broker
        .providers
        .iter()
        .flat_map(|(_, provider)| provider.describe().origins.clone())
}

/// The service the person is on the way to, in their language.
pub(crate) fn service(client: Option<&Client>, locale: Locale) -> Option<String> {
    client.map(|client| client.name.get(locale.code()).to_owned())
}
