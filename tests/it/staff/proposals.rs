//! Four eyes: one officer proposes a mandate, another one approves it, each under their own session.

use chrono::{Days, NaiveDate};
use idp::identity::Undone;
use idp::ids::{AccountId, MandateProposalId, StaffAccountId};
use idp::staff::Role;
use idp::storage::staff_account::{self, Told};
use idp::workers;
use serde_json::{Value, json};
use store::on;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use uuid::Uuid;

use super::officials::{Officials, sign_in};
use super::{GROUNDS, broker};

const EVA: (&str, &str) = ("eva", "heslo");
const CLUB: &str = "Spolek Pod Věží, z. s.";

/// With Eva, and roles for those who verify people.
fn with_eva() -> Value {
    json!({
        "staff": { "roles": { "IDP.VERIFIER": ["idp.verifier"], "IDP.SUPERVISOR": ["idp.supervisor"] } },
        "provider": { "demo": { "account": { EVA.0: {
            "password": EVA.1, "given_name": "EVA MARIE", "family_name": "MALÁ", "birth_date": "1990-02-01",
        } } } },
    })
}

/// A town with Eva, who has an account, an officer who verifies people and one who decides.
struct Town {
    broker: TestBroker,
    eva: Browser,
    verifier: Browser,
    supervisor: Browser,
}

impl Town {
    async fn start(ground: Ground, officials: &Officials, more: Value) -> Self {
        let mut configuration = with_eva();
        tests::broker::merge(&mut configuration, more);
        let broker = broker(ground, officials, configuration).await;
        let mut eva = Browser::new();
        let page = eva.open(&broker.at("/account/mandates")).await;
        broker.sign_in(&mut eva, &page, EVA).await;
        let (mut verifier, mut supervisor) = (Browser::new(), Browser::new());
        sign_in(&broker, &mut verifier, "verifier").await;
        sign_in(&broker, &mut supervisor, "supervisor").await;
        Self {
            broker,
            eva,
            verifier,
            supervisor,
        }
    }

