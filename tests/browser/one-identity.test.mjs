// One person, many doors: the whole walk in a real browser through NIA, Bank iD and a data box (with its back channel under
// mutual TLS), the broker, the portal and applications of three organisations. Whatever the person does to the ways into
// their account, every application knows them by the `sub` it knew.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";

import { applications, secret } from "./support/application.mjs";
import { launch } from "./support/chromium.mjs";
import { house, throughBankId, throughDataBox, throughNia } from "./support/house.mjs";
import { freePort } from "./support/program.mjs";

const SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial";
const BAKERY = "Pekařství Vltava s.r.o.";

/** Parking is the town's, as the portal is; the others are not. The building office wants the state's word. */
const clients = (back) => `
[organisation.library]
name = { cs = "Městská knihovna" }
[organisation.school]
name = { cs = "Základní škola Linecká" }
${[
  ["parking", "town", "Parkování", "scopes = ['openid', 'city.identity']\ninformation_page = false"],
  ["building", "town", "Stavební úřad", "scopes = ['openid', 'city.identity']\nminimum_identity = 'state'\ninformation_page = false"],
  ["catalogue", "library", "Katalog knihovny", "scopes = ['openid', 'profile', 'city.identity', 'city.mandate']"],
  ["canteen", "school", "Školní jídelna", "scopes = ['openid']\ninformation_page = false"],
].map(([id, organisation, name, more]) => `
[client.${id}]
organisation = "${organisation}"
name = { cs = "${name}" }
client_secret = "${secret}"
redirect_uris = ["${back}"]
${more}
`).join("")}
# On a slow machine the walk takes its time, and its logins must stay fresh.
[account]
fresh_minutes = 60
`;
const SCOPES = { parking: "openid city.identity", building: "openid city.identity", catalogue: "openid profile city.identity city.mandate" };

