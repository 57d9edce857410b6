//! The broker's texts in Czech, English and German.

fluent_templates::static_loader! {
    pub static TEXTS = {
        locales: "./locales",
        fallback_language: "cs",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use federation::{BodyKind, FactKind, IdentityLevel, LoginLevel};
    use web::Locale;

    use crate::mandate::Act;
    use crate::router;
    use crate::staff::Role;
    use crate::storage::conflict::ConflictKind;

    fn locales() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/locales"))
    }

    #[test]
    fn three_languages_say_the_same_and_every_error_has_its_texts() {
        let kinds = [
            crate::login::problems::CATALOGUE,
            crate::account::problems::CATALOGUE,
            crate::staff::problems::CATALOGUE,
        ]
        .concat();

        assert_eq!(web::testing::text_findings(locales()), [""; 0]);
        assert_eq!(web::testing::error_findings(locales(), &kinds), [""; 0]);
    }

    #[test]
    fn every_text_that_is_asked_for_by_name_exists() {
        let sources =
            ["src", "templates"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        let sources: Vec<&Path> = sources.iter().map(std::path::PathBuf::as_path).collect();

        assert_eq!(
            web::testing::used_text_findings(locales(), &sources),
            [""; 0]
        );
    }

    #[test]
    fn every_text_whose_name_is_put_together_exists() {
        let cs = std::fs::read_dir(locales().join("cs")).unwrap();
        let cs: String = cs
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        let is_there = |id: &String| cs.lines().any(|line| line.starts_with(&format!("{id} =")));
        let levels = IdentityLevel::ALL.map(|level| format!("level-{}", level.as_str()));
        let explained =
            IdentityLevel::ALL.map(|level| format!("level-{}-explained", level.as_str()));
        let logins = LoginLevel::ALL.into_iter().flat_map(|level| {
            let name = level.as_str();
            [
                format!("login-level-{name}"),
                format!("login-level-{name}-explained"),
            ]
        });
        let facts = FactKind::ALL.map(|kind| format!("fact-{}", kind.as_str()));
        let statuses = federation::MaritalStatus::ALL.map(crate::words::marital_status);
        let kinds = federation::ProviderConfig::KINDS;
        let providers = kinds.iter().flat_map(|kind| {
            [
                format!("provider-{kind}-name"),
                format!("provider-{kind}-words"),
            ]
        });
        let sources = kinds.iter().map(|kind| format!("source-{kind}"));
        let notices = [
            "restarted",
            "cancelled",
            "ended-there",
            "no-identity",
            "not-eligible",
            "withheld",
            "box-of-office",
            "too-low",
            "not-anew",
            "down",
            "branch-gone",
            "again",
        ];
        let notices = notices.iter().flat_map(|notice| {
            [
                format!("notice-{notice}-title"),
                format!("notice-{notice}-text"),
            ]
        });
        let told = crate::notices::Notice::KINDS.into_iter().flat_map(|kind| {
            let kind = kind.replace('_', "-");
            [format!("told-{kind}"), format!("mail-{kind}")]
        });
        let mails = crate::storage::notice_mail::MailState::ALL
            .map(|state| format!("told-mail-{}", state.as_str()));
        let contact_errors = [
            "no-mail",
            "address",
            "known",
            "many",
            "too-many-mails",
            "code",
            "over",
        ]
        .map(|error| format!("contact-error-{error}"));
        let acts = Act::ALL.map(|act| format!("act-{}", act.as_str()));
        let bodies = BodyKind::ALL.map(|kind| format!("body-{}", kind.as_str()));
        let roles = Role::ALL.map(Role::text_id);
        let languages = Locale::ALL.map(|locale| format!("language-name-{}", locale.code()));

        let outcomes = ConflictKind::ALL
            .into_iter()
            .filter(|kind| kind.comes_of_a_link())
            .map(|kind| kind.as_str().replace('_', "-"))
            .chain(["already", "unlinkable", "alone", "cancelled", "not-anew"].map(str::to_owned))
            .flat_map(|word| [format!("link-{word}-title"), format!("link-{word}-text")]);

        let ids = levels
            .into_iter()
            .chain(explained)
            .chain(logins)
            .chain(["", "-login", "-law"].map(|end| format!("step-up-lead{end}")))
            .chain(facts)
            .chain(statuses)
            .chain(providers)
            .chain(sources)
            .chain(notices)
            .chain(outcomes)
            .chain(told)
            .chain(mails)
            .chain(contact_errors)
            .chain(acts)
            .chain(bodies)
            .chain(roles);
        let missing: Vec<_> = ids.chain(languages).filter(|id| !is_there(id)).collect();

        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn every_error_is_in_the_reference() {
        let listed: Vec<_> = router::errors().map(|kind| kind.code).collect();

        assert!(
            crate::login::problems::CATALOGUE
                .iter()
                .all(|kind| listed.contains(&kind.code))
        );
    }
}
