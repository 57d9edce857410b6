// The sandbox's pages of NIA and data boxes, and its controls, in a real browser: axe and 320 px find nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look } from "./support/axe.mjs";
import { launch } from "./support/chromium.mjs";
import { house } from "./support/house.mjs";

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