for (const scripts of [true, false]) {
  describe(`one person by many doors, ${scripts ? "with scripts" : "without scripts"}`, () => {
    const nia = (page) => throughNia(page, "novakova", { scripts });
    const bank = (page) => throughBankId(page, "novakova");
    const box = (page) => throughDataBox(page, "P07");
    const twin = (page) => throughNia(page, "twin", { scripts });
    const nobody = () => assert.fail("nobody has to log in here");
    let chromium, town, apps, home;
    // What each application calls the account that began with NIA, and the one that begins with Bank iD once that is unlinked.
    let first, second, stranger;
    // What browsers complain about: a policy that is violated, a script that fails.
    const broken = [];

    before(async () => {
      apps = await applications(await freePort());
      [chromium, town] = await Promise.all([launch(), house((name, toml) => (name === "idp" ? toml + clients(apps.back) : toml))]);
      home = await window();
    });
    after(async () => {
      await chromium?.close();
      await town?.stop();
      apps?.stop();
    });

    /** A browser that was never here. */
    async function window() {
      const context = await chromium.newContext({ javaScriptEnabled: scripts, locale: "cs-CZ" });
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && broken.push(message.text()));
      page.on("pageerror", (error) => broken.push(String(error)));
      return page;
    }

    /** Visits an application; what it learns. */
    async function visit(page, id, door, { acting, ...parameters } = {}) {
      const learn = await apps.begin(page, town.at.broker, id, { scope: SCOPES[id] ?? "openid", ...parameters });
      await pass(page, door, acting);
      return learn();
    }

    /** Signs in at the portal; the `sub` of its new session. */
    async function portal(page, door, acting) {
      await page.goto(`${town.at.portal}/prihlaseni?cil=/moje-identita`);
      await pass(page, door, acting);
      await page.waitForURL(/\/moje-identita/);
      const database = new DatabaseSync(join(town.data, "portal.db"), { readOnly: true });
      const session = database.prepare("select subject from portal_session where ended_at is null order by created_at desc limit 1").get();
      database.close();
      return session.subject;
    }

    /** Every application of the account's in one browser: one login, then none. */
    async function everywhere(door, acting) {
      const page = await window();
      const subs = { catalogue: (await visit(page, "catalogue", door, { acting })).claims.sub };
      subs.parking = (await visit(page, "parking", nobody)).claims.sub;
      subs.portal = await portal(page, nobody, acting);
      await page.context().close();
      return subs;
    }

    /** Answers what the broker asks on the way: how, for whom, and whether that may be told. */
    async function pass(page, door, acting = "self") {
      while (page.url().startsWith(`${town.at.broker}/login/`)) {
        if (await page.locator("#acting-submit").count()) {
          const choice = acting === "self" ? page.locator('input[name="acting"][value="self"]') : page.getByLabel(acting);
          await choice.check();
          await leave(page, page.locator("#acting-submit"));
        } else if (await page.locator("#consent-submit").count()) {
          await leave(page, page.locator("#consent-submit"));
        } else {
          await door(page);
        }
      }
    }

    /** Presses a button and waits until another page is there, however like the one before. */
    async function leave(page, button) {
      const left = page.waitForEvent("framenavigated");
      await button.click();
      await left;
      await page.waitForLoadState();
    }

    /** Opens a page until it has forgotten the person: services hear of a logout within a moment. */
    async function forgotten(page, address) {
      for (const until = Date.now() + 60_000; Date.now() < until; ) {
        await page.goto(address);
        if (!(await page.content()).includes("Nováková")) return true;
      }
      return false;
    }

    /** Proves one more way in at the account. */
    async function prove(door) {
      await home.goto(`${town.at.broker}/account/link`);
      await door(home);
    }

    /** The words of the page, with plain spaces. */
    async function words(page, selector = "main") {
      return (await page.locator(selector).innerText()).replaceAll("\u00a0", " ");
    }

    it("a first login by NIA makes one person, whom each organisation knows by a sub of its own", async () => {
      const { claims, person } = await visit(home, "catalogue", nia);
      first = { catalogue: claims.sub, parking: (await visit(home, "parking", nobody)).claims.sub, portal: await portal(home, nobody) };

      assert.equal(claims.acr, SUBSTANTIAL);
      assert.equal(person.family_name, "Nováková");
      assert.equal(first.portal, first.parking, "applications of one organisation");
      assert.notEqual(first.catalogue, first.parking, "another organisation");
      assert.match(await words(home), /Jana Nováková/);
      // Somebody of the same name and birth date.
      stranger = (await visit(await window(), "catalogue", twin)).claims.sub;
      assert.notEqual(stranger, first.catalogue);
    });

    it("Bank iD is linked from the account page, which names both sides", async () => {
      await prove(bank);

      assert.equal(await words(home, "h1"), "Patří obojí vám?");
      const sides = await home.locator(".sides section").allInnerTexts();
      assert.equal(sides.length, 2);
      for (const side of sides) assert.match(side.replaceAll("\u00a0", " "), /Jana Nováková[^]*12\. 4\. 1985/);
      assert.match(sides[0], /Městský účet[^]*Ověřeno státem/);
      assert.match(sides[1], /Bankovní identita[^]*Ověřená totožnost/);
      assert.match(await words(home), /Jméno a datum narození se shodují/);

      await home.click("#link-submit");
      await home.waitForURL(/\/account\?done=linked/);
      assert.match(await words(home), /Identita občana[^]*Bankovní identita/);
    });

    it("a login by Bank iD is the same person at every application", async () => {
      const page = await window();

      const { claims, person } = await visit(page, "catalogue", bank);

      assert.equal(claims.acr, "urn:city-identity:acr:town:multi", "a bank carries no level in law");
      assert.equal(person.login_provider, "bank_id");
      assert.deepEqual(await everywhere(bank), first);
    });

    it("one service wants more than the bank's word: the page says why, and the request goes on where it was", async () => {
      const page = await window();
      await visit(page, "parking", bank);
      const learn = await apps.begin(page, town.at.broker, "building", { scope: SCOPES.building });

      assert.equal(await words(page, "h1"), "Potřebujeme vás lépe ověřit");
      const why = await words(page);
      assert.match(why, /smí svá data ukázat jen člověku, jehož totožnost je ověřená lépe, než dokládá vaše současné přihlášení/);
      assert.match(await words(page, ".ladder .is-now"), /Ověřená totožnost[^]*Teď máte/);
      assert.match(await words(page, ".ladder .is-goal"), /Ověřeno státem[^]*Služba vyžaduje/);
      assert.match(why, /budete ve službě pokračovat na stejném místě/);
      assert.equal(await page.locator('button[value="bank_id"], button[value="isds"]').count(), 0, "only what is enough");

      await pass(page, nia);
      // state and nonce are those of the request before: openid-client takes no others.
      const { claims, person } = await learn();
      assert.equal(claims.acr, SUBSTANTIAL);
      assert.equal(claims.sub, first.parking);
      assert.equal(person.identity_level, "state");
    });

    it("a data box of a company is linked, and the account may act for the company", async () => {
      await prove(box);

      const sides = await home.locator(".sides section").allInnerTexts();
      assert.match(sides[1].replaceAll("\u00a0", " "), /Datová schránka[^]*Jana Nováková/);
      await home.click("#link-submit");
      await home.waitForURL(/\/account\?done=linked/);

      await home.goto(`${town.at.broker}/account/mandates`);
      assert.match(await words(home), /Pekařství Vltava s\.r\.o\.[^]*IČO 00000027/);
    });

    it("who comes by the data box acts for the company, is seen to, and switches to themself and back", async () => {
      const page = await window();

      assert.equal(await portal(page, box, BAKERY), first.portal);

      assert.match(await words(page, "aside.acting"), /Jednáte za: Pekařství Vltava s\.r\.o\./);
      const { claims, person } = await visit(page, "catalogue", nobody, { acting: BAKERY });
      assert.equal(claims.sub, first.catalogue, "the person stays the person");
      const { mandate_id: mandate, type, ico, name, source } = person.acting_for;
      assert.deepEqual({ type, ico, name, source }, { type: "company", ico: "00000027", name: BAKERY, source: "isds" });

      const switched = async (button) => {
        await page.goto(`${town.at.portal}/moje-identita`);
        await leave(page, page.getByRole("button", { name: button }));
        assert.equal(new URL(page.url()).pathname, "/moje-identita");
      };
      await switched("Jednat za sebe");
      assert.equal(await page.locator("aside.acting").count(), 0);
      assert.match(await words(page, "#acting-now"), /sebe/);
      await switched(`Jednat za: ${BAKERY}`);
      assert.match(await words(page, "aside.acting"), /Pekařství Vltava/);

      const own = (await visit(page, "catalogue", nobody, { acting_for: "self" })).person;
      assert.equal(own.acting_for, undefined);
      assert.deepEqual(own.may_act_for, [{ mandate_id: mandate, type: "company", ico: "00000027", name: BAKERY }]);
      const again = (await visit(page, "catalogue", nobody, { acting_for: mandate })).person;
      assert.equal(again.acting_for.mandate_id, mandate);
      assert.equal(again.sub, own.sub);
    });

    it("Bank iD unlinked is a stranger's, and the person keeps every other way in", async () => {
      await home.goto(`${town.at.broker}/account`);
      await home.getByRole("link", { name: /Odpojit Bankovní identita/ }).click();
      await home.click("#unlink-submit");
      await home.waitForURL(/\/account\?done=unlinked/);
      assert.ok(!(await words(home, 'section[aria-labelledby="ways"]')).includes("Bankovní identita"));

      second = await everywhere(bank);
      second.canteen = (await visit(await window(), "canteen", bank)).claims.sub;
      for (const id of Object.keys(first)) assert.notEqual(second[id], first[id], id);
      assert.deepEqual(await everywhere(nia), first);
      assert.deepEqual(await everywhere(box), first);
    });

    it("two accounts of one person become one after a preview, and every organisation keeps the sub it saw first", async () => {
      await prove(bank);

      assert.equal(await words(home, "h1"), "Spojit dva účty v jeden?");
      const preview = await words(home);
      assert.match(preview, /Účet, který zůstane[^]*Identita občana[^]*Datová schránka[^]*Účet, který se připojí[^]*Bankovní identita/);
      assert.match(preview, /Městská knihovna\s+zná oba účty[^]*Základní škola Linecká\s+zná účet, který se připojí/);
      await home.click("#merge-submit");
      await home.waitForURL(/\/account\?done=merged/);

      const page = await window();
      const { claims } = await visit(page, "catalogue", bank);
      assert.equal(claims.sub, first.catalogue);
      assert.deepEqual(claims.previous_sub, [second.catalogue], "who saw both is told");
      assert.deepEqual(await everywhere(bank), first);
      const { claims: told } = await visit(await window(), "canteen", nia);
      assert.equal(told.sub, second.canteen, "who saw one keeps it");
      assert.equal(told.previous_sub, undefined);
    });

    it("after undoing it each former way leads to its own account, and each application sees the sub it had before", async () => {
      await portal(home, nobody);
      await home.goto(`${town.at.broker}/account`);
      await home.getByRole("link", { name: /Rozdělit účty/ }).click();
      await home.click("#part-submit");
      await home.waitForSelector("#parted");
      for (const address of [`${town.at.broker}/account`, `${town.at.portal}/moje-identita`]) {
        assert.ok(await forgotten(home, address), "nobody goes on under the other account");
      }

      assert.deepEqual(await everywhere(nia), first);
      assert.deepEqual(await everywhere(box, BAKERY), first);
      const { canteen, ...bankers } = second;
      assert.deepEqual(await everywhere(bank), bankers);
      const { claims } = await visit(await window(), "canteen", bank);
      assert.equal(claims.sub, canteen);
      assert.equal(claims.previous_sub, undefined);
      assert.notEqual((await visit(await window(), "canteen", nia)).claims.sub, canteen);
      assert.equal((await visit(await window(), "catalogue", twin)).claims.sub, stranger);
      assert.deepEqual(broken.filter((text) => !/\b40[0-9]\b/.test(text)), []);
    });
  });
}
