//! The second page: the code on the phone.

use super::{Bank, PASSWORD, VLTAVSKA};

/// Another code than this one.
fn wrong(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

#[tokio::test]
async fn after_two_wrong_codes_the_same_one_is_still_good_and_then_used_up() {
    let bank = Bank::open("code").await;
    let phone = bank.at_the_phone(VLTAVSKA, "novakova").await;
    let code = phone.code();
    assert_eq!(code.len(), 6);
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert!(phone.text.contains(
        "Vltavská banka: kód pro přihlášení do služby <strong>Městská knihovna</strong>"
    ));

    let first = bank.confirm(&phone.path, wrong(&code)).await;
    let spaced = format!(" {code}");
    let second = bank.confirm(&phone.path, &spaced).await;
    let right = bank.confirm(&phone.path, &code).await;

    for (again, left) in [(&first, "Zbývají 2 pokusy"), (&second, "Zbývá poslední")] {
        assert_eq!(again.path, phone.path);
        assert!(again.text.contains("Kód nesouhlasí"), "{}", again.text);
        assert!(again.text.contains(left), "{}", again.text);
        assert_eq!(again.code(), code);
    }
    assert!(
        right.path.starts_with("/bank_id/consent/"),
        "{}",
        right.path
    );
    // Pressed twice, it leads to the same page and logs nobody in; and a new login at the bank wants a new code.
    let url = format!("http://{}{}", bank.at, phone.path);
    let form = [("code", code.as_str()), ("action", "confirm")];
    let twice = bank.client.post(url).form(&form).send().await.unwrap();
    assert_eq!(twice.headers()["location"], right.path.as_str());
    assert!(!twice.headers().contains_key("set-cookie"));
    let login = phone.path.replace("confirm", "login");
    bank.log_in(&login, "twin", PASSWORD).await;
    let nobody_yet = bank.get(&right.path).await;
    assert!(nobody_yet.path.starts_with("/bank_id/login/"));
}

#[tokio::test]
async fn the_third_wrong_code_ends_the_login_and_the_right_one_is_too_late() {
    let bank = Bank::open("codes").await;
    let phone = bank.at_the_phone(VLTAVSKA, "novakova").await;
    let code = phone.code();

    bank.confirm(&phone.path, wrong(&code)).await;
    bank.confirm(&phone.path, "").await;
    // A new code by the way of the password forgives nothing.
    let login = phone.path.replace("confirm", "login");
    let code = bank.log_in(&login, "novakova", PASSWORD).await.code();
    let third = bank.confirm(&phone.path, wrong(&code)).await;

    third.assert_denied();
    bank.confirm(&phone.path, &code).await.assert_denied();
    bank.get(&phone.path).await.assert_denied();
    let consent = phone.path.replace("confirm", "consent");
    bank.get(&consent).await.assert_denied();
}

#[tokio::test]
async fn the_code_of_another_login_is_refused() {
    let bank = Bank::open("other").await;
    let mine = bank.at_the_phone(VLTAVSKA, "novakova").await;
    let mut other = bank.at_the_phone(VLTAVSKA, "novakova").await;
    while other.code() == mine.code() {
        other = bank.at_the_phone(VLTAVSKA, "novakova").await;
    }

    let refused = bank.confirm(&mine.path, &other.code()).await;

    assert_eq!(refused.path, mine.path);
    assert!(refused.text.contains("Kód nesouhlasí"));
    let right = bank.confirm(&mine.path, &mine.code()).await;
    assert!(right.path.starts_with("/bank_id/consent/"));
}
