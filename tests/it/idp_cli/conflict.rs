//! A case as officers decide it with the program, on both databases: who was kept out is let in at the server that runs.

use tests::engines::{empty_postgres, folder, postgres_address};

use super::town::Town;

const JANA: &str = "password = \"jana\"";

/// Jana as the provider knows her, born on this day.
fn jana(born: &str) -> String {
    format!(
        "password = \"jana\"\nidentity = \"town\"\ngiven_name = \"JANA\"\nfamily_name = \"DVOŘÁKOVÁ\"\nbirth_date = \"{born}\""
    )
}

#[tokio::test]
async fn a_case_is_listed_shown_and_decided_by_two_officers_and_the_person_is_let_in_again() {
    let engine = empty_postgres().await;
    let postgres = postgres_address(&engine).to_string();
    for database in [None, Some(postgres)] {
        let folder = folder();
        let mut town = Town::start(&folder, (JANA, &jana("1984-05-14")), database).await;
        let [first, second] = town.officers().await;
        assert_eq!(town.log_in().await.url.path(), "/account");
        town.corrected("1984-05-14", "1984-05-15").await;
        let page = town.log_in().await;
        assert!(page.text().contains("LOG-121"), "{}", page.text());

        let listed = town.done("alena", &["conflict", "list", "--open"]);
        let row = listed.lines().nth(1).unwrap();
        let number = row.split(' ').next().unwrap();
        assert!(page.text().contains(number), "{number}: {}", page.text());
        for word in ["0 h", "open", "grave_change", "demo"] {
            assert!(row.contains(word), "{word}: {listed}");
        }
        assert!(!listed.contains("DVOŘÁKOVÁ"), "{listed}");
        let shown = town.done("alena", &["conflict", "show", number]);
        for words in [
            "JANA DVOŘÁKOVÁ",
            "born    1984-05-14",
            "born    1984-05-15",
            "differs date of birth",
            "way in  demo",
            "the login of the case",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }

        let decide = [
            "conflict",
            "decide",
            number,
            "--outcome",
            "same-person",
            "--officer",
        ];
        let reason = ["--reason", "rodný list, spis 3/2026"];
        let nobody = "00000000-0000-0000-0000-000000000001";
        town.refused(
            "alena",
            &[decide.as_slice(), &[nobody], &reason].concat(),
            "no officer has the key",
        );
        town.refused(
            "alena",
            &[decide.as_slice(), &[&second], &reason].concat(),
            "does not have the role idp.verifier",
        );
        let said = town.done("alena", &[decide.as_slice(), &[&first], &reason].concat());
        assert!(said.contains("nothing has changed yet"), "{said}");
        assert!(town.log_in().await.text().contains("LOG-121"));
        let agree = ["conflict", "agree", number, "--officer"];
        let by = |key| [agree.as_slice(), &[key]].concat();
        town.refused("bohumil", &by(&first), "idp.supervisor");
        town.refused("alena", &by(&second), "the same login of this machine");
        let said = town.done("bohumil", &by(&second));
        assert!(said.contains("same-person: done"), "{said}");
        town.refused("bohumil", &by(&second), "no decision about this waits");

        let page = town.log_in().await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        let listed = town.done("alena", &["conflict", "list"]);
        assert_eq!(listed.lines().count(), 1, "{listed}");
        let listed = town.done("alena", &["conflict", "list", "--all"]);
        assert!(listed.contains("closed"), "{listed}");
        let verified = town.done("alena", &["audit", "verify"]);
        assert!(verified.contains("the chain is whole"), "{verified}");
    }
}
