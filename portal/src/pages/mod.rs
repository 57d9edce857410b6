//! The portal's pages. Each is a struct beside its handler and a file in `templates/pages/`.

pub mod acting;
pub mod devices;
pub mod home;
pub mod identity;

use web::Random;
use web::page::{ActingFor, NavItem, Shell, ShellKind, Who};

use crate::session::SignedInPerson;

/// The frame of a page: the public one, or the signed-in person's with their name and the logout button.
pub fn frame(
    shell: Shell,
    person: Option<&SignedInPerson>,
    here: &'static str,
    random: &Random,
) -> Shell {
    let Some(person) = person else {
        let nav = vec![NavItem::new("home", "nav-home", "/")];
        return shell
            .framed(ShellKind::Public, nav)
            .here(here)
            .with_sign_in("/prihlaseni");
    };
    let name = person
        .claims
        .display_name()
        .unwrap_or_else(|| shell.t.text("who-nameless").to_string());
    let who = Who {
        name,
        href: "/moje-identita".to_owned(),
        logout: "/odhlaseni".to_owned(),
    };
    let nav = vec![
        NavItem::new("home", "nav-home", "/"),
        NavItem::new("identity", "nav-identity", "/moje-identita"),
        NavItem::new("devices", "nav-devices", "/prihlasena-zarizeni"),
    ];
    let acting = person.claims.acting_for.as_ref().map(|acting| ActingFor {
        name: acting.body.name.clone(),
        href: "/moje-identita#za-koho".to_owned(),
    });
    shell
        .framed(ShellKind::Citizen, nav)
        .here(here)
        .for_person(who)
        .acting_for(acting)
        .with_csrf(person.csrf.token(random))
}