    /// The verifier proposes that Eva may look for the association, with fields replaced.
    async fn propose(&mut self, changes: &[(&str, &str)]) -> Page {
        let page = self
            .verifier
            .open(&self.broker.at("/staff/mandates/propose"))
            .await;
        let until = self.until().to_string();
        let mut fields = vec![
            ("given_name", "Eva"),
            ("family_name", "Malá"),
            ("birth_date", "1990-02-01"),
            ("kind", "association"),
            ("ico", "00000043"),
            ("name", CLUB),
            ("role", "předsedkyně"),
            ("may", "view"),
            ("source", "counter"),
            ("evidence", "čj. 12/2026"),
            ("from", ""),
            ("until", &*until),
        ];
        for (name, value) in changes {
            match fields.iter_mut().find(|(held, _)| held == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        fields.retain(|(name, value)| {
            !(value.is_empty() && ["kind", "may", "source"].contains(name))
        });
        self.verifier.submit(&page, "propose-submit", &fields).await
    }

    /// The last day of what is proposed: to come, whenever this runs.
    fn until(&self) -> NaiveDate {
        self.broker.clock.now().date_naive() + Days::new(200)
    }

    /// The proposal that was made, as the supervisor sees it.
    async fn open(&mut self, proposal: &Page) -> Page {
        self.supervisor
            .open(&self.broker.at(proposal.url.path()))
            .await
    }

    async fn mandates(&self) -> i64 {
        self.broker.rows("mandate").await
    }
}

fn assert_proposed(page: &Page) {
    assert!(
        page.url.path().starts_with("/staff/mandates/proposals/"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn one_officer_proposes_another_one_approves_and_the_person_is_told() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let mut town = Town::start(ground, &officials, json!({})).await;
        let before = town.broker.events().await;

        let proposal = town.propose(&[]).await;

        assert_proposed(&proposal);
        assert!(
            proposal.text().contains("Návrh je odeslaný"),
            "{}",
            proposal.text()
        );
        assert_eq!(
            town.broker.events_since(&before).await,
            ["account.viewed", "mandate.proposed", "mandate.viewed"],
            "{ground:?}"
        );
        // Nobody acts by a proposal.
        assert_eq!(town.mandates().await, 0);
        let page = town.eva.open(&town.broker.at("/account/mandates")).await;
        assert!(page.text().contains("jen za sebe"), "{}", page.text());

        let list = town
            .supervisor
            .open(&town.broker.at("/staff/mandates"))
            .await;
        assert!(list.text().contains("Eva Marie Malá"), "{}", list.text());
        let page = town.supervisor.follow(list.link("Otevřít")).await;
        for words in [
            "Eva Marie Malá, 1.",
            "předsedkyně",
            CLUB,
            "IČO 00000043",
            "nahlížet",
            "ověřeno na úřadě",
            "čj. 12/2026",
            "Jitka Přepážková",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let before = town.broker.events().await;
        let page = town.supervisor.submit(&page, "proposal-approve", &[]).await;

        assert_eq!(page.url.path(), "/staff/mandates", "{}", page.text());
        assert!(page.text().contains("Oprávnění platí"), "{}", page.text());
        assert!(
            page.text().contains("Jitka Přepážková, Bohumil Dohlížel"),
            "{}",
            page.text()
        );
        let events = town.broker.events_since(&before).await;
        assert_eq!(events, ["mandate.added", "mandate.viewed"]);
        let page = town.eva.open(&town.broker.at("/account/mandates")).await;
        assert!(page.text().contains(CLUB), "{}", page.text());
        let until = town.until().format("%-d. %-m. %Y").to_string();
        assert!(page.text().replace('\u{a0}', " ").contains(&until));
        let told = town.eva.open(&town.broker.at("/account/contacts")).await;
        let told_of = format!("Můžete teď u města jednat za: {CLUB}");
        assert!(told.text().contains(&told_of), "{}", told.text());
    }
}

#[tokio::test]
async fn a_decided_proposal_is_decided_and_makes_one_mandate() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let mut town = Town::start(ground, &officials, json!({})).await;
        let proposal = town.propose(&[]).await;
        let page = town.open(&proposal).await;
        let (form, _) = page.form_with("proposal-approve");
        let (mut one, mut other) = (town.supervisor.clone(), town.supervisor.clone());

        let (first, second) = tokio::join!(
            one.request("POST", form.action.clone(), Some(form.fields.clone())),
            other.request("POST", form.action.clone(), Some(form.fields.clone())),
        );

        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(
            statuses,
            [303, 404],
            "{ground:?}: {} {}",
            first.text(),
            second.text()
        );
        assert_eq!(town.mandates().await, 1);
        let page = town.open(&proposal).await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("STF-108"), "{}", page.text());
        // The same again is one that the person holds.
        let again = town.propose(&[]).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("jednat smí"), "{}", again.text());
    }
}

#[tokio::test]
async fn nobody_approves_what_they_proposed_themselves() {
    let officials = Officials::start().await;
    let both =
        json!({ "staff": { "roles": { "IDP.VERIFIER": ["idp.verifier", "idp.supervisor"] } } });
    for ground in GROUNDS {
        let mut town = Town::start(ground, &officials, both.clone()).await;

        let proposal = town.propose(&[]).await;

        assert!(
            !proposal.body.contains("proposal-approve"),
            "{}",
            proposal.text()
        );
        assert!(
            proposal.text_of("#proposal-own").is_some(),
            "{}",
            proposal.text()
        );
        let (form, _) = proposal.form_with("proposal-decline");
        let approve = town
            .broker
            .url
            .join(&format!("{}/approve", proposal.url.path()))
            .unwrap();
        let page = town
            .verifier
            .request("POST", approve, Some(form.fields))
            .await;
        assert_eq!(page.status, 422, "{ground:?}: {}", page.text());
        assert!(
            page.text().contains("Vlastní návrh schválit nemůžete"),
            "{}",
            page.text()
        );
        assert_eq!(town.mandates().await, 0);
        // It can be taken back, and is gone then.
        let before = town.broker.events().await;
        let page = town
            .verifier
            .submit(&proposal, "proposal-decline", &[])
            .await;
        assert!(page.text().contains("Návrh je uzavřený"), "{}", page.text());
        assert_eq!(
            town.broker.events_since(&before).await,
            ["mandate.proposal.ended"]
        );
        assert_eq!(town.open(&proposal).await.status, 404);
        assert_eq!(town.mandates().await, 0);
    }
}

