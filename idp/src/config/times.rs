//! Times that cannot work: with a session of no hours nobody is ever signed in, and nothing on the pages says why.

use web::config::ConfigError;

use super::Config;

/// A week: whoever signs in once a month wants a provider's session, not ours.
const MOST_HOURS: u16 = 168;
/// The same in minutes.
const MOST_IDLE_MINUTES: u16 = MOST_HOURS * 60;
/// A departure is forgotten then.
const MOST_ANSWER_MINUTES: u16 = 60;

/// The times of sessions and answers are ones that people can live with.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let (session, login) = (config.session, config.login);
    for (key, value, most) in [
        ("session.hours", session.hours, MOST_HOURS),
        (
            "session.idle_minutes",
            session.idle_minutes,
            MOST_IDLE_MINUTES,
        ),
        (
            "login.answer_within_minutes",
            login.answer_within_minutes,
            MOST_ANSWER_MINUTES,
        ),
    ] {
        if !(1..=most).contains(&value) {
            return Err(ConfigError::at(
                key,
                format!("is {value}, and has to be from 1 to {most}"),
                "Correct it, or leave it out for the default",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::super::check::tests::config;

    #[test]
    fn times_at_which_nobody_can_sign_in_stop_the_start() {
        for (more, key) in [
            ("session = { hours = 0 }", "session.hours"),
            ("session = { hours = 169 }", "session.hours"),
            ("session = { idle_minutes = 0 }", "session.idle_minutes"),
            ("session = { idle_minutes = 10081 }", "session.idle_minutes"),
            (
                "login = { answer_within_minutes = 0 }",
                "login.answer_within_minutes",
            ),
            (
                "login = { answer_within_minutes = 61 }",
                "login.answer_within_minutes",
            ),
        ] {
            let wrong = check(&config("http://localhost:8400", "sandbox", more)).unwrap_err();

            assert!(wrong.to_string().contains(key), "{more}: {wrong}");
        }
        let most = "session = { hours = 168, idle_minutes = 10080 }\nlogin = { answer_within_minutes = 60 }";
        assert!(check(&config("http://localhost:8400", "sandbox", most)).is_ok());
    }
}
