// The sandbox's pages of NIA and data boxes, and its controls, in a real browser: axe and 320 px find nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look } from "./support/axe.mjs";
import { launch } from "./support/chromium.mjs";
import { house, throughNia } from "./support/house.mjs";

let chromium, town, page;
before(async () => {
  [chromium, town] = await Promise.all([launch(), house()]);
  page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

/** Leaves the broker for a provider. */
async function leave(provider, place) {
  await page.context().clearCookies();
  await page.goto(`${town.at.broker}/account`);
  await page.locator(`button[value="${provider}"]`).first().click();
  await page.waitForURL(place);
}

test("axe finds nothing on the pages of a login at NIA", async () => {
  await leave("nia", /\/FPSTS\/login\//);
  await look(page, "who logs in");
  // What sends itself stays to be looked at.
  await page.route("**/assets/submit.js", (route) => route.abort());
  await page.locator('button[value^="novakova@"]').first().click();
  await look(page, "consent");
  assert.match(await page.locator("#consent").textContent(), /Latrán 10/);
  await page.click("#consent-all");
  await page.waitForURL(/\/FPSTS\/answer\//);
  await look(page, "on with the answer");
  await page.unroute("**/assets/submit.js");
});

test("axe finds nothing where NIA lets nobody on", async () => {
  await page.goto(`${town.at.sandbox}/FPSTS/saml2/basic?SAMLRequest=x`);
  await look(page, "refusal");
  assert.ok(await page.locator("#error-code").textContent());
});

test("axe finds nothing on the pages of a login by a data box", async () => {
  await leave("isds", /\/as\/login/);
  await look(page, "whose data box");
  await page.locator('button[name="persona"]').first().click();
  await look(page, "consent to tell");
});

test("axe finds nothing where a login by a data box ends", async () => {
  await leave("isds", /\/as\/login/);
  const visit = page.url();
  await page.locator('button[name="persona"]').first().click();
  const consent = page.url();
  await page.click("#consent-allow");
  await page.waitForURL((url) => url.origin === town.at.broker);
  await page.goto(consent);
  assert.equal(await page.locator("h1").textContent(), "Přihlášení už skončilo");
  await look(page, "a login that is over");
  const unknown = new URL(visit);
  unknown.searchParams.set("atsId", "NOBODY");
  await page.goto(unknown.href);
  assert.equal(await page.locator("h1").textContent(), "Stránka neexistuje");
  await look(page, "nobody's login");
});

test("axe finds nothing on a letter with a code, and on one with a link", async () => {
  await page.context().clearCookies();
  await page.goto(`${town.at.broker}/account`);
  await throughNia(page, "novakova");
  await page.goto(`${town.at.broker}/account/contacts`);
  await page.fill("#email", "dopis@posta.example");
  await page.click("#contact-add");
  const code = await letter(/^\s*(\d{8})\s*$/m);
  await look(page, "letter with a code");
  await page.goto(`${town.at.broker}/account/contacts`);
  await page.locator("tr", { hasText: "dopis@posta.example" }).getByRole("link").click();
  await page.fill("#code", code);
  await page.click("#contact-confirm");
  await page.locator("tr", { hasText: "dopis@posta.example" }).getByRole("button").click();
  const link = await letter(/^(http\S+\/account\/contacts\/undo\/\S+)$/m);
  await look(page, "letter with a link");
  assert.ok(await page.locator(`#letter-text a[href="${link}"]`).count());
});

/** Opens the letter to that address that holds such words, once it is there, as a person does in the list; gives the words. */
async function letter(words) {
  const list = `${town.at.sandbox}/_sandbox/mail?to=dopis@posta.example`;
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    await page.goto(list);
    for (const link of await page.locator("tbody th a").all()) {
      await link.click();
      const found = (await page.locator("#letter-text").innerText()).match(words);
      if (found) return found[1];
      await page.goto(list);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no letter holds ${words}`);
}

test("axe finds nothing on the controls, with faults that wait and without", async () => {
  const paths = [
    "", "nia/fault", "nia/logout-request", "nia/sep", "isds", "isds/fault", "mail", "mail/fault", "ares/fault", "tls/fault",
  ];
  for (const path of paths) {
    await page.goto(`${town.at.sandbox}/_sandbox/${path}`);
    await look(page, path || "index");
  }
  await page.goto(`${town.at.sandbox}/_sandbox/nia/fault`);
  await page.locator('input[value="no_outer_sig"]').check();
  await page.locator("fieldset", { has: page.locator('input[value="no_outer_sig"]') }).getByRole("button").click();
  for (const path of ["", "nia/fault"]) {
    await page.goto(`${town.at.sandbox}/_sandbox/${path}`);
    assert.ok(await page.locator('[data-tone="warn"]').count(), path);
    await look(page, `${path}, with a fault that waits`);
  }
});