#[tokio::test]
async fn a_second_officer_who_may_be_the_first_or_whose_first_has_gone_approves_nothing() {
    let officials = Officials::start().await;
    let mut town = Town::start(Ground::Sqlite, &officials, json!({})).await;
    let proposal = town.propose(&[]).await;
    let page = town.open(&proposal).await;
    let key: MandateProposalId =
        serde_json::from_value(proposal.url.path().rsplit('/').next().unwrap().into()).unwrap();

    for (name, roles, words) in [
        (
            "Bohumil Dohlížel",
            vec![Role::Verifier],
            "Jmenujete se stejně",
        ),
        (
            "Jiná Úřednice",
            vec![Role::PortalEditor],
            "už na to nemá roli",
        ),
        (
            "Eva Malá",
            vec![Role::Verifier],
            "stejné jméno jako ten, kdo by jednal",
        ),
    ] {
        let mut tx = town.broker.db.begin().await.unwrap();
        let told = Told {
            realm: "caais:test",
            subject: name,
            name,
            roles: &roles.into_iter().collect(),
        };
        let (fresh, now) = (StaffAccountId::new(Uuid::now_v7()), town.broker.clock.now());
        let by = staff_account::note(&mut tx, &town.broker.broker.master_key, fresh, told, now)
            .await
            .unwrap();
        let change = "update mandate_proposal set proposed_by = $1 where mandate_proposal_id = $2";
        store::on!(&mut tx, db => sqlx::query(change).bind(by).bind(key).execute(db).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();

        let refused = town.supervisor.submit(&page, "proposal-approve", &[]).await;

        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        assert!(
            refused.text().contains(words),
            "{words}: {}",
            refused.text()
        );
    }
    // Switched off by an operator.
    let mut tx = town.broker.db.begin().await.unwrap();
    let off = "update staff_account set disabled_at = logged_in_at
               where staff_account_id = (select proposed_by from mandate_proposal)";
    store::on!(&mut tx, db => sqlx::query(off).execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
    let refused = town.supervisor.submit(&page, "proposal-approve", &[]).await;
    assert!(
        refused.text().contains("už na to nemá roli"),
        "{}",
        refused.text()
    );
    assert_eq!(town.mandates().await, 0);
}

#[tokio::test]
async fn a_proposal_that_nobody_decides_runs_out_of_time() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let mut town = Town::start(ground, &officials, json!({})).await;
        let proposal = town.propose(&[]).await;
        let open = town.open(&proposal).await;
        // Officers' sessions do not last two weeks; the proposal is made to have waited so long.
        let over = "update mandate_proposal set expires_at = proposed_at";
        // The broker's own worker may be there first, from then on.
        let before = town.broker.events().await;
        let mut tx = town.broker.db.begin().await.unwrap();
        store::on!(&mut tx, db => sqlx::query(over).execute(db).await.map(drop)).unwrap();
        tx.commit().await.unwrap();

        let page = town.supervisor.submit(&open, "proposal-approve", &[]).await;

        assert_eq!(page.status, 404, "{ground:?}: {}", page.text());
        assert!(page.text().contains("STF-108"), "{}", page.text());
        workers::mandates(&town.broker.broker).await.unwrap();
        workers::mandates(&town.broker.broker).await.unwrap();
        let mut ended = town.broker.events_since(&before).await;
        ended.retain(|kind| kind == "mandate.proposal.ended");
        assert_eq!(ended, ["mandate.proposal.ended"]);
        assert_eq!(town.mandates().await, 0);
    }
}

