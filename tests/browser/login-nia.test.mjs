// The whole login in a real browser: portal → broker → NIA → broker → portal, and out again everywhere.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { launch } from "./support/chromium.mjs";
import { house, throughNia } from "./support/house.mjs";

let chromium, town;
before(async () => {
  [chromium, town] = await Promise.all([launch(), house()]);
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

/** A fresh browser window; remembers each navigation with the headers it really sent. */
async function window(scripts) {
  const context = await chromium.newContext({ javaScriptEnabled: scripts, locale: "cs-CZ" });
  const page = await context.newPage();
  const sent = [];
  page.on("request", (request) => request.isNavigationRequest() && sent.push(request));
  const broken = [];
  page.on("console", (message) => message.type() === "error" && broken.push(message.text()));
  page.on("pageerror", (error) => broken.push(String(error)));
  return { context, page, sent, broken };
}

async function logIn(page, scripts, persona = "novakova") {
  await page.goto(town.at.portal);
  await page.click("#sign-in");
  await throughNia(page, persona, { scripts });
  if (await page.locator("#consent-submit").count()) {
    for (const box of await page.locator('input[name="item"]').all()) await box.check();
    await page.click("#consent-submit");
    await page.waitForLoadState();
  }
}

for (const scripts of [true, false]) {
  const how = scripts ? "with scripts" : "without scripts";

  test(`a citizen logs in, sees verified facts and logs out everywhere, ${how}`, async () => {
    const { context, page, sent, broken } = await window(scripts);

    await logIn(page, scripts);

    assert.equal(new URL(page.url()).pathname, "/moje-identita");
    const facts = await page.locator("main").innerText();
    for (const words of ["Jana Nováková", "12. 4. 1985", "Latrán 10", "Identita občana", "Ověřeno státem"]) {
      assert.ok(facts.replaceAll("\u00a0", " ").includes(words), `«${words}» is missing in:\n${facts}`);
    }
    // What NIA only passes on is not vouched for; through whom and when it came is said all the same.
    const told = await page.locator("dl.summary > div").filter({ hasText: "@" }).innerText();
    assert.match(told.replaceAll("\u00a0", " "), /váš údaj · zatím neověřený · Identita občana · \d+\. \d+\. \d{4}/);

    const posted = sent.find((request) => request.method() === "POST" && request.url().includes("/upstream/nia/answer"));
    const headers = await posted.allHeaders();
    assert.equal(headers["sec-fetch-site"], "cross-site", "the answer is a POST from another site");
    assert.equal(headers.cookie, undefined, "it carries no cookie of ours");

    await page.goto(`${town.at.portal}/`);
    await page.locator('form[action="/odhlaseni"] button').first().click();
    for (let step = 0; step < 6 && !scripts; step += 1) {
      await page.waitForLoadState();
      if (page.url().startsWith(`${town.at.portal}/odhlaseni/hotovo`)) break;
      await page.locator("main form button").first().click();
    }
    await page.waitForURL(/\/odhlaseni\/hotovo/);

    await page.goto(`${town.at.portal}/moje-identita`);
    assert.ok(!(await page.content()).includes("Nováková"), "the portal has forgotten the person");
    await page.goto(`${town.at.broker}/account`);
    assert.ok(!(await page.content()).includes("Nováková"), "so has the broker");
    await page.goto(town.at.portal);
    await page.click("#sign-in");
    await page.getByRole("button", { name: /Identita občana/ }).first().click();
    await page.waitForURL(/\/FPSTS\/login\//);
    assert.deepEqual(broken.filter((text) => !/\b40[0-9]\b/.test(text)), [], "no policy is violated, no script fails");
    await context.close();
  });
}

test("on a shared computer nothing names the person who signed out, not behind the back button either", async () => {
  const { context, page } = await window(true);
  await page.goto(`${town.at.broker}/account`);
  await throughNia(page, "novakova");
  for (const path of ["/account", "/account/contacts", "/account/close", "/account/sessions"]) {
    await page.goto(`${town.at.broker}${path}`);
    assert.ok((await page.content()).includes("Nováková"), path);
  }

  await page.locator('form[action="/account/logout"] button').first().click();
  await page.waitForURL(`${town.at.broker}/oauth2/logout/done`);

  for (let back = 0; back < 8; back += 1) {
    if (page.url().startsWith(town.at.broker)) {
      assert.ok(!(await page.content()).includes("Nováková"), `${page.url()} after ${back} steps back`);
    }
    if (!(await page.goBack().catch(() => null))) break;
  }
  await page.goto(`${town.at.broker}/account`);
  assert.ok(!(await page.content()).includes("Nováková"), "nor does the page where the next one signs in");
  const kept = await context.storageState();
  const ours = kept.cookies.filter(({ domain }) => domain === "localhost");
  assert.deepEqual(ours.map(({ name }) => name).filter((name) => /session|staff/.test(name)), []);
  assert.doesNotMatch(JSON.stringify(kept), /Nov[áa]k|novak|Jana/i);
  await context.close();
});

test("a login cancelled at NIA ends on a page with a way on, and the next try succeeds", async () => {
  const { context, page } = await window(true);
  await page.goto(town.at.portal);
  await page.click("#sign-in");
  await page.getByRole("button", { name: /Identita občana/ }).first().click();
  await page.waitForURL(/\/FPSTS\/login\//);

  await page.click("#login-cancel");
  await page.waitForURL(/^http:\/\/localhost:/);
  await page.waitForLoadState();

  assert.match(await page.locator("main .notice").first().innerText(), /nedokončilo|zrušil|zrušen|nepodařilo/i);
  await throughNia(page, "novakova");
  if (await page.locator("#consent-submit").count()) await page.click("#consent-submit");
  await page.waitForURL(/\/moje-identita/);
  await context.close();
});

test("a login of which the broker knows nothing any more begins anew where it was opened, in each of two tabs", async () => {
  const { context, page } = await window(true);
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await tab.goto(`${town.at.portal}/prihlaseni?cil=${tab === page ? "/moje-identita" : "/prihlasena-zarizeni"}`);
    await tab.getByRole("button", { name: /Identita občana/ }).first().waitFor();
  }
  // As when its hour is over and everything of it has been swept away.
  const database = new DatabaseSync(join(town.data, "idp.db"));
  database.exec("pragma busy_timeout = 10000; delete from short_lived");
  database.close();

  const former = [page.url(), second.url()];
  for (const tab of [page, second]) {
    await tab.reload();
    assert.match(await tab.locator("main .notice").first().innerText(), /Předchozí přihlášení vypršelo/);
    assert.ok(!former.includes(tab.url()), tab.url());
  }
  for (const tab of [second, page]) {
    if (tab === second) await throughNia(tab, "novakova");
    else await tab.reload();
    if (await tab.locator("#consent-submit").count()) await tab.click("#consent-submit");
    await tab.waitForURL(/localhost:\d+\/(moje-identita|prihlasena-zarizeni)/);
  }

  assert.equal(new URL(page.url()).pathname, "/moje-identita");
  assert.equal(new URL(second.url()).pathname, "/prihlasena-zarizeni");
  await context.close();
});

test("two tabs of one browser log in side by side, each ends where it began", async () => {
  const { context, page } = await window(true);
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await tab.goto(`${town.at.portal}/prihlaseni?cil=${tab === page ? "/moje-identita" : "/prihlasena-zarizeni"}`);
  }

  for (const tab of [second, page]) {
    if (await tab.getByRole("button", { name: /Identita občana/ }).count()) await throughNia(tab, "novakova");
    if (await tab.locator("#consent-submit").count()) await tab.click("#consent-submit");
    await tab.waitForURL(/localhost:\d+\/(moje-identita|prihlasena-zarizeni)/);
  }

  assert.equal(new URL(page.url()).pathname, "/moje-identita");
  assert.equal(new URL(second.url()).pathname, "/prihlasena-zarizeni");
  await context.close();
});
