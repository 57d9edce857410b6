//! `/prihlasena-zarizeni`

use super::start;
use tests::browser::Browser;

#[tokio::test]
async fn the_browsers_of_the_person_are_listed_and_this_one_is_marked() {
    let portal = start().await;
    portal.signed_in().await;
    let (mut browser, _) = portal.signed_in().await;
    portal.provider.world().subject = "5d1ec810-1d6b-4ab0-a2e1-2b1c3c0a6a22".to_owned();
    portal.signed_in().await;

    let page = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    assert_eq!(page.texts_of("tbody tr").len(), 2, "nobody else's");
    assert_eq!(page.texts_of("tbody th .sub"), ["toto zařízení"]);
    assert!(page.text().contains("Identita občana"));
    assert_eq!(
        page.link("Spravovat Městskou identitu").as_str(),
        format!("{}/account", portal.provider.issuer())
    );
}

#[tokio::test]
async fn one_other_browser_is_signed_out() {
    let portal = start().await;
    let (mut other, _) = portal.signed_in().await;
    let (mut browser, _) = portal.signed_in().await;
    let page = browser.open(&portal.at("/prihlasena-zarizeni")).await;
    let id = portal.sessions().await[0].id;
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.action.path().contains(&id.to_string()))
        .unwrap();

    let after = browser
        .request("POST", form.action, Some(form.fields))
        .await;

    assert_eq!(after.redirect().unwrap().path(), "/prihlasena-zarizeni");
    assert_eq!(other.open(&portal.at("/moje-identita")).await.status, 401);
    assert_eq!(browser.open(&portal.at("/moje-identita")).await.status, 200);
    assert_eq!(
        portal.sessions().await[0].ended_by.as_deref(),
        Some("person")
    );
}

#[tokio::test]
async fn all_other_browsers_are_signed_out_at_once() {
    let portal = start().await;
    let mut others = [portal.signed_in().await.0, portal.signed_in().await.0];
    let (mut browser, _) = portal.signed_in().await;
    let page = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    let after = browser
        .submit(&page, "Odhlásit všude kromě tohoto zařízení", &[])
        .await;

    assert_eq!(after.texts_of("tbody tr").len(), 1);
    assert!(after.text().contains("Hotovo"));
    for other in &mut others {
        assert_eq!(other.open(&portal.at("/moje-identita")).await.status, 401);
    }
}

#[tokio::test]
async fn nobody_signs_out_somebody_else() {
    let portal = start().await;
    let (mut victim, _) = portal.signed_in().await;
    let session = portal.sessions().await[0].id;
    portal.provider.world().subject = "5d1ec810-1d6b-4ab0-a2e1-2b1c3c0a6a22".to_owned();
    let (mut attacker, page) = portal.signed_in().await;
    let token = page.form_with("Odhlásit").0.fields;
    let mut answers = Vec::new();
    for id in [session.to_string(), uuid::Uuid::from_u128(7).to_string()] {
        let address = portal
            .url
            .join(&format!("/prihlasena-zarizeni/{id}/odhlasit"))
            .unwrap();
        let answer = attacker.request("POST", address, Some(token.clone())).await;
        answers.push((
            answer.status,
            answer.body,
            answer.headers["location"].clone(),
        ));
    }

    assert_eq!(
        answers[0], answers[1],
        "a stranger's session looks like none at all"
    );
    assert_eq!(victim.open(&portal.at("/moje-identita")).await.status, 200);
}

#[tokio::test]
async fn private_pages_ask_strangers_to_sign_in() {
    let portal = start().await;
    for path in ["/moje-identita", "/prihlasena-zarizeni"] {
        let answer = Browser::new()
            .request("GET", portal.url.join(path).unwrap(), None)
            .await;

        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(
            answer.headers["location"],
            format!("/prihlaseni?cil={path}"),
            "{path}"
        );
    }
    for path in [
        "/prihlasena-zarizeni/odhlasit-ostatni",
        "/prihlasena-zarizeni/00000000-0000-0000-0000-000000000000/odhlasit",
    ] {
        let answer = Browser::new()
            .request("POST", portal.url.join(path).unwrap(), Some(Vec::new()))
            .await;

        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(
            answer.headers["location"], "/prihlaseni?cil=/prihlasena-zarizeni",
            "{path}"
        );
    }
}
