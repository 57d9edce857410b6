// An officer in Chromium: from `/staff` to CAAIS, played by the sandbox, and back over its token endpoint behind TLS.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./support/chromium.mjs";
import { house } from "./support/house.mjs";

let chromium, town;

/** What an officer may do is asked so often that nobody here waits a minute. */
const askedEverySecond = (name, toml) => (name === "idp" ? toml.replace("[staff]\n", "[staff]\nconfirm_seconds = 1\n") : toml);

before(async () => {
  [chromium, town] = await Promise.all([launch(), house(askedEverySecond)]);
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

async function officer(key, { scripts = true, locale = "cs-CZ" } = {}) {
  const context = await chromium.newContext({ locale, javaScriptEnabled: scripts });
  const page = await context.newPage();
  await page.goto(`${town.at.broker}/staff`);
  assert.equal(page.url(), `${town.at.broker}/staff/login`);
  await page.click("#staff-submit");
  await page.waitForURL(/\/caais\/login\//);
  await page.click(`button[name="officer"][value="${key}"]`);
  await page.waitForURL((url) => url.origin === town.at.broker);
  return { context, page };
}

const journal = async () => (await (await fetch(`${town.at.sandbox}/_sandbox/caais/journal`)).json()).calls;

for (const [key, name, roles] of [
  ["editor", "Alena Psavá", ["portal.editor", "portal.publisher"]],
  ["admin", "Tomáš Klíčník", ["idp.clients", "idp.admin", "portal.admin"]],
]) {
  for (const scripts of [true, false]) {
    test(`${key} signs in and out, ${scripts ? "with" : "without"} scripts`, async () => {
      const { context, page } = await officer(key, { scripts });

      assert.equal(page.url(), `${town.at.broker}/staff`);
      assert.equal(await page.locator("#staff-name").innerText(), name);
      assert.equal(await page.locator("#staff-office").innerText(), "Město Český Krumlov");
      assert.deepEqual(await page.locator("#staff-roles .sub").allInnerTexts(), roles);
      const cookies = (await context.cookies(town.at.broker)).map((cookie) => cookie.name).sort();
      assert.deepEqual(cookies, ["__Host-city-idp-browser", "__Host-city-idp-staff"]);
      const staff = (await context.cookies(town.at.broker)).find((cookie) => cookie.name.endsWith("-staff"));
      assert.deepEqual([staff.httpOnly, staff.secure, staff.sameSite, staff.expires], [true, true, "Lax", -1]);

      await page.click('form[action="/staff/logout"] button');
      await page.waitForURL(/\/staff\/login\?left=1$/);
      const bye = (await journal()).filter((call) => JSON.stringify(call).includes("end_session"));
      const sent = JSON.stringify(bye.at(-1));
      for (const parameter of ["client_id", "post_logout_redirect_uri", "id_token_hint", "state"]) {
        assert.ok(sent.includes(parameter), `${parameter} in ${sent}`);
      }
      await page.goto(`${town.at.broker}/staff`);
      assert.match(page.url(), /\/staff\/login$/, "the session is over");
      await page.click("#staff-submit");
      await page.waitForURL(/\/caais\/login\//);
      await context.close();
    });
  }
}

for (const [key, code] of [
  ["other-town", "STF-101"],
  ["no-role", "STF-102"],
  ["unknown-role", "STF-102"],
  ["unidentified", "STF-103"],
]) {
  for (const [locale, again] of [["cs-CZ", "Zpět na přihlášení úředníků"], ["en-GB", "Back to the sign-in of officers"], ["de-DE", "Zurück zur Anmeldung der Amtspersonen"]]) {
    test(`${key} is refused and told why, ${locale}`, async () => {
      const { context, page } = await officer(key, { locale });

      assert.ok((await page.locator("main").innerText()).includes(code));
      const cookies = (await context.cookies(town.at.broker)).map((cookie) => cookie.name);
      assert.deepEqual(cookies, ["__Host-city-idp-browser"]);
      await page.getByRole("link", { name: again }).click();
      assert.match(page.url(), /\/staff\/login(\?after=.*)?$/);
      await context.close();
    });
  }
}

test("no page of a citizen offers CAAIS, and an officer is nobody there", async () => {
  const { context, page } = await officer("editor");

  await page.goto(`${town.at.portal}/prihlaseni?cil=/moje-identita`);
  await page.waitForSelector("#page-title");
  assert.equal(await page.locator('button[value="nia"]').count() > 0, true);
  assert.equal(await page.locator('button[value="caais"]').count(), 0);
  await page.goto(`${town.at.broker}/account`);
  assert.match(new URL(page.url()).pathname, /^\/login\//, "nobody is signed in as a citizen");
  await page.goto(`${town.at.broker}/status`);
  assert.equal((await page.locator("main").innerText()).includes("CAAIS"), false);
  await context.close();
});

/** Opens the officer's page again and again until it is another one. */
async function reloadUntil(page, isThere) {
  const deadline = Date.now() + 20_000;
  while (!(await isThere())) {
    assert.ok(Date.now() < deadline, await page.locator("main").innerText());
    await page.goto(`${town.at.broker}/staff`);
  }
}

for (const [locale, title] of [
  ["cs-CZ", "Teď nevíme, jestli svou roli ještě máte"],
  ["en-GB", "We do not know now whether you still have your role"],
  ["de-DE", "Wir wissen gerade nicht, ob Sie Ihre Rolle noch haben"],
]) {
  test(`while CAAIS does not answer, an officer reads so and stays signed in, ${locale}`, async () => {
    const { context, page } = await officer("verifier", { locale });
    await town.control("caais/fault", { fault: "token_unavailable", times: "0" });

    await reloadUntil(page, async () => (await page.locator("main").innerText()).includes("STF-109"));

    assert.equal(await page.locator("h1").innerText(), title);
    await town.control("caais/fault/clear", {});
    await page.goto(`${town.at.broker}/staff`);
    assert.equal(new URL(page.url()).pathname, "/staff");
    await context.close();
  });
}

test("a role taken at CAAIS by a click ends the officer's session", async () => {
  const { context, page } = await officer("editor");
  const administrator = await context.newPage();
  await administrator.goto(`${town.at.sandbox}/_sandbox/`);
  await administrator.selectOption("#caais-officer", "editor");
  await administrator.fill("#caais-roles", "PORTAL.EDITOR");
  await administrator.getByRole("button", { name: "Změnit role" }).click();
  await administrator.waitForURL(`${town.at.sandbox}/_sandbox/`);

  await reloadUntil(page, async () => page.url().endsWith("/staff/login"));

  await page.click("#staff-submit");
  await page.waitForURL(`${town.at.broker}/staff`);
  assert.deepEqual(await page.locator("#staff-roles .sub").allInnerTexts(), ["portal.editor"]);
  await context.close();
});