#[tokio::test]
async fn who_may_not_propose_or_approve_does_neither() {
    let officials = Officials::start().await;
    let mut town = Town::start(Ground::Sqlite, &officials, json!({})).await;
    let proposal = town.propose(&[]).await;
    let mut editor = Browser::new();
    sign_in(&town.broker, &mut editor, "editor").await;
    let path = proposal.url.path().to_owned();
    let at = |path: &str| town.broker.url.join(path).unwrap();
    let (approve, decline) = (
        at(&format!("{path}/approve")),
        at(&format!("{path}/decline")),
    );
    let propose = at("/staff/mandates/propose");

    // A supervisor proposes nothing, a verifier approves nothing, an editor sees nothing.
    let page = town.supervisor.follow(propose.clone()).await;
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("STF-106"), "{}", page.text());
    let seen = town.verifier.follow(at(&path)).await;
    assert!(!seen.body.contains("proposal-approve"), "{}", seen.text());
    let (form, _) = seen.form_with("proposal-decline");
    let page = town
        .verifier
        .request("POST", approve.clone(), Some(form.fields))
        .await;
    assert_eq!(page.status, 403, "{}", page.text());
    for address in [propose.clone(), at(&path)] {
        let page = editor.follow(address).await;
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(!page.text().contains("Eva"), "{}", page.text());
    }
    // Nor does a form of another site, or of another session, while the one who may is signed in.
    let foreign = vec![("csrf".to_owned(), "x".to_owned())];
    for address in [approve, decline, propose] {
        let who = if address.path().ends_with("propose") {
            &mut town.verifier
        } else {
            &mut town.supervisor
        };
        let page = who
            .request("POST", address.clone(), Some(foreign.clone()))
            .await;
        assert_eq!(page.status, 403, "{address}: {}", page.text());
        let page = Browser::new()
            .request("POST", address, Some(foreign.clone()))
            .await;
        assert!(
            page.redirect()
                .is_some_and(|to| to.path() == "/staff/login")
                || page.status == 403
        );
    }
    assert_eq!(town.mandates().await, 0);
    assert!(town.open(&proposal).await.text().contains("Schválit"));
    // The second officer may refuse.
    let page = town.open(&proposal).await;
    let page = town.supervisor.submit(&page, "proposal-decline", &[]).await;
    assert!(page.text().contains("Návrh je uzavřený"), "{}", page.text());
    assert_eq!(town.mandates().await, 0);
}

#[tokio::test]
async fn what_cannot_be_a_mandate_is_refused_with_what_to_mend() {
    let officials = Officials::start().await;
    let mut town = Town::start(Ground::Sqlite, &officials, json!({})).await;
    let long = "x".repeat(201);
    let after = (town.until() + Days::new(1)).to_string();
    let before = town.broker.events().await;
    for (changes, words) in [
        (vec![("given_name", "")], "Zadejte jméno"),
        (vec![("given_name", "Petra")], "Nikdo takový tu účet nemá"),
        (
            vec![("birth_date", "1990-02-02")],
            "Nikdo takový tu účet nemá",
        ),
        (vec![("birth_date", "loni")], "Zadejte datum"),
        (vec![("kind", "")], "Vyberte druh subjektu"),
        (vec![("kind", "public_body")], "tohoto druhu se tu nejedná"),
        (
            vec![("kind", "company"), ("ico", "")],
            "bez něj může být jen spolek",
        ),
        (vec![("ico", "00000044")], "toto IČO neexistuje"),
        (vec![("name", "")], "Zadejte název"),
        (vec![("name", &*long)], "nejvýše 200"),
        (vec![("evidence", &*long)], "nejvýše 200"),
        (vec![("may", "")], "Vyberte aspoň jednu věc"),
        (vec![("source", "")], "jak jste oprávnění ověřili"),
        (vec![("until", "")], "Zadejte datum"),
        (vec![("until", "2020-01-01")], "který teprve přijde"),
        (vec![("from", &*after)], "není před prvním dnem"),
        (vec![("until", "2099-01-01")], "nejvýše za deset let"),
    ] {
        let page = town.propose(&changes).await;

        assert_eq!(page.status, 422, "{changes:?}: {}", page.text());
        assert!(page.text().contains(words), "{changes:?}: {}", page.text());
        let summary = page.text_of(".errors").unwrap_or_default();
        assert!(summary.contains(words), "{changes:?}: {summary}");
    }
    let page = town.propose(&[("kind", "office")]).await;
    assert_eq!(page.status, 400, "{}", page.text());
    let events = town.broker.events_since(&before).await;
    assert!(
        !events.contains(&"mandate.proposed".to_owned()),
        "{events:?}"
    );
    assert_eq!(town.broker.rows("mandate_proposal").await, 0);

    // Nothing typed is lost, and the same twice is one.
    let page = town.propose(&[("until", "2020-01-01")]).await;
    let (form, _) = page.form_with("propose-submit");
    for (name, value) in [
        ("family_name", "Malá"),
        ("kind", "association"),
        ("may", "view"),
    ] {
        let field = form.fields.iter().find(|(held, _)| held == name).unwrap();
        assert_eq!(field.1, value, "{name}");
    }
    assert_proposed(&town.propose(&[]).await);
    let twice = town.propose(&[]).await;
    assert!(
        twice.text().contains("už na schválení čeká"),
        "{}",
        twice.text()
    );
}

#[tokio::test]
async fn of_two_accounts_with_one_name_and_birth_date_the_officer_picks() {
    let officials = Officials::start().await;
    let twin = json!({ "provider": { "demo": { "account": { "other-eva": {
        "password": "heslo", "given_name": "Eva", "family_name": "Mala", "birth_date": "1990-02-01",
    } } } } });
    let mut town = Town::start(Ground::Sqlite, &officials, twin).await;
    let mut other = Browser::new();
    let page = other.open(&town.broker.at("/account/mandates")).await;
    town.broker
        .sign_in(&mut other, &page, ("other-eva", "heslo"))
        .await;

    let page = town.propose(&[]).await;

    assert_eq!(page.status, 422);
    assert!(page.text().contains("odpovídá víc účtů"), "{}", page.text());
    let nobodys = town
        .propose(&[("account", "01980000-0000-7000-8000-000000000001")])
        .await;
    assert_eq!(nobodys.status, 422, "{}", nobodys.text());
    let values: Vec<String> = {
        let ids = page.body.split("name=\"account\" value=\"").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values.len(), 2);
    assert_proposed(&town.propose(&[("account", &*values[1])]).await);
}

/// Signs somebody new in; their account.
async fn account_of(broker: &TestBroker, browser: &mut Browser, person: (&str, &str)) -> AccountId {
    let known = accounts(broker).await;
    let page = browser.open(&broker.at("/account/mandates")).await;
    broker.sign_in(browser, &page, person).await;
    let mut new = accounts(broker).await;
    new.retain(|id| !known.contains(id));
    new.pop().unwrap()
}

async fn accounts(broker: &TestBroker) -> Vec<AccountId> {
    let mut tx = broker.db.read().await.unwrap();
    on!(&mut tx, db => sqlx::query_scalar("select account_id from account").fetch_all(db).await)
        .unwrap()
}

/// What an officer verified is about a person, and outlives the joining of two accounts of theirs, and its undoing.
#[tokio::test]
async fn a_proposal_goes_with_the_person_whose_accounts_are_joined_and_parted() {
    const OTHER: (&str, &str) = ("eva-jinak", "heslo");
    let more = json!({ "provider": { "demo": { "account": { OTHER.0: {
        "password": OTHER.1, "given_name": "EVA MARIE", "family_name": "MALÁ", "birth_date": "1990-02-02",
    } } } } });
    let officials = Officials::start().await;
    for ground in GROUNDS {
        for is_undone in [false, true] {
            let mut town = Town::start(ground, &officials, more.clone()).await;
            let [merged] = accounts(&town.broker).await.try_into().unwrap();
            let proposal = town.propose(&[]).await;
            assert_proposed(&proposal);
            let mut other = Browser::new();
            let survivor = account_of(&town.broker, &mut other, OTHER).await;
            let before = town.broker.events().await;
            let (idp, now) = (&town.broker.broker, town.broker.clock.now());
            let mut tx = town.broker.db.begin().await.unwrap();

            let merge = idp::identity::merge(idp, &mut tx, survivor, merged, None, now).await;
            let merge = merge.unwrap().unwrap();
            tx.commit().await.unwrap();

            let events = town.broker.events_since(&before).await;
            let is_carried = |events: &[String]| {
                let carried = events
                    .iter()
                    .filter(|kind| *kind == "mandate.proposal.carried");
                carried.count() == 1
            };
            assert!(is_carried(&events), "{events:?}");
            if is_undone {
                let before = town.broker.events().await;
                let mut tx = town.broker.db.begin().await.unwrap();
                let undone = idp::identity::undo(idp, &mut tx, survivor, merge, now).await;
                assert!(matches!(undone.unwrap(), Undone::Done { .. }));
                tx.commit().await.unwrap();
                let events = town.broker.events_since(&before).await;
                assert!(is_carried(&events), "{events:?}");
            }
            let page = town.open(&proposal).await;
            let page = town.supervisor.submit(&page, "proposal-approve", &[]).await;

            assert!(page.text().contains("Oprávnění platí"), "{}", page.text());
            let mut tx = town.broker.db.read().await.unwrap();
            let held = on!(&mut tx, db => {
                sqlx::query_scalar::<_, AccountId>("select account_id from mandate").fetch_all(db).await
            });
            drop(tx);
            let holder = if is_undone { merged } else { survivor };
            assert_eq!(held.unwrap(), [holder], "{ground:?}");
        }
    }
}
